"""Decoders learn a planted relation, reproducibly; windows cover all frames; a model file gives the same estimates."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from artinv.neural import training
from artinv.neural.choices import ScoreParams
from artinv.neural.correlation import Sums
from artinv.neural.model import KEY, NeuralModel
from artinv.neural.records import Recording
from artinv.neural.scores import score, summary
from artinv.neural.training import Choice, gather, windows
from artinv.runtime.errors import BadData, BadParams
from tests.support import decoding
from tests.support.networks import altered

SCORE = {"draws": 20, "shifts": 20, "sounds": 1, "seed": 0}


def pcc(model, made=None, session=None):
    own = score(model, made or decoding.recording()[0], session or decoding.session(), ScoreParams.of(SCORE | {"sounds": 0}))
    return float(np.mean(Sums(own.trials.sum(0)).pearson()))


@pytest.mark.parametrize(("text", "least"), [
    ("ridge causal truth", 0.5), ("ridge anticausal truth", 0.1), ("lstm causal truth", 0.2), ("tcn non-causal truth", 0.2),
])
def test_a_decoder_learns_what_is_planted(text, least):
    model, trained = decoding.trained(text, epochs=8)
    assert pcc(model) > least
    assert trained.best.valid < 1.2


@pytest.mark.parametrize("text", ["resnet non-causal truth", "swin causal truth"])
def test_a_decoder_of_a_grid_is_trained_to_follow_a_slow_source(text):
    made, session = decoding.slow_recording()
    params = decoding.train_params(epochs=12, batch=2, lr=0.003)
    model, trained = training.fit(Choice.of(text), made, session, params, decoding.decoder_params())
    assert pcc(model, made, session) > 0.75
    assert trained.best.valid < 0.8 * trained.curve[0].valid


def test_equal_seeds_give_equal_weights(tmp_path):
    made = [training.fit(Choice.of("lstm causal truth"), decoding.recording()[0], decoding.session(),
                         decoding.train_params(epochs=1, seed=seed), decoding.decoder_params())[0] for seed in (0, 0, 1)]
    for number, model in enumerate(made):
        model.save(tmp_path / f"{number}")
    first, second, third = ((tmp_path / f"{number}").read_bytes() for number in range(3))
    assert first == second != third


@given(st.integers(0, 50), st.integers(1, 400), st.integers(16, 100), st.integers(0, 5))
def test_windows_cover_each_frame_once(start, length, size, epoch):
    cut = sorted(own for own, _ in windows([(start, start + length)], size, (0, epoch)))
    assert [frame for first, last in cut for frame in range(first, last)] == list(range(start, start + length))
    assert all(last - first <= size for first, last in cut)


@pytest.mark.parametrize(("mode", "first", "last"), [("causal", 8, 64), ("anticausal", 0, 56), ("non-causal", 8, 56)])
def test_frames_near_a_cut_are_not_learned_from(mode, first, last):
    session, params = decoding.session(), decoding.train_params()
    signals, targets, known = gather(session, [((100, 164), (0, 300)), ((0, 40), (0, 40))], params, mode)
    assert (known.any(-1)[0].nonzero()[0].item(), known.any(-1)[0].nonzero()[-1].item() + 1) == (first, last)
    assert known[1, :40].all(), "the ends of a run are no cuts"
    assert not known[1, 40:].any()
    assert not signals[1, 40:].any()
    assert torch.equal(targets[0], session.targets[100:164])


def test_scores_hold_intervals_and_controls():
    model, _ = decoding.trained()
    own = score(model, decoding.recording()[0], decoding.session(), ScoreParams.of(SCORE))
    scores = summary({"toy": own}, ScoreParams.of(SCORE))
    assert scores.pcc.low <= scores.pcc.value <= scores.pcc.high
    assert scores.pcc.value > 0.5
    assert abs(scores.permuted) < 0.15
    assert abs(scores.phase_shuffled) < 0.4 < scores.pcc.value
    assert scores.p == pytest.approx(1 / 21)
    assert scores.sound is not None
    assert scores.latency == 0
    assert list(scores.subjects) == ["toy"]


def test_a_model_file_gives_the_same_estimates(tmp_path):
    for text in ("ridge causal truth", "tcn non-causal truth"):
        model, _ = decoding.trained(text)
        model.save(tmp_path / "model.safetensors")
        again = NeuralModel.load(tmp_path / "model.safetensors")
        signals = model.standardized(decoding.recording()[0])
        assert np.array_equal(again.decode(signals), model.decode(signals))
        assert (again.title, again.channels, again.provenance) == (model.title, model.channels, model.provenance)


def test_a_model_rejects_other_electrodes():
    recording, _ = decoding.recording()
    other = Recording("b", recording.signals[:, :5], recording.sound, recording.trials, None, recording.channels[:5])
    with pytest.raises(BadData, match="its 5 electrodes are not the 12 of the model"):
        decoding.trained()[0].check(other)


@pytest.mark.parametrize(("key", "value", "fault"), [
    ("decoder", "lsmt", "unknown decoder"), ("target", "mouth", "unknown target"), ("version", 1, "version 1"),
    ("mode", "sideways", "sideways"), ("channels", ["e0"], "do not fit"), ("names", ["a"], "do not fit"),
    ("sizes", {"lags": 99, "step": 1}, r"weights '.*\.weight' are \(18, 12, 6\), its metadata requires \(18, 12, 99\)"),
    ("places", [[0, 0]] * 12, "place of its own"),
])
def test_a_damaged_model_is_rejected(tmp_path, key, value, fault):
    path = tmp_path / "model.safetensors"
    decoding.trained()[0].save(path)
    altered(path, KEY, {key: value})
    with pytest.raises(BadData, match=f"is not a decoder of brain signals.*{fault}"):
        NeuralModel.load(path)


@pytest.mark.parametrize(("change", "fault"), [
    (lambda values: values.astype(np.float64), "not finite float32"), (lambda values: values * np.nan, "not finite float32"),
    (lambda values: values[1:], "do not fit"),
])
def test_damaged_statistics_of_a_model_are_rejected(tmp_path, change, fault):
    path = tmp_path / "model.safetensors"
    for name in ("electrode_mean", "target_mean", "target_std"):
        decoding.trained()[0].save(path)
        altered(path, KEY, tensors={name: change})
        with pytest.raises(BadData, match=f"is not a decoder of brain signals.*{fault}"):
            NeuralModel.load(path)


def test_files_that_are_no_model_are_rejected(tmp_path):
    (tmp_path / "text").write_text("no model")
    save_file({"a": np.zeros(2, np.float32)}, tmp_path / "other")
    for name in ("text", "other", "missing"):
        with pytest.raises(BadData, match="name another model"):
            NeuralModel.load(tmp_path / name)


@pytest.mark.parametrize(("text", "fault"), [
    ("lstm causal", "expected a decoder, a mode and a target"), ("lsmt causal truth", "did you mean 'lstm'"),
    ("lstm casual truth", "did you mean 'causal'"), ("lstm causal mouth", "unknown target 'mouth'"),
])
def test_unknown_runs_are_rejected(text, fault):
    with pytest.raises(BadParams, match=fault):
        decoding.train_params(runs=[text])
