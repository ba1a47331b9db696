"""Reading sound block by block, compared with reading and resampling the whole file, and error messages for broken files."""

import tracemalloc

import numpy as np
import pytest
import soundfile
import soxr

from artinv.formats import stream
from artinv.runtime.errors import BadData

KINDS = [("wav", "PCM_16", 8000, 1), ("wav", "PCM_24", 48000, 2), ("flac", "PCM_24", 44100, 3), ("wav", "FLOAT", 16000, 1),
         ("aiff", "PCM_16", 22050, 2), ("au", "ULAW", 11025, 1), ("w64", "PCM_32", 96000, 1), ("caf", "PCM_16", 16000, 2)]


def noise(seconds, rate, channels=1, seed=0):
    return (0.2 * np.random.default_rng(seed).standard_normal((round(seconds * rate), channels))).astype(np.float32)


def save(folder, ending="wav", subtype="PCM_16", rate=16000, channels=1, *, seconds=0.7):
    path = folder / f"a.{ending}"
    soundfile.write(path, noise(seconds, rate, channels), rate, subtype=subtype)
    return path


def joined(path, **choices):
    return np.concatenate(list(stream.blocks(path, 16000, **choices)))


@pytest.mark.parametrize(("ending", "subtype", "rate", "channels"), KINDS)
def test_blocks_equal_reading_and_resampling_the_whole_file(tmp_path, ending, subtype, rate, channels):
    path = save(tmp_path, ending, subtype, rate, channels)
    whole = soundfile.read(path, dtype="float32", always_2d=True)[0].mean(axis=1)
    wanted = whole if rate == 16000 else soxr.resample(whole, rate, 16000)
    assert stream.header(path) == stream.Header(rate, channels)
    for seconds in (30.0, 0.1, 0.0137):
        blocks = joined(path, seconds=seconds)
        assert blocks.dtype == np.float32
        assert np.abs(blocks - wanted).max() < 1e-6


@pytest.mark.parametrize(("ending", "subtype"), [("ogg", "VORBIS"), ("ogg", "OPUS"), ("mp3", "MPEG_LAYER_III")])
def test_lossy_formats_are_read(tmp_path, ending, subtype):
    path = save(tmp_path, ending, subtype, 48000, 2, seconds=1.5)
    whole = soundfile.read(path, dtype="float32")[0].mean(axis=1)
    assert np.abs(joined(path, seconds=0.2) - soxr.resample(whole, 48000, 16000)).max() < 1e-3


@pytest.mark.parametrize("ending", ["wav", "aiff", "flac", "nist"])
def test_a_truncated_file_is_reported_in_one_line(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    soundfile.write(path, noise(2, 16000), 16000, format=ending.upper())
    assert len(joined(path)) == 32000
    whole = path.read_bytes()
    for share in (0.9, 0.5, 0.2):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert_rejected(path, "is shorter than its header says|cannot be read as sound")


def test_truncated_ogg_gives_the_remaining_sound(tmp_path):
    path = save(tmp_path, "ogg", "VORBIS", seconds=8)
    whole = joined(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    left = joined(path)
    assert 16000 < len(left) < len(whole)
    assert np.array_equal(left[:16000], whole[:16000])


def assert_rejected(path, words):
    with pytest.raises(BadData, match=words) as caught:
        joined(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value)  # separates fault and cure


def test_files_that_are_not_sound_are_reported_in_one_line(tmp_path):
    assert_rejected(tmp_path / "none.wav", "is no file")
    assert_rejected(tmp_path, "is no file")
    for content in (b"", b"RIFF", b"hello " * 100, bytes(5000)):
        (tmp_path / "b.wav").write_bytes(content)
        assert_rejected(tmp_path / "b.wav", "cannot be read as sound")
    (tmp_path / "c.raw").write_bytes(bytes(5000))
    assert_rejected(tmp_path / "c.raw", "no header")
    soundfile.write(tmp_path / "d.wav", np.zeros(0), 16000)
    assert_rejected(tmp_path / "d.wav", "holds no sound")
    soundfile.write(tmp_path / "e.wav", np.zeros(100), 1)
    assert_rejected(tmp_path / "e.wav", "rate of 1 Hz")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_reported(tmp_path, value):
    sound = noise(1, 16000)
    sound[7000] = value
    soundfile.write(tmp_path / "a.wav", sound, 16000, subtype="FLOAT")
    assert_rejected(tmp_path / "a.wav", "not finite numbers")


def test_file_names_may_hold_any_bytes(tmp_path):
    path = save(tmp_path).rename(tmp_path / "-a \udcff\n'\".wav")
    assert len(joined(path)) == 11200


LOSSY = [("ogg", "VORBIS", 48000, 1), ("ogg", "OPUS", 48000, 2), ("mp3", "MPEG_LAYER_III", 44100, 2)]


@pytest.mark.parametrize(("ending", "subtype", "rate", "channels"), [*KINDS, *LOSSY])
def test_a_part_equals_a_file_that_holds_only_this_part(tmp_path, ending, subtype, rate, channels):
    path = save(tmp_path, ending, subtype, rate, channels, seconds=2)
    whole = soundfile.read(path, dtype="float32", always_2d=True)[0]
    for start, end in ((0, 0.5), (0.51, 1.234), (1.5, 9)):
        soundfile.write(tmp_path / "part.wav", whole[round(start * rate):round(end * rate)], rate, subtype="FLOAT")
        for seconds in (30.0, 0.05):
            assert np.abs(joined(path, seconds=seconds, start=start, end=end) - joined(tmp_path / "part.wav")).max() < 1e-6


def test_a_part_after_the_end_is_reported(tmp_path):
    path = save(tmp_path)
    for part in ({"start": 0.7}, {"start": 1e12, "end": 2e12}, {"end": 1e-9}):
        with pytest.raises(BadData, match=r"holds no sound in the part that starts at .* s; choose another part"):
            joined(path, **part)


def test_a_truncated_file_gives_the_parts_before_its_end(tmp_path):
    path = save(tmp_path, seconds=2)
    path.write_bytes(path.read_bytes()[:40000])
    assert len(joined(path, start=0.2, end=0.5)) == 4800
    with pytest.raises(BadData, match="is shorter than its header says"):
        joined(path, start=0.2)


def test_a_part_of_an_hour_needs_the_memory_of_the_part(tmp_path):
    path = tmp_path / "hour.wav"
    with soundfile.SoundFile(path, "w", 16000, 1, subtype="PCM_16") as file:
        for _ in range(60):
            file.write(np.zeros(16000 * 60, np.int16))
    tracemalloc.start()
    assert len(joined(path, start=1800, end=1830)) == 480000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
