"""Decoding through ffmpeg, compared with files that libsndfile reads; with a program that stands for ffmpeg, and the real one."""

import shutil
import subprocess
import tracemalloc

import numpy as np
import pytest
import soundfile

from artinv.formats import ffmpeg, stream
from artinv.runtime.errors import BadData
from tests.support import fake_ffmpeg
from tests.support.inverters import babble

CURE = "install ffmpeg, or convert it to WAV or FLAC"


@pytest.fixture
def program(tmp_path, monkeypatch):
    return fake_ffmpeg.install(tmp_path / "bin", monkeypatch)


def noise(seconds, rate, channels=1):
    return (0.2 * np.random.default_rng(0).standard_normal((round(seconds * rate), channels))).astype(np.float32)


def joined(path, **choices):
    return np.concatenate(list(stream.blocks(path, 16000, **choices)))


@pytest.mark.parametrize(("rate", "channels"), [(16000, 1), (44100, 2), (48000, 1), (8000, 6)])
def test_decoded_sound_equals_the_same_samples_in_a_wav_file(tmp_path, program, rate, channels):
    sound = noise(0.7, rate, channels)
    soundfile.write(tmp_path / "a.wav", sound, rate, subtype="FLOAT")
    path = fake_ffmpeg.put(tmp_path / "a.m4a", sound, rate, annotation="a title\0")
    assert stream.header(path) == stream.header(tmp_path / "a.wav") == stream.Header(rate, channels)
    for choices in ({}, {"seconds": 0.1}, {"seconds": 0.0137}, {"start": 0.2, "end": 0.5}, {"start": 0.2, "seconds": 0.03}):
        assert np.array_equal(joined(path, **choices), joined(tmp_path / "a.wav", **choices))


def test_ffmpeg_gets_the_file_its_kind_and_no_right_to_open_another(tmp_path, program):
    path = fake_ffmpeg.put(tmp_path / "a.m4a", noise(0.1, 16000))
    joined(path)
    words = fake_ffmpeg.words(program)
    source = words[:words.index("-i") + 2]
    assert source[-2:] == ["-i", f"file:{path}"]
    assert source[source.index("-protocol_whitelist") + 1] == "file"
    assert source[source.index("-f") + 1] == "mov"
    assert words[-3:] == ["-f", "au", "pipe:1"]


NAMES = ["-a.m4a", "http:.m4a", "concat:a|b.m4a", "pipe:0", "%41 $(x) `y` 'z\".mp4", "a\nb \udcff.m4a", "é.aac"]


@pytest.mark.parametrize("name", NAMES)
def test_file_names_may_hold_any_bytes(tmp_path, program, name):
    sound = noise(0.1, 16000)
    assert np.array_equal(joined(fake_ffmpeg.put(tmp_path / name, sound)), sound[:, 0])
    assert f"file:{tmp_path / name}" in fake_ffmpeg.words(program)


@pytest.mark.parametrize(("how", "words"), [
    ({"code": 1, "answers": False, "message": "[mov,mp4 @ 0x55d0] [x @ 1] moov atom not found\nfile:x: Invalid data\n"},
     r"cannot be decoded by ffmpeg \(moov atom not found\); restore the file, or convert it"),
    ({"code": 1, "answers": False, "message": "NAME: Invalid data found.\n"}, r"by ffmpeg \(Invalid data found\)"),
    ({"code": 1, "answers": False}, r"by ffmpeg \(exit code 1\)"),
    ({"code": 1, "cut": 8000, "message": "partial file"}, r"by ffmpeg \(partial file\)"),
    ({"code": 1}, r"by ffmpeg \(exit code 1\)"),
    ({"code": -9, "cut": 8000}, r"by ffmpeg \(exit code -9\)"),
    ({"cut": 8003}, r"by ffmpeg \(its output ends within a sample\)"),
    ({"code": 1, "answers": False, "message": "Stream map '0:a:0' matches no streams.\n"}, "holds no sound track; leave it out"),
    ({"answers": False}, "holds no sound; "), ({"cut": 32000}, "holds no sound; "),
    ({"magic": "RIFF"}, "the program ffmpeg did not answer with sound; repair"),
])
def test_a_failure_of_ffmpeg_is_one_line(tmp_path, program, how, words):
    path = fake_ffmpeg.put(tmp_path / "a.m4a", noise(0.5, 16000), **how)
    assert_rejected(path, words)


def assert_rejected(path, words):
    with pytest.raises(BadData, match=words) as caught:
        joined(path, seconds=0.1)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_program_that_cannot_be_started_is_one_line(tmp_path, program):
    (program.parent / "ffmpeg").write_bytes(b"\x7fELF")
    assert_rejected(fake_ffmpeg.put(tmp_path / "a.m4a", noise(0.1, 16000)), "the program ffmpeg cannot be started")


def test_values_and_rates_are_checked(tmp_path, program):
    sound = noise(1, 16000)
    sound[7000] = np.nan
    assert_rejected(fake_ffmpeg.put(tmp_path / "a.m4a", sound), "not finite numbers")
    assert_rejected(fake_ffmpeg.put(tmp_path / "b.m4a", noise(1, 1000), 10), "rate of 10 Hz")


def test_without_ffmpeg_the_cure_is_named(tmp_path, monkeypatch):
    fake_ffmpeg.remove(tmp_path, monkeypatch)
    assert_rejected(fake_ffmpeg.put(tmp_path / "a.m4a", noise(0.1, 16000)), CURE)
    (tmp_path / "b.m4a").write_text("no sound")
    assert_rejected(tmp_path / "b.m4a", "cannot be read as sound")


def test_ffmpeg_is_not_started_for_formats_of_libsndfile(tmp_path, program):
    for ending in ("wav", "flac", "ogg", "mp3", "aiff", "caf"):
        path = tmp_path / f"a.{ending}"
        soundfile.write(path, noise(1, 16000), 16000)
        joined(path)
        path.write_bytes(path.read_bytes()[:30])
        with pytest.raises(BadData):
            joined(path)
    assert not program.exists()


def test_ffmpeg_ends_when_the_rest_of_a_sound_is_not_needed(tmp_path, program):
    path = fake_ffmpeg.put(tmp_path / "a.m4a", noise(10, 16000), times=100)
    assert stream.header(path) == stream.Header(16000, 1)
    assert not fake_ffmpeg.is_running(program)
    blocks = stream.blocks(path, 8000, 1.0)
    next(blocks)
    blocks.close()
    assert not fake_ffmpeg.is_running(program)
    assert len(joined(path, start=2, end=3)) == 16000
    assert not fake_ffmpeg.is_running(program)


def test_memory_does_not_grow_with_the_length_of_a_sound(tmp_path, program):
    path = fake_ffmpeg.put(tmp_path / "a.m4a", noise(10, 16000), times=180)
    tracemalloc.start()
    assert sum(len(block) for block in stream.blocks(path, 16000, 1.0)) == 180 * 160000
    assert len(joined(path, start=1500, end=1501)) == 16000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


KINDS = [
    (b"\0\0\0\x20ftypisom", "mov"), (b"\0\0\0\x14ftypqt  ", "mov"), (b"\0\0\0\x08wide\0\0", "mov"),
    (b"\x1a\x45\xdf\xa3\x01", "matroska"), (bytes.fromhex("3026b2758e66cf11a6d9"), "asf"), (b"#!AMR-WB\n", "amr"),
    (b"\xff\xf1\x50\x80", "aac"), (b"RIFF\n\n\n\nAVI LIST", "avi"), (b"G" + bytes(187) + b"G\0", "mpegts"),
    (bytes(4) + b"G" + bytes(191) + b"G", "mpegts"), (b"caff\0\1\0\0desc" + bytes(16) + b"aac ", "caf"),
]
OTHERS = [
    b"", bytes(200), b"\xff\xfb\x90\x00", b"RIFF\0\0\0\0WAVEfmt ", b"G" + bytes(200), b"#EXTM3U\n", b"ffconcat version 1.0\n",
    b"v=0\r\no=- 0 0", b"caff\0\1\0\0desc" + bytes(16) + b"lpcm",
]


@pytest.mark.parametrize(("head", "name"), [*KINDS, *((head, "") for head in OTHERS)])
def test_the_kind_of_a_file_is_recognized_from_its_first_bytes(tmp_path, head, name):
    (tmp_path / "a").write_bytes(head)
    assert ffmpeg.kind(tmp_path / "a") == name


real = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")


def encode(source, target, *words):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", source, *words, target], check=True)
    return target


REAL = [
    ("a.m4a", "aac", 0.98, 0), ("a.3gp", "aac", 0.98, 0), ("a.webm", "libopus", 0.98, 0), ("a.mov", "pcm_s16be", 0.9999, 0),
    ("a.mka", "flac", 0.9999, 0), ("a.wv", "wavpack", 0.9999, 0), ("a.avi", "pcm_s16le", 0.9999, 0), ("a.wma", "wmav2", 0.7, 2500),
    ("a.aac", "aac", 0.97, 2500), ("a.flv", "aac", 0.97, 2500), ("a.mts", "aac", 0.97, 2500), ("a.mpg", "mp2", 0.95, 2500),
]
"""Names, encoders, least correlations with the original, and delays in samples; some formats do not state the encoder's delay."""


@real
@pytest.mark.parametrize(("name", "encoder", "least", "delay"), REAL)
def test_the_real_ffmpeg_decodes_what_it_has_encoded(tmp_path, name, encoder, least, delay):
    sound = babble(3.0, 48000)
    soundfile.write(tmp_path / "a.wav", np.stack([sound, sound], axis=1), 48000)
    path = encode(tmp_path / "a.wav", tmp_path / name, "-c:a", encoder, "-b:a", "128k")
    assert stream.header(path) == stream.Header(48000, 2)
    decoded, whole = joined(path), joined(tmp_path / "a.wav")
    assert np.array_equal(joined(path, seconds=0.1), decoded)
    assert len(whole) - 500 <= len(decoded) <= len(whole) + 4000
    likeness = [np.corrcoef(decoded[shift:][:40000], whole[:40000])[0, 1] for shift in range(2500)]
    assert np.argmax(likeness) <= delay
    assert max(likeness) > least


@real
def test_the_real_ffmpeg_reports_damage(tmp_path):
    soundfile.write(tmp_path / "a.wav", babble(5.0), 16000)
    path = encode(tmp_path / "a.wav", tmp_path / "a.m4a", "-c:a", "aac", "-movflags", "+faststart")
    whole = path.read_bytes()
    for share in (0.9, 0.5, 0.05):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert_rejected(path, "cannot be decoded by ffmpeg")
    path.write_bytes(whole[:8] + bytes(2000))
    assert_rejected(path, "cannot be decoded by ffmpeg")


@real
def test_the_real_ffmpeg_reports_a_video_without_sound(tmp_path):
    words = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=s=32x32:d=1", tmp_path / "a.mkv"]
    subprocess.run(words, check=True)
    assert_rejected(tmp_path / "a.mkv", "holds no sound track")
