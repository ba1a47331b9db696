"""Test `python -m artinv invert` on sound that libsndfile cannot read."""

import numpy as np
import pytest

from artinv.inversion import export
from tests.support import fake_ffmpeg
from tests.support.bulk_runs import files, invert, put
from tests.support.inverters import babble, saved


@pytest.fixture
def folder(tmp_path):
    """Write the same sound as WAV and as MPEG-4 into a folder."""
    sound = babble(1.0)
    put(tmp_path / "in/a.wav", sound, subtype="FLOAT")
    fake_ffmpeg.put(tmp_path / "in/B.M4A", np.stack([sound, sound], axis=1))
    return tmp_path


def test_without_ffmpeg_each_file_in_a_searched_folder_is_named_with_the_cure(folder, capsys, monkeypatch):
    fake_ffmpeg.remove(folder, monkeypatch)
    words = [folder / "in", "-o", folder / "out", "--model", saved(folder)]
    summary, messages = invert(capsys, *words, fails=True)
    assert (summary["made"], summary["failed"]) == (1, 1)
    line = f"{folder}/in/B.M4A: libsndfile cannot read this kind of file; install ffmpeg, or convert it to WAV or FLAC"
    assert f"artinv: {line}" in messages.splitlines()
    assert messages.splitlines()[-1].startswith("artinv: 1 of 2 recordings could not be inverted")
    assert files(folder / "out") == {"a.csv"}


def test_with_ffmpeg_the_result_equals_that_of_a_wav_file(folder, capsys, monkeypatch):
    fake_ffmpeg.install(folder / "bin", monkeypatch)
    words = [folder / "in", "-o", folder / "out", "--model", saved(folder)]
    summary, messages = invert(capsys, *words)
    assert summary["made"] == 2
    assert "B.M4A: its 2 channels are averaged" in messages
    assert np.array_equal(export.read(folder / "out/a.csv").motion, export.read(folder / "out/B.csv").motion)
    assert invert(capsys, *words)[0]["kept"] == 2
    summary, _ = invert(capsys, *words, "--calibrate", folder / "in")
    assert summary["made"] == 2
