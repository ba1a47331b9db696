"""Own recordings are taken over beside simulated ones; a subject has one recording."""

import pytest

from artinv.neural import h5, inference
from artinv.neural.files import record_all, subjects
from artinv.neural.simulator import SimulateParams
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import BadData, BadParams
from tests.support import decoding


@pytest.fixture
def places(tmp_path):
    """Return a project with an own recording."""
    made = NeuralFiles(tmp_path)
    h5.write(made.own / "toy.h5", decoding.recording()[0])
    (made.own / ".gitignore").write_text("*")
    return made


def test_own_recordings_are_taken_over_beside_simulated_ones(places, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    lines = record_all(places, SimulateParams(subjects=["F01"], minutes=0.05, test_minutes=0.05, words=2))
    assert [line.split(" (")[0] for line in lines] == ["F01", "toy"]
    assert {own.recording.subject: own.origin for own in subjects(places)} == {"F01": "synthetic", "toy": "real"}


def test_an_own_recording_has_no_truth(places):
    record_all(places, SimulateParams(subjects=[]))
    with pytest.raises(BadParams, match="'toy' is not simulated"):
        inference.infer_all(places, decoding.target_params(), decoding.split_params())


def test_a_subject_has_one_recording(places):
    h5.write(places.own / "again.h5", decoding.recording()[0])
    with pytest.raises(BadData, match="'toy' has a recording already; rename one of them"):
        record_all(places, SimulateParams(subjects=[]))


def test_no_recording_at_all_is_reported(tmp_path):
    with pytest.raises(BadData, match="holds no recording, and simulate"):
        record_all(NeuralFiles(tmp_path), SimulateParams(subjects=[]))
    with pytest.raises(BadData, match="holds no recording; run `make neural`"):
        next(subjects(NeuralFiles(tmp_path)))
