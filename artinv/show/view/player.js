"use strict";
// Player: the time of the audio element controls all drawings.
(function () {
  const find = (id) => document.getElementById(id);
  const data = JSON.parse(find("data").textContent);
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const CALM_MS = 250; // time between two drawings if the reader prefers reduced motion
  const main = Object.values(data.lines)[0];
  const frames = main.motion[0].length;
  const bytes = Uint8Array.from(atob(data.sound.bytes), (letter) => letter.charCodeAt(0));
  const audio = find("audio");
  audio.src = URL.createObjectURL(new Blob([bytes], { type: data.sound.type }));
  audio.preservesPitch = true;
  const head = Sagittal(find("head"), data);
  const tracks = Tracks(data);
  if (data.seconds > 8) tracks.view.span = 8;
  find("phones").hidden = !data.phones.length;
  find("slider").setAttribute("aria-valuemax", data.seconds.toFixed(2));

  for (const kind of Object.keys(data.lines)) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
    box.addEventListener("change", () => { head.show(kind, box.checked); tracks.show(kind, box.checked); });
    const sample = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    sample.setAttribute("viewBox", "0 0 30 10");
    sample.setAttribute("aria-hidden", "true");
    const stroke = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const facts = kind === "measured" ? { stroke: "#1a1a1a" } : { stroke: "#d55e00", "stroke-dasharray": "6 3.5" };
    for (const [key, value] of Object.entries({ d: "M0 5h30", "stroke-width": 3, ...facts })) stroke.setAttribute(key, value);
    sample.append(stroke);
    const words = data.lines[kind].margin ? `${kind}, band: ${Math.round(data.lines[kind].level * 100)} % interval` : kind;
    label.append(box, sample, words);
    find("legend").append(label);
  }

  const clamp = (time) => Math.min(Math.max(time, 0), data.seconds);
  const frameAt = (time) => Math.min(Math.round(time * main.rate), frames - 1);
  const phoneAt = (time) => (data.phones.find(([, start, end]) => start <= time && time < end) || [""])[0];

  function draw(time) {
    const said = phoneAt(time), frame = frameAt(time);
    tracks.follow(time);
    const wave = find("slider");
    const left = wave.offsetLeft + (time - tracks.view.from) / tracks.view.span * wave.clientWidth;
    find("cursor").style.transform = `translateX(${left.toFixed(1)}px)`;
    head.draw(time, said);
    tracks.showValues(time);
    const small = document.createElement("small");
    small.textContent = `frame ${frame} of ${frames}`;
    find("clock").replaceChildren(`${time.toFixed(2)} s of ${data.seconds.toFixed(2)}`, small);
    document.body.dataset.frame = frame;
    document.body.dataset.time = time.toFixed(4);
    if (audio.paused) {
      wave.setAttribute("aria-valuenow", time.toFixed(2));
      wave.setAttribute("aria-valuetext", `${time.toFixed(2)} seconds${said ? `, phone ${said}` : ""}`);
    }
  }

  let lastDrawn = -Infinity;
  function tick(moment) {
    if (!calm.matches || moment - lastDrawn >= CALM_MS) { lastDrawn = moment; draw(clamp(audio.currentTime)); }
    if (!audio.paused) requestAnimationFrame(tick);
  }
  function seek(time) { audio.currentTime = clamp(time); draw(clamp(time)); }
  function fault(words) { find("fault").textContent = words; find("fault").hidden = false; }
  function toggle() {
    if (!audio.paused) { audio.pause(); return; }
    audio.play().catch((error) => fault(`The sound cannot be played here (${error.name}); the arrow keys still work.`));
  }
  function speed(rate) {
    audio.playbackRate = rate;
    for (const button of document.querySelectorAll("[data-speed]")) button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === rate));
  }
  function state() {
    find("play").setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    find("sign").textContent = audio.paused ? "▶" : "❚❚";
    document.body.dataset.playing = String(!audio.paused);
    lastDrawn = -Infinity;
    requestAnimationFrame(tick);
  }
  function zoom(factor) {
    tracks.zoom(factor, clamp(audio.currentTime));
    for (const button of document.querySelectorAll("[data-zoom]")) button.disabled = Number(button.dataset.zoom) < 1 && tracks.view.span >= data.seconds;
    draw(clamp(audio.currentTime));
  }

  for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, state);
  audio.addEventListener("seeked", () => { if (audio.paused) draw(clamp(audio.currentTime)); });
  audio.addEventListener("error", () => fault("This browser cannot read the sound; the arrow keys still work."));
  find("play").addEventListener("click", toggle);
  for (const button of document.querySelectorAll("[data-speed]")) button.addEventListener("click", () => speed(Number(button.dataset.speed)));
  for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));

  find("time").addEventListener("pointerdown", (event) => {
    const canvas = event.target.closest("canvas");
    if (!canvas || event.button !== 0) return;
    const box = canvas.getBoundingClientRect();
    const { from, span } = canvas.dataset.strip === "whole" ? { from: 0, span: data.seconds } : { ...tracks.view };
    const move = (now) => seek(from + Math.min(Math.max((now.clientX - box.left) / box.width, 0), 1) * span);
    const stop = () => { canvas.removeEventListener("pointermove", move); };
    canvas.setPointerCapture(event.pointerId);
    canvas.addEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, stop, { once: true });
    move(event);
  });

  document.addEventListener("keydown", (event) => {
    const own = event.target.closest?.("button, summary, input"); // these elements handle space and Enter themselves
    if (event.ctrlKey || event.metaKey || event.altKey || (own && [" ", "Enter"].includes(event.key))) return;
    const frame = frameAt(clamp(audio.currentTime));
    const far = 0.1, now = clamp(audio.currentTime);
    const actions = {
      " ": toggle,
      ArrowLeft: () => seek(event.shiftKey ? now - far : (frame - 1) / main.rate),
      ArrowRight: () => seek(event.shiftKey ? now + far : (frame + 1) / main.rate),
      Home: () => seek(0), End: () => seek(data.seconds),
      1: () => speed(1), 2: () => speed(0.5), 4: () => speed(0.25), "+": () => zoom(2), "=": () => zoom(2), "-": () => zoom(0.5),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });

  window.addEventListener("resize", () => { tracks.draw(); draw(clamp(audio.currentTime)); });
  speed(1);
  zoom(1);
  document.body.dataset.playing = "false";
  document.body.dataset.ready = "true";
})();
