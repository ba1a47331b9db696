"""One real MOCHA utterance: compare the reader's result with known values."""

import numpy as np
import pytest
import soundfile

from artinv.core.channels import COIL_COLUMNS
from artinv.formats import est
from tests.support import corpora
from tests.support.recordings import MEANS, MOCHA, needed

pytestmark = needed


@pytest.fixture(scope="module")
def utterance():
    corpus = corpora.get("mocha")
    listing = corpus.find(MOCHA)
    assert [source.name for source in listing.sources] == ["fsew0_001"]
    return corpus.read(listing.sources[0])[0]


def test_mean_positions(utterance):
    for name, mean in MEANS.items():
        expected = -mean / 100 if name.endswith("_x") else mean / 100
        assert utterance.coils[:, COIL_COLUMNS.index(name)].mean() == pytest.approx(expected, abs=0.006), name


def test_coils_are_in_the_unified_frame(utterance):
    mean = dict(zip(COIL_COLUMNS, utterance.coils.mean(axis=0), strict=True))
    assert mean["ul_x"] > mean["tt_x"] > mean["tb_x"] > mean["td_x"] > mean["v_x"]
    assert mean["ul_y"] > mean["ll_y"]


def test_lengths_rates_and_labels(utterance):
    assert len(utterance.sound) == 35495
    assert utterance.sound_rate == 16000
    assert utterance.coils.shape == (966, 14)
    assert (utterance.coil_rate, utterance.coil_start) == (500.0, 0.0)
    assert utterance.phones[3].text == "dh"
    assert (utterance.phones[-1].start, utterance.phones[-1].end) == (1.67, 2.2)
    assert len(utterance.phones) == 18
    assert utterance.notes == ("no text, sentence known by number",)


def test_sound_equals_the_file(utterance):
    samples, _ = soundfile.read(MOCHA / "fsew0" / "fsew0_001.wav", dtype="int16")
    assert np.array_equal(np.rint(utterance.sound * 32768), samples)


def test_binary_and_ascii_agree(tmp_path):
    binary = est.read(MOCHA / "fsew0" / "fsew0_001.ema")
    table = np.loadtxt(MOCHA / "fsew0_001.ascii.txt")
    assert np.allclose(binary.values, table[:, 2:], atol=1e-3)
    assert np.allclose(binary.times, table[:, 0], atol=1e-6)
    content = (MOCHA / "fsew0" / "fsew0_001.ema").read_bytes()
    head = content[: content.index(b"EST_Header_End\n")].replace(b"DataType binary", b"DataType ascii") + b"EST_Header_End\n"
    (tmp_path / "a.ema").write_bytes(head + (MOCHA / "fsew0_001.ascii.txt").read_bytes())
    ascii_track = est.read(tmp_path / "a.ema")
    assert ascii_track.names == binary.names
    assert np.array_equal(ascii_track.values, binary.values)
