"""Judge generated digits: each generator, the test set as the ceiling, noise as the floor; phases; the articulation of words."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from artinv.core import random_draws
from artinv.core.provenance import made_by, versions
from artinv.digits import articulatory, metrics, spectra
from artinv.digits.choices import EvaluationParams
from artinv.digits.generators import Drawn, Kind, Model
from artinv.digits.metrics import Features
from artinv.digits.results import CEILING, FLOOR, Articulation, DigitsRun, DigitsScores, PhaseScores, Scores
from artinv.digits.sounds import Clips, load, prepare, to_float
from artinv.digits.spectra import RANGE_DB, SAMPLES, SCALE
from artinv.digits.speech import FIRST_VOICE
from artinv.digits.words import DIGITS
from artinv.digits.yardstick import Yardstick
from artinv.runtime.parallel import imap
from artinv.signal.mfcc import SOUND_RATE
from artinv.synth.corpus.population import STRETCHES

_BLOCK = 4  # frequencies and frames that are averaged before sounds are compared with training sounds
_CHUNK = 50  # sounds that are compared at a time


@dataclass(frozen=True, slots=True)
class References:
    """What generated sounds are compared with."""

    judge: Yardstick
    training: Features
    blocks: np.ndarray  # (N, blocks) of the training sounds
    test: Clips
    test_diversity: float
    test_nearest: np.ndarray  # (tests,) distance of each test sound from its nearest training sound

    @classmethod
    def of(cls, judge: Yardstick, train: Clips, test: Clips) -> "References":
        """Judge training and test sounds."""
        blocks = blocks_of(spectra.levels_of(train.sound()))
        near = metrics.nearest(blocks_of(spectra.levels_of(test.sound())), blocks)
        diversity = metrics.diversity(judge.judge(test.sound()), test.digits)
        return cls(judge, judge.judge(train.sound()), blocks, test, diversity, near)

    def scores(self, sound: Tensor, digits: np.ndarray) -> Scores:
        """Return the scores of sounds (N, 6048) that should be these digits (N,)."""
        features = self.judge.judge(sound)
        near = metrics.nearest(blocks_of(spectra.levels_of(sound)), self.blocks)
        return Scores(
            len(sound), metrics.accuracy(features, digits), metrics.inception_score(features),
            metrics.frechet(self.training, features), metrics.kernel_distance(self.training, features),
            metrics.diversity(features, digits) / self.test_diversity, float(np.median(near) / np.median(self.test_nearest)),
            float((near < np.quantile(self.test_nearest, 0.01)).mean()),
        )

    def phase_scores(self, drawn: Drawn, sound: Tensor, digits: np.ndarray, *, same: bool = False) -> PhaseScores:
        """Return what phases did to drawn levels; with `same`, they are those of the test sounds, each compared with the others.

        Digits of which the test set holds no other sound do not count in the distance from real sounds.
        """
        levels = spectra.levels_of(sound)
        closest = torch.full((len(sound),), torch.nan)
        real = spectra.levels_of(self.test.sound())
        for digit in np.unique(digits):
            mask = torch.from_numpy(digits == digit)
            known = real[torch.from_numpy(self.test.digits == digit)]
            if len(known):
                closest[mask] = closest_of(levels[mask], known, same=same)
        return PhaseScores(
            metrics.accuracy(self.judge.judge(sound), digits), float(level_distance(levels, drawn.levels.clamp(-1, 1)).mean()),
            float(closest[~closest.isnan()].mean()),
        )

    def phases_of(self, kind: Kind, drawn: Drawn, sound: Tensor, digits: np.ndarray, iterations: int) -> dict[str, PhaseScores]:
        """Return what the phases of a generator do to its sounds: its own, if it has any, and those of Griffin-Lim."""
        scores = {f"{kind}, {'Griffin-Lim' if drawn.phase is None else 'own'}": self.phase_scores(drawn, sound, digits)}
        if drawn.phase is not None:
            again = Drawn(drawn.levels, None)
            scores[f"{kind}, Griffin-Lim"] = self.phase_scores(again, again.sound(iterations), digits)
        return scores


def evaluate(folder: Path, yardstick: Path, models: Path, kinds: list[Kind], params: EvaluationParams) -> DigitsScores:
    """Score the listed generators, the articulatory one, the test set and noise."""
    loaded = {kind: Model.load(models / f"{kind}.safetensors", kind) for kind in kinds}
    return score(Yardstick.load(yardstick), (load(folder, "train"), load(folder, "test")), loaded, params)


def score(
    judge: Yardstick, parts: tuple[Clips, Clips], models: dict[Kind, Model], params: EvaluationParams, workers: int = 0,
) -> DigitsScores:
    """Score generators; `parts` are the training sounds and the test sounds."""
    train, test = parts
    references = References.of(judge, train, test)
    digits = np.tile(np.arange(DIGITS), params.sounds)
    rows = {CEILING: references.scores(test.sound(), test.digits)}
    rows[FLOOR] = references.scores(noise(len(digits), params.seed), digits)
    phases = _phases_of_test(references, params)
    for kind, model in models.items():
        drawn = model.draw(digits, params.seed)
        sound = drawn.sound(params.iterations)
        rows[kind] = references.scores(sound, digits)
        if kind in ("cwgan1", "cwgan2"):
            phases |= references.phases_of(kind, drawn, sound, digits, params.iterations)
    said, said_digits, articulation = say_all(params.voices, max(1, params.sounds // params.voices), workers)
    rows["articulatory"] = references.scores(said, said_digits)
    people = [set(clips.speakers.tolist()) for clips in (train, test)]
    run = DigitsRun(
        train.origin, made_by({**versions(), "seed": params.seed}), judge.mark, SCALE, len(train), len(people[0]),
        not people[0] & people[1], params.iterations, 1,
    )
    return DigitsScores(run, rows, phases, articulation)


def say_all(voices: int, takes: int, workers: int = 0) -> tuple[Tensor, np.ndarray, Articulation]:
    """Let drawn voices say all digits; return the sounds (N, 6048), the digits (N,), and what the tracts did."""
    names = [f"{'FM'[number % 2]}{FIRST_VOICE + number:04d}" for number in range(voices)]
    words = [word for own in imap(partial(_say, takes), names, workers) for word in own]
    sounds, digits, jerks, outside = zip(*words, strict=True)
    values = np.array(jerks)
    articulation = Articulation(
        len(words), voices, float(np.concatenate(outside).mean()), float(np.median(values)), float(np.quantile(values, 0.95)),
        articulatory.NATURAL_JERK, float((values < articulatory.NATURAL_JERK).mean()),
    )
    return to_float(np.stack(sounds)), np.array(digits), articulation


def _say(takes: int, voice: str) -> list[tuple[np.ndarray, int, float, np.ndarray]]:
    torch.set_num_threads(1)
    words = []
    for take in range(takes):
        for digit in range(DIGITS):
            said = articulatory.render(digit, voice, take, STRETCHES[take % len(STRETCHES)])
            sound = prepare(said.sound, SOUND_RATE, f"{voice} {digit}")
            jerk = articulatory.jerk(said.coils[:, :12], articulatory.FRAME_RATE)
            words.append((sound, digit, jerk, articulatory.outside(said.coils)))
    return words


def noise(count: int, seed: int) -> Tensor:
    """Return white noise (count, 6048)."""
    values = random_draws.rng("digits", "noise", seed).standard_normal((count, SAMPLES), dtype=np.float32)
    return spectra.at_peak(torch.from_numpy(values))


def blocks_of(levels: Tensor) -> np.ndarray:
    """Return levels (N, 128, 64), averaged over blocks, as points (N, 512) float64."""
    return functional.avg_pool2d(levels[:, None], _BLOCK).flatten(1).double().numpy()


def level_distance(first: Tensor, second: Tensor) -> Tensor:
    """Return the log-spectral distance (N,) of levels (N, 128, 64) in dB: root mean square over frequency, mean over time."""
    return ((first - second).square().mean(1).sqrt() * (RANGE_DB / 2)).mean(1)


def closest_of(levels: Tensor, known: Tensor, *, same: bool = False) -> Tensor:
    """Return the distance (N,) of each of `levels` from the closest of `known` in dB.

    With `same`, levels and known ones with equal numbers are of the same sound and are not compared; NaN where none is left.
    """
    distances = torch.stack([torch.cat([level_distance(part, each[None]) for part in levels.split(_CHUNK)]) for each in known])
    if same:
        distances.fill_diagonal_(torch.inf)
    least = distances.amin(0)
    return torch.where(least.isinf(), torch.nan, least)


def _phases_of_test(references: References, params: EvaluationParams) -> dict[str, PhaseScores]:
    """Return what three ways to get phases do to the test sounds: their own, only the advances of these, Griffin-Lim."""
    test = references.test
    real = spectra.spectrum(test.sound())
    levels = spectra.levels(real)
    amplitude = spectra.amplitudes(levels)
    phases = {"own": real.angle(), "own advances": spectra.integrated(spectra.advances(real), amplitude), "Griffin-Lim": None}
    rows = {}
    for name, phase in phases.items():
        drawn = Drawn(levels, phase)
        rows[f"{CEILING}, {name}"] = references.phase_scores(drawn, drawn.sound(params.iterations), test.digits, same=True)
    return rows
