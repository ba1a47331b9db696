"use strict";
// Drawn head in one frame: positions of the coils -> outlines. The same functions in the same order as head.py; a test compares them.
function Head(profile) {
  const PER = 8, TOUCH = 1.2, GAP = 0.3, APEX = 7.5, STEP = 0.5, TOOTH = 2.6;

  // Parts of outlines that are drawn on their own: first point, and the one after the last.
  const SPANS = {
    tongue_coils: [0, 3 * PER + 1], tongue_root: [3 * PER], upper_red: [2 * PER, 6.5 * PER + 1], lower_red: [1.5 * PER, 6 * PER + 1],
    upper_side: [PER, 7 * PER + 1], lower_side: [PER, 10 * PER + 1], velum_side: [0, 3 * PER + 1],
  };

  const beyond = (end, before) => [2 * end[0] - before[0], 2 * end[1] - before[1]];
  const distance = (a, b) => Math.max(Math.hypot(b[0] - a[0], b[1] - a[1]), 1e-3);

  // Centripetal Catmull-Rom curve through all knots.
  function smooth(knots, per = PER) {
    const last = knots[knots.length - 1];
    const points = [beyond(knots[0], knots[1]), ...knots, beyond(last, knots[knots.length - 2])];
    const curve = [];
    for (let n = 0; n + 3 < points.length; n += 1) {
      const [a, b, c, d] = points.slice(n, n + 4);
      const [u, v, w] = [[a, b], [b, c], [c, d]].map(([p, q]) => Math.max(Math.sqrt(Math.hypot(q[0] - p[0], q[1] - p[1])), 1e-3));
      const begin = [0, 1].map((i) => v * ((b[i] - a[i]) / u - (c[i] - a[i]) / (u + v) + (c[i] - b[i]) / v));
      const end = [0, 1].map((i) => v * ((c[i] - b[i]) / v - (d[i] - b[i]) / (v + w) + (d[i] - c[i]) / w));
      for (let k = 0; k < per; k += 1) {
        const t = k / per;
        const h = [(1 + 2 * t) * (1 - t) * (1 - t), t * (1 - t) * (1 - t), t * t * (3 - 2 * t), t * t * (t - 1)];
        curve.push([0, 1].map((i) => h[0] * b[i] + h[1] * begin[i] + h[2] * c[i] + h[3] * end[i]));
      }
    }
    return [...curve, last];
  }

  function roofAt(x) {
    const place = (x - profile.left) / STEP;
    const k = Math.floor(place);
    if (k < 0 || k + 1 >= profile.roof.length) return Infinity;
    return profile.roof[k] * (1 - (place - k)) + profile.roof[k + 1] * (place - k);
  }

  // Positions of all coils: a missing coil of the tongue moves with the others, a different one stays in its mean place.
  function completed(person, coils) {
    const tongue = ["tt", "tb", "td"];
    const moved = tongue.filter((coil) => coils[coil]).map((coil) => [0, 1].map((i) => coils[coil][i] - person.neutral[coil][i]));
    const shift = [0, 1].map((i) => (moved.length ? moved.reduce((sum, move) => sum + move[i], 0) / moved.length : 0));
    const places = {};
    for (const [coil, usual] of Object.entries(person.neutral)) {
      places[coil] = coils[coil] || (tongue.includes(coil) ? [usual[0] + shift[0], usual[1] + shift[1]] : usual);
    }
    return places;
  }

  function tongue(person, c) {
    const { tt, tb, td, li } = c, mean = person.neutral.td;
    const far = distance(tb, tt);
    const [dx, dy] = [0.55 * (tt[0] - tb[0]) / far + 0.45, 0.55 * (tt[1] - tb[1]) / far - 0.16];
    const unit = Math.max(Math.hypot(dx, dy), 1e-3);
    const apex = [tt[0] + APEX * dx / unit, tt[1] + APEX * dy / unit];
    const low = li[1] + person.tooth + GAP;
    const forward = Math.max(0, ...[tt, tb, td].filter((p) => p[1] < low).map((p) => p[0] + 1.5 - (li[0] - 2)));
    const gum = li[0] - 2 + forward - GAP;
    const back = Math.min(Math.max(0.5 * (td[0] - mean[0]) + 0.35 * (td[1] - mean[1]), -7), 8);
    const wall = profile.pharynx;
    const rear = Math.max(td[0] - 10.5, wall + 5);
    const root = [[rear, td[1] - 9.5], [wall + 13.5 + back, Math.min(-40, td[1] - 26)], [wall + 19 + 0.4 * back, -62]];
    const free = (p) => {
      let x = Math.max(p[0], wall + 2.5);
      if (p[1] < low && x > gum) x = gum;
      return [x, Math.min(p[1], roofAt(x))];
    };
    const dorsum = smooth([apex, tt, tb, td, ...root]).map(free);
    const tip = dorsum[0], end = dorsum[dorsum.length - 1];
    const under = smooth([
      end, [end[0] + 13, end[1] - 1], [li[0] - 12, li[1] - 24], [li[0] - 6, li[1] - 14],
      [Math.max(li[0] - 10, tip[0] - 6), Math.min(li[1] - 3, tt[1] - 7)], [tip[0] - 5, tip[1] - 5], [tip[0] - 0.9, tip[1] - 2.2], tip,
    ]);
    return { dorsum, under: under.map(free), forward };
  }

  function lips(person, c, forward) {
    const { ul, ll, li } = c, { ll: meanLip, li: meanJaw } = person.neutral;
    const opening = Math.max(0, (ul[1] - ll[1]) - person.contact);
    const half = person.contact / 2;
    const high = ul[1] - half, low = high - opening;
    const red = Math.min(Math.max(half, 3), 9);
    const middle = (ul[0] + ll[0]) / 2 - 1.5;
    const front = profile.edge[0] + TOOTH + 0.4;
    const back = Math.max(middle - 3, front);
    const inner = Math.min(Math.max(li[0] + forward + 2.8, front - 1.9), back);
    const nose = profile.nose;
    const upper = [
      nose, [0.45 * nose[0] + 0.55 * ul[0] - 1.5, 0.45 * nose[1] + 0.55 * ul[1]], ul, [ul[0] + 1.2, high + 0.5 * red],
      [Math.max(middle + 2.1, back + 1.8), high + 0.15 * red], [Math.max(middle + 0.6, back + 1), high], [back, high],
      [Math.max(middle - 5, front), high + 0.55 * red], [front, Math.max(profile.edge[1] + 9, high + red)],
    ];
    const chin = [meanLip[0] - 0.5 + li[0] - meanJaw[0], meanLip[1] - 23 + li[1] - meanJaw[1]];
    const fold = [0.5 * (ll[0] + chin[0]) - 3.4, Math.min(0.5 * (ll[1] + chin[1]) + 2, ll[1] - 3)];
    const wall = profile.pharynx;
    const lower = [
      [inner, Math.min(li[1] - 3, low - red)], [Math.max(middle - 5, inner), low - 0.55 * red], [back, low],
      [Math.max(middle + 0.6, back + 1), low], [Math.max(middle + 2.1, back + 1.8), low - 0.15 * red], [ll[0] + 1.4, low - 0.5 * red], ll, fold,
      [chin[0] + 0.5, chin[1] + 4], [chin[0] - 4, chin[1] - 9], [chin[0] - 16, chin[1] - 14],
      [wall + 47, -71], [wall + 39, -77], [wall + 39, -85], [wall + 34, -96], [wall + 33, -112],
    ];
    return {
      opening,
      upper_lip: smooth(upper).map(([x, y]) => [x, Math.max(y, high)]),
      lower_lip: smooth(lower).map(([x, y]) => [x, Math.min(y, low)]),
    };
  }

  function velum(person, c, dorsum) {
    const v = c.v, wall = profile.pharynx, hard = profile.hard;
    const lowered = Math.max(0, person.velum_top - v[1]);
    const port = Math.min(2 * lowered, 10);
    const top = roofAt(hard);
    const bend = Math.min(Math.max(v[0], wall + 12), hard - 6);
    const end = [Math.min(wall + 5 + port, bend - 5), v[1] - 13 - 0.3 * lowered];
    const oral = smooth([[hard, top], [bend, v[1]], [0.35 * bend + 0.65 * end[0], v[1] - 4.5], end]);
    const nasal = smooth([end, [wall + port, v[1] + 0.5], [0.5 * (wall + bend) + 0.5 * port, v[1] + 7], [bend, v[1] + 6.5], [hard, top + 4.5]]);
    const over = ([x, y], gap) => [x, Math.max(y, heightOf(dorsum, x) + gap)];
    return { velum: [...oral.map((p) => over(p, GAP)), ...nasal.slice(1).map((p) => over(p, 2.5))], port };
  }

  // Greatest height of a line at x.
  function heightOf(line, x) {
    let height = -Infinity;
    for (let k = 1; k < line.length; k += 1) {
      const [x0, y0] = line[k - 1], [x1, y1] = line[k];
      if (Math.min(x0, x1) <= x && x <= Math.max(x0, x1) && x0 !== x1) height = Math.max(height, y0 + (y1 - y0) * (x - x0) / (x1 - x0));
    }
    return height;
  }

  function contact(dorsum) {
    const stretches = [[]];
    for (const [x, y] of dorsum) {
      const roof = roofAt(x);
      if (roof - y <= TOUCH && x <= profile.edge[0]) stretches[stretches.length - 1].push([x, roof]);
      else if (stretches[stretches.length - 1].length) stretches.push([]);
    }
    return stretches.filter((stretch) => stretch.length > 1);
  }

  return {
    smooth, roofAt, completed, spans: SPANS,
    part: (outline, name) => outline.slice(...SPANS[name]),
    outlines(person, coils) {
      const c = completed(person, coils);
      const { dorsum, under, forward } = tongue(person, c);
      const root = dorsum[dorsum.length - 1], height = person.tooth;
      const [x, y] = [c.li[0] + forward, c.li[1]], wall = profile.pharynx;
      const teeth = [[x - 2, y - 4], [x - 2, y + 0.35 * height], [x - 0.6, y + height], [x + 0.9, y + height], [x + 2.4, y - 1], [x + 1.2, y - 5], [x - 0.4, y - 12]];
      const mouth = lips(person, c, forward);
      const larynx = smooth([[wall + 16, -112], [wall + 16, -92], [wall + 14, -87], [wall + 8.5, -83.6], [wall + 8.5, -82.6],
        [wall + 14.5, -81], [wall + 16.5, -76], [wall + 18, -69], root], 4);
      const [front, low] = mouth.lower_lip[8 * PER];
      const mandible = smooth([[x - 2.6, y - 3], [x + 1.8, y - 4], [front - 4.5, low + 2], [front - 6, low - 9], [front - 12, low - 9.5],
        [x - 4.5, y - 16], [x - 2.6, y - 3]], 4);
      return {
        dorsum, under, teeth, mandible, ...mouth, ...velum(person, c, dorsum), contact: contact(dorsum),
        jaw: [...mouth.lower_lip, ...larynx, ...under.slice(0, 4 * PER + 1), teeth[1], teeth[4]],
        epiglottis: smooth([[root[0] + 2, root[1] - 6], [root[0] - 4.5, root[1] + 6], [root[0] - 6, root[1] + 13],
          [root[0] - 4, root[1] + 12], [root[0] - 0.5, root[1] + 2]], 4),
      };
    },
  };
}
