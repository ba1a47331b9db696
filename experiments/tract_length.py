"""Measure what a speaker's vocal tract length, estimated from unlabelled speech, is worth to the bundled model, the sound alone.

Run as `python -m experiments.tract_length` after `python -m experiments.speaker_seconds`, which synthesizes the speakers. The
frequency axis of a speaker's features is scaled by the factor with which the model predicts most motion on the other sentences of
the session, because an uncertain model stays near the mean: no truth is used. `best` is the factor that is best on the test
sentences: an upper bound. The results are written to metrics/tract_length.json.
"""

import argparse

import numpy as np

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.inversion.model import Model, load
from artinv.measure.bootstrap import interval, resample
from artinv.phones import evidence
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import gate
from artinv.runtime.progress import track
from artinv.signal.streaming import RecordingFeatures, recording_features, statistics
from artinv.signal.warp import Warp
from experiments import new_speakers
from experiments.speaker_seconds import TESTS, pearson, sums

SPREAD, KEEP = 0.12, 5
"""Largest logarithm of a factor; every `KEEP`-th of the factors of `Warp` is tried."""

SECONDS, OTHERS, SENTENCES = 60, 20, 36
"""s of other sentences whose statistics normalize the acoustics; other sentences on which the factor is chosen; all sentences."""


def warped(features: RecordingFeatures, matrix: np.ndarray, std: np.ndarray) -> RecordingFeatures:
    """Return features with a scaled frequency axis; `matrix` applies to acoustics in standard deviations."""
    values = ((features.acoustics / std) @ matrix * std).astype(np.float32)
    return RecordingFeatures(values, features.speech, features.samples, features.clipped)


def of_speaker(model: Model, spoken: list[new_speakers.Spoken]) -> tuple[np.ndarray, np.ndarray]:
    """Return for each factor the mean square of the predictions on other sentences, and Pearson on the test sentences."""
    every = [recording_features([one.sound], model.facts.rate, model.features) for one in spoken]
    _, std = statistics(sums(every[TESTS:], round(SECONDS * model.facts.rate)))
    maps = Warp.of(model.features, std, SPREAD)
    assert maps is not None  # the features of the bundled model have mel bands
    squares, scores = [], []
    for matrix in maps.maps.numpy()[::KEEP]:
        changed = [warped(each, matrix, std) for each in every]
        mean, deviation = statistics(sums(changed[TESTS:], round(SECONDS * model.facts.rate)))
        normal = [(each.acoustics - mean) / deviation for each in changed[:TESTS + OTHERS]]
        motion = [model.predictor.predict(evidence.joined(each, None)) for each in normal]
        squares.append(np.mean([np.nanmean(np.square(each)) for each in motion[TESTS:]]))
        scores.append(np.mean([pearson(one.motion, each) for one, each in zip(spoken, motion[:TESTS], strict=False)]))
    return np.array(squares), np.array(scores)


def summary(squares: np.ndarray, scores: np.ndarray, draws: int = 2000) -> dict[str, object]:
    """Return Pearson unscaled, with the chosen and with the best factor, and the gains; rows: speakers, columns: factors."""
    usual, chosen, best = scores[:, scores.shape[1] // 2], scores[np.arange(len(scores)), squares.argmax(1)], scores.max(1)
    gains = {}
    for name, values in (("chosen", chosen), ("best", best)):
        low, high = interval(resample((values - usual)[:, None], draws, 0), len(usual))
        gains[name] = {"pearson": float(values.mean()), "gain": float((values - usual).mean()), "low": float(low[0]),
                       "high": float(high[0]), "better": int((values > usual).sum())}
    return {"usual": float(usual.mean()), **gains, "speakers": len(scores), "factors": scores.shape[1]}


def main(workspace: Workspace) -> None:
    """Measure, write the metrics file and print it."""
    model, params = load(), PopulationFeatureParams.load(workspace.params)
    people = list(new_speakers.read(workspace))
    rows = [of_speaker(model, new_speakers.session(own[:SENTENCES], params)) for _, own in track(people, "speakers", len(people))]
    found = summary(*(np.stack(each) for each in zip(*rows, strict=True)))
    write_json(workspace.metrics / "tract_length.json", found | stamp("synthetic", seed=0))
    print(found)


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m experiments.tract_length").parse_args()
    with gate():
        main(Workspace())
