"""Score the live model beside the universal model, on the same sounds: synthetic speakers and real recordings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from artinv.core import store
from artinv.core.channels import derive
from artinv.core.provenance import made_by, versions
from artinv.core.records import Frames, Rejected, Utterance
from artinv.data.clean import CleanParams, clean
from artinv.data.real_recordings import recordings
from artinv.evaluate.sim2real import POSITION_COLUMNS, Rows, predict, scores_of
from artinv.learn.inverter import Inverter
from artinv.live.features import Normalizer
from artinv.live.model import LiveModel
from artinv.live.results import ADAPTED, FIRST, FULL, LiveScores
from artinv.live.sessions import SessionParams, augmented, groups, recorded, sentences
from artinv.live.stream import Stream
from artinv.live.training import held_out
from artinv.measure import metrics
from artinv.runtime.errors import BadData
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track
from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.streaming import normalized_features

Motion = dict[str, np.ndarray]
"""Key of `artinv.live.results` -> predicted motion (frames, 18) in mm or standard deviations."""


def on_synthetic(
    model: LiveModel, full: Inverter, people: Path, params: SessionParams, speakers: int, *, workers: int = 0,
) -> LiveScores:
    """Return the scores on the last `speakers` synthetic speakers, sentence by sentence within their sessions."""
    names = held_out(store.speakers(people), speakers)
    rows: dict[str, Rows] = {key: {} for key in (FIRST, ADAPTED, FULL)}
    inside, count = [], 0
    work = _Speaker(model, full, people, params)
    for name, scored in zip(names, track(imap(work, names, workers), "scores", len(names)), strict=True):
        for key, values in rows.items():
            values[name] = metrics.average(np.stack([correlations[key] for correlations, _ in scored]))
        inside += [share for _, share in scored]
        count += len(scored)
    return _scores(model, rows, origin="synthetic", inside=inside, sentences=count, main=ADAPTED)


class _Speaker:
    """Score the sessions of one speaker, in a process of its own."""

    def __init__(self, model: LiveModel, full: Inverter, people: Path, params: SessionParams) -> None:
        self.model, self.full, self.people, self.params = model, full, people, params

    def __call__(self, speaker: str) -> list[tuple[Motion, float]]:
        utterances = list(store.read(self.people, Utterance, speaker.__eq__))
        return [each for own in groups(utterances, self.params.sentences, 0) for each in self._session(own)]

    def _session(self, utterances: Sequence[Utterance]) -> Iterator[tuple[Motion, float]]:
        session = recorded(utterances, self.model.facts.front, self.params, 0)
        sound, _, _ = augmented(utterances, self.params, 0)
        adapted, hop = live_motion(self.model, session), self.model.facts.front.hop
        for part in sentences(session):
            alone = replace(session, acoustics=session.acoustics[part], motion=session.motion[part], phones=())
            motion = {ADAPTED: adapted[part], FIRST: live_motion(self.model, alone),
                      FULL: full_motion(self.full, sound[part.start * hop:part.stop * hop])[: part.stop - part.start]}
            yield _compared(self.model, session.motion[part], motion, ADAPTED)


def live_motion(model: LiveModel, session: Frames) -> np.ndarray:
    """Return the motion (frames, 18) in mm that the live model gives for spectra, from a fresh start."""
    network = model.network()
    features = Normalizer(model.facts.front, model.typical).add(session.acoustics.astype(float))
    return np.concatenate([network.add(features), network.end()]) * model.std + model.mean


def full_motion(full: Inverter, sound: np.ndarray) -> np.ndarray:
    """Return the motion (frames, 18) in standard deviations that the universal model gives for a whole sound, without phones."""
    features = FeatureParams.of(full.features, "the model's metadata")
    return predict(full, normalized_features(sound, full.rate, features), None)


def on_real(model: LiveModel, full: Inverter, folder: Path, cleaning: CleanParams, cutoff: float) -> LiveScores:
    """Return the scores on the real recordings in a folder, each after cleaning; `cutoff` in Hz limits the measured motion."""
    front = model.facts.front
    cleaning = CleanParams.of(cleaning.model_dump() | {"rate": front.rate, "lowpass": cutoff}, "params.yaml")
    rows: dict[str, Rows] = {key: {} for key in (FIRST, ADAPTED, FULL)}
    inside = []
    for utterance in recordings(folder) if folder.is_dir() else ():
        record, _ = clean(utterance, cleaning)
        if isinstance(record, Rejected):
            continue
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
    if not inside:
        cure = "put corpora or EMU bundles there, or a link to them (docs/sim2real.md)"
        raise BadData(f"{folder}: holds no usable recording; {cure}")
    return _scores(model, rows, origin="real", inside=inside, sentences=len(inside), main=FIRST)


def _streamed(model: LiveModel, sound: np.ndarray) -> np.ndarray:
    stream = Stream(model, SOUND_RATE)
    return np.concatenate([stream.add(sound), stream.end()])


def _compared(model: LiveModel, truth: np.ndarray, motion: Motion, main: str) -> tuple[Motion, float]:
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
        coverage=float(np.nanmean(inside)),
    )
