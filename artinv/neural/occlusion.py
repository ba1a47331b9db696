"""Occlusion: how much worse a decoder becomes without an electrode, whose signal is replaced by its mean."""

from dataclasses import dataclass

import numpy as np
import torch

from artinv.core.files import write_text
from artinv.core.provenance import stamp
from artinv.core.records import common_origin
from artinv.neural.choices import OccludeParams
from artinv.neural.correlation import auc
from artinv.neural.files import subjects
from artinv.neural.inference import session_of
from artinv.neural.model import NeuralModel
from artinv.neural.records import RATE, ROLES
from artinv.neural.results import OcclusionResult, OcclusionScores
from artinv.neural.session import Session, SplitParams
from artinv.neural.training import TrainParams
from artinv.neural.trainings import trained_models
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import BadParams


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """The importance of each electrode for one decoder of one subject."""

    subject: str
    decoder: str
    channels: tuple[str, ...]
    places: tuple[tuple[int, int], ...]  # row and column on the grid
    role: tuple[str, ...] | None  # of a simulated recording
    importance: np.ndarray  # (E,) rise of the squared error, as a share of the error with all electrodes


def occlude_all(
    files: NeuralFiles, train: TrainParams, split: SplitParams, params: OccludeParams,
) -> tuple[list[Map], OcclusionResult]:
    """Occlude each electrode for the chosen decoders of all subjects."""
    maps, origins = [], set()
    choices = tuple(choice for choice in train.choices if choice.mode in params.modes and choice.target == params.target)
    for subject in subjects(files):
        recording = subject.recording
        origins.add(subject.origin)
        for name, model in trained_models(files, recording.subject, choices).items():
            session = session_of(files, recording, model.target, split, model.drift)
            values = importance(model, session, params.seconds)
            role = subject.truth.role if subject.truth else None
            maps.append(Map(recording.subject, name, recording.channels, model.layout.places, role, values))
    scores = {choice.name: areas([own for own in maps if own.decoder == choice.name]) for choice in choices}
    facts = stamp(common_origin(origins), seed=train.seed)
    return maps, OcclusionResult(facts["origin"], facts["made_by"], params.seconds, scores)


def importance(model: NeuralModel, session: Session, seconds: float) -> np.ndarray:
    """Return the importance (E,) of each electrode, on at most `seconds` s of the test runs."""
    pieces = shortened(session.parts["test"], round(seconds * RATE))
    if not any(session.known[start:end].any() for start, end in pieces):
        raise BadParams(f"occlude.seconds: {seconds:g} s of test signals have no frame with a known target; raise it")
    whole = _error(model, session, pieces, None)
    return np.array([_error(model, session, pieces, electrode) / whole - 1 for electrode in range(session.signals.shape[1])])


def shortened(runs: list[tuple[int, int]], frames: int) -> list[tuple[int, int]]:
    """Return the first runs that together have at most this number of frames; the last one is cut."""
    kept = []
    for start, end in runs:
        if frames > 0:
            kept.append((start, min(end, start + frames)))
        frames -= end - start
    return kept


def areas(maps: list[Map]) -> OcclusionScores:
    """Return the mean areas under the curve over maps with known roles."""
    def mean(first: str, second: str) -> float:
        own = [auc(*(each.importance[np.array(each.role) == role] for role in (first, second))) for each in maps if each.role]
        known = [value for value in own if np.isfinite(value)]
        return float(np.mean(known)) if known else float("nan")

    motor, auditory, rest = ROLES
    return OcclusionScores(mean(motor, rest), mean(auditory, rest), mean(motor, auditory))


def write_table(path: object, maps: list[Map]) -> None:
    """Write a row for each electrode as CSV."""
    rows = ["subject,decoder,electrode,row,column,role,importance"]
    for own in maps:
        roles = own.role or ("",) * len(own.channels)
        rows += [f"{own.subject},{own.decoder},{name},{row},{column},{role},{value:.6f}" for name, (row, column), role, value in
                 zip(own.channels, own.places, roles, own.importance, strict=True)]
    write_text(str(path), "\n".join(rows) + "\n")


def _error(model: NeuralModel, session: Session, pieces: list[tuple[int, int]], electrode: int | None) -> float:
    """Return the mean squared error of standardized parameters; one electrode is set to its mean, 0."""
    total, count = 0.0, 0
    with torch.inference_mode():
        for start, end in pieces:
            signals = session.signals[start:end].clone()
            if electrode is not None:
                signals[:, electrode] = 0
            error = (model.weights(signals[None])[0] - session.targets[start:end]).square()
            known = session.known[start:end]
            total, count = total + float(error[known].double().sum()), count + int(known.sum())
    return total / max(count, 1)
