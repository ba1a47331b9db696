"use strict";
// Midsagittal view in mm. x points to the front, so that the face looks to the right; y of the SVG points down.
function Sagittal(svg, data) {
  const INK = { measured: "#1a1a1a", predicted: "#d55e00" };
  const [left, bottom, right, top] = data.bounds;
  const make = (name, facts, parent) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(facts)) element.setAttribute(key, value);
    (parent || svg).appendChild(element);
    return element;
  };
  const at = (p) => `${p[0].toFixed(2)} ${(-p[1]).toFixed(2)}`;
  const known = (p) => p[0] !== null && p[1] !== null;
  const kinds = Object.keys(data.lines);
  const first = kinds[0]; // drawn with fill: measured if available, else predicted

  svg.setAttribute("viewBox", `${left} ${-top} ${right - left} ${top - bottom}`);
  for (const [id, from, to] of [["fade-down", 0, 1], ["fade-up", 1, 0]]) {
    const fade = make("linearGradient", { id, x1: 0, x2: 0, y1: from, y2: to });
    make("stop", { offset: 0.2, "stop-color": "#e3cdc4" }, fade);
    make("stop", { offset: 0.85, "stop-color": "#e3cdc4", "stop-opacity": 0 }, fade);
  }
  const flesh = make("path", { fill: "url(#fade-down)" });
  if (data.palate.length) {
    const line = "M" + data.palate.map(at).join("L");
    make("path", { d: line, fill: "none", stroke: "#6b6b6b", "stroke-width": 1.1, "stroke-linecap": "round", "stroke-linejoin": "round", class: "palate" });
    const word = data.palate[Math.round(data.palate.length * 0.35)];
    label(word[0], -word[1] - 1.8, "palate", "#595959", "middle");
  }
  const scale = make("g", { stroke: "#595959", "stroke-width": 0.4 });
  make("path", { d: `M${left + 3} ${-bottom - 3}h10m-10 -1v2m10 -2v2`, fill: "none" }, scale);
  label(left + 8, -bottom - 4.6, "10 mm", "#595959", "middle");
  label((left + right) / 2, -bottom - 3, "front →", "#595959", "middle");
  const phone = make("text", { x: left + 3, y: -top + 8, "font-size": 6.5, "font-weight": 650, fill: "#1a1a1a", id: "phone" });

  // Drawn in this order, so that predicted is on top of measured.
  const layers = {};
  for (const kind of kinds) {
    const dashed = kind === "predicted" ? { "stroke-dasharray": "2.4 1.5" } : {};
    const group = make("g", { class: kind, stroke: INK[kind], fill: "none", "stroke-linejoin": "round" });
    const layer = { group, dots: {} };
    const thin = { ...dashed, "stroke-width": 0.45, "stroke-linecap": "round", fill: "none" };
    layer.tooth = make("path", { ...thin, fill: kind === first ? "#fff" : "none" }, group);
    layer.lips = {};
    for (const [coil, fade] of [["ul", "fade-up"], ["ll", "fade-down"]]) {
      layer.lips[coil] = make("path", { ...thin, fill: kind === first ? `url(#${fade})` : "none", class: coil }, group);
    }
    layer.tongue = make("path", { ...dashed, "stroke-width": 1.1, "stroke-linecap": dashed["stroke-dasharray"] ? "butt" : "round", class: "tongue" }, group);
    for (const coil of Object.keys(data.coils)) {
      layer.dots[coil] = make("circle", { r: 1.15, fill: kind === "predicted" ? "#fff" : INK[kind], "stroke-width": 0.6 }, group);
    }
    layers[kind] = layer;
  }
  const offset = { tt: [0.5, 5], tb: [0, 5], td: [0, 5], li: [-3.5, 4.6], ul: [-9.6, -3], ll: [-6, 8], v: [-2.2, 2.4] };
  const names = {};
  for (const coil of Object.keys(data.coils)) names[coil] = label(0, 0, data.coils[coil], "#1a1a1a", ["v", "ul"].includes(coil) ? "end" : "middle");

  function label(x, y, text, fill, anchor) {
    const element = make("text", { x, y, fill, "text-anchor": anchor, "font-size": 2.6, stroke: "#f4f4f2", "stroke-width": 0.5, "stroke-opacity": 0.7, "paint-order": "stroke", "stroke-linejoin": "round" });
    element.textContent = text;
    return element;
  }

  // Natural cubic spline through two or three points, parametrized by chord length, as exact Bezier pieces.
  function curve(points) {
    if (points.length < 2) return "";
    const step = points.slice(1).map((p, k) => Math.hypot(p[0] - points[k][0], p[1] - points[k][1]));
    if (step.some((length) => length === 0)) return "";
    if (points.length === 2) return `M${at(points[0])}L${at(points[1])}`;
    const [a, b, c] = points;
    const slope = (from, to, length) => [0, 1].map((i) => (to[i] - from[i]) / length);
    const [one, two] = [slope(a, b, step[0]), slope(b, c, step[1])];
    const bend = [0, 1].map((i) => 3 * (two[i] - one[i]) / (step[0] + step[1])); // second derivative at b; 0 at a and c
    const begin = [0, 1].map((i) => one[i] - step[0] * bend[i] / 6);
    const middle = [0, 1].map((i) => one[i] + step[0] * bend[i] / 3);
    const end = [0, 1].map((i) => two[i] + step[1] * bend[i] / 6);
    const move = (p, way, length) => [0, 1].map((i) => p[i] + way[i] * length / 3);
    return `M${at(a)}C${at(move(a, begin, step[0]))} ${at(move(b, middle, -step[0]))} ${at(b)}` +
      `C${at(move(b, middle, step[1]))} ${at(move(c, end, -step[1]))} ${at(c)}`;
  }

  // Profile of a lip: the coil is at the border of the red; between closed lips the coils are about two lip heights apart.
  const apertures = data.lines[first].motion[data.channels.findIndex((channel) => channel.name === "la")].filter((value) => value !== null);
  const height = Math.min(Math.max(apertures.reduce((a, b) => Math.min(a, b), 20) / 2, 6), 10);
  function lip([x, y], side) {
    const p = (dx, dy) => at([x + dx, y + side * dy]);
    return `M${p(1, 8)}C${p(1.4, 4)} ${p(1, 2)} ${p(0, 0)}C${p(-0.6, -0.6 * height)} ${p(-2.5, -height)} ${p(-5, -height)}` +
      `C${p(-8, -height)} ${p(-8.6, -0.4 * height)} ${p(-8, 3)}`;
  }
  const tooth = (p) => `M${at([p[0] - 2.6, p[1] - 0.5])}q.2 -5.6 2.9 -7.2q1.6 2.6 1.2 7.2Z`;

  function place(kind, time, coil) {
    const value = (name) => valueAt(data, kind, name, time);
    return [value(`${coil}_x`), value(`${coil}_y`)];
  }

  let shown = "";
  return {
    draw(time, said) {
      const named = {};
      for (const kind of kinds) {
        const layer = layers[kind];
        const where = {};
        for (const coil of Object.keys(data.coils)) {
          const p = place(kind, time, coil);
          where[coil] = known(p) ? p : null;
          const dot = layer.dots[coil];
          dot.style.display = where[coil] ? "" : "none";
          if (!where[coil]) continue;
          dot.setAttribute("cx", p[0].toFixed(2));
          dot.setAttribute("cy", (-p[1]).toFixed(2));
          named[coil] ||= p;
        }
        const tongue = data.tongue.map((coil) => where[coil]).filter(Boolean);
        const line = curve(tongue);
        layer.tongue.setAttribute("d", line);
        layer.lips.ul.setAttribute("d", where.ul ? lip(where.ul, 1) : "");
        layer.lips.ll.setAttribute("d", where.ll ? lip(where.ll, -1) : "");
        layer.tooth.setAttribute("d", where.li ? tooth(where.li) : "");
        if (kind === first) {
          const root = tongue.length > 1 && tongue[tongue.length - 1];
          const floor = root && (where.li ? [where.li[0] - 6, where.li[1] - 6] : [tongue[0][0] - 2, tongue[0][1] - 16]);
          flesh.setAttribute("d", line && `${line}q-5 6 -3 22L${at([floor[0] - 10, floor[1] - 4])}Q${at([floor[0] + 3, floor[1]])} ${at(tongue[0])}Z`);
        }
      }
      for (const [coil, name] of Object.entries(names)) {
        name.style.display = named[coil] ? "" : "none";
        if (!named[coil]) continue;
        name.setAttribute("x", (named[coil][0] + offset[coil][0]).toFixed(2));
        name.setAttribute("y", (-named[coil][1] + offset[coil][1]).toFixed(2));
      }
      if (said !== shown) phone.textContent = shown = said;
    },
    show(kind, visible) {
      layers[kind].group.style.display = visible ? "" : "none";
    },
  };
}

// Value of a trajectory at a time in s, linear between frames; null in a gap.
function valueAt(data, kind, name, time) {
  const line = data.lines[kind];
  const values = line.motion[data.channels.findIndex((channel) => channel.name === name)];
  const position = Math.min(Math.max(time * line.rate, 0), values.length - 1);
  const before = Math.floor(position + 1e-6);
  const share = position - before;
  if (share < 1e-4 || before + 1 >= values.length) return values[before];
  return values[before] === null || values[before + 1] === null ? null : values[before] * (1 - share) + values[before + 1] * share;
}
