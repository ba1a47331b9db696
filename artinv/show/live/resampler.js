"use strict";
// Resample blocks of sound to 16 kHz, rounded to 16 bits, by a windowed sinc. The counterpart of artinv/live/resample.py.
function Resampler(rate) {
  const TARGET = 16000, CUTOFF = 0.453125, CROSSINGS = 24, BETA = 7.857, PIECE = 1024;
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);
  const shared = divisor(rate, TARGET), up = TARGET / shared, down = rate / shared;
  const cutoff = CUTOFF * Math.min(1, TARGET / rate), half = CROSSINGS / (2 * cutoff), reach = Math.ceil(half);
  const kernels = new Map();
  const held = new Float64Array(2 * reach + 2 + PIECE + down); // input from the sample number `first` on; zeros before the start
  const out = new Float32Array(Math.ceil((PIECE + 2 * reach + 2) * up / down) + 2);
  let first = -reach, filled = reach, taken = 0, made = 0;

  // Modified Bessel function of the first kind and order 0.
  function bessel(x) {
    let sum = 1, term = 1;
    for (let k = 1; term > sum * 1e-17; k += 1) { term *= (x / (2 * k)) ** 2; sum += term; }
    return sum;
  }

  function kernel(phase) {
    if (kernels.has(phase)) return kernels.get(phase);
    const weights = new Float64Array(2 * reach);
    let sum = 0;
    for (let k = 0; k < weights.length; k += 1) {
      const distance = k + 1 - reach - phase / up, angle = Math.PI * 2 * cutoff * distance;
      if (Math.abs(distance) <= half) {
        weights[k] = (angle === 0 ? 1 : Math.sin(angle) / angle) * bessel(BETA * Math.sqrt(Math.max(0, 1 - (distance / half) ** 2)));
      }
      sum += weights[k];
    }
    for (let k = 0; k < weights.length; k += 1) weights[k] /= sum;
    kernels.set(phase, weights);
    return weights;
  }

  // To 16 bits; halves go to the even neighbour.
  function rounded(value) {
    const scaled = value * 32768, low = Math.floor(scaled), rest = scaled - low;
    const whole = rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
    return Math.min(Math.max(whole, -32768), 32767) / 32768;
  }

  // Samples of the output up to the number `until`, which is not included.
  function samples(until) {
    let count = 0;
    for (; made < until; made += 1) {
      const base = Math.floor(made * down / up), weights = kernel(made * down - base * up);
      const start = base + 1 - reach - first;
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) sum += held[start + k] * weights[k];
      out[count] = rounded(sum);
      count += 1;
    }
    const keep = Math.floor(made * down / up) + 1 - reach - first;
    if (keep > 0) {
      held.copyWithin(0, keep, filled);
      filled -= keep;
      first += keep;
    }
    return out.subarray(0, count);
  }

  return {
    delay: up === down ? 0 : reach / rate, // s
    // Pass the next samples at 16 kHz to `take`; their array is used again by the next call.
    add(block, take) {
      for (let from = 0; from < block.length; from += PIECE) {
        const count = Math.min(PIECE, block.length - from);
        taken += count;
        if (up === down) {
          for (let k = 0; k < count; k += 1) out[k] = rounded(block[from + k]);
          take(out.subarray(0, count));
          continue;
        }
        for (let k = 0; k < count; k += 1) held[filled + k] = block[from + k];
        filled += count;
        take(samples(Math.floor((taken - 1 - reach) * up / down) + 1));
      }
    },
    // Pass the last samples; silence follows the sound.
    end(take) {
      if (up === down || !taken) return;
      held.fill(0, filled, filled + reach + 1);
      filled += reach + 1;
      take(samples(Math.floor((taken - 1) * up / down) + 1));
    },
  };
}
