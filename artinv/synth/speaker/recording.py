"""Simulated recording of a sentence: sound and coils as a laboratory records them, with exact labels."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch

from artinv.core import random_draws
from artinv.core.records import Utterance, sentence_key
from artinv.synth.speaker.accents import SaidWord, running
from artinv.synth.speaker.gestures import GesturalScore, gestural_score
from artinv.synth.speaker.lexicon import Sentence
from artinv.synth.speaker.speakers import Speaker
from artinv.synth.speaker.timing import Timed, time_sentence
from artinv.synth.tract.anatomy import Anatomy
from artinv.synth.tract.controls import FRAME_RATE, RATE
from artinv.synth.tract.render import Synth
from artinv.synth.tract.source import Voice


def compose(
    speaker: Speaker, sentence: Sentence, order: int, stretch: float = 1.0,
) -> tuple[Timed, GesturalScore, np.random.Generator]:
    """Return the labels and the gestural score of a sentence, and the random generator after both were drawn."""
    rng = random_draws.rng(speaker.session, order, sentence.text, stretch)
    pace = replace(speaker.pace, stretch=speaker.pace.stretch * stretch)
    timed = time_sentence(sentence, pace, rng, said_by(speaker, sentence, order))
    return timed, gestural_score(timed.segments, speaker.habits, rng), rng


def said_by(speaker: Speaker, sentence: Sentence, order: int) -> tuple[SaidWord, ...] | None:
    """Return what the speaker says in running speech; None if speech is careful."""
    draws = random_draws.rng(speaker.session, order, sentence.text, "said")
    return running(sentence, speaker.accent, speaker.pace.pauses, draws) if speaker.accent else None


def speak(
    speaker: Speaker, sentence: Sentence, order: int, *, corpus: str = "synthetic", name: str = "", stretch: float = 1.0,
) -> Utterance:
    """Return utterance `order` of the speaker's session; `stretch` below 1 is fast speech.

    The sound is at 16 kHz, the coils at 200 Hz in the frame of the session. Equal arguments give equal bytes.
    """
    timed, gestures, rng = compose(speaker, sentence, order, stretch)
    controls, glottis, pressure = (
        torch.from_numpy(values.astype(np.float32)) for values in (gestures.controls, gestures.glottis, gestures.pressure)
    )
    synth = _synth(speaker.anatomy, speaker.voice)
    with torch.no_grad():
        sound, _ = synth(controls, glottis, pressure, gestures.pitch, rng)
        coils = synth.geometry.coils(controls).numpy()
    return Utterance(
        corpus=corpus, speaker=speaker.name, name=name or f"{speaker.name}_{order:04d}", order=order,
        sentence=sentence_key(sentence.text), text=sentence.text,
        sound=speaker.microphone.record(sound.numpy(), RATE, rng), sound_rate=RATE,
        coils=speaker.articulograph.record(coils, speaker.session, order, rng), coil_rate=FRAME_RATE,
        phones=timed.phones, words=timed.words, origin="synthetic",
    )


@lru_cache(maxsize=4)
def _synth(anatomy: Anatomy, voice: Voice) -> Synth:
    return Synth(anatomy, voice)
