"""Test the frames of the synthetic population: the evidence beside the acoustics."""

import numpy as np
import pytest

from artinv.core import random_draws, store
from artinv.core.records import Frames, Label, Utterance
from artinv.phones import evidence
from artinv.phones.population import PopulationFeatureParams, augmented_frames, shaken, write_frames
from artinv.runtime.errors import BadParams
from artinv.synth.corpus.population import PopulationParams, write_population
from tests.support import toy_recognizer
from tools.deps import CHOICES


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    write_population(folder, PopulationParams.load(CHOICES).model_copy(update={"speakers": 1, "sentences": 1}), workers=1)
    return folder


def choices(*kinds, shake=0.0):
    params = PopulationFeatureParams.load(CHOICES)
    return params.model_copy(update={"phones": params.phones.model_copy(update={"kinds": kinds, "shake": shake})})


def test_evidence_stands_beside_the_same_acoustics(people, monkeypatch):
    toy_recognizer.install(monkeypatch)
    (utterance,) = store.read(people, Utterance)
    (bare,), (timed,), (both,) = (
        augmented_frames(utterance, choices(*kinds)) for kinds in ((), ("timed",), ("recognized", "timed")))
    acoustics, width = bare.acoustics.shape[1], evidence.WIDTH
    assert both.acoustics.shape == (len(bare.acoustics), acoustics + 2 * width)
    assert np.array_equal(both.acoustics[:, :acoustics], bare.acoustics)
    assert np.array_equal(both.acoustics[:, acoustics + width:], timed.acoustics[:, acoustics:])
    assert np.array_equal(both.motion, bare.motion)
    share = timed.acoustics[:, acoustics:] / evidence.GAIN
    assert share.min() >= 0
    assert share.max() < 1 + 1e-6


def test_the_same_folder_is_written_again(people, tmp_path):
    for name in ("a", "b"):
        write_frames(people, tmp_path / name, choices("timed", shake=0.012), workers=1)
    files = [sorted((tmp_path / name).iterdir()) for name in ("a", "b")]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    assert len(list(store.read(tmp_path / "a", Frames))) == 1


def test_errors_of_boundaries_move_neighbours_together():
    labels = (Label("s", 0.1, 0.2), Label("iy", 0.2, 0.4), Label("z", 0.5, 0.6))
    rng = random_draws.rng("test")
    found = shaken(labels, 0.01, rng, start=0.05)
    assert found[0].end == found[1].start
    assert [label.text for label in found] == ["s", "iy", "z"]
    assert all(label.start <= label.end for label in found)
    exact = shaken(labels, 0.0, rng, start=0.1)
    assert np.allclose([(label.start, label.end) for label in exact], [(0, 0.1), (0.1, 0.3), (0.4, 0.5)])
    times = np.array([shaken(labels, 0.01, rng)[2].start - 0.5 for _ in range(400)])
    assert abs(times.std() - 0.01) < 0.001


def test_a_missing_recognizer_is_named(people, tmp_path, monkeypatch):
    toy_recognizer.uninstall(monkeypatch)
    with pytest.raises(BadParams, match=r"sim2real.features.phones.kinds: needs the recognizer pocketsphinx; `pip install"):
        write_frames(people, tmp_path, choices("recognized"), workers=1)
    with pytest.raises(BadParams, match="list each kind once, in the order recognized, timed"):
        PopulationFeatureParams.of(choices().model_dump() | {"phones": {"kinds": ["timed", "recognized"], "shake": 0.0}})


def test_labels_count_from_the_start_of_the_frames(people):
    (utterance,) = store.read(people, Utterance)
    params = choices("timed").model_copy(update={"margin": (0.0, 0.0)})
    steady = params.augmentation.model_copy(update={"speed": 0.0})
    (frames,) = augmented_frames(utterance, params.model_copy(update={"augmentation": steady}))
    first = next(label for label in utterance.phones if label.text != "sil")
    rows = frames.acoustics[:, -evidence.WIDTH:] / evidence.GAIN
    expected = evidence.from_labels([Label(first.text, 0.0, 0.02)], 1, 50.0)[0] > 0
    middle = round((first.end - first.start) / 2 * params.rate)
    assert np.array_equal(rows[middle] > 0.5, expected)


def test_frames_that_fall_between_samples_are_rejected():
    values = PopulationFeatureParams.load(CHOICES).model_dump()
    with pytest.raises(BadParams, match="rate must divide 16000 so that frames fall on samples"):
        PopulationFeatureParams.of(values | {"rate": 60.0})
