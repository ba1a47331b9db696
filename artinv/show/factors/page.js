"use strict";
// Sliders move latents; the image is drawn at once, the sound is played when a slider is let go.

function start() {
  const model = prepared(JSON.parse(document.getElementById("data").textContent));
  const latents = new Float64Array(model.latents);
  const canvas = document.getElementById("image");
  let audio = null;
  let playing = null;

  function draw() {
    const levels = decoded(model, latents);
    const { frames, bins } = model;
    const square = frames === bins;
    canvas.width = square ? bins : frames;
    canvas.height = square ? frames : bins;
    const picture = canvas.getContext("2d").createImageData(canvas.width, canvas.height);
    for (let frame = 0; frame < frames; frame += 1) {
      for (let bin = 0; bin < bins; bin += 1) {
        const place = square ? frame * bins + bin : (bins - 1 - bin) * frames + frame;
        const grey = Math.round(255 * (1 - levels[frame * bins + bin]));
        picture.data.set([grey, grey, grey, 255], 4 * place);
      }
    }
    canvas.getContext("2d").putImageData(picture, 0, 0);
    document.body.dataset.sum = levels.reduce((sum, level) => sum + level, 0).toFixed(4);
    return levels;
  }

  function play() {
    if (!model.sound) return;
    const sound = soundOf(model, decoded(model, latents));
    const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    document.body.dataset.peak = peak.toFixed(4);
    audio = audio ?? new AudioContext();
    if (playing) playing.stop();
    const buffer = audio.createBuffer(1, sound.length, model.sound.rate);
    buffer.copyToChannel(sound, 0);
    playing = audio.createBufferSource();
    playing.buffer = buffer;
    playing.connect(audio.destination);
    playing.start();
  }

  const list = document.getElementById("sliders");
  model.sliders.forEach(({ latent, name }) => {
    const label = document.createElement("label");
    const slider = document.createElement("input");
    const value = document.createElement("output");
    Object.assign(slider, { type: "range", min: -model.reach, max: model.reach, step: 0.05, value: 0 });
    slider.dataset.latent = latent;
    value.textContent = "0.00";
    slider.addEventListener("input", () => {
      latents[latent] = Number(slider.value);
      value.textContent = latents[latent].toFixed(2);
      draw();
    });
    slider.addEventListener("change", play);
    label.append(`latent ${latent}: ${name}`, slider, value);
    list.append(label);
  });
  document.getElementById("reset").addEventListener("click", () => {
    latents.fill(0);
    for (const slider of list.querySelectorAll("input")) {
      slider.value = 0;
      slider.nextSibling.textContent = "0.00";
    }
    draw();
  });
  const button = document.getElementById("play");
  button.hidden = !model.sound;
  if (model.sound) {
    const { hertz } = model.sound, axes = document.getElementById("axes");
    axes.textContent = `A spectrum: ${Math.round(hertz[0])} to ${Math.round(hertz.at(-1))} Hz upwards, ${model.frames} moments to `
      + "the right, dark is loud. Its sound has one sine for each maximum.";
    axes.hidden = false;
  }
  button.addEventListener("click", play);
  draw();
  document.body.dataset.ready = "yes";
}

if (typeof document !== "undefined") start();
