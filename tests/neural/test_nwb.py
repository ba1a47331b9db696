"""BIDS-iEEG with NWB: round trip, and exchange with pynwb, h5py and scipy in both directions."""

import datetime as dt
import warnings

import h5py
import numpy as np
import pytest
import soxr

from artinv.core.records import Label
from artinv.neural import bids, nwb
from artinv.neural.highgamma import envelopes
from artinv.neural.recording import read
from artinv.neural.records import Trial
from artinv.runtime.errors import BadData
from tests.support import brains

pynwb = pytest.importorskip("pynwb")


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    return brains.write_bids(tmp_path_factory.mktemp("bids"))


def contents(path):
    """Return what pynwb reads: arrays, rates and scale of the acquisitions."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No cached namespaces found")
        with pynwb.NWBHDF5IO(path, "r") as io:
            series = io.read().acquisition
            return {name: (item.data[:], item.rate, item.conversion) for name, item in series.items()}


@pytest.mark.parametrize("rate", [1000, 1024, 2000])
def test_a_recording_is_read_back(rate, tmp_path):
    before = brains.recording()
    recorded = read(brains.write_bids(tmp_path, before, rate))
    _, voltage = brains.session(before, rate)
    np.testing.assert_array_equal(recorded.sound, before.sound)
    np.testing.assert_array_equal(recorded.places, before.places)
    assert (recorded.subject, recorded.trials) == (before.subject, before.trials)
    assert (recorded.channels, recorded.bad) == (before.channels, before.bad)
    expected = envelopes([(voltage * 1e-7).astype(np.float32)], rate, 6, 50) * np.float32(1e6)
    np.testing.assert_array_equal(recorded.signals, expected)
    np.testing.assert_allclose(recorded.signals[80:-80], 20, rtol=0.12)


def test_equal_sessions_give_equal_bytes_whatever_the_blocks(tmp_path):
    session, voltage = brains.session()
    first = nwb.write(tmp_path / "a", session, [voltage])
    second = nwb.write(tmp_path / "b", session, np.array_split(voltage, 7))
    for path in sorted(first.glob("ieeg/*")):
        assert path.read_bytes() == (second / "ieeg" / path.name).read_bytes(), path.name


def test_pynwb_reads_what_is_written(subject):
    session, voltage = brains.session()
    found = contents(brains.file_of(subject, "ieeg.nwb"))
    np.testing.assert_array_equal(found["iEEG"][0], voltage, strict=True)
    np.testing.assert_array_equal(found["Audio"][0], session.sound, strict=True)
    assert [found[name][1] for name in ("iEEG", "Audio", "Stimulus")] == [1000, 16000, 1000]
    assert found["iEEG"][2] == 1e-7
    words = np.array(found["Stimulus"][0], dtype=str)
    assert words[round(session.words[4].start * 1000)] == session.words[4].text
    assert sorted(set(words)) == ["", *sorted(brains.WORDS)]


def test_h5py_alone_reads_what_is_written(subject):
    _, voltage = brains.session()
    with h5py.File(brains.file_of(subject, "ieeg.nwb")) as file:
        np.testing.assert_array_equal(file["acquisition/iEEG/data"][:], voltage, strict=True)
        assert file.attrs["neurodata_type"] == "NWBFile"


def write_by_pynwb(folder, voltage, sound, words, *, stamps=False):
    """Write a subject as the published data set has it: float voltage, sound at 48 kHz, a word at each sample."""
    file = pynwb.NWBFile("words", "sub-07", dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    timing = {"timestamps": np.arange(len(voltage)) / 1024 + 3} if stamps else {"rate": 1024.0}
    file.add_acquisition(pynwb.TimeSeries(name="iEEG", data=voltage, unit="V", **timing))
    file.add_acquisition(pynwb.TimeSeries(name="Audio", data=sound, unit="a.u.", rate=48000.0))
    if words is not None:
        file.add_acquisition(pynwb.TimeSeries(name="Stimulus", data=np.array(words, dtype=object), unit="a.u.", rate=1024.0))
    target = folder / "sub-07/ieeg"
    target.mkdir(parents=True)
    with pynwb.NWBHDF5IO(target / "sub-07_task-wordProduction_ieeg.nwb", "w") as io:
        io.write(file)
    (target / "sub-07_task-wordProduction_channels.tsv").write_text("name\ttype\nLA1\tSEEG\nMKR1\tTRIG\nLA2\tSEEG\n")
    return folder / "sub-07"


@pytest.mark.parametrize("stamps", [False, True])
def test_what_pynwb_writes_is_read(stamps, tmp_path):
    rng = np.random.default_rng(0)
    voltage = 1e-5 * rng.standard_normal((4096, 3))
    sound = rng.integers(-9000, 9000, 4 * 48000).astype(np.int16)
    words = [""] * 1024 + ["één"] * 1024 + [""] * 512 + ["één"] * 1024 + [""] * 512
    recorded = read(write_by_pynwb(tmp_path, voltage, sound, words, stamps=stamps))
    assert recorded.channels == ("LA1", "LA2")
    assert recorded.trials == (Trial("één", 0, 125, 250), Trial("één", 1, 312, 438))
    assert (recorded.places, recorded.subject, recorded.frames) == (None, "07", 500)
    expected = envelopes([voltage[:, [0, 2]].astype(np.float32)], 1024, 2, 50) * np.float32(1e6)
    np.testing.assert_allclose(recorded.signals, expected, rtol=1e-6)
    slow = soxr.resample(sound / 32768, 48000, 16000)
    np.testing.assert_allclose(recorded.sound, slow, atol=1e-4)


def test_words_of_the_table_of_events_are_read_where_the_stimulus_is_missing(tmp_path):
    folder = write_by_pynwb(tmp_path, np.ones((4096, 3)), np.zeros(4 * 48000), None)
    table = folder / "ieeg/sub-07_task-wordProduction_events.tsv"
    table.write_text("onset\tduration\tvalue\n1.0\t0.5\tdog\n1.6\t0.1\tn/a\n2.0\t0.5\tdog\n")
    assert read(folder).trials == (Trial("dog", 0, 125, 188), Trial("dog", 1, 250, 312))


def test_loud_sound_is_scaled_into_its_range(tmp_path):
    folder = write_by_pynwb(tmp_path, np.ones((4096, 3)), 50 * np.sin(np.arange(4 * 48000) / 9), ["dog"] * 4096)
    assert 0.9 < np.abs(read(folder).sound).max() <= 1


@pytest.mark.parametrize("place", ["", "ieeg", ".."])
def test_a_subject_is_found_from_its_folder_its_files_or_a_data_set_with_one_subject(place, subject):
    assert read(subject / place).subject == "S1"


def test_a_data_set_with_two_subjects_asks_for_one(tmp_path):
    for name in ("S1", "S-2"):
        session, voltage = brains.session(subject=name)
        nwb.write(tmp_path, session, [voltage])
    bids.write_data_set(tmp_path, ["S1", "S-2"])
    assert bids.read_table(tmp_path / "participants.tsv", ("participant_id",))[1]["participant_id"] == "sub-S2"
    with pytest.raises(Exception, match=r"holds 2 recordings; name the folder of one, such as .*sub-S1"):
        read(tmp_path)


def test_a_folder_without_a_recording_is_rejected(tmp_path):
    with pytest.raises(BadData, match=r"holds no .*_ieeg\.nwb; name the folder of a subject"):
        bids.recording_file(tmp_path)
    with pytest.raises(BadData, match="absent: is no folder; name the folder of a subject, such as sub-01"):
        bids.recording_file(tmp_path / "absent")


@pytest.mark.parametrize(("line", "stored"), [(50.0, 50.0), (60.0, 60.0), (0.0, 0.0), (10.5, 10.5)])
def test_the_line_frequency_is_stored_and_read(line, stored, tmp_path):
    session, voltage = brains.session(line=line)
    folder = nwb.write(tmp_path, session, [voltage])
    assert bids.line_frequency(brains.file_of(folder, "ieeg.nwb")) == stored


def test_the_line_frequency_is_50_hz_without_its_file(tmp_path):
    assert bids.line_frequency(tmp_path / "sub-1_task-a_ieeg.nwb") == 50


def test_words_keep_their_spelling(tmp_path):
    session, voltage = brains.session(words=(Label("naïve mot", 0.2, 0.6),))
    assert [trial.word for trial in read(nwb.write(tmp_path, session, [voltage])).trials] == ["naïve mot"]
