"use strict";
// The recurrent network, frame by frame. The counterpart of artinv/live/network.py.
function Network(weights, sizes, n_in) {
  const CHANNELS = 18;
  const { context, width, delay, smooth } = sizes, span = 2 * smooth + 1, values = n_in * (context + 1);
  const names = ["dense.weight", "dense.bias", "gru.weight_ih_l0", "gru.weight_hh_l0", "gru.bias_ih_l0", "gru.bias_hh_l0", "readout.weight", "readout.bias"];
  const [dense, denseBias, inner, recurrent, innerBias, recurrentBias, readout, readoutBias] = names.map(weights);
  const hann = Float64Array.from({ length: span }, (_, k) => 0.5 - 0.5 * Math.cos(Math.PI * (k + 1) / (smooth + 1)));
  const total = hann.reduce((sum, value) => sum + value, 0);
  const recent = new Float64Array(values), hidden = new Float64Array(sizes.dense), state = new Float64Array(width);
  const into = new Float64Array(3 * width), back = new Float64Array(3 * width);
  const raw = new Float64Array(span * CHANNELS), out = new Float64Array(CHANNELS);
  let taken = 0, results = 0;

  function multiply(matrix, bias, from, to) {
    const columns = from.length, whole = columns - columns % 4;
    for (let row = 0, at = 0; row < to.length; row += 1) {
      let a = bias[row], b = 0, c = 0, d = 0, k = 0; // four sums are faster than one
      for (; k < whole; k += 4, at += 4) {
        a += matrix[at] * from[k];
        b += matrix[at + 1] * from[k + 1];
        c += matrix[at + 2] * from[k + 2];
        d += matrix[at + 3] * from[k + 3];
      }
      for (; k < columns; k += 1, at += 1) a += matrix[at] * from[k];
      to[row] = a + b + c + d;
    }
  }
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));

  // Pass the motion of the frame `delay + smooth` before this one to `take`, if there is one; its array is used again.
  function step(frame, take) {
    recent.copyWithin(0, n_in);
    recent.set(frame, values - n_in);
    if (!taken) for (let k = 0; k < context; k += 1) recent.set(frame, k * n_in);
    taken += 1;
    multiply(dense, denseBias, recent, hidden);
    for (let k = 0; k < hidden.length; k += 1) hidden[k] = Math.max(hidden[k], 0);
    multiply(inner, innerBias, hidden, into);
    multiply(recurrent, recurrentBias, state, back);
    for (let k = 0; k < width; k += 1) {
      const reset = sigmoid(into[k] + back[k]), update = sigmoid(into[width + k] + back[width + k]);
      state[k] = (1 - update) * Math.tanh(into[2 * width + k] + reset * back[2 * width + k]) + update * state[k];
    }
    if (taken <= delay) return;
    raw.copyWithin(0, CHANNELS);
    const last = raw.subarray((span - 1) * CHANNELS);
    multiply(readout, readoutBias, state, last);
    results += 1;
    if (results === 1) for (let k = 0; k < span - 1; k += 1) raw.set(last, k * CHANNELS);
    if (results <= smooth) return;
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      let sum = 0;
      for (let k = 0; k < span; k += 1) sum += hann[k] / total * raw[k * CHANNELS + channel];
      out[channel] = sum;
    }
    take(out);
  }

  return {
    add: step,
    // Pass the motion of the last frames; the last frame is repeated.
    end(take) {
      const last = recent.slice(values - n_in);
      if (taken) for (let k = 0; k < delay + smooth; k += 1) step(last, take);
    },
  };
}
