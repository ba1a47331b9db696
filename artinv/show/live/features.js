"use strict";
// Features of sound at 16 kHz, frame by frame. The counterpart of artinv/live/features.py.
function Features(front, typical) {
  const RATE = 16000, FLOOR = 1e-10, LEAST_VARIANCE = 1e-4;
  const { window, size, bands, cepstra, rate } = front, hop = RATE / rate, bins = size / 2 + 1;
  const hann = Float64Array.from({ length: window }, (_, k) => 0.5 - 0.5 * Math.cos(2 * Math.PI * k / window));
  const filters = melFilters(), transform = Fourier(size);
  const basis = new Float64Array(bands * cepstra);
  for (let band = 0; band < bands; band += 1) {
    for (let k = 0; k < cepstra; k += 1) {
      basis[band * cepstra + k] = Math.cos(Math.PI * (2 * band + 1) * k / (2 * bands)) * Math.sqrt((k ? 2 : 1) / bands);
    }
  }
  const held = new Float64Array(window + hop); // samples of the next frame
  const real = new Float64Array(size), imaginary = new Float64Array(size), power = new Float64Array(bins);
  const decibels = new Float64Array(bands), values = new Float64Array(cepstra), out = new Float64Array(cepstra);
  let filled = window / 2, samples = 0, frames = 0;
  const keep = Math.exp(-1 / (front.memory * rate)), prior = front.prior * rate;
  const sum = new Float64Array(cepstra), squares = new Float64Array(cepstra);
  let count = 0, peak = typical.peak;

  // Triangles of equal area on Slaney's mel scale: the first bin and the weights of each band.
  function melFilters() {
    const mel = (hertz) => (hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * Math.log(hertz / 1000) / Math.log(6.4));
    const hertz = (mels) => (mels < 15 ? mels * 200 / 3 : 1000 * Math.exp((mels - 15) * Math.log(6.4) / 27));
    const edges = Array.from({ length: bands + 2 }, (_, k) => hertz(k * mel(RATE / 2) / (bands + 1)));
    return Array.from({ length: bands }, (_, band) => {
      const [low, middle, high] = edges.slice(band, band + 3);
      const first = Math.max(0, Math.floor(low * size / RATE)), last = Math.min(bins - 1, Math.ceil(high * size / RATE));
      const weights = Float32Array.from({ length: last - first + 1 }, (__, k) => {
        const place = (first + k) * RATE / size;
        return Math.max(0, Math.min((place - low) / (middle - low), (high - place) / (high - middle))) * (2 / (high - low));
      });
      return { first, weights };
    });
  }

  function analyse() {
    real.fill(0);
    imaginary.fill(0);
    for (let k = 0; k < window; k += 1) real[k] = held[k] * hann[k];
    transform(real, imaginary);
    for (let k = 0; k < bins; k += 1) power[k] = real[k] * real[k] + imaginary[k] * imaginary[k];
    for (let band = 0; band < bands; band += 1) {
      const { first, weights } = filters[band];
      let total = 0;
      for (let k = 0; k < weights.length; k += 1) total += power[first + k] * weights[k];
      decibels[band] = 10 * Math.log10(Math.max(total, FLOOR));
    }
  }

  function normalize() {
    let top = -Infinity;
    for (let band = 0; band < bands; band += 1) top = Math.max(top, decibels[band]);
    const loud = top > peak - front.gate;
    peak = Math.max(top, peak - (loud ? front.fall : front.rest) / rate, front.lowest);
    values.fill(0);
    for (let band = 0; band < bands; band += 1) {
      const level = Math.max(decibels[band] - peak, -front.span);
      for (let k = 0; k < cepstra; k += 1) values[k] += level * basis[band * cepstra + k];
    }
    if (loud) count = count * keep + 1;
    for (let k = 0; k < cepstra; k += 1) {
      if (loud) {
        sum[k] = sum[k] * keep + values[k];
        squares[k] = squares[k] * keep + values[k] * values[k];
      }
      const mean = (prior * typical.mean[k] + sum[k]) / (prior + count);
      const square = (prior * (typical.variance[k] + typical.mean[k] * typical.mean[k]) + squares[k]) / (prior + count);
      out[k] = (values[k] - mean) / Math.sqrt(Math.max(square - mean * mean, LEAST_VARIANCE));
    }
  }

  function next(take) {
    analyse();
    normalize();
    frames += 1;
    held.copyWithin(0, hop, filled);
    filled -= hop;
    take(out);
  }

  return {
    // Pass the features of each frame that the samples complete to `take`; their array is used again.
    add(sound, take) {
      samples += sound.length;
      for (let k = 0; k < sound.length; k += 1) {
        held[filled] = sound[k];
        filled += 1;
        if (filled === window) next(take);
      }
    },
    // Pass the last frames; there are 1 + samples / hop altogether.
    end(take) {
      const all = 1 + Math.floor(samples / hop);
      while (frames < all) {
        held.fill(0, filled, window);
        filled = Math.max(filled, window);
        next(take);
      }
    },
    get peak() { return peak; },
  };
}

// In-place Fourier transform of complex numbers; the size is a power of two.
function Fourier(size) {
  const order = new Uint32Array(size), cosine = new Float64Array(size / 2), sine = new Float64Array(size / 2);
  for (let k = 1; k < size; k += 1) order[k] = (order[k >> 1] >> 1) | (k & 1 ? size >> 1 : 0);
  for (let k = 0; k < size / 2; k += 1) { cosine[k] = Math.cos(2 * Math.PI * k / size); sine[k] = -Math.sin(2 * Math.PI * k / size); }
  return (real, imaginary) => {
    for (let k = 0; k < size; k += 1) {
      const other = order[k];
      if (other > k) {
        [real[k], real[other]] = [real[other], real[k]];
        [imaginary[k], imaginary[other]] = [imaginary[other], imaginary[k]];
      }
    }
    for (let width = 1; width < size; width *= 2) {
      const step = size / (2 * width);
      for (let start = 0; start < size; start += 2 * width) {
        for (let k = 0; k < width; k += 1) {
          const a = start + k, b = a + width, c = cosine[k * step], s = sine[k * step];
          const x = real[b] * c - imaginary[b] * s, y = real[b] * s + imaginary[b] * c;
          real[b] = real[a] - x; imaginary[b] = imaginary[a] - y;
          real[a] += x; imaginary[a] += y;
        }
      }
    }
  };
}
