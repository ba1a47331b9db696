"use strict";
// The take that is being recorded, and what is saved of a take. Memory is allocated once; of a long recording the end is kept.
function Recorder(model, seconds) {
  const RATE = 16000, frameRate = model.front.rate, hop = RATE / frameRate, channels = model.mean.length;
  const frames = seconds * frameRate, samples = frames * hop;
  const sound = new Float32Array(samples), motion = new Float32Array(frames * channels); // rings
  let heard = 0, moved = 0, opens = -1;

  return {
    clear() { heard = 0; moved = 0; opens = -1; },
    hears(block, speaks) {
      if (speaks && opens < 0) opens = heard / RATE;
      for (let k = 0; k < block.length; k += 1) { sound[heard % samples] = block[k]; heard += 1; }
    },
    moves(frame) { motion.set(frame, (moved % frames) * channels); moved += 1; },
    get seconds() { return heard / RATE; },
    get frames() { return moved; },
    // Value of a channel in a frame; null if it is no longer or not yet there.
    at: (frame, channel) => (frame < 0 || frame >= moved || frame < moved - frames ? null : motion[(frame % frames) * channels + channel]),
    // Copy of what is kept: whole frames, sound and motion with the same start.
    take(name) {
      const first = Math.max(0, moved - frames, Math.ceil((heard - samples) / hop));
      const count = moved - first, from = first * hop, length = Math.max(0, Math.min(heard - from, count * hop));
      return {
        name, rate: frameRate, seconds: length / RATE, cut: from / RATE, opens: Math.max(0, opens - from / RATE),
        sound: Float32Array.from({ length }, (_, k) => sound[(from + k) % samples]),
        motion: Array.from({ length: channels }, (_, channel) => (
          Float32Array.from({ length: count }, (__, k) => motion[((first + k) % frames) * channels + channel]))),
      };
    },
  };
}

// A RIFF file of one channel of 16 bits at 16 kHz.
function waveFile(sound) {
  const view = new DataView(new ArrayBuffer(44 + 2 * sound.length));
  const text = (at, letters) => { for (let k = 0; k < letters.length; k += 1) view.setUint8(at + k, letters.charCodeAt(k)); };
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * sound.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 16000, true);
  view.setUint32(28, 32000, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * sound.length, true);
  for (let k = 0; k < sound.length; k += 1) view.setInt16(44 + 2 * k, Math.round(sound[k] * 32768), true);
  return new Blob([view.buffer], { type: "audio/wav" });
}

// The table that artinv reads as a trajectory: header lines, names, a row a frame.
function motionTable(take, facts, channels, margins) {
  const escaped = (text) => JSON.stringify(text).slice(1, -1);
  const head = { ...facts, name: take.name, rate: String(take.rate), frames: String(take.motion[0].length) };
  const lines = Object.entries(head).map(([key, value]) => `# ${key}: ${escaped(value)}`);
  lines.push(["time", ...channels, ...channels.map((name) => `${name}_margin`)].join(","));
  const margin = Array.from(margins, (value) => value.toFixed(4)).join(",");
  for (let frame = 0; frame < take.motion[0].length; frame += 1) {
    lines.push(`${(frame / take.rate).toFixed(3)},${take.motion.map((values) => values[frame].toFixed(4)).join(",")},${margin}`);
  }
  return `${lines.join("\n")}\n`;
}

function titleOf(take) { return take.name.replace("take-", "Take "); }

// A row of the list of takes: its name and its buttons.
function takeRow(take, { recording, shown, compared }, actions) {
  const row = document.createElement("li"), name = document.createElement("span");
  name.textContent = `${titleOf(take)}, ${take.seconds.toFixed(1)} s`;
  row.dataset.take = take.name;
  row.classList.toggle("shown", shown);
  if (shown) row.setAttribute("aria-current", "true");
  row.append(name);
  const words = titleOf(take).toLowerCase();
  for (const [action, text, label] of [
    ["play", "Play", `Play ${words}`], ["compare", "Compare", `Compare ${words} with the take that is shown`],
    ["saveSound", "Save sound", `Save the sound of ${words}`], ["saveMotion", "Save motion", `Save the motion of ${words} as a table`],
    ["remove", "Delete", `Delete ${words}`],
  ]) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.setAttribute("aria-label", label);
    button.disabled = recording || (action === "compare" && shown);
    if (action === "compare") button.setAttribute("aria-pressed", String(compared));
    button.addEventListener("click", actions[action]);
    row.append(button);
  }
  return row;
}
