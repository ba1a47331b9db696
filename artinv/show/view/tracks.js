"use strict";
// Displays over time: waveform, spectrogram, phones, trajectories. Each strip is a canvas that shows the visible time range.
function Tracks(data) {
  const FIRST = ["tt_y", "tb_y", "td_y", "li_y", "la"]; // shown at once; the other curves are folded
  const COLOURS = ["ink", "quiet", "faint", "wave", "focus", "even", "odd", "measured1", "predicted1", "measured2", "predicted2", "scheme"];
  let colour = {};
  const ends = Int8Array.from(atob(data.wave.ends), (letter) => letter.charCodeAt(0));
  const view = { from: 0, span: data.seconds };
  const visible = Object.fromEntries(Object.keys(data.lines).map((key) => [key, true]));
  const image = new Image();
  const rows = [];

  const order = [...FIRST.map((name) => data.places[name]), ...data.channels.keys()].filter((place, k, every) => every.indexOf(place) === k);
  for (const place of order) {
    const channel = data.channels[place];
    const available = Object.values(data.lines).some((line) => line.motion[place].some((value) => value !== null));
    if (!available) continue;
    const row = document.createElement("div");
    const folded = !FIRST.includes(channel.name);
    row.className = "row track";
    const label = document.createElement("div");
    label.className = "label";
    const title = document.createElement("span");
    title.append(channel.title, " ");
    const unit = document.createElement("small");
    unit.textContent = channel.unit || "no unit";
    title.append(unit);
    const now = document.createElement("span");
    now.className = "now";
    label.append(title, now);
    const range = rangeOf(place);
    const ticks = document.createElement("div");
    ticks.className = "ticks";
    ticks.setAttribute("aria-hidden", "true");
    for (const value of [range[1], range[0]]) {
      const tick = document.createElement("span");
      tick.textContent = spelled(value, channel.unit ? 0 : 2);
      ticks.append(tick);
    }
    const canvas = document.createElement("canvas");
    canvas.dataset.strip = "track";
    canvas.dataset.channel = channel.name;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${channel.title} over time`);
    row.append(label, ticks, canvas);
    document.getElementById(folded ? "rest" : "tracks").append(row);
    rows.push({ place, channel, canvas, now, range, folded });
  }
  const more = document.getElementById("more");
  more.hidden = !rows.some((row) => row.folded);
  more.querySelector("summary").textContent = `${rows.filter((row) => row.folded).length} more curves`;

  function spelled(value, digits) { return value.toFixed(digits).replace(/^-(?=[0.]*[1-9])/, "−").replace("-", ""); }

  // Range of values including intervals, at least 3 mm (or 0.05), so that noise does not look like motion.
  function rangeOf(place) {
    let low = Infinity, high = -Infinity;
    for (const line of Object.values(data.lines)) {
      line.motion[place].forEach((value, k) => {
        if (value === null) return;
        const margin = line.margin ? line.margin[place][k] || 0 : 0;
        low = Math.min(low, value - margin);
        high = Math.max(high, value + margin);
      });
    }
    const least = data.channels[place].unit ? 3 : 0.05;
    const more = Math.max(0, least - (high - low)) / 2 + 0.08 * Math.max(high - low, least);
    return [low - more, high + more];
  }

  function prepared(canvas) {
    const sharp = Math.min(window.devicePixelRatio || 1, 3);
    const width = canvas.clientWidth, height = canvas.clientHeight;
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(height * sharp);
    const pen = canvas.getContext("2d");
    pen.scale(sharp, sharp);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    return { pen, width, height, x: (time) => (time - view.from) / view.span * width };
  }

  function boundaries({ pen, height, x }) {
    pen.strokeStyle = colour.faint;
    pen.beginPath();
    for (const [, start, end] of data.phones) for (const time of [start, end]) { pen.moveTo(x(time), 0); pen.lineTo(x(time), height); }
    pen.stroke();
  }

  function wave(canvas, from, span) {
    const { pen, width, height } = prepared(canvas);
    const count = ends.length / 2;
    pen.fillStyle = colour.wave;
    for (let column = 0; column < width; column += 1) {
      const first = Math.floor((from + column / width * span) * data.wave.rate);
      const last = Math.max(first + 1, Math.ceil((from + (column + 1) / width * span) * data.wave.rate));
      let low = 127, high = -127;
      for (let k = Math.max(0, first); k < Math.min(last, count); k += 1) { low = Math.min(low, ends[2 * k]); high = Math.max(high, ends[2 * k + 1]); }
      if (high >= low) pen.fillRect(column, height / 2 - high / 127 * height * 0.47, 1, Math.max(1, (high - low) / 127 * height * 0.47));
    }
    return { pen, width, height };
  }

  const strips = {
    whole(canvas) {
      const { pen, width, height } = wave(canvas, 0, data.seconds);
      pen.globalAlpha = 0.2;
      pen.fillStyle = colour.focus;
      pen.fillRect(view.from / data.seconds * width, 0, view.span / data.seconds * width, height);
    },
    wave(canvas) { wave(canvas, view.from, view.span); },
    spectrum(canvas) {
      const { pen, width, height, x } = prepared(canvas);
      if (image.complete && image.naturalWidth) {
        const pixels = data.spectrogram.rate, half = 0.5 / pixels; // columns are centred on their times
        pen.imageSmoothingQuality = "high";
        pen.drawImage(image, 0, 0, image.naturalWidth, image.naturalHeight, x(-half), 0, x(image.naturalWidth / pixels - half) - x(-half), height);
      }
      if (colour.scheme === "dark") { // the picture is black on white
        pen.globalCompositeOperation = "difference";
        pen.fillStyle = "#fff";
        pen.fillRect(0, 0, width, height);
        pen.globalCompositeOperation = "source-over";
      }
      pen.globalAlpha = 0.4;
      pen.fillStyle = colour.quiet;
      for (const khz of [2, 4, 6]) for (let dot = 0; dot < width; dot += 6) pen.fillRect(dot, height * (1 - khz * 1000 / data.spectrogram.top), 1.5, 1);
    },
    phones(canvas) {
      const { pen, width, height, x } = prepared(canvas);
      data.phones.forEach(([text, start, end], k) => {
        const [a, b] = [x(start), x(end)];
        if (b < 0 || a > width) return;
        pen.fillStyle = k % 2 ? colour.even : colour.odd;
        pen.fillRect(a, 0, b - a, height);
        pen.fillStyle = colour.ink;
        const word = pen.measureText(text).width;
        if (word <= b - a + 1) pen.fillText(text, (a + b - word) / 2, height / 2 + 1);
        else if (b - a > 5) { pen.fillStyle = colour.quiet; pen.fillText("·", (a + b) / 2 - 2, height / 2); }
      });
      boundaries({ pen, height, x });
    },
    axis(canvas) {
      const { pen, width, height, x } = prepared(canvas);
      const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60].find((interval) => interval / view.span * width > 48) || 120;
      pen.fillStyle = colour.ink;
      pen.strokeStyle = colour.quiet;
      for (let k = Math.ceil(view.from / step); k * step <= view.from + view.span + 1e-9; k += 1) {
        const word = (k * step).toFixed(step < 0.1 ? 2 : step < 1 ? 1 : 0);
        const half = pen.measureText(word).width / 2;
        pen.fillRect(Math.min(x(k * step), width - 1), 0, 1, 4);
        pen.fillText(word, Math.min(Math.max(x(k * step) - half, 0), width - 2 * half), height / 2 + 3);
      }
    },
  };

  function track({ place, canvas, range }) {
    if (!canvas.clientWidth) return;
    const { pen, height, x } = prepared(canvas);
    const y = (value) => height - (value - range[0]) / (range[1] - range[0]) * height;
    boundaries({ pen, height, x });
    for (const [key, line] of Object.entries(data.lines)) {
      if (!visible[key]) continue;
      const values = line.motion[place], hue = colour[`${line.kind}${line.take + 1}`];
      const own = (time) => (line.take ? data.timeline.toOther(time) : time);
      const shown = (k) => x(line.take ? data.timeline.fromOther(k / line.rate) : k / line.rate);
      const first = Math.max(0, Math.floor(own(view.from) * line.rate) - 1);
      const last = Math.min(values.length - 1, Math.ceil(own(view.from + view.span) * line.rate) + 1);
      const pieces = [];
      for (let k = first; k <= last; k += 1) {
        if (values[k] === null) continue;
        if (k === first || values[k - 1] === null) pieces.push([]);
        pieces[pieces.length - 1].push(k);
      }
      if (line.margin) {
        pen.fillStyle = hue;
        pen.globalAlpha = 0.2;
        for (const piece of pieces) {
          pen.beginPath();
          for (const k of piece) pen.lineTo(shown(k), y(values[k] + line.margin[place][k]));
          for (const k of piece.slice().reverse()) pen.lineTo(shown(k), y(values[k] - line.margin[place][k]));
          pen.fill();
        }
        pen.globalAlpha = 1;
      }
      pen.strokeStyle = hue;
      pen.lineWidth = 1.6;
      pen.lineJoin = "round";
      pen.setLineDash(line.kind === "predicted" ? [5, 3] : []);
      for (const piece of pieces) {
        pen.beginPath();
        for (const k of piece) pen.lineTo(shown(k), y(values[k]));
        pen.stroke();
      }
      pen.setLineDash([]);
    }
  }

  function draw() {
    const style = getComputedStyle(document.documentElement);
    colour = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    document.getElementById("whole").hidden = view.span >= data.seconds;
    for (const canvas of document.querySelectorAll("canvas[data-strip]")) {
      const strip = strips[canvas.dataset.strip];
      if (strip && canvas.clientWidth) strip(canvas);
    }
    rows.forEach(track);
  }

  image.onload = draw;
  image.src = `data:image/png;base64,${data.spectrogram.png}`;
  return {
    view, draw,
    show(key, seen) { visible[key] = seen; draw(); },
    // Show the values at a time next to the curves.
    showValues(time) {
      for (const { channel, now } of rows) {
        const digits = channel.unit ? 1 : 3;
        const words = Object.entries(data.lines).map(([key, line]) => {
          const value = valueAt(data, key, channel.name, time);
          const element = document.createElement(line.kind === "measured" ? "b" : "i");
          element.className = `take${line.take + 1}`;
          element.textContent = value === null ? "lost" : spelled(value, digits);
          return element;
        });
        const likeness = document.createElement("small");
        if (channel.likeness !== null) likeness.textContent = `r ${spelled(channel.likeness, 2)}`;
        now.replaceChildren(likeness, " ", ...words.flatMap((word) => [word, " "]));
      }
    },
    // Magnify by `factor`, and keep `time` at its place.
    zoom(factor, time) {
      const share = (time - view.from) / view.span;
      const span = Math.min(data.seconds, Math.max(Math.min(0.2, data.seconds), view.span / factor));
      view.span = span;
      view.from = Math.min(Math.max(0, time - share * span), data.seconds - span);
      draw();
    },
    // Shift the visible range when `time` leaves it.
    follow(time) {
      if (time >= view.from - 1e-9 && time <= view.from + view.span + 1e-9) return;
      view.from = Math.min(Math.max(0, time < view.from ? time - 0.9 * view.span : time), data.seconds - view.span);
      draw();
    },
  };
}
