"""From envelopes to targets, drift included: the declared latency holds bit by bit, and arriving signals give equal values."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.neural import decoders
from artinv.neural.choices import ScoreParams
from artinv.neural.correlation import Sums
from artinv.neural.decoder import MODES
from artinv.neural.drift import Drift
from artinv.neural.model import NeuralModel
from artinv.neural.scores import score
from artinv.neural.session import Session
from artinv.neural.streaming import ModelStream
from artinv.neural.training import Choice, fit
from artinv.runtime.errors import BadData
from tests.support import decoding

FRAMES = 400


def model(name, mode, latency=0):
    """Return a model that was hardly trained, on signals without the drift over 60 frames."""
    return decoding.trained(f"{name} {mode} truth", epochs=1, drift=0.48, latency=latency)[0]


def decoded(own, signals):
    recording = replace(decoding.shortened(FRAMES), signals=signals)
    return own.decode(own.standardized(recording))


@pytest.mark.parametrize("name", decoders.names())
@pytest.mark.parametrize("mode", MODES)
def test_no_bit_depends_on_signals_beyond_the_declared_latency(name, mode):
    own, latency, time = model(name, mode, latency=5), 5, 250
    signals = decoding.shortened(FRAMES).signals
    other, hidden = signals.copy(), slice(None, time) if mode == "anticausal" else slice(time, None)
    other[hidden] *= 1.5
    same = (decoded(own, signals) == decoded(own, other)).all(1)
    assert own.drift.frames == 60
    if mode == "non-causal":
        assert own.latency is None or own.latency == own.weights.latency + 30
        latency = own.latency
    if latency is None:
        assert not same[:time].all()
    elif mode == "anticausal":
        assert same[time + latency:].all()
    else:
        assert same[:time - latency].all()
    assert not same.all()


@pytest.mark.parametrize("name", decoders.names())
@pytest.mark.parametrize("latency", [0, 7])
def test_envelopes_that_arrive_are_decoded_like_the_whole_recording(name, latency):
    own = model(name, "causal", latency)
    recording = replace(decoding.shortened(FRAMES), bad=(2,))
    stream = ModelStream(own, bad=(2,))
    pieces = np.split(recording.signals, [1, 3, 3, 40, 250])
    joined = np.concatenate([*(stream.push(piece) for piece in pieces), stream.close()])
    whole = own.decode(own.standardized(recording))
    assert joined.shape == whole.shape
    np.testing.assert_allclose(joined, whole, atol=1e-4 * np.abs(whole).max())


def test_without_drift_a_causal_model_streams_too():
    own = decoding.trained()[0]
    assert (own.drift_frames, own.drift.mode) == (0, "causal")
    signals = decoding.shortened(FRAMES).signals
    np.testing.assert_allclose(ModelStream(own).push(signals), decoded(own, signals), atol=1e-4)


@pytest.mark.parametrize(("change", "bad", "fault"), [
    (lambda values: values[:, :1], (), r"\(400, 1\): expected a column for each of 12 electrodes"),
    (lambda values: values * np.where(np.arange(12) == 3, np.nan, 1), (), "electrode e3 hold values that are not numbers"),
    (lambda values: values * np.where(np.arange(12) == 3, np.inf, 1), (2,), "electrode e3"),
])
def test_envelopes_that_would_stay_in_the_drift_are_rejected(change, bad, fault):
    stream = ModelStream(model("tcn", "causal"), bad)
    with pytest.raises(BadData, match=fault):
        stream.push(change(decoding.shortened(FRAMES).signals))


def test_a_bad_electrode_may_hold_anything():
    own, signals = model("tcn", "causal"), decoding.shortened(FRAMES).signals
    lost = signals.copy()
    lost[50:60, 2] = np.nan
    assert np.array_equal(ModelStream(own, (2,)).push(lost), ModelStream(own, (2,)).push(signals))


def test_a_session_of_another_mode_is_not_learned_from():
    made, split = decoding.recording()[0], decoding.split_params()
    session = Session.of(made, decoding.truth_target(), split.divide(made), Drift(60, "non-causal"))
    with pytest.raises(ValueError, match="for a decoder that is non-causal, not causal"):
        fit(Choice.of("ridge causal truth"), made, session, decoding.train_params(), decoding.decoder_params())


def test_a_model_file_keeps_the_drift(tmp_path):
    own = model("tcn", "causal")
    own.save(tmp_path / "model.safetensors")
    again = NeuralModel.load(tmp_path / "model.safetensors")
    assert again.drift == own.drift
    signals = decoding.shortened(FRAMES).signals
    assert np.array_equal(decoded(again, signals), decoded(own, signals))


def test_drift_in_the_signals_harms_a_decoder_that_does_not_subtract_it():
    made, _ = decoding.recording()
    rng = np.random.default_rng(0)
    slow = np.cumsum(rng.standard_normal(made.signals.shape), 0) * 0.15
    drifting = replace(made, signals=(made.signals + slow).astype(np.float32))
    choice, split, pcc = Choice.of("ridge causal truth"), decoding.split_params().divide(drifting), {}
    for seconds in (0.0, 2.0):
        params = decoding.train_params(drift=seconds)
        session = Session.of(drifting, decoding.truth_target(), split, params.drift_of("causal"))
        own, _ = fit(choice, drifting, session, params, decoding.decoder_params())
        scores = score(own, drifting, session, ScoreParams.of({"draws": 20, "shifts": 20, "sounds": 0, "seed": 0}))
        pcc[seconds] = float(np.mean(Sums(scores.trials.sum(0)).pearson()))
    assert pcc[2.0] > pcc[0.0] + 0.05
