"""Live models with random weights, sessions to train them on, speech-like sound, and the live page's scripts in Node.js."""

import base64
from pathlib import Path

import numpy as np

from artinv.core import store
from artinv.core.channels import CHANNELS, derive
from artinv.core.records import Frames, Label, Utterance
from artinv.live.features import FrontParams, Typical
from artinv.live.model import LiveFacts, LiveModel
from artinv.live.network import SizeParams
from artinv.live.sessions import SessionParams
from artinv.live.training import LiveFitParams
from tests.support import javascript, toys
from tests.support.inverters import babble

FRONT = FrontParams.of({
    "rate": 50, "window": 400, "size": 512, "bands": 40, "cepstra": 13, "span": 60.0, "gate": 30.0, "lowest": -40.0, "fall": 4.0,
    "rest": 1.0, "prior": 1.0, "memory": 10.0,
})
SIZES = SizeParams.of({"context": 2, "dense": 24, "width": 16, "delay": 5, "smooth": 2})

TRAINING = LiveFitParams.of({
    "valid_speakers": 1, "together": 2, "batch_frames": 1000, "alpha": 0.5, "level": 0.9, "epochs": 5, "lr": 0.01,
    "schedule": "linear", "halve_after": 2, "stop_after": 5, "clip": 1.0, "seed": 0, "threads": 1, "device": "cpu",
    "precision": "float32", "sizes": {"context": 1, "dense": 12, "width": 12, "delay": 3, "smooth": 1},
})

STILL = {"snr": [90, 90], "reverberant": 0, "decay": [0.1, 0.1], "direct": [0, 0], "colour": 0, "line": 0, "breath": 0, "gain": 0,
         "speed": 0}
SESSIONS = SessionParams.of({"sentences": 2, "copies": 1, "lead": [0.5, 0.5], "cutoff": 10.0, "speakers": 0, "augmentation": STILL})

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


def session(speaker: str, number: int, length: int = 150) -> Frames:
    """Return frames whose band levels are a function of the motion."""
    generator = toys.rng("session", speaker, number)
    coils = np.stack([toys.smooth(generator, length, 10) * 3 + 10 * (k - 6) for k in range(14)], axis=1)
    mixing = toys.rng("mixing").standard_normal((14, 40))
    decibels = -20 + 2 * ((coils - coils.mean(axis=0)) / 3) @ mixing + generator.standard_normal((length, 40))
    motion = derive(coils).astype(np.float32)
    motion[:10] = np.nan
    return Frames(
        corpus="synthetic", speaker=speaker, name=f"{speaker}_{number}", order=number, sentence="s", part="train", rate=50.0,
        acoustics=decibels.astype(np.float32), motion=motion, origin="synthetic",
        phones=(Label("1", 0.2, 1.0), Label("2", 1.0, 1.9), Label("3", 1.9, length / 50)),
    )


def sessions(folder: Path, count: int) -> Path:
    """Write `count` sessions of each of three speakers, and return the folder."""
    store.write(folder, [session(speaker, number) for speaker in ("F01", "F03", "M02") for number in range(count)])
    return folder


def utterances(count: int = 3, speaker: str = "F01") -> list[Utterance]:
    """Return short utterances of unequal length."""
    return [toys.utterance(speaker, number, 1.0 + 0.1 * number) for number in range(1, count + 1)]


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
