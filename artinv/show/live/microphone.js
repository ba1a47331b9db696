"use strict";
// The microphone: blocks of one channel of sound, without the browser's own processing.
function Microphone() {
  // Runs in the thread of the sound: collects blocks of about 10 ms and says when each was complete.
  const WORKLET = `registerProcessor("blocks", class extends AudioWorkletProcessor {
    constructor() {
      super();
      this.block = new Float32Array(Math.ceil(sampleRate / 100 / 128) * 128);
      this.filled = 0;
      this.on = true;
      this.port.onmessage = () => { this.on = false; };
    }
    process([channels]) {
      if (!channels.length) return this.on;
      for (let k = 0; k < channels[0].length; k += 1) {
        let sum = 0;
        for (const channel of channels) sum += channel[k];
        this.block[this.filled] = sum / channels.length;
        this.filled += 1;
      }
      if (this.filled === this.block.length) {
        this.port.postMessage({ samples: this.block, at: Date.now() });
        this.filled = 0;
      }
      return this.on;
    }
  });`;
  const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: { ideal: 1 } };
  let context = null, parts = null;

  return {
    // Start; `started(rate)` is called once, then `takes(samples, at)` for every block, and `lost()` if the microphone goes away.
    async open({ started, takes, lost }) {
      if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) throw new DOMException("", "NotSupportedError");
      const media = await navigator.mediaDevices.getUserMedia({ audio: RAW });
      try {
        if (!context) {
          const made = new AudioContext({ latencyHint: "interactive" });
          // Not a blob: a page in a file may not load one here.
          await made.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(WORKLET)}`);
          context = made;
        }
        await context.resume();
      } catch (error) {
        for (const track of media.getTracks()) track.stop();
        throw error;
      }
      started(Math.round(context.sampleRate));
      const source = context.createMediaStreamSource(media);
      const node = new AudioWorkletNode(context, "blocks", { numberOfOutputs: 0 });
      node.port.onmessage = ({ data }) => takes(data.samples, data.at);
      source.connect(node);
      for (const track of media.getTracks()) track.addEventListener("ended", lost);
      parts = { media, source, node };
    },
    close() {
      if (!parts) return;
      parts.node.port.onmessage = null;
      parts.node.port.postMessage("stop");
      parts.source.disconnect();
      for (const track of parts.media.getTracks()) track.stop();
      parts = null;
      context.suspend();
    },
  };
}

// What a user can do about an error of a microphone.
function microphoneFault(name) {
  const FAULTS = {
    NotAllowedError: "The browser does not let this page use the microphone. Allow it beside the address of the page, or in the settings of the system, then press Record again.",
    NotFoundError: "There is no microphone. Connect one, then press Record again.",
    NotReadableError: "The microphone is in use by another program. Close that program, then press Record again.",
    NotSupportedError: "This browser gives this page no microphone. Open the page with the command artinv live, in a current browser.",
  };
  return FAULTS[name] || `The microphone cannot be used (${name}). Reload the page and try again.`;
}
