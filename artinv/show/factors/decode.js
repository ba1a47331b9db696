"use strict";
// The decoder and the synthesis of artinv.factors, without access to the page.

function unpacked({ scale, text }) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 2 }, (_, place) => scale * view.getInt16(2 * place, true));
}

function prepared(model) {
  return { ...model, layers: model.layers.map((layer) => ({ ...layer, weight: unpacked(layer.weight), bias: unpacked(layer.bias) })) };
}

// Levels (frames * bins), 0 to 1, of latents.
function decoded(model, latents) {
  let values = latents;
  model.layers.forEach((layer, number) => {
    const last = number === model.layers.length - 1;
    const out = new Float64Array(layer.outputs);
    for (let row = 0; row < layer.outputs; row += 1) {
      let sum = layer.bias[row];
      for (let column = 0; column < layer.inputs; column += 1) sum += layer.weight[row * layer.inputs + column] * values[column];
      out[row] = last ? 1 / (1 + Math.exp(-sum)) : Math.max(0, sum);
    }
    values = out;
  });
  return values;
}

// Sound (samples) of levels: a sine for each local maximum over the bins; see artinv.factors.log_frequency.sound_of.
function soundOf(model, levels) {
  const { rate, samples, hertz, centres, floor, reference } = model.sound;
  const { frames, bins } = model;
  const amplitude = (frame, bin) => {
    const level = bin < 0 || bin >= bins ? 0 : levels[frame * bins + bin];
    return level > 0 ? reference * 10 ** ((floor / 20) * (level - 1)) : 0;
  };
  const peak = (frame, bin) => {
    const own = amplitude(frame, bin);
    return own >= amplitude(frame, bin - 1) && own >= amplitude(frame, bin + 1) ? own : 0;
  };
  const out = new Float32Array(samples);
  for (let bin = 0; bin < bins; bin += 1) {
    const heights = Array.from({ length: frames }, (_, frame) => peak(frame, bin));
    if (heights.some((height) => height > 0)) {
      let frame = 0;
      for (let time = 0; time < samples; time += 1) {
        while (frame < frames - 1 && time > centres[frame + 1]) frame += 1;
        const span = frame < frames - 1 ? centres[frame + 1] - centres[frame] : 1;
        const share = frame < frames - 1 ? Math.min(1, Math.max(0, (time - centres[frame]) / span)) : 0;
        const height = heights[frame] + share * ((heights[frame + 1] ?? heights[frame]) - heights[frame]);
        out[time] += height * Math.sin(2 * Math.PI * ((hertz[bin] / rate) * time + 0.618034 * bin));
      }
    }
  }
  for (let time = 0; time < samples; time += 1) out[time] *= Math.min(1, Math.min(time + 1, samples - time) / (0.005 * rate));
  return out;
}
