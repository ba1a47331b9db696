"""Measure the cost of damage in a share of the corpora: leave one speaker out, with and without damaged utterances.

Run as `python -m experiments.damaged_corpus [--demo data/demo] [--share 0.05] [--model ridge|mlp] [--seeds 1]`. Models are trained
on all speakers of the demo; damage is planted into utterances after reading. Requirement: mean Pearson changes by less than .01,
with undetected damage, and also when the utterances that `check` reports are listed under clean.exclude.
"""

import argparse
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from artinv.checks.profiles import profile
from artinv.core.records import Frames, Utterance
from artinv.core.workspace import Workspace
from artinv.corpora.native.source import Source
from artinv.data.clean import CleanParams, clean
from artinv.data.dataset import Entry
from artinv.data.frames import features
from artinv.data.normalize import NormalizeParams, estimate
from artinv.data.splits import SplitParams, split
from artinv.evaluate.scores import EvaluateParams
from artinv.learn.experiment import ExperimentParams
from artinv.learn.inverter import Inverter
from artinv.learn.models import mlp, ridge
from artinv.learn.train import train
from artinv.measure import metrics
from artinv.measure.bootstrap import interval, resample
from artinv.phones.inputs import InputParams
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track
from experiments.checks import first_utterances, sources_by_speaker
from tests.support.planted import DAMAGE, findings, late

SIZES = {"ridge": ridge.Sizes(context=5, penalty=0.001), "mlp": mlp.Sizes(context=5, width=128, layers=3)}
TESTED = ("fsew0", "msak0", "maps0", "MNGU0", "F1", "M3", "F01", "F03", "M01", "M04")
RATE = 50
"""Frames per second: half the rate of the pipeline, to halve the time."""

TRIALS = ("without damage", "damage to training and test", "damage to training alone", "to both, reported utterances left out")

Change = Callable[[Utterance, Utterance, np.random.Generator], Utterance | None]


@dataclass(frozen=True, slots=True)
class SpeakerFrames:
    """Frames of one speaker without damage, with damage, and without the damaged utterances that `check` reports."""

    clean: list[Frames]
    damaged: list[Frames]
    cured: list[Frames]  # damaged, without the utterances that `check` reports
    reported: frozenset[str]  # ids of utterances that `check` reports
    kinds: dict[str, str]  # id of an utterance -> planted damage
    rejected: int  # number of damaged utterances that cleaning rejects


def dropout(utterance: Utterance, _: Utterance, rng: np.random.Generator) -> Utterance:
    """Remove one coil for 10 ms to 2 s."""
    return _changed(utterance, np.exp(rng.uniform(np.log(0.01), np.log(2))), np.nan, rng)


def spike(utterance: Utterance, _: Utterance, rng: np.random.Generator) -> Utterance:
    """Move one coil by 10 to 40 mm for 5 to 15 ms."""
    return _changed(utterance, rng.uniform(0.005, 0.015), rng.uniform(10, 40) * _direction(rng), rng)


def _changed(utterance: Utterance, seconds: float, by: np.ndarray | float, rng: np.random.Generator) -> Utterance:
    coils, coil = utterance.coils.copy(), int(rng.integers(6))
    length = max(1, round(seconds * utterance.coil_rate))
    start = int(rng.integers(max(1, len(coils) - length)))
    coils[start:start + length, 2 * coil:2 * coil + 2] += by
    return replace(utterance, coils=coils.astype(np.float32))


def _direction(rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _planted(name: str) -> Change:
    return lambda utterance, other, _: replace(DAMAGE[name][2](utterance, other), name=utterance.name)


AFTER = "after regluing"
"""Utterances after a coil was reglued; they are not counted as damaged."""

KINDS: dict[str, Change | None] = {
    "dropout": dropout,
    "spikes": spike,
    "reglued": None,  # moves a coil in this and all later utterances; see `damage`
    "lag": lambda utterance, other, rng: late(rng.uniform(0.05, 0.5))(utterance, other),
    "clipped": lambda utterance, _, rng: replace(utterance, sound=np.clip(
        utterance.sound / np.abs(utterance.sound).max() * np.float32(10 ** (rng.uniform(3, 20) / 20)), -1, 1)),
    "wrong rate": lambda utterance, _, rng: replace(
        utterance, sound_rate=utterance.sound_rate * float(rng.choice([0.5, 0.9, 1.1, 2.0]))),
    "absent": lambda *_: None,  # the file is empty, unreadable or a copy of another
    **{name: _planted(name) for name in (
        "positions x 10", "positions x 100", "x flipped", "y flipped", "tongue tip and dorsum exchanged", "lips exchanged",
        "labels of the next utterance", "sound of the next utterance", "motion of the next utterance")},
}


@dataclass(frozen=True, slots=True)
class Fold:
    """Mean Pearson of an unseen speaker, and the loss of each damaged test utterance by kind of damage."""

    scores: tuple[float, ...]  # in the order of TRIALS
    lost: dict[str, list[float]]  # kind of damage -> loss in Pearson of each utterance


def damage(utterances: Sequence[Utterance], share: float, seed: int) -> tuple[list[Utterance], dict[str, str]]:
    """Plant random damage into a share of a session; return the utterances and the damage by id."""
    rng = np.random.default_rng([seed, zlib.crc32(utterances[0].person.encode())])
    chosen = rng.choice(len(utterances), int(share * len(utterances) + rng.random()), replace=False)
    damaged, kinds, offset = [], {}, np.zeros(14, np.float32)
    for number, utterance in enumerate(utterances):
        other = utterances[(number + 1) % len(utterances)]
        if number in chosen:
            kind = str(rng.choice(list(KINDS)))
            kinds[utterance.id] = kind
            if KINDS[kind] is None:
                coil = int(rng.integers(6))
                offset[2 * coil:2 * coil + 2] += rng.uniform(0.5, 8) * _direction(rng)
            else:
                utterance = KINDS[kind](utterance, other, rng)  # noqa: PLW2901 -- replaced by its damaged version
        elif offset.any():
            kinds[utterance.id] = AFTER
        if utterance is not None:
            damaged.append(replace(utterance, coils=utterance.coils + offset))
    return damaged, kinds


def prepare(count: int, share: float, seed: int, item: tuple[str, list[Source]]) -> SpeakerFrames:
    """Run one speaker through the stages up to normalization: without damage, with it, and without reported utterances."""
    corpus, sources = item
    utterances = first_utterances(corpus, sources, count)
    damaged, kinds = damage(utterances, share, seed)
    reported = _reported(corpus, damaged)
    trials = utterances, damaged, [utterance for utterance in damaged if utterance.id not in reported]
    (clean_frames, _), (damaged_frames, rejected), (cured_frames, _) = map(_normalized, trials)
    return SpeakerFrames(clean_frames, damaged_frames, cured_frames, reported, kinds, rejected)


def _reported(corpus: str, utterances: Sequence[Utterance]) -> frozenset[str]:
    """Return the ids of utterances that a user excludes on the advice of `check`; faults of a whole speaker do not count."""
    params = CleanParams.load(Workspace().params)
    found = findings(corpus, [profile(utterance, (utterance.name,), params) for utterance in utterances], params)
    return frozenset(id_ for finding in found if not finding.cure.startswith("nothing") and finding.count < len(utterances) / 2
                     for id_ in finding.utterances)


def _normalized(utterances: Sequence[Utterance]) -> tuple[list[Frames], int]:
    params, kind = CleanParams.load(Workspace().params).model_copy(update={"rate": RATE}), InputParams.load(Workspace().params)
    records = [record for utterance in utterances if isinstance(record := clean(utterance, params)[0], Utterance)]
    frames = [features(record, kind) for record in records]
    stats = estimate(frames, NormalizeParams.load(Workspace().params))
    return [stats.normalize(record) for record in frames], len(utterances) - len(records)


def fold(speakers: Sequence[SpeakerFrames], model: str, epochs: int, seed: int, tested: str) -> Fold:
    """Train on all other speakers and test on one, in the four combinations of TRIALS."""
    trials = [{frames.id: frames for speaker in speakers for frames in getattr(speaker, version)}
              for version in ("clean", "damaged", "cured")]
    own, own_damaged, own_cured = ([frames for frames in records.values() if frames.speaker == tested] for records in trials)
    from_clean, from_damaged, from_cured = (_train(records, model, epochs, seed, tested) for records in trials)
    before, after = _by_utterance(from_clean, own), _by_utterance(from_clean, own_damaged)
    lost = defaultdict(list)
    for id_, kind in ((id_, kind) for speaker in speakers for id_, kind in speaker.kinds.items() if id_ in before):
        lost[kind].append(_mean([before[id_]]) - _mean([after[id_]]) if id_ in after else 0.0)
    others = ((from_damaged, own_damaged), (from_damaged, own), (from_cured, own_cured))
    scores = before, *(_by_utterance(inverter, test) for inverter, test in others)
    return Fold(tuple(_mean(list(score.values())) for score in scores), dict(lost))


def _train(records: dict[str, Frames], model: str, epochs: int, seed: int, tested: str) -> Inverter:
    entries = [Entry(frames.id, frames.part, frames.sentence, len(frames.motion), frames.origin) for frames in records.values()]
    choice = SplitParams(corpora=sorted({id_.partition("/")[0] for id_ in records}), valid_speakers=[], train_corpora=[],
                         unseen_text=False, split="indep", test_speaker=tested)
    parts = split(entries, choice)
    training, valid = ([records[id_] for id_ in ids] for ids in (parts.train, parts.valid))
    chosen = {"model": model, "epochs": epochs, "seed": seed, "threads": 1, "device": "cpu"}
    params = ExperimentParams.load(Workspace().params).of_split("indep").model_copy(update=chosen)
    network, width = train(params, SIZES[model], training, valid).network, training[0].acoustics.shape[1]
    return Inverter(model=model, sizes=SIZES[model], n_in=width, rate=RATE, network=network)


def _by_utterance(inverter: Inverter, test: Sequence[Frames]) -> dict[str, np.ndarray]:
    """Return id -> Pearson of each channel."""
    predicted = inverter.predict_many([frames.acoustics for frames in test])
    return {frames.id: metrics.pearson(frames.motion, motion) for frames, motion in zip(test, predicted, strict=True)}


def _mean(correlations: Sequence[np.ndarray]) -> float:
    return float(metrics.mean_over(metrics.average(np.stack(correlations)), "pearson"))


def main() -> None:
    """Run all draws and print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo", type=Path, default=Workspace().demo)
    parser.add_argument("--count", type=int, default=30, help="utterances of each speaker")
    parser.add_argument("--share", type=float, default=0.05, help="share of utterances that are damaged")
    parser.add_argument("--model", choices=SIZES, default="ridge")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=1, help="number of draws of the damage")
    parser.add_argument("--first", type=int, default=0, help="seed of the first draw")
    parser.add_argument("--speakers", nargs="+", default=list(TESTED))
    options = parser.parse_args()
    sources, judge = list(sources_by_speaker(options.demo, [])), EvaluateParams.load(Workspace().params)
    rows = []
    for seed in range(options.first, options.first + options.seeds):
        work = partial(prepare, options.count, options.share, seed)
        speakers = list(track(imap(work, sources), f"prepare {seed}", len(sources)))
        planted = {id_: kind for speaker in speakers for id_, kind in speaker.kinds.items()}
        kinds = Counter(kind for kind in planted.values() if kind != AFTER)
        total = sum(len(speaker.clean) for speaker in speakers)
        rejected = sum(speaker.rejected for speaker in speakers)
        print(f"\nDraw {seed}: {kinds.total()} of {total} utterances damaged, {rejected} rejected: "
              + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())), flush=True)
        reported = frozenset().union(*(speaker.reported for speaker in speakers))
        missed = Counter(kind for id_, kind in planted.items() if id_ not in reported and kind != AFTER)
        print(f"check reports {len(reported)}, {len(reported - set(planted))} of them without damage; not reported: "
              + ", ".join(f"{count} {kind}" for kind, count in sorted(missed.items())), flush=True)
        work = partial(fold, speakers, options.model, options.epochs, seed)
        rows.append(list(track(imap(work, options.speakers), f"folds {seed}", len(options.speakers))))
    scores = np.array([[result.scores for result in row] for row in rows]).mean(axis=0)  # (speakers, trials)
    change = scores[:, 1:] - scores[:, :1]
    print(f"\n| SYNTHETIC, {options.model}, {options.seeds} draws | Pearson | change | 95 % |\n|---|---|---|---|")
    print(f"| {TRIALS[0]} | {scores[:, 0].mean():.4f} | | |")
    for column, title in enumerate(TRIALS[1:], 1):
        values = change[:, column - 1]
        low, high = (float(end[0]) for end in interval(resample(values[:, None], judge.draws, judge.seed), len(values)))
        print(f"| {title} | {scores[:, column].mean():.4f} | {values.mean():+.4f} | {low:+.4f} to {high:+.4f} |")
    lost = defaultdict(list)
    for result in (result for row in rows for result in row):
        for kind, values in result.lost.items():
            lost[kind] += values
    print("\n| damage of test utterances | utterances | loss of each | loss of the mean |\n|---|---|---|---|")
    for kind, values in sorted(lost.items(), key=lambda item: -sum(item[1])):
        share = sum(values) / (options.count * len(options.speakers) * options.seeds)
        print(f"| {kind} | {len(values)} | {np.mean(values):.3f} | {share:.4f} |")


if __name__ == "__main__":
    main()
