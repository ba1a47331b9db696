"use strict";
// Times of a second take, and values of motions at a time. All pictures and curves use the time of the first take.
function Timeline(data) {
  let knots = null;
  function between(time, from, to) {
    if (!knots) return time;
    let k = 1;
    while (k + 1 < knots.length && knots[k][from] < time) k += 1;
    const [a, b] = [knots[k - 1], knots[k]];
    if (b[from] === a[from]) return b[to];
    return a[to] + (b[to] - a[to]) * Math.min(Math.max((time - a[from]) / (b[from] - a[from]), 0), 1);
  }
  return {
    // Align as recorded ("none"), from the first to the last sound of speech ("linear"), or sound by sound ("dtw").
    align(way) { knots = data.other ? data.other.align[way] || null : null; },
    toOther: (time) => between(time, 0, 1),
    fromOther: (time) => between(time, 1, 0),
  };
}

function interpolated(data, key, values, time) {
  const line = data.lines[key];
  const own = line.take && data.timeline ? data.timeline.toOther(time) : time;
  const position = Math.min(Math.max(own * line.rate, 0), values.length - 1);
  const before = Math.floor(position + 1e-6);
  const share = position - before;
  if (share < 1e-4 || before + 1 >= values.length) return values[before];
  return values[before] === null || values[before + 1] === null ? null : values[before] * (1 - share) + values[before + 1] * share;
}

// Value of a trajectory at a time in s, linear between frames; null in a gap.
function valueAt(data, key, name, time) {
  return interpolated(data, key, data.lines[key].motion[data.places[name]], time);
}

// Half the width of the likely range; null where unknown.
function marginAt(data, key, name, time) {
  const { margin } = data.lines[key];
  return margin ? interpolated(data, key, margin[data.places[name]], time) : null;
}
