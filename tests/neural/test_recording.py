"""Contract of the readers: what is written is read, and each planted fault gives one line."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.__main__ import main
from artinv.neural import h5, nwb
from artinv.neural.recording import Recording, Trial, Truth, read
from artinv.runtime.errors import BadData
from tests.support import brains, damage
from tests.support.running import refused

FAULTS = [("h5", name) for name in brains.H5_FAULTS] + [("bids", name) for name in brains.NWB_FAULTS]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the content of a recording in both formats."""
    folder = tmp_path_factory.mktemp("whole")
    path = brains.write_h5(folder)
    subject = brains.write_bids(folder)
    return path, subject


@pytest.fixture
def planted(whole, tmp_path):
    """Return a function that copies a recording and plants a fault; it returns the copy and words of the message."""
    import shutil

    def plant(kind, name):
        source = whole[kind == "bids"]
        target = tmp_path / source.name
        (shutil.copytree if kind == "bids" else shutil.copy)(source, target)
        change, words = (brains.NWB_FAULTS if kind == "bids" else brains.H5_FAULTS)[name]
        change(target)
        return target, words
    return plant


@pytest.mark.parametrize(("kind", "name"), FAULTS)
def test_a_fault_gives_one_line_and_exit_code_2(kind, name, planted, capsys):
    path, words = planted(kind, name)
    with pytest.raises(BadData, match=r"; ") as fault:
        read(path)
    assert words in str(fault.value)
    line = refused(capsys, main, ["check", str(path)])
    assert words in line
    assert str(path) in line


def same(first, second):
    for name in ("signals", "sound", "places"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name), strict=True)
    for name in ("subject", "trials", "channels", "bad", "rate", "sound_rate"):
        assert getattr(first, name) == getattr(second, name)


def test_an_h5_file_is_read_back_equal_and_written_with_equal_bytes(tmp_path):
    before = brains.recording()
    path = brains.write_h5(tmp_path, before)
    same(read(path), before)
    content = path.read_bytes()
    h5.write(path, read(path))
    assert path.read_bytes() == content


def test_an_h5_file_has_the_keys_and_shapes_of_the_forerunner(tmp_path):
    import h5py

    before = brains.recording()
    with h5py.File(brains.write_h5(tmp_path, before)) as file:
        shapes = {key: file[key].shape for key in file if key.endswith("alldataset")}
        spectrum, level = file["wave_re_spec_amp_alldataset"][:], file["wave_re_spec_alldataset"][:]
        label, noise = file["label_alldataset"][0], file["noisesample_re_alldataset"][:]
    frames, count = before.signals.shape
    assert shapes == {
        "ecog_alldataset": (frames, count), "wave_re_alldataset": (frames * 128,), "label_alldataset": (9,),
        "start_ind_re_valid_alldataset": (9,), "end_ind_re_valid_alldataset": (9,), "wave_re_spec_alldataset": (frames, 256),
        "wave_re_spec_amp_alldataset": (frames, 256), "noisesample_re_alldataset": (25 * 128,)}
    assert label == b"dog"
    np.testing.assert_allclose(level, 20 * np.log10(np.maximum(spectrum, 1e-5)), rtol=1e-5)
    np.testing.assert_array_equal(noise, before.sound[-25 * 128:])


def test_the_spectrum_equals_a_slow_transform_around_each_frame():
    sound = brains.recording().sound[:128 * 12]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    padded = np.pad(sound, 256)
    slow = [np.abs(np.fft.rfft(padded[128 * k:128 * k + 512] * window))[:256] / window.sum() for k in range(12)]
    np.testing.assert_allclose(h5.spectrum(sound, 12), slow, atol=1e-6)


def test_a_file_of_the_forerunner_is_read_without_the_further_keys(tmp_path):
    """It has no names, places and rates; its sound can be a column, its text of variable length, its numbers float64."""
    import h5py

    rng, path = np.random.default_rng(0), tmp_path / "NY742.h5"
    with h5py.File(path, "w") as file:
        file["ecog_alldataset"] = rng.standard_normal((300, 64))
        file["wave_re_alldataset"] = rng.standard_normal((300 * 128 - 70, 1))
        file.create_dataset("label_alldataset", data=["Dog", "key"], dtype=h5py.string_dtype())
        file["start_ind_re_valid_alldataset"], file["end_ind_re_valid_alldataset"] = [150.0, 20.0], [250.0, 120.0]
    recording = read(path)
    assert recording.subject == "NY742"
    assert recording.trials == (Trial("key", 0, 20, 120), Trial("Dog", 0, 150, 250))
    assert (recording.signals.shape, len(recording.sound)) == ((299, 64), 299 * 128)
    assert recording.places[[0, 7, 8, 63]].tolist() == [[0, 0], [0, 7], [1, 0], [7, 7]]
    assert recording.channels[0] == "e000"


def test_a_bad_channel_without_numbers_becomes_0(tmp_path):
    path = brains.write_h5(tmp_path)
    brains.changed(path, h5.SIGNALS, brains.lost(1))
    signals = read(path).signals
    assert signals[7:9, 1].tolist() == [0, 0]
    np.testing.assert_array_equal(np.delete(signals, 1, 1), np.delete(brains.recording().signals, 1, 1))
    folder = brains.write_bids(tmp_path)
    brains.changed(brains.file_of(folder, "ieeg.nwb"), f"{nwb.BRAIN}/data", brains.lost(1))
    assert np.isfinite(read(folder).signals).all()


@pytest.mark.parametrize(("change", "fault"), [
    ({"signals": np.zeros((9, 2))}, "signals are not"), ({"sound": np.zeros((4, 1), np.float32)}, "sound is not"),
    ({"rate": 100.0}, "rates are not"), ({"channels": ("a", "a")}, "channels are not"), ({"bad": (2,)}, "bad names"),
    ({"places": np.zeros((3, 2))}, "places are not"), ({"trials": (Trial("a", 0, 0, 10),)}, "a trial ends after"),
    ({"trials": (Trial("a", 0, 0, 1), Trial("a", 0, 1, 2))}, "two trials are the same take"),
    ({"signals": np.full((9, 2), np.inf, np.float32)}, "signals hold"),
])
def test_a_record_rejects_wrong_content(change, fault):
    fields = {"subject": "S", "signals": np.zeros((9, 2), np.float32), "sound": np.zeros(9 * 128, np.float32), "trials": (),
              "places": None, "channels": ("a", "b")}
    Recording(**fields)
    with pytest.raises(BadData, match=f"recording 'S': {fault}"):
        Recording(**fields | change)


def test_a_trial_has_a_frame_and_a_truth_has_known_roles():
    with pytest.raises(BadData, match="a trial needs a frame"):
        Trial("dog", 0, 4, 4)
    with pytest.raises(BadData, match="wrong roles"):
        Truth(("tongue",), np.zeros((2, 18), np.float32), ())


@pytest.mark.parametrize("kind", ["h5", "bids"])
def test_damaged_bytes_are_read_or_rejected_on_one_line(kind, tmp_path):
    small = brains.recording(electrodes=3, count=3)
    if kind == "h5":
        path = target = brains.write_h5(tmp_path, small)
    else:
        target = brains.write_bids(tmp_path, small)
        path = brains.file_of(target, "_ieeg.nwb")
    for recording in damage.readings(path, path.read_bytes(), lambda _: read(target), 400):
        assert np.isfinite(recording.signals).all()


@pytest.mark.parametrize("name", ["absent.h5", "absent", "notes.txt"])
def test_a_path_that_is_no_recording_is_rejected(name, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadData, match="; name"):
        read(tmp_path / name)


def test_words_are_listed_once():
    recording = brains.recording()
    assert recording.words == ("boat", "dog", "key")
    assert replace(recording, trials=()).words == ()
