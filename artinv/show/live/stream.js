"use strict";
// Blocks of sound -> motion in mm. The counterpart of artinv.live.stream.Stream.
// `hears(samples)` gets the sound at 16 kHz, `moves(motion)` each frame (18); their arrays are used again.
function Stream(model, rate, hears, moves) {
  const resampler = Resampler(rate), features = Features(model.front, model.typical);
  const network = Network(model.weights, model.sizes, model.front.cepstra);
  const motion = new Float32Array(model.mean.length);
  const moved = (z) => {
    for (let k = 0; k < motion.length; k += 1) motion[k] = z[k] * model.std[k] + model.mean[k];
    moves(motion);
  };
  const framed = (values) => network.add(values, moved);
  const heard = (samples) => { hears(samples); features.add(samples, framed); };
  return {
    add(block) { resampler.add(block, heard); },
    end() { resampler.end(heard); features.end(framed); network.end(moved); },
    // Longest time in s from a moment of the sound to its motion, without computing and drawing.
    latency: (model.sizes.delay + model.sizes.smooth + 1) / model.front.rate + model.front.window / 32000 + resampler.delay,
  };
}
