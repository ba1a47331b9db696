"use strict";
// Player: the time of the audio element controls all drawings.
(function () {
  const find = (id) => document.getElementById(id);
  const all = (selector) => document.querySelectorAll(selector);
  const data = JSON.parse(find("data").textContent);
  data.places = Object.fromEntries(data.channels.map((channel, place) => [channel.name, place]));
  data.timeline = Timeline(data);
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const CALM_MS = 250; // time between two drawings if the reader prefers reduced motion
  const main = Object.values(data.lines)[0];
  const frames = main.motion[0].length;
  const audio = find("audio");
  audio.preservesPitch = true;
  const head = Sagittal(find("head"), data);
  const tracks = Tracks(data);
  if (data.seconds > 8) tracks.view.span = 8;
  find("phones").hidden = !data.phones.length;
  find("slider").setAttribute("aria-valuemax", data.seconds.toFixed(2));
  let heard = 0; // the take that sounds

  const address = (sound) => {
    const bytes = Uint8Array.from(atob(sound.bytes), (letter) => letter.charCodeAt(0));
    return URL.createObjectURL(new Blob([bytes], { type: sound.type }));
  };
  const addresses = [data, ...(data.other ? [data.other] : [])].map((take) => address(take.sound));
  audio.src = addresses[0];

  for (const [key, line] of Object.entries(data.lines)) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
    box.addEventListener("change", () => { head.show(key, box.checked); tracks.show(key, box.checked); draw(now()); });
    const sample = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    sample.setAttribute("viewBox", "0 0 30 10");
    sample.setAttribute("aria-hidden", "true");
    sample.setAttribute("class", `line ${line.kind} take${line.take + 1}`);
    const stroke = document.createElementNS("http://www.w3.org/2000/svg", "path");
    stroke.setAttribute("d", "M0 5h30");
    stroke.setAttribute("class", "sample");
    sample.append(stroke);
    label.append(box, sample, line.name);
    find("legend").append(label);
  }

  const clamp = (time) => Math.min(Math.max(time, 0), data.seconds);
  const now = () => clamp(heard ? data.timeline.fromOther(audio.currentTime) : audio.currentTime);
  const frameAt = (time) => Math.min(Math.round(time * main.rate), frames - 1);
  const phoneAt = (time) => (data.phones.find(([, start, end]) => start <= time && time < end) || [""])[0];

  function draw(time) {
    const said = phoneAt(time), frame = frameAt(time);
    tracks.follow(time);
    const wave = find("slider"), whole = find("whole");
    const left = wave.offsetLeft + (time - tracks.view.from) / tracks.view.span * wave.clientWidth;
    find("cursor").style.transform = `translateX(${left.toFixed(1)}px)`;
    if (!whole.hidden) {
      const strip = whole.querySelector("canvas");
      find("cursor-whole").style.transform = `translateX(${(strip.offsetLeft + time / data.seconds * strip.clientWidth).toFixed(1)}px)`;
    }
    find("state").textContent = head.draw(time, data.silences.includes(said) ? "" : said);
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
    if (!calm.matches || moment - lastDrawn >= CALM_MS) { lastDrawn = moment; draw(now()); }
    if (!audio.paused) requestAnimationFrame(tick);
  }
  function seek(time) { audio.currentTime = heard ? data.timeline.toOther(clamp(time)) : clamp(time); draw(clamp(time)); }
  function fault(words) { find("fault").textContent = words; find("fault").hidden = false; }
  function toggle() {
    if (!audio.paused) { audio.pause(); return; }
    audio.play().catch((error) => fault(`The sound cannot be played here (${error.name}); the arrow keys still work.`));
  }
  function press(name, value) {
    for (const button of all(`[data-${name}]`)) button.setAttribute("aria-pressed", String(button.dataset[name] === String(value)));
  }
  function speed(rate) { audio.defaultPlaybackRate = audio.playbackRate = rate; press("speed", rate); }
  function state() {
    find("play").setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    find("sign").textContent = audio.paused ? "▶" : "❚❚";
    document.body.dataset.playing = String(!audio.paused);
    lastDrawn = -Infinity;
    requestAnimationFrame(tick);
  }
  function zoom(factor) {
    tracks.zoom(factor, now());
    for (const button of all("[data-zoom]")) button.disabled = Number(button.dataset.zoom) < 1 && tracks.view.span >= data.seconds;
    draw(now());
  }
  function trail() {
    head.trail = !head.trail;
    find("trail").setAttribute("aria-pressed", String(head.trail));
    draw(now());
  }
  function align(way) {
    const time = now();
    data.timeline.align(way);
    press("align", way);
    tracks.draw();
    seek(time);
  }
  function hear(take) {
    const time = now(), playing = !audio.paused;
    audio.pause();
    heard = take;
    audio.src = addresses[take];
    press("hear", take + 1);
    seek(time);
    if (playing) toggle();
  }

  // The picture as it is now, with its colours, as a PNG of 1600 pixels.
  function save() {
    const svg = find("head"), copy = svg.cloneNode(true);
    const shown = [svg, ...svg.querySelectorAll("*")], copied = [copy, ...copy.querySelectorAll("*")];
    shown.forEach((element, k) => {
      const style = getComputedStyle(element);
      for (const name of ["fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "font-family", "paint-order", "display"]) {
        copied[k].setAttribute(name, style.getPropertyValue(name));
      }
      copied[k].removeAttribute("style");
    });
    const [, , width, height] = copy.getAttribute("viewBox").split(" ").map(Number);
    const size = { width: 1600, height: Math.round(1600 * height / width) };
    for (const [name, value] of Object.entries(size)) copy.setAttribute(name, value);
    const picture = new Image();
    picture.onload = () => {
      const canvas = Object.assign(document.createElement("canvas"), size);
      const pen = canvas.getContext("2d");
      pen.fillStyle = getComputedStyle(document.body).backgroundColor;
      pen.fillRect(0, 0, size.width, size.height);
      pen.drawImage(picture, 0, 0, size.width, size.height);
      canvas.toBlob((blob) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(blob);
        link.download = `${data.name.replace(/[^\w.-]+/g, "_")}-${now().toFixed(2)}s.png`;
        document.body.dataset.saved = link.download;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      });
    };
    picture.onerror = () => fault("This browser cannot save the picture; take a screenshot instead.");
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  }

  for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, state);
  audio.addEventListener("seeked", () => { if (audio.paused) draw(now()); });
  audio.addEventListener("error", () => fault("This browser cannot read the sound; the arrow keys still work."));
  find("play").addEventListener("click", toggle);
  find("trail").addEventListener("click", trail);
  find("save").addEventListener("click", save);
  find("more").addEventListener("toggle", () => { tracks.draw(); draw(now()); });
  for (const button of all("[data-speed]")) button.addEventListener("click", () => speed(Number(button.dataset.speed)));
  for (const button of all("[data-zoom]")) button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  for (const button of all("[data-align]")) button.addEventListener("click", () => align(button.dataset.align));
  for (const button of all("[data-hear]")) button.addEventListener("click", () => hear(Number(button.dataset.hear) - 1));
  find("compare").hidden = !data.other;

  find("time").addEventListener("pointerdown", (event) => {
    const canvas = event.target.closest("canvas");
    if (!canvas || event.button !== 0) return;
    const box = canvas.getBoundingClientRect();
    const { from, span } = canvas.dataset.strip === "whole" ? { from: 0, span: data.seconds } : { ...tracks.view };
    const move = (moved) => seek(from + Math.min(Math.max((moved.clientX - box.left) / box.width, 0), 1) * span);
    const stop = () => { canvas.removeEventListener("pointermove", move); };
    canvas.setPointerCapture(event.pointerId);
    canvas.addEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, stop, { once: true });
    move(event);
  });

  document.addEventListener("keydown", (event) => {
    const own = event.target.closest?.("button, summary, input"); // these elements handle space and Enter themselves
    if (event.ctrlKey || event.metaKey || event.altKey || (own && [" ", "Enter"].includes(event.key))) return;
    const time = now(), frame = frameAt(time), far = 0.1;
    const actions = {
      " ": toggle,
      ArrowLeft: () => seek(event.shiftKey ? time - far : (frame - 1) / main.rate),
      ArrowRight: () => seek(event.shiftKey ? time + far : (frame + 1) / main.rate),
      Home: () => seek(0), End: () => seek(data.seconds), t: trail, s: save,
      1: () => speed(1), 2: () => speed(0.5), 4: () => speed(0.25), "+": () => zoom(2), "=": () => zoom(2), "-": () => zoom(0.5),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });

  const redraw = () => { tracks.draw(); draw(now()); };
  window.addEventListener("resize", redraw);
  for (const rule of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) window.matchMedia(rule).addEventListener("change", redraw);
  speed(1);
  zoom(1);
  if (data.other) align(data.other.way);
  seek(data.opens);
  document.body.dataset.playing = "false";
  document.body.dataset.ready = "true";
})();
