"""Reader and writer of MVIEW recordings: golden structs, round trip, number types of the sound, and rejection of other files."""

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from artinv.core.records import Label
from artinv.formats import mview
from artinv.runtime.errors import BadData
from tests.support.damage import readings
from tests.support.native import structs

FIELDS = ["NAME", "SRATE", "SIGNAL"]
SOUND = np.array([-1, 0, 0.5, 0.25], np.float32)
TIP = np.arange(12, dtype=np.float32).reshape(2, 6)


def put(path, *elements, fields=FIELDS):
    savemat(path, {"a": structs(list(elements), fields)})
    return path


def audio(signal=SOUND[:, None], rate=16000.0):
    return {"NAME": "AUDIO", "SRATE": rate, "SIGNAL": signal}


def recording():
    sensors = {"TT": mview.Sensor(100.0, TIP), "EGG": mview.Sensor(16000.0, SOUND[:, None])}
    phones = Label("AH", 0.0, 0.05), Label("T", 0.05, 0.1)
    return mview.Recording(SOUND, 16000.0, sensors, "a test", phones, (Label("A", 0.0, 0.05),))


def equal(one, other):
    assert (one.sound_rate, one.text, one.phones, one.words) == (other.sound_rate, other.text, other.phones, other.words)
    np.testing.assert_array_equal(one.sound, other.sound)
    assert list(one.sensors) == list(other.sensors)
    for name, sensor in one.sensors.items():
        assert sensor.rate == other.sensors[name].rate
        np.testing.assert_array_equal(sensor.values, other.sensors[name].values)


def test_reads_elements_of_different_rate_and_length(tmp_path):
    got = mview.read(put(tmp_path / "a.mat", {"NAME": "tt ", "SRATE": np.uint8(100), "SIGNAL": TIP.astype(float)}, audio()))
    equal(got, mview.Recording(SOUND, 16000.0, {"TT": mview.Sensor(100.0, TIP)}))
    assert got.sensors["TT"].values.dtype == np.float32


@pytest.mark.parametrize("samples", [
    np.array([[-32768], [0], [16384], [8192]], np.int16), np.array([[-32768.0], [0], [16384], [8192]]), SOUND[:, None],
])
def test_sound_is_between_minus_one_and_one(tmp_path, samples):
    np.testing.assert_array_equal(mview.read(put(tmp_path / "a.mat", audio(samples))).sound, SOUND)


@pytest.mark.parametrize("peak", [1.01, 15.0])
def test_floats_beyond_one_keep_their_level(tmp_path, peak):
    loud = np.array([[0.5], [-peak]])
    np.testing.assert_array_equal(mview.read(put(tmp_path / "a.mat", audio(loud))).sound, loud[:, 0].astype(np.float32))


@pytest.mark.parametrize(("rate", "signal"), [
    (100.0, np.zeros((0, 0))), (100.0, "text"), (0.0, TIP), (np.inf, TIP), (np.nan, TIP), (np.zeros((0, 0)), TIP),
])
def test_an_element_without_rate_or_values_is_left_out(tmp_path, rate, signal):
    odd, tip = {"NAME": "PALATE", "SRATE": rate, "SIGNAL": signal}, {"NAME": "TT", "SRATE": 100.0, "SIGNAL": TIP}
    equal(mview.read(put(tmp_path / "a.mat", audio(), odd, tip)), mview.Recording(SOUND, 16000.0, {"TT": mview.Sensor(100.0, TIP)}))


def test_round_trip(tmp_path):
    mview.write(tmp_path / "a.mat", recording())
    equal(mview.read(tmp_path / "a.mat"), recording())
    bare = mview.Recording(SOUND, 16000.0, {})
    mview.write(tmp_path / "b.mat", bare)
    equal(mview.read(tmp_path / "b.mat"), bare)


def test_matlab_finds_one_variable_with_the_fields_of_the_native_files(tmp_path):
    mview.write(tmp_path / "take 3.mat", recording())
    content = loadmat(tmp_path / "take 3.mat")
    elements = content["take_3"]
    assert [name for name in content if not name.startswith("__")] == ["take_3"]
    assert elements.shape == (1, 3)
    assert elements.dtype.names == ("NAME", "SRATE", "SIGNAL", "SOURCE", "SENTENCE", "WORDS", "PHONES", "LABELS")
    assert [element["NAME"].item() for element in elements[0]] == ["AUDIO", "TT", "EGG"]
    assert elements[0, 0]["SIGNAL"].shape == (4, 1)
    mark = elements[0, 0]["LABELS"][0, 1]
    assert (mark["NAME"].item(), mark["OFFSET"].item(), mark["VALUE"].tolist()) == ("T", 50.0, [[50.0, 50.0]])


@pytest.mark.parametrize(("elements", "words"), [
    ([{"NAME": "TT", "SRATE": 100.0, "SIGNAL": TIP}], "has no element AUDIO"),
    ([audio(rate=0.0)], r"AUDIO\.SRATE is not a number above 0"),
    ([audio(rate=np.inf)], r"AUDIO\.SRATE is not a number above 0"),
    ([audio(np.zeros((0, 1)))], r"AUDIO\.SIGNAL does not hold"),
])
def test_reports_a_fault_in_one_line(tmp_path, elements, words):
    with pytest.raises(BadData, match=words) as caught:
        mview.read(put(tmp_path / "a.mat", *elements))
    assert str(caught.value).startswith(str(tmp_path / "a.mat"))
    assert "\n" not in str(caught.value)


def test_damaged_files_are_read_or_rejected_in_one_line(tmp_path):
    mview.write(tmp_path / "a.mat", recording())
    for got in readings(tmp_path / "b.mat", (tmp_path / "a.mat").read_bytes(), mview.read, 400):
        assert got.sound.dtype == np.float32
