"""What damage to a share of a corpus costs: leave one speaker out, with damage of every kind in some utterances and without.

Run as `python -m experiments.damaged_corpus [--demo data/demo] [--share 0.05] [--model ridge|mlp] [--seeds 1]`. All speakers of
the demo are learned from, and damage is planted into what the readers give. What is to hold: mean Pearson changes by less than .01.
This is asked of damage that nobody has noticed, and of what is left where utterances that `check` tells stand under clean.exclude.
"""

import argparse
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from artinv.checks.look import look
from artinv.core.records import Frames, Utterance
from artinv.corpora.native.source import Source
from artinv.data import ingest
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
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track
from artinv.signal.features import FeatureParams
from experiments.checks import people
from tests.support.planted import DAMAGE, findings, late

SIZES = {"ridge": ridge.Sizes(context=5, penalty=0.001), "mlp": mlp.Sizes(context=5, width=128, layers=3)}
TESTED = ("fsew0", "msak0", "maps0", "MNGU0", "F1", "M3", "F01", "F03", "M01", "M04")
RATE = 50
"""Frames a second: half of what the pipeline takes, in half the time."""

TRIALS = ("without damage", "damage to training and test", "damage to training alone", "to both, what `check` tells left out")

Change = Callable[[Utterance, Utterance, np.random.Generator], Utterance | None]


@dataclass(frozen=True, slots=True)
class Heard:
    """One speaker, without damage, with it, and with what is left of it."""

    clean: list[Frames]
    damaged: list[Frames]
    cured: list[Frames]  # what is left of the damaged ones when those that `check` tells are left out
    told: frozenset[str]
    kinds: dict[str, str]  # what was planted, by utterance
    rejected: int  # of the damaged utterances


def dropout(one: Utterance, _: Utterance, rng: np.random.Generator) -> Utterance:
    """One coil for 10 ms to 2 s."""
    return _changed(one, np.exp(rng.uniform(np.log(0.01), np.log(2))), np.nan, rng)


def spike(one: Utterance, _: Utterance, rng: np.random.Generator) -> Utterance:
    """10 to 40 mm for 5 to 15 ms."""
    return _changed(one, rng.uniform(0.005, 0.015), rng.uniform(10, 40) * _direction(rng), rng)


def _changed(one: Utterance, seconds: float, by: np.ndarray | float, rng: np.random.Generator) -> Utterance:
    coils, coil = one.coils.copy(), int(rng.integers(6))
    length = max(1, round(seconds * one.coil_rate))
    start = int(rng.integers(max(1, len(coils) - length)))
    coils[start:start + length, 2 * coil:2 * coil + 2] += by
    return replace(one, coils=coils.astype(np.float32))


def _direction(rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _planted(name: str) -> Change:
    return lambda one, other, _: replace(DAMAGE[name][2](one, other), name=one.name)


AFTER = "after regluing"
"""Not counted as damaged: the coil lies where it was glued."""

KINDS: dict[str, Change | None] = {
    "dropout": dropout,
    "spikes": spike,
    "reglued": None,  # from here on, as AFTER
    "lag": lambda one, other, rng: late(rng.uniform(0.05, 0.5))(one, other),
    "clipped": lambda one, _, rng: replace(one, sound=np.clip(
        one.sound / np.abs(one.sound).max() * np.float32(10 ** (rng.uniform(3, 20) / 20)), -1, 1)),
    "wrong rate": lambda one, _, rng: replace(one, sound_rate=one.sound_rate * float(rng.choice([0.5, 0.9, 1.1, 2.0]))),
    "absent": lambda *_: None,  # empty, unreadable, or a copy of another
    **{name: _planted(name) for name in (
        "positions x 10", "positions x 100", "x flipped", "y flipped", "tongue tip and dorsum exchanged", "lips exchanged",
        "labels of the next utterance", "sound of the next utterance", "motion of the next utterance")},
}


@dataclass(frozen=True, slots=True)
class Fold:
    """Mean Pearson of a speaker nobody has learned from, and by kind of damage what its utterances lose of it as test material."""

    scores: tuple[float, ...]  # in the order of TRIALS
    lost: dict[str, list[float]]  # of one utterance


def damage(utterances: Sequence[Utterance], share: float, seed: int) -> tuple[list[Utterance], dict[str, str]]:
    """The same session with any of the kinds in a share of its utterances."""
    rng = np.random.default_rng([seed, zlib.crc32(utterances[0].person.encode())])
    chosen = rng.choice(len(utterances), int(share * len(utterances) + rng.random()), replace=False)
    out, kinds, offset = [], {}, np.zeros(14, np.float32)
    for number, one in enumerate(utterances):
        other = utterances[(number + 1) % len(utterances)]
        if number in chosen:
            kind = str(rng.choice(list(KINDS)))
            kinds[one.id] = kind
            if KINDS[kind] is None:
                coil = int(rng.integers(6))
                offset[2 * coil:2 * coil + 2] += rng.uniform(0.5, 8) * _direction(rng)
            else:
                one = KINDS[kind](one, other, rng)  # noqa: PLW2901 -- the damaged one takes its place
        elif offset.any():
            kinds[one.id] = AFTER
        if one is not None:
            out.append(replace(one, coils=one.coils + offset))
    return out, kinds


def hear(count: int, share: float, seed: int, item: tuple[str, list[Source]]) -> Heard:
    """One speaker through the stages up to normalization, three times."""
    corpus, sources = item
    utterances: list[Utterance] = []
    for source in sources:
        if len(utterances) < count:
            utterances += ingest.read(corpus, "synthetic", source)
    utterances = utterances[:count]
    damaged, kinds = damage(utterances, share, seed)
    told = _told(corpus, damaged)
    trials = utterances, damaged, [one for one in damaged if one.id not in told]
    (one, _), (two, rejected), (three, _) = map(_normalized, trials)
    return Heard(one, two, three, told, kinds, rejected)


def _told(corpus: str, utterances: Sequence[Utterance]) -> frozenset[str]:
    """What somebody leaves out who does as `check` says; faults of a whole speaker are not cured by that."""
    params = CleanParams.load()
    found = findings(corpus, [look(one, (one.name,), params) for one in utterances], params)
    return frozenset(id_ for one in found if not one.cure.startswith("nothing") and one.count < len(utterances) / 2
                     for id_ in one.utterances)


def _normalized(utterances: Sequence[Utterance]) -> tuple[list[Frames], int]:
    params, kind = CleanParams.load().model_copy(update={"rate": RATE}), FeatureParams.load()
    records = [record for one in utterances if isinstance(record := clean(one, params)[0], Utterance)]
    frames = [features(record, kind) for record in records]
    stats = estimate(frames, NormalizeParams.load())
    return [stats.normalize(one) for one in frames], len(utterances) - len(records)


def fold(heard: Sequence[Heard], model: str, epochs: int, seed: int, tested: str) -> Fold:
    """Learn from all others and test, without damage, with it, and with what is left of it."""
    trials = [{one.id: one for speaker in heard for one in getattr(speaker, which)} for which in ("clean", "damaged", "cured")]
    own, own_spoilt, own_cured = ([one for one in records.values() if one.speaker == tested] for records in trials)
    usual, misled, cured = (_learn(records, model, epochs, seed, tested) for records in trials)
    before, after = _by_utterance(usual, own), _by_utterance(usual, own_spoilt)
    lost = defaultdict(list)
    for id_, kind in ((id_, kind) for speaker in heard for id_, kind in speaker.kinds.items() if id_ in before):
        lost[kind].append(_mean([before[id_]]) - _mean([after[id_]]) if id_ in after else 0.0)
    scores = before, _by_utterance(misled, own_spoilt), _by_utterance(misled, own), _by_utterance(cured, own_cured)
    return Fold(tuple(_mean(list(each.values())) for each in scores), dict(lost))


def _learn(records: dict[str, Frames], model: str, epochs: int, seed: int, tested: str) -> Inverter:
    entries = [Entry(one.id, one.part, one.sentence, len(one.motion), one.origin) for one in records.values()]
    choice = SplitParams(corpora=sorted({id_.partition("/")[0] for id_ in records}), valid_speakers=[], train_corpora=[],
                         unseen_text=False, split="indep", test_speaker=tested)
    parts = split(entries, choice)
    training, valid = ([records[id_] for id_ in ids] for ids in (parts.train, parts.valid))
    chosen = {"model": model, "epochs": epochs, "seed": seed, "threads": 1, "device": "cpu"}
    params = ExperimentParams.load().of_split("indep").model_copy(update=chosen)
    network, width = train(params, SIZES[model], training, valid).network, training[0].acoustics.shape[1]
    return Inverter(model=model, sizes=SIZES[model], n_in=width, rate=RATE, network=network)


def _by_utterance(inverter: Inverter, test: Sequence[Frames]) -> dict[str, np.ndarray]:
    """Pearson of every articulator."""
    predicted = inverter.predict_many([one.acoustics for one in test])
    return {one.id: metrics.pearson(one.motion, motion) for one, motion in zip(test, predicted, strict=True)}


def _mean(each: Sequence[np.ndarray]) -> float:
    return float(metrics.mean_over(metrics.average(np.stack(each)), "pearson"))


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo", type=Path, default=Path("data/demo"))
    parser.add_argument("--count", type=int, default=30, help="utterances of each speaker")
    parser.add_argument("--share", type=float, default=0.05, help="of the utterances that are damaged")
    parser.add_argument("--model", choices=SIZES, default="ridge")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=1, help="draws of the damage")
    parser.add_argument("--first", type=int, default=0, help="seed of the first draw")
    parser.add_argument("--speakers", nargs="+", default=list(TESTED))
    options = parser.parse_args()
    everybody, judge = list(people(options.demo, [])), EvaluateParams.load()
    rows = []
    for seed in range(options.first, options.first + options.seeds):
        work = partial(hear, options.count, options.share, seed)
        heard = list(track(imap(work, everybody), f"hear {seed}", len(everybody)))
        planted = {id_: kind for speaker in heard for id_, kind in speaker.kinds.items()}
        kinds = Counter(kind for kind in planted.values() if kind != AFTER)
        total = sum(len(speaker.clean) for speaker in heard)
        print(f"\nDraw {seed}: {kinds.total()} of {total} utterances damaged, {sum(one.rejected for one in heard)} rejected: "
              + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())), flush=True)
        told = frozenset().union(*(speaker.told for speaker in heard))
        missed = Counter(kind for id_, kind in planted.items() if id_ not in told and kind != AFTER)
        print(f"check tells {len(told)}, {len(told - set(planted))} of them without damage; not told: "
              + ", ".join(f"{count} {kind}" for kind, count in sorted(missed.items())), flush=True)
        work = partial(fold, heard, options.model, options.epochs, seed)
        rows.append(list(track(imap(work, options.speakers), f"folds {seed}", len(options.speakers))))
    scores = np.array([[one.scores for one in row] for row in rows]).mean(axis=0)  # (speakers, trials)
    change = scores[:, 1:] - scores[:, :1]
    print(f"\n| SYNTHETIC, {options.model}, {options.seeds} draws | Pearson | change | 95 % |\n|---|---|---|---|")
    print(f"| {TRIALS[0]} | {scores[:, 0].mean():.4f} | | |")
    for column, title in enumerate(TRIALS[1:], 1):
        values = change[:, column - 1]
        low, high = (float(end[0]) for end in interval(resample(values[:, None], judge.draws, judge.seed), len(values)))
        print(f"| {title} | {scores[:, column].mean():.4f} | {values.mean():+.4f} | {low:+.4f} to {high:+.4f} |")
    lost = defaultdict(list)
    for one in (one for row in rows for one in row):
        for kind, values in one.lost.items():
            lost[kind] += values
    print("\n| planted in test material | utterances | each loses | of the mean |\n|---|---|---|---|")
    for kind, values in sorted(lost.items(), key=lambda item: -sum(item[1])):
        share = sum(values) / (options.count * len(options.speakers) * options.seeds)
        print(f"| {kind} | {len(values)} | {np.mean(values):.3f} | {share:.4f} |")


if __name__ == "__main__":
    main()
