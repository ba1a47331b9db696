"""A decoder learns a subject from others, with and without tuning; the files of a run are written for each subject."""

import json
from dataclasses import replace

import numpy as np
import pytest

from artinv.neural import trainings
from artinv.neural.choices import OccludeParams, ScoreParams
from artinv.neural.drift import Drift
from artinv.neural.inference import infer_all
from artinv.neural.occlusion import occlude_all
from artinv.neural.scores import evaluate
from artinv.neural.session import Session
from artinv.neural.trainings import train_all
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import BadData
from tests.support import decoding

SCORE = ScoreParams.of({"draws": 20, "shifts": 10, "sounds": 0, "seed": 0})


def scored(folder, seeds=(0, 1), text="ridge causal truth", tune_epochs=1, drift=0.0, **split):
    """Run targets, training and scores; return the scores of the decoder."""
    places = NeuralFiles(folder)
    decoding.project(places, *seeds)
    params, divided = decoding.train_params(runs=[text], tune_epochs=tune_epochs, drift=drift), decoding.split_params(**split)
    infer_all(places, decoding.target_params(), divided)
    train_all(places, params, decoding.decoder_params(), divided, "woman")
    (own,) = evaluate(places, params, divided, SCORE).decoders.values()
    assert sorted(json.loads(places.training.read_text())) == sorted(
        [*(f"toy{seed or ''}/{text.replace(' ', '_')}" for seed in seeds), "made_by", "origin"])
    return own


def test_each_subject_has_a_decoder_of_its_own(tmp_path):
    scores = scored(tmp_path)
    assert list(scores.subjects) == ["toy", "toy1"]
    assert min(scores.subjects.values()) > 0.5
    assert scores.pcc.low < scores.pcc.value < scores.pcc.high


def test_training_scores_and_occlusion_subtract_the_same_drift(tmp_path, monkeypatch):
    seen, whole = [], Session.of

    def watched(_, recording, target, split, drift):
        seen.append(drift)
        return whole(recording, target, split, drift)

    monkeypatch.setattr(Session, "of", classmethod(watched))
    scores = scored(tmp_path, (0,), "ridge non-causal truth", drift=0.48)
    params = decoding.train_params(runs=["ridge non-causal truth"], drift=0.48)
    chosen = OccludeParams.of({"modes": ["non-causal"], "target": "truth", "seconds": 2.0})
    occlude_all(NeuralFiles(tmp_path), params, decoding.split_params(), chosen)
    assert seen == 3 * [Drift(60, "non-causal")]
    assert scores.latency == 10 + 30, "half a second of lags to both sides, and half of the stretch"


@pytest.mark.parametrize("text", ["ridge causal truth", "lstm causal truth"])
@pytest.mark.parametrize("tune_epochs", [0, 1])
def test_a_subject_is_decoded_by_what_was_learned_from_others(tmp_path, text, tune_epochs):
    scores = scored(tmp_path, text=text, tune_epochs=tune_epochs, kind="subject")
    assert min(scores.subjects.values()) > (0.45 if text.startswith("ridge") else 0.15)


def test_own_trials_are_not_in_the_training_of_others():
    session = decoding.session(kind="subject")
    joined = session.after([session, session])
    frames = len(session.signals)
    assert joined.parts["test"] == [(2 * frames + start, 2 * frames + end) for start, end in session.parts["test"]]
    assert max(end for _, end in joined.parts["train"]) <= 2 * frames
    assert np.array_equal(joined.signals[2 * frames:], session.signals)
    assert np.array_equal(joined.sound.view(3, -1)[1], session.sound)


def test_all_other_subjects_are_learned_from_and_not_the_own_one(tmp_path):
    places, divided = NeuralFiles(tmp_path), decoding.split_params(kind="subject")
    decoding.project(places, 0, 1, 2)
    infer_all(places, decoding.target_params(), divided)
    sessions = trainings._others(places, "toy1", "truth", divided, Drift(40, "causal"))
    assert len(sessions) == 2
    for session, seed in zip(sessions, (0, 2), strict=True):
        recording, _ = decoding.recording(seed=seed)
        assert session.split == divided.of_others(recording)
        assert session.drift == Drift(40, "causal")
        tested = np.zeros(recording.frames, bool)
        for start, end in session.parts["test"]:
            tested[start:end] = True
        assert np.array_equal(session.signals, session.electrodes.apply(session.drift.removed(recording.signals, tested)))


def test_a_single_subject_has_no_others(tmp_path):
    with pytest.raises(BadData, match="'toy' is the only subject; add another one"):
        scored(tmp_path, seeds=(0,), kind="subject")


def test_other_electrodes_are_rejected():
    session = decoding.session()
    few = replace(session, signals=session.signals[:, :5])
    with pytest.raises(BadData, match="5 electrodes and 12"):
        session.after([few])
