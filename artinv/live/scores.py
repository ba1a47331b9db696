"""Score the live model beside the universal model, on the same sounds: synthetic speakers and real recordings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from artinv.core import store
from artinv.core.channels import derive
from artinv.core.ids import by_number
from artinv.core.provenance import made_by, versions
from artinv.core.records import Frames, Utterance
from artinv.data.clean import CleanParams
from artinv.evaluate.real import cleaned
from artinv.evaluate.sim2real import POSITION_COLUMNS, Rows, predict, scores_of
from artinv.learn.inverter import Inverter
from artinv.live.features import Normalizer
from artinv.live.model import LiveModel
from artinv.live.results import ADAPTED, FIRST, FULL, LiveScores
from artinv.live.sessions import SessionParams, augmented, groups, recorded, sentences
from artinv.live.stream import Stream
from artinv.measure import metrics
from artinv.runtime.errors import BadParams
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track
from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.streaming import normalized_features

Motion = dict[str, np.ndarray]
"""Key of `artinv.live.results` -> predicted motion (frames, 18) in mm or standard deviations."""

Pearson = dict[str, np.ndarray]
"""Key of `artinv.live.results` -> Pearson correlations (14,) of the positions."""


def on_synthetic(
    model: LiveModel, full: Inverter, people: Path, params: SessionParams, speakers: int, *, workers: int = 0,
) -> LiveScores:
    """Return the scores on the last `speakers` synthetic speakers, sentence by sentence within their sessions."""
    _check_rates(model, full)
    names = by_number(store.speakers(people))[-speakers:]
    rows: dict[str, Rows] = {key: {} for key in (FIRST, ADAPTED, FULL)}
    inside, count = [], 0
    work = partial(_speaker, model, full, people, params)
    for name, scored in zip(names, track(imap(work, names, workers), "scores", len(names)), strict=True):
        for key, values in rows.items():
            values[name] = metrics.average(np.stack([correlations[key] for correlations, _ in scored]))
        inside += [share for _, share in scored]
        count += len(scored)
    return _scores(model, rows, origin="synthetic", inside=inside, sentences=count, main=ADAPTED)


def _check_rates(model: LiveModel, full: Inverter) -> None:
    """Reject models of unequal frame rates: their motion would be compared at different times."""
    if (rate := model.facts.front.rate) != full.rate:
        fault = f"the live model has {rate:g} frames per second, the universal model {full.rate:g}"
        raise BadParams(f"pipelines/live/params.yaml: front.rate: {fault}; set it to {full.rate:g} and run `make live`")


def _speaker(
    model: LiveModel, full: Inverter, people: Path, params: SessionParams, speaker: str,
) -> list[tuple[Pearson, float]]:
    """Score the sentences of one speaker, in a process of its own."""
    utterances = list(store.read(people, Utterance, speaker.__eq__))
    return [each for own in groups(utterances, params.sentences, 0) for each in _session(model, full, params, own)]


def _session(
    model: LiveModel, full: Inverter, params: SessionParams, utterances: Sequence[Utterance],
) -> Iterator[tuple[Pearson, float]]:
    session = recorded(utterances, model.facts.front, params, 0)
    sound, _, _ = augmented(utterances, params, 0)
    adapted, hop = live_motion(model, session), model.facts.front.hop
    for part in sentences(session):
        alone = replace(session, acoustics=session.acoustics[part], motion=session.motion[part], phones=())
        motion = {ADAPTED: adapted[part], FIRST: live_motion(model, alone),
                  FULL: full_motion(full, sound[part.start * hop:part.stop * hop])[: part.stop - part.start]}
        yield _compared(model, session.motion[part], motion, ADAPTED)


def live_motion(model: LiveModel, session: Frames) -> np.ndarray:
    """Return the motion (frames, 18) in mm that the live model gives for spectra, from a fresh start."""
    network = model.network()
    features = Normalizer(model.facts.front, model.typical).add(session.acoustics.astype(float))
    return np.concatenate([network.add(features), network.end()]) * model.std + model.mean


def full_motion(full: Inverter, sound: np.ndarray) -> np.ndarray:
    """Return the motion (frames, 18) in standard deviations that the universal model gives for a whole sound, without phones."""
    features = FeatureParams.of(full.features, "the model's metadata")
    return predict(full, normalized_features(sound, full.rate, features), None)


def on_real(
    model: LiveModel, full: Inverter, folder: Path, cleaning: CleanParams, cutoff: float,
) -> tuple[LiveScores, dict[str, str]]:
    """Return the scores on the real recordings in a folder, each after cleaning; and the rejected recordings with their reasons.

    `cutoff` in Hz limits the measured motion.
    """
    _check_rates(model, full)
    front = model.facts.front
    rows: dict[str, Rows] = {key: {} for key in (FIRST, ADAPTED, FULL)}
    inside: list[float] = []
    unfit: dict[str, str] = {}
    for record, _ in cleaned(folder, cleaning, front.rate, cutoff, unfit):
        truth = derive(record.coils)
        silence = np.zeros(-len(record.sound) % front.hop, np.float32)
        once, twice = (np.concatenate([record.sound, silence]), np.concatenate([record.sound, silence, record.sound]))
        second = slice(len(once) // front.hop, len(once) // front.hop + len(truth))
        motion = {FIRST: _streamed(model, once)[: len(truth)], ADAPTED: _streamed(model, twice)[second],
                  FULL: full_motion(full, record.sound)[: len(truth)]}
        correlations, share = _compared(model, truth, motion, FIRST)
        for key, values in rows.items():
            values[record.id] = correlations[key]
        inside.append(share)
    return _scores(model, rows, origin="real", inside=inside, sentences=len(inside), main=FIRST), unfit


def _streamed(model: LiveModel, sound: np.ndarray) -> np.ndarray:
    stream = Stream(model, SOUND_RATE)
    return np.concatenate([stream.add(sound), stream.end()])


def _compared(model: LiveModel, truth: np.ndarray, motion: Motion, main: str) -> tuple[Pearson, float]:
    """Return Pearson (14,) by key, and the share of true values within the intervals of the prediction `main`.

    Positions of heads and coils differ between speakers, so intervals are compared after removal of mean and standard deviation.
    """
    correlations = {key: metrics.pearson(truth[: len(values)], values)[POSITION_COLUMNS] for key, values in motion.items()}
    shares = []
    for channel, values in enumerate(truth.T):
        known = np.isfinite(values[: len(motion[main])])
        if known.sum() > 1 and (spread := values[: len(known)][known].std()) > 0:
            predicted = motion[main][known, channel]
            error = (values[: len(known)][known] - values[: len(known)][known].mean()) / spread
            error -= (predicted - predicted.mean()) / model.std[channel]
            shares.append(np.mean(np.abs(error) <= model.margin[channel] / model.std[channel]))
    return correlations, float(np.mean(shares)) if shares else float("nan")


def _scores(
    model: LiveModel, rows: dict[str, Rows], *, origin: str, inside: list[float], sentences: int, main: str,
) -> LiveScores:
    """Return the scores; `inside` are shares of true values within intervals, `main` is the key of the scores by channel."""
    made = {key: scores_of(values) for key, values in rows.items()}
    return LiveScores(
        origin=origin, trained_on=model.facts.provenance["origin"], made_by=made_by(versions() | dict(model.facts.provenance)),
        look_ahead=model.look_ahead, latency=model.latency, sentences=sentences,
        pearson={key: group.pearson for key, group in made.items()}, channels=made[main].channels, groups=made,
        level=model.facts.level, coverage=float(np.nanmean(inside)),
    )
