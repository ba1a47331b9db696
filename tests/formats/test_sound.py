"""Reading and writing sound files, resampling and interpolation of coils, tested with closed forms and hand-made files."""

import resource

import numpy as np
import pytest
import soundfile

from artinv.formats import sound
from artinv.runtime.errors import BadData
from tests.support import toys


def test_16_bit_values_survive_conversion_and_back():
    values = np.arange(-32768, 32768)
    np.testing.assert_array_equal(sound.to_int16((values / 32768).astype(np.float32)), values)
    assert sound.to_int16(np.float32([-1.5, 1.0, 1.5])).tolist() == [-32768, 32767, 32767]


@pytest.mark.parametrize("header", ["NIST", "WAV"])
def test_reads_wav_and_nist_and_rejects_truncated_files(tmp_path, header):
    samples = (np.random.default_rng(0).normal(0, 0.1, 4000) * 32768).astype(np.int16)
    sound.write(tmp_path / "a.wav", samples, 16000, header)
    assert np.array_equal(sound.read(tmp_path / "a.wav")[0] * 32768, samples)
    content = (tmp_path / "a.wav").read_bytes()
    for length in (-200, -2):
        (tmp_path / "a.wav").write_bytes(content[:length])
        with pytest.raises(BadData, match=r"a\.wav: is shorter than its header says"):
            sound.read(tmp_path / "a.wav")


def test_a_truncated_big_endian_file_is_rejected(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(400), 16000, format="AIFF")
    assert len(sound.read(tmp_path / "a.wav")[0]) == 400
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:-2])
    with pytest.raises(BadData, match="shorter"):
        sound.read(tmp_path / "a.wav")


@pytest.mark.parametrize(("announced", "cut"), [(0x7FFFFFF0, True), (0x7FFFFFF8, False), (0xFFFFFFFF, False)])
def test_a_streamed_file_may_announce_the_maximum_size(tmp_path, announced, cut):
    path = tmp_path / "a.wav"
    sound.write(path, np.zeros(400, np.int16), 16000)
    content = path.read_bytes()
    path.write_bytes(content[:4] + announced.to_bytes(4, "little") + content[8:])
    assert sound.is_cut(path, 400) == cut
    path.write_bytes(content + b"more behind")
    assert not sound.is_cut(path, 400)


@pytest.mark.parametrize("samples", [np.zeros((400, 2)), np.zeros(0)])
def test_stereo_and_empty_sound_are_rejected(tmp_path, samples):
    soundfile.write(tmp_path / "a.wav", samples, 16000)
    with pytest.raises(BadData, match=r"a\.wav: does not hold sound of one channel"):
        sound.read(tmp_path / "a.wav")


def parabolas(start=0.3):
    """Return coils at 10 Hz from `start` s, another parabola in each channel, and the function of time that gives them."""
    def at(times):
        return (np.arange(14) - 5) * np.square(np.asarray(times)[:, None] - 1.1) + 3

    moments = start + np.arange(21) / 10
    return toys.utterance(coils=at(moments).astype(np.float32), coil_rate=10.0, coil_start=start), at


def test_interpolation_reproduces_parabolas():
    utterance, at = parabolas()
    times = np.linspace(0.45, 2.15, 133)
    np.testing.assert_allclose(sound.coils_at(utterance, times), at(times), atol=1e-4)
    np.testing.assert_array_equal(sound.coils_at(utterance, 0.3 + np.arange(21) / 10), utterance.coils)


def test_coils_are_constant_beyond_the_ends():
    utterance, _ = parabolas()
    held = sound.coils_at(utterance, np.array([0.0, 0.26, 0.3, 2.3, 2.34, 9.0]))
    np.testing.assert_array_equal(held, utterance.coils[[0, 0, 0, -1, -1, -1]])


def test_only_times_next_to_a_lost_frame_are_lost():
    utterance, at = parabolas()
    utterance.coils[10, 3] = np.nan
    times = np.array([1.15, 1.2, 1.21, 1.29, 1.3, 1.39, 1.4, 1.45])
    got = sound.coils_at(utterance, times)
    assert np.isnan(got[:, 3]).tolist() == [False, False, True, True, True, True, False, False]
    np.testing.assert_allclose(np.delete(got, 3, axis=1), np.delete(at(times), 3, axis=1), atol=1e-4)
    line = toys.utterance(coils=np.tile(np.arange(6, dtype=np.float32)[:, None], 14), coil_rate=10.0)
    line.coils[0] = line.coils[5] = np.nan
    np.testing.assert_allclose(sound.coils_at(line, np.array([0.15, 0.35]))[:, 0], [1.5, 3.5], atol=1e-5)


def test_resampling_keeps_a_tone():
    times = np.arange(16000) / 16000
    tone = toys.utterance(sound=(0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32))
    assert sound.resampled(tone, 16000) is tone.sound
    out = sound.resampled(tone, 44100)
    assert len(out) == 44100
    assert np.abs(out - 0.5 * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100))[600:-600].max() < 1e-3


@pytest.mark.parametrize("header", ["WAV", "NIST"])
def test_a_full_disk_is_reported_and_leaves_no_file(tmp_path, header):
    """A size limit has the effect of a full disk; libsndfile alone would write a part of the file and give an unclear error."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            sound.write(tmp_path / "a.wav", np.zeros(9999, np.int16), 16000, header)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.filename == str(tmp_path / "a.wav")
    assert list(tmp_path.iterdir()) == []
