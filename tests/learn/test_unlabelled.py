"""Test adaptation to sound alone: what is learned from whom, what stays, and equal bytes."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from artinv.learn import models, unlabelled
from artinv.learn.export import graph_of
from artinv.learn.models.ensemble import Ensemble, Sizes
from artinv.learn.unlabelled import PIECE, _pieces, _views, adapt_to_sound, check
from artinv.measure import metrics
from artinv.phones import evidence
from artinv.phones.evidence import Heard
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadParams
from tests.support.inverters import SIZES, inverter

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(unlabelled, "STEPS", 3)


@pytest.fixture
def _longer(monkeypatch):
    monkeypatch.setattr(unlabelled, "STEPS", 60)


def several(count=2):
    """Return a model that averages networks with different weights."""
    single = inverter(phones=True)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        sizes = models.get("bilstm").Sizes.of(SIZES)
        members = [models.build("bilstm", sizes, single.n_in, single.rate) for _ in range(count)]
    network = Ensemble(members).eval()
    changes = {"model": "ensemble", "sizes": Sizes(member="bilstm", sizes=SIZES, count=count), "network": network}
    return type(single)(**{name: getattr(single, name) for name in single.__dataclass_fields__} | changes)


def speech(count=9, frames=80, seed=0):
    """Return recordings whose phones can be told from their acoustics."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        phones = np.zeros((frames, evidence.WIDTH), np.float32)
        phones[np.arange(frames), np.repeat(rng.integers(0, 6, frames // 8), 8)] = evidence.GAIN
        acoustics = 0.3 * rng.standard_normal((frames, 26)).astype(np.float32)
        acoustics[:, :6] += phones[:, :6]
        made.append(Heard(acoustics, phones, phones))
    return made


def weights(model):
    return torch.nn.utils.parameters_to_vector(model.network.parameters()).detach().numpy()


@pytest.mark.usefixtures("_longer")
def test_the_sound_alone_learns_to_follow_the_motion_with_phones():
    found = adapt_to_sound(inverter(phones=True), speech())
    assert found.after > found.before + 0.1
    others = speech(4, seed=1)
    targets = [evidence.predicted(inverter(phones=True).predict, one.acoustics, one.phones) for one in others]
    before, after = (
        np.mean([metrics.pearson(target, model.predict(evidence.joined(one.acoustics, None)))
                 for one, target in zip(others, targets, strict=True)]) for model in (inverter(phones=True), found.inverter)
    )
    assert after > before + 0.1


@pytest.mark.usefixtures("_longer")
def test_the_words_teach_if_they_are_known():
    heard = speech()
    swapped = [Heard(one.acoustics, one.recognized, np.roll(one.phones, 1, axis=1)) for one in heard]
    plain, taught = (adapt_to_sound(inverter(phones=True), recordings).inverter for recordings in (heard, swapped))
    one = speech(1, seed=1)[0]
    known = evidence.predicted(inverter(phones=True).predict, one.acoustics, np.roll(one.phones, 1, axis=1))
    errors = [np.square(model.predict(evidence.joined(one.acoustics, None)) - known).mean() for model in (plain, taught)]
    assert errors[1] < errors[0]


def test_all_but_the_network_stays_and_the_origin_is_stated():
    before = several()
    kept = weights(before).copy()
    after = adapt_to_sound(before, speech(), description="9 recordings", workers=1).inverter
    assert np.array_equal(weights(before), kept)
    assert not np.allclose(weights(after), kept)
    assert after.provenance == before.provenance | {"adapted_to": "9 recordings"}
    for name in ("statistics", "evidence", "features", "rate", "n_in", "sizes", "model"):
        assert getattr(after, name) is getattr(before, name)


def test_equal_recordings_give_equal_bytes_with_any_number_of_workers():
    one, two = (graph_of(adapt_to_sound(several(), speech(), workers=workers).inverter) for workers in (1, 2))
    assert one == two
    assert graph_of(adapt_to_sound(several(), speech(), seed=5, workers=1).inverter) != one


@pytest.mark.parametrize(("frames", "lengths"), [(960, [320, 320, 320]), (401, [201, 200]), (400, [400])])
def test_a_long_recording_is_divided_and_no_frame_is_lost(frames, lengths):
    recording, model = speech(1, frames=8 * (frames // 8 + 1))[0], inverter(phones=True)
    recording = Heard(*(values[:frames] for values in (recording.acoustics, recording.recognized, recording.phones)))
    pieces = _pieces(model, recording)
    assert [len(motion) for _, motion in pieces] == lengths
    assert max(lengths) <= PIECE
    whole = evidence.predicted(model.predict, recording.acoustics, recording.phones)
    assert np.array_equal(np.concatenate([motion for _, motion in pieces]), whole)
    for name in ("acoustics", "recognized", "phones"):
        assert np.array_equal(np.concatenate([getattr(heard, name) for heard, _ in pieces]), getattr(recording, name))


def test_a_piece_is_seen_with_recognized_phones_and_without():
    heard, target = speech(1)[0], np.ones((80, 18), np.float32)
    alone, recognized = _views((Heard(heard.acoustics, heard.recognized, np.zeros_like(heard.phones)), target), 3, 50.0)
    assert np.array_equal(alone.acoustics, np.hstack([heard.acoustics, np.zeros_like(heard.phones)]))
    assert np.array_equal(recognized.acoustics, np.hstack([heard.acoustics, heard.recognized]))
    assert np.array_equal(alone.motion, target)
    assert alone.id != recognized.id


@pytest.mark.usefixtures("_longer")
def test_one_long_recording_suffices():
    found = adapt_to_sound(inverter(phones=True), speech(1, frames=800))
    assert found.after > found.before


@pytest.mark.usefixtures("_longer")
def test_the_number_of_epochs_follows_from_the_steps(monkeypatch):
    epochs = []

    def train(params, *_, start):
        epochs.append(params.epochs)
        return SimpleNamespace(network=start)

    monkeypatch.setattr(unlabelled, "train", train)
    adapt_to_sound(inverter(phones=True), speech(9, frames=400))  # 7 pieces, twice: 5,600 frames
    monkeypatch.setattr(unlabelled, "STEPS", 1)
    adapt_to_sound(inverter(phones=True), speech(9, frames=400))
    assert epochs == [round(60 * 2000 / 5600), 1]


def test_a_second_adaptation_states_the_first():
    once = adapt_to_sound(inverter(phones=True), speech(), description="mine").inverter
    assert adapt_to_sound(once, speech(), description="yours").inverter.provenance["adapted_to"] == "mine; yours"


@pytest.mark.parametrize("choices", [{}, {"phones": True, "source": "labels"}, {"phones": True, "source": "recognized"}])
def test_a_model_that_does_not_infer_both_ways_is_refused(choices):
    model = Predictor.of(graph_of(inverter(**choices)), "a.onnx")
    with pytest.raises(BadParams, match=r"^a\.onnx: does not infer with phones as well as without; use the model that"):
        check(model.facts, "a.onnx")
    check(Predictor.of(graph_of(inverter(phones=True)), "a.onnx").facts, "a.onnx")
