"""Training on small sessions: it learns, equal input gives equal bytes, and validation speakers are left out."""

import numpy as np
import pytest

from artinv.live.network import SizeParams
from artinv.live.training import fit, population, sequences, typical_of
from artinv.runtime.errors import BadParams
from tests.support.live import FRONT, TRAINING, session, sessions

pytestmark = pytest.mark.usefixtures("one_thread")

@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sessions(tmp_path_factory.mktemp("frames"), 6)


def test_the_last_speakers_validate_and_statistics_are_those_of_the_others(folder):
    people = population(folder, FRONT, TRAINING)
    assert {frames.speaker for frames in people.valid} == {"F03"}
    assert {frames.speaker for frames in people.training} == {"F01", "M02"}
    own = [np.concatenate([session(name, number).motion for number in range(6)]) for name in ("F01", "M02")]
    assert people.mean == pytest.approx(np.mean([np.nanmean(motion, axis=0) for motion in own], axis=0), abs=1e-4)
    assert people.std == pytest.approx(np.mean([np.nanstd(motion, axis=0) for motion in own], axis=0), abs=1e-4)
    motion = np.concatenate([frames.motion for frames in people.valid])
    assert np.nanstd(motion, axis=0) == pytest.approx(1, abs=1e-3)


def test_sequences_divide_a_session_between_its_sentences():
    whole = session("F01", 0)
    parts = sequences(whole, 2)
    assert [len(part.acoustics) for part in parts] == [95, 55]
    assert np.array_equal(np.concatenate([part.acoustics for part in parts]), whole.acoustics)
    assert [len(part.acoustics) for part in sequences(whole, 5)] == [150]


def test_typical_statistics_are_those_of_the_loud_frames():
    spectrum = np.full((200, 40), -90.0)
    spectrum[::2] = np.linspace(0, -20, 40)
    typical = typical_of([spectrum], FRONT)
    assert typical.peak == 0
    assert typical.variance.max() < 1
    assert typical.mean[0] == pytest.approx(-10 * np.sqrt(40), abs=3)


def test_training_learns_and_equal_input_gives_equal_bytes(folder):
    people = population(folder, FRONT, TRAINING)
    model, trained = fit(people, FRONT, TRAINING)
    again, _ = fit(people, FRONT, TRAINING)
    assert model.to_bytes() == again.to_bytes()
    assert trained.curve[-1].valid < 0.92 * trained.curve[0].valid
    assert (model.margin > 0).all()
    assert model.facts.provenance == {"origin": "synthetic", "seed": "0"}
    other, _ = fit(people, FRONT, TRAINING.model_copy(update={"seed": 1, "epochs": 1}))
    assert other.to_bytes() != model.to_bytes()


def test_intervals_contain_the_stated_share_on_the_validation_speakers(folder):
    people = population(folder, FRONT, TRAINING)
    model, _ = fit(people, FRONT, TRAINING.model_copy(update={"sizes": SizeParams.of(TRAINING.sizes.model_dump() | {"width": 6})}))
    network = model.network()
    errors = []
    for frames in people.valid:
        network = model.network()
        motion = np.concatenate([network.add(frames.acoustics), network.end()])
        errors.append(np.abs(motion - frames.motion)[10:])
    inside = np.concatenate(errors) <= model.margin / model.std
    assert inside.mean(axis=0) == pytest.approx(0.9, abs=0.01)


def test_too_few_speakers_are_reported(folder):
    with pytest.raises(BadParams, match="3 of 3 speakers leave none for training"):
        population(folder, FRONT, TRAINING.model_copy(update={"valid_speakers": 3}))
