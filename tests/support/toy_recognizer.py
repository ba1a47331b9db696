"""A recognizer of three tones: a stand-in for pocketsphinx whose truth is known, so that tests need no acoustic model."""

from types import SimpleNamespace

import numpy as np

from artinv.phones import pronunciation, recognizer

NAMES = ("SIL", "K", "AE", "T")
HERTZ = {"K": 3000.0, "AE": 500.0, "T": 1500.0}
WORDS = {"cat": (("K", "AE", "T"),), "tack": (("T", "AE", "K"),), "act": (("AE", "K", "T"), ("AE", "T"))}


def install(monkeypatch):
    """Replace the recognizer and its dictionary."""
    monkeypatch.setattr(recognizer, "available", lambda: True)
    monkeypatch.setattr(recognizer, "senones", lambda: SimpleNamespace(phones=NAMES))
    monkeypatch.setattr(recognizer, "state_scores", state_scores)
    monkeypatch.setattr(pronunciation, "dictionary", lambda: WORDS)


def uninstall(monkeypatch):
    """Pretend that no recognizer is installed."""
    monkeypatch.setattr(recognizer, "available", lambda: False)


def spoken(*phones, pause=0.3):
    """Return a sound at 16 kHz of (phone, seconds) with a pause before and after."""
    parts = [np.zeros(round(pause * 16000))]
    for name, seconds in phones:
        times = np.arange(round(seconds * 16000)) / 16000
        parts.append(0.3 * np.sin(2 * np.pi * HERTZ[name] * times))
    sound = np.concatenate([*parts, np.zeros(round(pause * 16000))])
    return (sound + 1e-4 * np.random.default_rng(0).standard_normal(len(sound))).astype(np.float32)


def state_scores(sound, *, context):
    """Return two arrays (1 + samples // 160, phones, 3): 0 for the tone that is heard, far below for the others."""
    padded = np.pad(sound, 80)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 160)[::160][: 1 + len(sound) // 160]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(160), axis=1)))
    bins = {name: round(hertz / 100) for name, hertz in HERTZ.items()}
    bands = np.stack([power[:, at - 2:at + 3].sum(axis=1) for at in bins.values()], axis=1)
    heard = np.where(bands.max(axis=1) > 1, 1 + bands.argmax(axis=1), 0)
    out = np.full((len(frames), len(NAMES), 3), -40.0, np.float32)
    out[np.arange(len(frames)), heard] = 0
    return out, out if context else None
