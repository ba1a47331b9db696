"use strict";
// The live model: bytes in the format safetensors -> settings, weights and statistics. The counterpart of artinv/live/model.py.
function Model(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const array = (name) => {
    const [start, end] = header[name].data_offsets;
    return new Float32Array(bytes.slice(8 + length + start, 8 + length + end).buffer);
  };
  const facts = JSON.parse(header.__metadata__.artinv);
  return {
    ...facts,
    weights: (name) => array(`network.${name}`),
    mean: array("statistics.mean"), std: array("statistics.std"), margin: array("statistics.margin"),
    typical: { peak: facts.peak, mean: array("typical.mean"), variance: array("typical.variance") },
  };
}
