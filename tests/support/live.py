"""Live models with random weights, speech-like sound, and the live page's scripts in Node.js."""

import base64

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.live.features import FrontParams, Typical
from artinv.live.model import LiveFacts, LiveModel
from artinv.live.network import SizeParams
from tests.support import javascript
from tests.support.inverters import babble

FRONT = FrontParams.of({
    "rate": 50, "window": 400, "size": 512, "bands": 40, "cepstra": 13, "span": 60.0, "gate": 30.0, "lowest": -40.0, "fall": 4.0,
    "rest": 1.0, "prior": 1.0, "memory": 10.0,
})
SIZES = SizeParams.of({"context": 2, "dense": 24, "width": 16, "delay": 5, "smooth": 2})

SCRIPTS = ("model.js", "resampler.js", "features.js", "network.js", "stream.js")
"""Scripts of the live page that compute; they need no page."""


def untrained(seed: int = 0, **sizes: int) -> LiveModel:
    """Return a small model with random weights, read from its own bytes."""
    rng = np.random.default_rng(seed)
    chosen = SizeParams.of(SIZES.model_dump() | sizes)
    weights = {name: (rng.standard_normal(shape) / np.sqrt(shape[-1]) * 2).astype(np.float32)
               for name, shape in chosen.shapes(FRONT.cepstra).items()}
    facts = LiveFacts(channels=list(CHANNELS), front=FRONT, sizes=chosen, peak=5.0, level=0.9,
                      provenance={"origin": "synthetic", "seed": "0"})
    typical = Typical(5.0, np.linspace(-200, 1, 13).astype(np.float32).astype(float), np.full(13, 400.0))
    mean, std = rng.normal(0, 20, 18).astype(np.float32), rng.uniform(0.5, 4, 18).astype(np.float32)
    poses = (mean + std * rng.standard_normal((50, 18))).astype(np.float32)
    return LiveModel.of(LiveModel(facts, weights, typical, mean, std, std, poses).to_bytes(), "toy")


def speech(seconds: float, rate: int, seed: int = 0) -> np.ndarray:
    """Return speech-like sound between two silences, with a little noise throughout."""
    noise = 1e-4 * np.random.default_rng(seed).standard_normal(int(rate * seconds))
    sound = babble(seconds, rate, seed)[: len(noise)] * (np.abs(np.arange(len(noise)) / rate - seconds / 2) < seconds / 3)
    return (0.5 * sound + noise).astype(np.float32)


def in_node(model: LiveModel, sound: np.ndarray, rate: int, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the sound at 16 kHz (samples,) and the motion (frames, 18) that the page's scripts compute."""
    expression = """(() => {
        const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
        const heard = [], moved = [], sound = new Float32Array(bytes(input.sound).buffer);
        const model = Model(bytes(input.model));
        const stream = Stream(model, input.rate, (samples) => heard.push(...samples), (motion) => moved.push([...motion]));
        for (let k = 0; k < sound.length; k += input.block) stream.add(sound.subarray(k, k + input.block));
        stream.end();
        return [heard, moved];
    })()"""
    text = {"sound": _base64(np.asarray(sound, "<f4").tobytes()), "model": _base64(model.to_bytes())}
    heard, moved = javascript.run(SCRIPTS, expression, {**text, "rate": rate, "block": block}, "artinv.show.live")
    return np.array(heard, np.float32), np.array(moved, np.float32)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
