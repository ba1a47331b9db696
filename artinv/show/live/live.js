"use strict";
// The page: a microphone moves a head; takes are kept, replayed, compared and saved.
window.LivePage = (function () {
  const find = (id) => document.getElementById(id);
  const data = JSON.parse(find("data").textContent);
  const bytes = Uint8Array.from(atob(data.model), (letter) => letter.charCodeAt(0));
  const model = Model(bytes);
  const LONGEST = 60; // s of a recording that are kept
  const MOST = 6; // takes
  const SILENT = 1e-4, PATIENCE = 1.5; // largest sample and s of a microphone that gives no sound
  const GATE = 0.02; // sample above which speech may have begun
  const CALM_MS = 250;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  data.places = Object.fromEntries(data.channels.map((name, place) => [name, place]));
  data.timeline = { toOther: (time) => time + shift(), fromOther: (time) => time - shift() };
  const still = { rate: model.front.rate, columns: Array.from(model.mean, (value) => [value]) };
  for (const line of Object.values(data.lines)) {
    Object.assign(line, { rate: still.rate, motion: still.columns, margin: Array.from(model.margin, (value) => [value]) });
  }
  const head = Sagittal(find("head"), data);
  const curves = Curves(data, model);
  const recorder = Recorder(model, LONGEST), microphone = Microphone(), audio = find("audio");
  const pose = Array.from(model.mean, (value) => [value]); // newest motion, one frame
  const levels = new Float32Array(8 * 100); // loudest sample of each 10 ms of the last 8 s
  const starts = new Float64Array(128).fill(Infinity); // s of the clock at which the sound began, as each of the last blocks says
  const delays = new Float64Array(512); // s, of the last drawings
  let takes = [], shown = null, other = null, number = 0;
  let recording = false, opening = false, stream = null, rate = 0, blocks = 0, samples = 0, loudest = 0, quiet = 0, draws = 0, drawn = -Infinity, level = 0;
  let address = "";
  head.show("other", false);

  const shift = () => (shown && other ? other.opens - shown.opens : 0);
  function say(words) { find("status").textContent = words; }
  function fault(words) {
    if (find("fault").textContent !== words) find("fault").textContent = words;
    find("fault").hidden = !words;
  }

  // --- recording ---

  function begin(at) {
    rate = at;
    stream = Stream(model, rate, (sound) => recorder.hears(sound, level > GATE), (motion) => {
      recorder.moves(motion);
      for (let k = 0; k < pose.length; k += 1) pose[k][0] = motion[k];
    });
    recorder.clear();
    levels.fill(0);
    starts.fill(Infinity);
    blocks = samples = loudest = quiet = draws = level = 0;
  }

  // One block of sound; `at` is the time in ms of the clock at which it was complete.
  function feed(block, at) {
    level = 0;
    for (let k = 0; k < block.length; k += 1) level = Math.max(level, Math.abs(block[k]));
    samples += block.length;
    for (let k = Math.floor((samples - block.length) / rate * 100); k <= samples / rate * 100; k += 1) levels[k % levels.length] = level;
    starts[blocks % starts.length] = at / 1000 - samples / rate;
    blocks += 1;
    loudest = Math.max(loudest * Math.exp(-block.length / rate / 0.3), level);
    quiet = level > SILENT ? 0 : quiet + block.length / rate;
    stream.add(block);
  }

  async function record() {
    if (recording || opening) return;
    opening = true;
    pause();
    fault("");
    try {
      await microphone.open({ started: begin, takes: feed, lost: () => stop("The microphone is gone. The take up to here is kept.") });
    } catch (error) {
      fault(microphoneFault(error.name));
      say("Not recording.");
      return;
    } finally {
      opening = false;
    }
    recording = true;
    shown = other = null;
    for (const line of Object.values(data.lines)) line.motion = pose;
    refresh();
    say("Recording. Speak; the head follows. Press Stop to keep the take.");
    drawn = -Infinity;
    requestAnimationFrame(tick);
  }

  function stop(words) {
    if (!recording) return;
    recording = false;
    microphone.close();
    keep();
    if (words) fault(words);
  }

  // End the stream and keep the take.
  function keep() {
    stream.end();
    fault("");
    if (recorder.frames < 2) {
      say("Nothing was recorded.");
      refresh();
      return;
    }
    number += 1;
    const take = recorder.take(`take-${number}`);
    takes.push(take);
    const dropped = takes.length > MOST ? takes.shift() : null;
    const cut = take.cut > 0 ? ` Its last ${LONGEST} seconds are kept.` : "";
    show(take, null);
    say(`Take ${number} is kept: ${take.seconds.toFixed(1)} seconds.${cut}${dropped ? ` ${titleOf(dropped)} is dropped: the last ${MOST} takes are kept.` : ""}`);
  }

  // --- takes ---

  function show(take, second) {
    pause();
    shown = take;
    other = second === take ? null : second;
    if (address) URL.revokeObjectURL(address);
    address = take ? URL.createObjectURL(waveFile(take.sound)) : "";
    if (take) audio.src = address; else audio.removeAttribute("src");
    data.lines.now.motion = take ? take.motion : pose;
    data.lines.other.motion = other ? other.motion : pose;
    head.show("other", !!other);
    find("seek").max = take ? take.seconds.toFixed(2) : 0;
    refresh();
    draw(0);
  }

  function play(take) {
    if (take !== shown) show(take, take === other ? shown : other);
    else if (!audio.paused) { pause(); return; }
    audio.play().catch((error) => fault(`The sound cannot be played here (${error.name}); the slider still works.`));
  }
  function pause() { if (!audio.paused) audio.pause(); }

  function remove(take) {
    takes = takes.filter((kept) => kept !== take);
    if (take === shown) show(takes[takes.length - 1] || null, null);
    else if (take === other) show(shown, null);
    else refresh();
    say(`${titleOf(take)} is deleted.`);
    find("record").focus();
  }

  function save(content, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    document.body.dataset.saved = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    say(`${name} is saved.`);
  }
  const table = (take) => motionTable(take, data.facts, data.channels, model.margin);

  function refresh() {
    find("record").classList.toggle("on", recording);
    find("record-words").textContent = recording ? "Stop" : "Record";
    find("player").hidden = recording || !shown;
    find("meter").hidden = !recording;
    find("none").hidden = takes.length > 0;
    find("legend").hidden = !other;
    find("legend-now").textContent = shown ? titleOf(shown) : "";
    find("legend-other").textContent = other ? titleOf(other) : "";
    const list = find("takes"), focus = list.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : "";
    list.replaceChildren(...takes.map((take) => takeRow(take, { recording, shown: take === shown, compared: take === other }, {
      play: () => play(take), compare: () => show(shown, take === other ? null : take), remove: () => remove(take),
      saveSound: () => save(waveFile(take.sound), `${take.name}.wav`),
      saveMotion: () => save(new Blob([table(take)], { type: "text/csv" }), `${take.name}.csv`),
    })));
    if (focus) [...list.querySelectorAll("button")].find((button) => button.getAttribute("aria-label") === focus)?.focus();
    document.body.dataset.recording = String(recording);
    document.body.dataset.takes = takes.length;
  }

  // --- drawing ---

  function draw(time) {
    find("state").textContent = head.draw(time, "");
    if (shown) {
      curves.takes(shown, other, shift(), time);
      find("clock").textContent = `${time.toFixed(2)} s of ${shown.seconds.toFixed(2)}`;
      find("seek").value = time;
      find("seek").setAttribute("aria-valuetext", `${time.toFixed(2)} seconds`);
    } else if (!recording) curves.clear();
    document.body.dataset.time = time.toFixed(4);
  }

  // The delay between sound and picture: the newest motion is drawn now, its sound was complete at a known time of the clock.
  function delayed() {
    if (!recorder.frames) return 0;
    let start = Infinity;
    for (const each of starts) start = Math.min(start, each);
    const delay = Date.now() / 1000 - start - (recorder.frames - 1) / model.front.rate;
    delays[draws % delays.length] = delay;
    draws += 1;
    return delay;
  }

  function drawLive() {
    find("state").textContent = head.draw(0, "");
    const delay = delayed();
    curves.live(recorder, (from, to) => {
      let most = 0;
      for (let k = Math.floor(from * 100); k <= to * 100; k += 1) most = Math.max(most, k < 0 ? 0 : levels[k % levels.length]);
      return from > recorder.seconds ? 0 : most;
    });
    find("level").value = Math.min(1, Math.max(0, 1 + Math.log10(Math.max(loudest, 1e-4)) / 3));
    if (draws % 15 === 1) {
      find("delay").textContent = `${Math.round(delay * 1000)} ms`;
      find("clock-live").textContent = `${recorder.seconds.toFixed(0)} s`;
      if (quiet > PATIENCE) fault("The microphone gives no sound. Check that it is connected, chosen in the browser, and not muted.");
      else if (quiet === 0) fault("");
    }
    document.body.dataset.frame = recorder.frames;
  }

  function tick(moment) {
    if (!calm.matches || moment - drawn >= CALM_MS) {
      drawn = moment;
      if (recording) drawLive(); else if (shown) draw(Math.min(audio.currentTime, shown.seconds));
    }
    if (recording || !audio.paused) requestAnimationFrame(tick);
  }

  function seek(time) {
    if (!shown) return;
    const chosen = Math.min(Math.max(time, 0), shown.seconds);
    audio.currentTime = chosen;
    draw(chosen);
  }
  function playing() {
    find("play").setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    find("sign").textContent = audio.paused ? "▶" : "❚❚";
    document.body.dataset.playing = String(!audio.paused);
    drawn = -Infinity;
    requestAnimationFrame(tick);
  }

  find("record").addEventListener("click", () => (recording ? stop("") : record()));
  find("play").addEventListener("click", () => play(shown));
  find("seek").addEventListener("input", (event) => seek(Number(event.target.value)));
  for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, playing);
  for (const choice of document.querySelectorAll("[data-speed]")) {
    choice.addEventListener("click", () => {
      audio.defaultPlaybackRate = audio.playbackRate = Number(choice.dataset.speed);
      for (const each of document.querySelectorAll("[data-speed]")) each.setAttribute("aria-pressed", String(each === choice));
    });
  }
  document.addEventListener("keydown", (event) => {
    const own = event.target.closest?.("button, summary, input"); // these elements handle space, Enter and arrows themselves
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (own && [" ", "Enter", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const actions = {
      r: () => (recording ? stop("") : record()), " ": () => { if (shown && !recording) play(shown); },
      ArrowLeft: () => seek(audio.currentTime - 1 / still.rate), ArrowRight: () => seek(audio.currentTime + 1 / still.rate),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });
  const redraw = () => { if (!recording) draw(shown ? audio.currentTime : 0); };
  window.addEventListener("resize", redraw);
  for (const rule of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) window.matchMedia(rule).addEventListener("change", redraw);

  const declared = Stream(model, 48000, () => {}, () => {}).latency;
  find("declared").textContent = `${Math.round(declared * 1000)} ms`;
  audio.preservesPitch = true;
  refresh();
  draw(0);
  document.body.dataset.ready = "true";
  return { begin, feed, keep, table, declared, recorder, wave: waveFile, get takes() { return takes; }, get delays() { return delays.slice(0, Math.min(draws, delays.length)); } };
})();
