"use strict";
// The head from the side, in mm. x points to the front, so that the face looks to the right; y of the SVG points down.
function Sagittal(svg, data) {
  const TRAIL = 0.4; // s
  const head = Head(data.head), profile = data.head;
  const [left, bottom, right, top] = profile.bounds;
  const keys = Object.keys(data.lines);
  const hidden = new Set();
  let trail = false, shown = "";

  const make = (name, facts, parent) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(facts)) element.setAttribute(key, value);
    (parent || svg).appendChild(element);
    return element;
  };
  const at = (p) => `${p[0].toFixed(2)} ${(-p[1]).toFixed(2)}`;
  const path = (points) => (points.length ? `M${points.map(at).join("L")}` : "");
  const closed = (points) => `${path(points)}Z`;
  const roof = (from, to) => {
    const points = [];
    for (let k = 0; k < profile.roof.length; k += 1) {
      const x = profile.left + k * 0.5;
      if (x >= from && x <= to) points.push([x, profile.roof[k]]);
    }
    return points;
  };

  svg.setAttribute("viewBox", `${left} ${-top} ${right - left} ${top - bottom}`);
  const parts = {};
  for (const name of ["skull", "jaw", "bone", "mandible", "lips", "lip-edge", "epiglottis", "tongue", "velum", "lower-tooth", "upper-tooth", "palate", "usual", "contact"]) {
    parts[name] = make("path", { class: name });
  }
  const edge = profile.edge;
  const face = head.smooth(profile.face, 6);
  const throat = head.smooth(profile.behind, 6);
  const palate = roof(profile.hard, edge[0]).reverse();
  parts.bone.setAttribute("d", profile.bones.map((bone) => closed(head.smooth(bone, 6))).join(""));
  parts["upper-tooth"].setAttribute("d", closed(head.smooth(profile.incisor, 6)));
  const own = profile.measured;
  parts.usual.setAttribute("d", path(roof(profile.hard, edge[0])));
  if (own.length) parts.palate.setAttribute("d", path(roof(Math.max(own[0], profile.hard), own[1])));

  const layers = {};
  for (const key of keys) {
    const { kind, take, name } = data.lines[key];
    const group = make("g", { class: `line ${kind} take${take + 1}`, "data-line": key });
    const layer = { group, dots: {}, trails: {} };
    for (const part of ["band", "trail", "side", "dorsum"]) layer[part] = make("path", { class: part }, group);
    for (const coil of Object.keys(data.coils)) layer.dots[coil] = make("circle", { r: 1.2, class: "coil", "data-coil": coil }, group);
    layer.title = make("title", {}, group);
    layer.title.textContent = name;
    layers[key] = layer;
  }
  const offset = { tt: [0, 5], tb: [0, 5.5], td: [0, 5.5], li: [-4, 6], ul: [4, -1], ll: [4, 3], v: [0, -2.5] };
  const names = {};
  for (const coil of Object.keys(data.coils)) {
    names[coil] = make("text", { class: "name", "font-size": 3.2, "text-anchor": ["ul", "ll"].includes(coil) ? "start" : "middle" });
    names[coil].textContent = data.coils[coil];
  }
  const word = (x, y, text, anchor) => { make("text", { x, y, class: "name", "font-size": 3.2, "text-anchor": anchor }).textContent = text; };
  word((profile.hard + edge[0]) / 2, -head.roofAt((profile.hard + edge[0]) / 2) - 5, "palate", "middle");
  word(profile.pharynx - 1.5, 22, "throat", "end");
  word(profile.pharynx - 1.5, 84, "larynx", "end");
  make("path", { class: "scale", d: `M${right - 16} ${-bottom - 4}h10m-10 -1v2m10 -2v2` });
  word(right - 11, -bottom - 6, "10 mm", "middle");
  const phone = make("text", { x: right - 4, y: -bottom - 16, class: "phone", id: "phone", "font-size": 11, "text-anchor": "end" });

  function coilsAt(key, time) {
    const places = {};
    for (const coil of Object.keys(data.coils)) {
      const p = [valueAt(data, key, `${coil}_x`, time), valueAt(data, key, `${coil}_y`, time)];
      places[coil] = p[0] === null || p[1] === null ? null : p;
    }
    return places;
  }

  // Soft band: the tongue between its coils, widened by the likely range across the curve.
  function band(key, time, places) {
    if (!data.lines[key].margin) return "";
    const coils = data.tongue.filter((coil) => places[coil]);
    const margins = coils.map((coil) => ["x", "y"].map((axis) => marginAt(data, key, `${coil}_${axis}`, time)));
    if (coils.length < 2 || margins.some((margin) => margin.includes(null))) return "";
    const line = head.smooth(coils.map((coil) => places[coil]));
    const above = [], below = [];
    line.forEach((p, k) => {
      const [a, b] = [line[Math.max(k - 1, 0)], line[Math.min(k + 1, line.length - 1)]];
      const far = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
      const across = [(b[1] - a[1]) / far, -(b[0] - a[0]) / far];
      const place = Math.min(k / 8, coils.length - 1), n = Math.min(Math.floor(place), coils.length - 2);
      const wide = [0, 1].map((i) => margins[n][i] * (1 - place + n) + margins[n + 1][i] * (place - n));
      const half = Math.hypot(wide[0] * across[0], wide[1] * across[1]);
      above.push([p[0] + across[0] * half, p[1] + across[1] * half]);
      below.push([p[0] - across[0] * half, p[1] - across[1] * half]);
    });
    return closed([...above, ...below.reverse()]);
  }

  function trails(key, time) {
    if (!trail) return "";
    let line = "";
    for (const coil of data.tongue) {
      const points = [];
      for (let back = TRAIL; back >= 0; back -= 0.01) {
        const p = [valueAt(data, key, `${coil}_x`, Math.max(time - back, 0)), valueAt(data, key, `${coil}_y`, Math.max(time - back, 0))];
        if (p[0] !== null && p[1] !== null) points.push(p);
      }
      if (points.length > 1) line += path(points);
    }
    return line;
  }

  function fill(outline, places) {
    parts.skull.setAttribute("d", closed([...face, ...outline.upper_lip.slice(1), ...palate, ...throat, [left - 200, -112], [left - 200, top + 40]]));
    parts.jaw.setAttribute("d", closed(outline.jaw));
    const lips = [head.part(outline.upper_lip, "upper_red"), head.part(outline.lower_lip, "lower_red")];
    parts.lips.setAttribute("d", lips.map(closed).join(""));
    parts["lip-edge"].setAttribute("d", lips.map(path).join(""));
    parts.mandible.setAttribute("d", closed(outline.mandible));
    parts.tongue.setAttribute("d", closed([...outline.dorsum, ...outline.under.slice(1)]));
    parts.velum.setAttribute("d", closed(outline.velum));
    parts["lower-tooth"].setAttribute("d", closed(outline.teeth));
    parts.epiglottis.setAttribute("d", closed(outline.epiglottis));
    parts.contact.setAttribute("d", outline.contact.map(path).join(""));
    parts.tongue.classList.toggle("guessed", !data.tongue.some((coil) => places[coil]));
    parts.velum.classList.toggle("guessed", !places.v);
    parts.jaw.classList.toggle("guessed", !places.li || !places.ll);
    parts.lips.classList.toggle("guessed", !places.ul || !places.ll);
    parts["lower-tooth"].classList.toggle("guessed", !places.li);
  }

  // What the picture shows, in words.
  function state(outline, places) {
    const words = [];
    if (places.ul && places.ll) words.push(outline.opening < 0.5 ? "lips closed" : `lips ${outline.opening.toFixed(0)} mm open`);
    if (data.tongue.some((coil) => places[coil])) words.push(outline.contact.length ? "tongue touches the palate" : "tongue free");
    if (places.v) words.push(outline.port < 1 ? "nose closed" : "nose open");
    return words.join(", ");
  }

  return {
    draw(time, said) {
      const named = {};
      let filled = false, text = "";
      for (const key of keys) {
        const layer = layers[key];
        if (hidden.has(key)) continue;
        const places = coilsAt(key, time);
        const outline = head.outlines(profile.people[key], places);
        if (!filled) { fill(outline, places); text = state(outline, places); svg.dataset.opening = outline.opening; svg.dataset.contact = outline.contact.length; }
        const tongue = data.tongue.filter((coil) => places[coil]);
        const solid = tongue.length === data.tongue.length ? head.part(outline.dorsum, "tongue_coils") : head.smooth(tongue.length > 1 ? tongue.map((coil) => places[coil]) : [[0, 0], [0, 0]]);
        layer.dorsum.setAttribute("d", tongue.length > 1 ? path(solid) : "");
        const sides = filled ? [
          head.part(outline.dorsum, "tongue_root"), head.part(outline.upper_lip, "upper_side"), head.part(outline.lower_lip, "lower_side"),
          outline.teeth, head.part(outline.velum, "velum_side"),
        ] : [];
        layer.side.setAttribute("d", sides.map(path).join(""));
        layer.band.setAttribute("d", band(key, time, places));
        layer.trail.setAttribute("d", trails(key, time));
        for (const [coil, dot] of Object.entries(layer.dots)) {
          dot.style.display = places[coil] ? "" : "none";
          if (!places[coil]) continue;
          dot.setAttribute("cx", places[coil][0].toFixed(2));
          dot.setAttribute("cy", (-places[coil][1]).toFixed(2));
          named[coil] ||= places[coil];
        }
        filled = true;
      }
      for (const [coil, name] of Object.entries(names)) {
        name.style.display = named[coil] ? "" : "none";
        if (!named[coil]) continue;
        name.setAttribute("x", (named[coil][0] + offset[coil][0]).toFixed(2));
        name.setAttribute("y", (-named[coil][1] + offset[coil][1]).toFixed(2));
      }
      if (said !== shown) phone.textContent = shown = said;
      return text;
    },
    show(key, visible) {
      if (visible) hidden.delete(key); else hidden.add(key);
      layers[key].group.style.display = visible ? "" : "none";
    },
    get trail() { return trail; },
    set trail(on) { trail = on; },
  };
}
