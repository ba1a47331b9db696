"""Test adaptation to sound alone: what is learned from whom, what stays, and equal bytes."""

import numpy as np
import pytest
import torch

from artinv.learn import models
from artinv.learn.export import graph_of
from artinv.learn.models.ensemble import Ensemble, Sizes
from artinv.learn.unlabelled import _views, adapt
from artinv.measure import metrics
from artinv.phones import evidence
from artinv.phones.evidence import Heard
from artinv.runtime.errors import BadData, BadParams
from tests.support.inverters import SIZES, inverter

STEPS = 60

pytestmark = pytest.mark.usefixtures("one_thread")


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
    for number in range(count):
        phones = np.zeros((frames, evidence.WIDTH), np.float32)
        phones[np.arange(frames), np.repeat(rng.integers(0, 6, frames // 8), 8)] = evidence.GAIN
        acoustics = 0.3 * rng.standard_normal((frames, 26)).astype(np.float32)
        acoustics[:, :6] += phones[:, :6]
        made.append(Heard(f"s{number}", acoustics, phones, phones))
    return made


def weights(model):
    return torch.nn.utils.parameters_to_vector(model.network.parameters()).detach().numpy()


def test_the_sound_alone_learns_to_follow_the_motion_with_phones():
    found = adapt(inverter(phones=True), speech(), steps=STEPS)
    assert found.kept_out == 2
    assert found.after > found.before + 0.1
    others = speech(4, seed=1)
    targets = [evidence.predicted(inverter(phones=True).predict, one.acoustics, one.phones) for one in others]
    before, after = (
        np.mean([metrics.pearson(target, model.predict(evidence.joined(one.acoustics, None)))
                 for one, target in zip(others, targets, strict=True)]) for model in (inverter(phones=True), found.inverter)
    )
    assert after > before + 0.1


def test_the_words_teach_if_they_are_known():
    heard = speech()
    swapped = [Heard(one.name, one.acoustics, one.recognized, np.roll(one.phones, 1, axis=1)) for one in heard]
    plain, taught = (adapt(inverter(phones=True), recordings, steps=STEPS).inverter for recordings in (heard, swapped))
    one = speech(1, seed=1)[0]
    known = evidence.predicted(inverter(phones=True).predict, one.acoustics, np.roll(one.phones, 1, axis=1))
    errors = [np.square(model.predict(evidence.joined(one.acoustics, None)) - known).mean() for model in (plain, taught)]
    assert errors[1] < errors[0]


def test_all_but_the_network_stays_and_the_origin_is_stated():
    before = several()
    kept = weights(before).copy()
    after = adapt(before, speech(), adapted_to="9 recordings", steps=3, workers=1).inverter
    assert np.array_equal(weights(before), kept)
    assert not np.allclose(weights(after), kept)
    assert after.provenance == before.provenance | {"adapted_to": "9 recordings"}
    for name in ("statistics", "evidence", "features", "rate", "n_in", "sizes", "model"):
        assert getattr(after, name) is getattr(before, name)


def test_equal_recordings_give_equal_bytes_with_any_number_of_workers():
    one, two = (graph_of(adapt(several(), speech(), steps=3, workers=workers).inverter) for workers in (1, 2))
    assert one == two
    assert graph_of(adapt(several(), speech(), steps=3, seed=5, workers=1).inverter) != one


def test_a_long_recording_is_cut_and_no_frame_is_lost():
    one = speech(1, frames=960)[0]
    target = np.arange(960 * 18, dtype=np.float32).reshape(960, 18)
    views = _views(one, target, inverter(phones=True))
    assert [len(view.acoustics) for view in views] == [400, 400, 400, 400, 160, 160]
    for first, phones in ((0, np.zeros_like(one.phones)), (1, one.recognized)):
        assert np.array_equal(np.concatenate([view.motion for view in views[first::2]]), target)
        whole = np.concatenate([view.acoustics for view in views[first::2]])
        assert np.array_equal(whole, np.hstack([one.acoustics, phones]))


@pytest.mark.parametrize("choices", [{}, {"phones": True, "source": "labels"}])
def test_a_model_that_cannot_teach_itself_is_refused(choices):
    with pytest.raises(BadParams, match=r"^model: 'bilstm' does not infer with and without phones; use the model"):
        adapt(inverter(**choices), speech())


def test_one_recording_is_refused():
    with pytest.raises(BadData, match=r"^1 recordings of speech; give at least two, one of which is kept out$"):
        adapt(inverter(phones=True), speech(1))
