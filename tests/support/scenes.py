"""Scenes with known sound and motion, for tests of the viewer page."""

import numpy as np

from artinv.core.channels import CHANNELS, derive
from artinv.core.records import Label
from artinv.core.trajectory import Trajectory
from artinv.show.view.scene import Scene
from tests.support.toys import rng, smooth

PLACES = ((-20, -10), (-50, -6), (-31, -4), (-5, -23), (9, 3), (8, -26), (-57, 1))
"""Mean positions in mm of the coils of `artinv.core.channels`."""

EVIL = "</script><img src=x onerror=alert(1)>&amp;{{data}}'\"<!--<script>\u2028"
"""A name that a page without escaping would execute."""


def motion(seconds: float, rate: float, key: str = "scene", velum: bool = True) -> np.ndarray:
    """Return motion (frames, 18) float32 of coils that move a few mm around their mean positions."""
    frames = int(seconds * rate) + 1
    width = int(rate * 0.15)
    coils = np.stack([smooth(rng(key, k), frames, width) * 2 + place for k, place in enumerate(np.ravel(PLACES))], axis=1)
    if not velum:
        coils[:, 12:] = np.nan
    return derive(coils).astype(np.float32)


def scene(seconds: float = 2.0, **facts: object) -> Scene:
    """Return a scene: measured motion at 100 Hz without velum, with a gap of the jaw; predicted motion at 50 Hz with intervals."""
    measured = motion(seconds, 100, velum=False)
    measured[50:60, CHANNELS.index("li_x")] = measured[50:60, CHANNELS.index("li_y")] = np.nan
    predicted = motion(seconds, 50, "other")
    time = np.arange(int(seconds * 16000)) / 16000
    sound = 0.4 * np.sin(2 * np.pi * 150 * time) * (1 - np.cos(2 * np.pi * time / seconds)) / 2
    return Scene(**{
        "name": "hprc/F01/F01_001", "text": "Sentence 1.", "sound": sound.astype(np.float32), "sound_rate": 16000,
        "phones": (Label("sil", 0.0, 0.2), Label("aa1", 0.2, 1.0), Label("s", 1.0, 1.9), Label("sil", 1.9, 2.0)),
        "measured": Trajectory(name="F01_001", rate=100.0, motion=measured),
        "predicted": Trajectory(
            name="F01_001", rate=50.0, motion=predicted, margin=np.full_like(predicted, 1.5), model="tcn 0123456789ab",
            trained_on="synthetic", speaker="F01",
        ),
        "palate": np.array([[-58.0, 2.0], [-40.0, 8.0], [-20.0, 0.0]]), "palate_note": "palate: drawn by hand",
        "origin": "synthetic", **facts,
    })


def synthetic(count: int = 6, name: str = "F01") -> list[Scene]:
    """Return sentences of a synthetic speaker with their measured motion and the speaker's palate."""
    from artinv.show.view import sagittal
    from artinv.synth.speaker.lexicon import sentence
    from artinv.synth.speaker.recording import speak
    from artinv.synth.speaker.speakers import Variability, draw_speaker

    speaker = draw_speaker(name, Variability(), (0, name))
    spoken = [speak(speaker, sentence("460", number), number) for number in range(1, count + 1)]
    motions = [derive(utterance.coils).astype(np.float32) for utterance in spoken]
    palate = sagittal.envelope(np.concatenate(motions))
    return [
        Scene(
            name=utterance.name, text=utterance.text, sound=utterance.sound, sound_rate=16000, phones=utterance.phones,
            palate=palate, measured=Trajectory(name=utterance.name, rate=utterance.coil_rate, motion=values),
            origin="synthetic",
        ) for utterance, values in zip(spoken, motions, strict=True)
    ]
