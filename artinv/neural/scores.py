"""Score decoders on test trials: correlation with intervals, controls, and the sound of what is decoded."""

from dataclasses import dataclass, field

import numpy as np
import torch

from artinv.core.provenance import stamp
from artinv.core.records import common_origin
from artinv.neural import correlation, spectrogram, splits
from artinv.neural.choices import ScoreParams
from artinv.neural.correlation import Sums
from artinv.neural.files import subjects
from artinv.neural.inference import session_of
from artinv.neural.model import NeuralModel
from artinv.neural.records import SAMPLES, Recording, Trial
from artinv.neural.results import DecoderScores, NeuralRun, NeuralScores, SoundScores
from artinv.neural.session import Session, SplitParams
from artinv.neural.speech import SHORTEST
from artinv.neural.training import TrainParams
from artinv.neural.trainings import trained_models
from artinv.neural.workspace import NeuralFiles


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """The figures of one decoder and one subject."""

    model: NeuralModel
    trials: np.ndarray  # (trials, P, 6), sums of each test trial
    shuffled: np.ndarray  # (P, 6), sums with random phases
    chance: np.ndarray  # (shifts,)
    sound: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)  # original and copy of each trial
    of_target: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)


def evaluate(files: NeuralFiles, train: TrainParams, split: SplitParams, params: ScoreParams) -> NeuralScores:
    """Score all decoders on the test trials of all subjects."""
    collected: dict[str, dict[str, Own]] = {choice.name: {} for choice in train.choices}
    minutes, trials, origins, electrodes = [], 0, set(), 0
    for subject in subjects(files):
        recording = subject.recording
        origins.add(subject.origin)
        electrodes = max(electrodes, len(recording.channels))
        for name, model in trained_models(files, recording.subject, train.choices).items():
            session = session_of(files, recording, model.target, split, model.drift)
            collected[name][recording.subject] = score(model, recording, session, params)
        parts = session.split.train, session.split.test
        minutes.append([sum(trial.end - trial.start for trial in part) / recording.rate / 60 for part in parts])
        trials += len(session.split.test)
    origin = common_origin(origins)
    length = np.mean(minutes, axis=0)
    run = NeuralRun(
        subjects=files.subjects(), electrodes=electrodes, train_minutes=float(length[0]), test_minutes=float(length[1]),
        test_trials=trials, split=split.kind, **stamp(origin, seed=train.seed),
    )
    return NeuralScores(run, {name: summary(own, params) for name, own in collected.items()})


def score(model: NeuralModel, recording: Recording, session: Session, params: ScoreParams) -> Own:
    """Return the figures of a decoder on the test trials of a subject."""
    guess = decode_runs(model, session, session.signals)
    truth, known = session.scale.physical(session.targets.numpy()), session.known.numpy()
    test = session.split.test
    sums = [Sums.of(*(values[trial.start:trial.end] for values in (truth, guess, known))).values for trial in test]
    inside = splits.frames(test, len(truth))
    phases = session.signals.clone()
    for start, end in session.parts["test"]:
        shuffled = correlation.phase_shuffled(phases[start:end].numpy(), params.seed)
        phases[start:end] = torch.from_numpy(shuffled)
    noise = decode_runs(model, session, phases)
    chance = correlation.by_chance(truth[inside], guess[inside], known[inside], params.shifts, params.seed)
    heard = audible(test, params.sounds)
    sound, of_target = (sounds(model, recording, values, heard) for values in (guess, truth))
    return Own(model, np.stack(sums), Sums.of(truth[inside], noise[inside], known[inside]).values, chance, sound, of_target)


def decode_runs(model: NeuralModel, session: Session, signals: torch.Tensor) -> np.ndarray:
    """Return the values (T, P) that are decoded in the test runs, the mean elsewhere."""
    values = np.broadcast_to(session.scale.mean, session.targets.shape).copy()
    for start, end in session.parts["test"]:
        values[start:end] = model.decode(signals[start:end])
    return values


def audible(trials: tuple[Trial, ...], count: int) -> list[Trial]:
    """Return at most `count` trials that are long enough to be spoken, evenly chosen."""
    long = [trial for trial in trials if trial.end - trial.start >= SHORTEST]
    if not count or not long:
        return []
    return [long[place] for place in np.unique(np.linspace(0, len(long) - 1, count).round().astype(int))]


def sounds(
    model: NeuralModel, recording: Recording, values: np.ndarray, trials: list[Trial],
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the recorded sound and the sound of the values of each trial."""
    return [(recording.sound[trial.start * SAMPLES:trial.end * SAMPLES], model.sound(values[trial.start:trial.end]))
            for trial in trials]


def summary(subjects_: dict[str, Own], params: ScoreParams) -> DecoderScores:
    """Return the scores of a decoder over subjects."""
    own = list(subjects_.values())
    model = own[0].model
    each = np.stack([Sums(one.trials.sum(0)).pearson() for one in own])
    pcc = correlation.estimate([one.trials for one in own], params.draws, params.seed)
    chance = np.mean([one.chance for one in own], axis=0)
    return DecoderScores(
        decoder=model.decoder, mode=model.weights.mode, target=model.target,
        weights=sum(value.numel() for value in model.weights.parameters()), latency=model.latency, pcc=pcc,
        parameters={name: float(value) for name, value in zip(model.names, _mean(each), strict=True)},
        subjects={name: float(value) for name, value in zip(subjects_, _mean(each.T), strict=True)},
        permuted=float(chance.mean()), p=float((1 + (chance >= pcc.value).sum()) / (1 + len(chance))),
        phase_shuffled=float(_mean(np.stack([Sums(one.shuffled).pearson() for one in own]).ravel()[:, None])[0]),
        sound=_closeness([pair for one in own for pair in one.sound]),
        of_target=_closeness([pair for one in own for pair in one.of_target]),
    )


def _closeness(pairs: list[tuple[np.ndarray, np.ndarray]]) -> SoundScores | None:
    return spectrogram.closeness(pairs) if pairs else None


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over the first axis of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    return np.divide(np.where(known, values, 0).sum(0), known.sum(0), out=np.full(values.shape[1:], np.nan), where=known.any(0))
