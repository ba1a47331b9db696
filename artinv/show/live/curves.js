"use strict";
// Curves over time of some trajectories: the last seconds while a person speaks, or whole takes.
function Curves(data, model) {
  const SPAN = 6; // s in view while recording
  const REACH = 2.6; // standard deviations in view on each side of the mean
  const rows = data.curves.map((name) => ({ channel: data.places[name], canvas: document.querySelector(`canvas[data-channel=${name}]`) }));
  const wave = document.querySelector("canvas[data-strip=wave]");

  function prepared(canvas) {
    const sharp = Math.min(window.devicePixelRatio || 1, 3), width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * sharp)) canvas.width = Math.round(width * sharp);
    if (canvas.height !== Math.round(height * sharp)) canvas.height = Math.round(height * sharp);
    const pen = canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, width, height);
    return { pen, width, height };
  }
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // One curve; `value(frame)` is null where there is none.
  function line({ pen, width, height }, channel, { from, to, rate, value, hue, dash }) {
    const low = model.mean[channel] - REACH * model.std[channel], high = model.mean[channel] + REACH * model.std[channel];
    pen.strokeStyle = hue;
    pen.lineWidth = 1.6;
    pen.lineJoin = "round";
    pen.setLineDash(dash);
    pen.beginPath();
    let on = false;
    for (let frame = Math.max(0, Math.floor(from * rate)); frame <= to * rate + 1; frame += 1) {
      const height_ = value(frame);
      if (height_ === null || height_ === undefined) { on = false; continue; }
      const x = (frame / rate - from) / (to - from) * width, y = height - (height_ - low) / (high - low) * height;
      if (on) pen.lineTo(x, y); else pen.moveTo(x, y);
      on = true;
    }
    pen.stroke();
    pen.setLineDash([]);
  }

  function bars({ pen, width, height }, from, to, loudest) {
    pen.fillStyle = colour("wave");
    for (let x = 0; x < width; x += 1) {
      const half = Math.max(loudest(from + x / width * (to - from), from + (x + 1) / width * (to - from)), 0) * height * 0.48;
      pen.fillRect(x, height / 2 - half, 1, Math.max(2 * half, 1));
    }
  }

  function cursor({ pen, width, height }, share) {
    pen.fillStyle = colour("focus");
    pen.fillRect(Math.min(Math.max(share, 0), 1) * width - 0.75, 0, 1.5, height);
  }

  return {
    // The last seconds of the recording; `level(from, to)` is the loudest sample of a stretch of time.
    live(recorder, level) {
      const to = Math.max(recorder.seconds, SPAN), from = to - SPAN, rate = model.front.rate;
      if (wave.clientWidth) bars(prepared(wave), from, to, level);
      for (const { channel, canvas } of rows) {
        if (canvas.clientWidth) line(prepared(canvas), channel, { from, to, rate, value: (frame) => recorder.at(frame, channel), hue: colour("predicted1"), dash: [] });
      }
    },
    // Whole takes with the time of the first; a second one is moved by `shift` s.
    takes(first, second, shift, time) {
      const to = Math.max(first.seconds, 0.1);
      if (wave.clientWidth) {
        const strip = prepared(wave);
        bars(strip, 0, to, (a, b) => {
          let most = 0;
          for (let k = Math.floor(a * 16000); k < Math.min(b * 16000, first.sound.length); k += 1) most = Math.max(most, Math.abs(first.sound[k]));
          return most;
        });
        cursor(strip, time / to);
      }
      for (const { channel, canvas } of rows) {
        if (!canvas.clientWidth) continue;
        const strip = prepared(canvas);
        line(strip, channel, { from: 0, to, rate: first.rate, value: (frame) => first.motion[channel][frame], hue: colour("predicted1"), dash: [] });
        if (second) {
          const late = Math.round(shift * second.rate);
          line(strip, channel, { from: 0, to, rate: second.rate, value: (frame) => second.motion[channel][frame + late], hue: colour("predicted2"), dash: [6, 3] });
        }
        cursor(strip, time / to);
      }
    },
    clear() { for (const canvas of [wave, ...rows.map((row) => row.canvas)]) if (canvas.clientWidth) prepared(canvas); },
  };
}
