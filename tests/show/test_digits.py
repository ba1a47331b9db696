"""The page of digits: sounds and pictures inside the file, every sound labelled; sheets show levels upright."""

import base64
import io
import re

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from artinv.digits.sounds import save
from artinv.show import digits
from artinv.show.digits import page, sheet, write
from tests.support import chromium, toy_digits
from tests.support.reading import read

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_page_holds_every_sound_and_every_spectrogram():
    sounds = toy_digits.clips(1).sound()
    text = page({"test set": sounds, "cvae": sounds.flip(0)}, "synthetic")
    waves = [base64.b64decode(data) for data in re.findall(r"data:audio/wav;base64,([^\"]+)", text)]
    pictures = [base64.b64decode(data) for data in re.findall(r"data:image/png;base64,([^\"]+)", text)]
    assert (len(waves), len(pictures)) == (20, 20)
    for wave, sound in zip(waves, [*sounds, *sounds.flip(0)], strict=True):
        values, rate = soundfile.read(io.BytesIO(wave), dtype="float32")
        assert rate == 8000
        np.testing.assert_allclose(values, sound.numpy(), atol=1e-4)
    assert Image.open(io.BytesIO(pictures[0])).size == (64, 128)
    assert 'aria-label="seven, cvae"' in text
    assert "SYNTHETIC" in text
    assert text == page({"test set": sounds, "cvae": sounds.flip(0)}, "synthetic"), "equal sounds give equal pages"


def test_the_page_is_self_contained():
    text = page({"test set": toy_digits.clips(1).sound()}, "real")
    assert text.count("<script") == 1
    assert "real data" in text
    assert all(value.startswith("data:") for value in re.findall(r'src="([^"]{0,9})', text))
    policy = next(value for tag, name, value in read(text).attributes if tag == "meta" and "default-src" in (value or ""))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "; style-src 'sha256-" in policy
    assert policy.endswith("; img-src data:; media-src data:")


@chromium.needed
def test_a_press_on_a_spectrogram_plays_its_sound(browser, tmp_path):
    path = tmp_path / "digits.html"
    path.write_text(page({"test set": toy_digits.clips(1).sound()}, "synthetic"), encoding="utf-8")
    browser.open(path, 1280, 900, marked=False)
    browser.click("button[aria-label='three, test set']")
    browser.until("document.querySelector('.playing')?.getAttribute('aria-label') === 'three, test set'")
    browser.until("document.querySelector('.playing') === null")  # the sound has ended
    assert browser.run("document.getElementById('fault').hidden")
    assert browser.faults() == []


def test_a_sheet_shows_loud_values_black_and_low_frequencies_below():
    levels = -torch.ones(20, 128, 64)
    levels[13, 0] = 1
    seen = sheet(levels)
    assert seen.shape == (2 * 132, 10 * 68)
    rows, columns = np.nonzero(seen == 0)
    assert set(rows) == {2 * 132 - 1}
    assert (columns.min(), columns.max()) == (3 * 68 + 4, 3 * 68 + 67)


@pytest.mark.parametrize(("most", "rows"), [(6, 2), (1, 1)])
def test_sheets_of_as_many_sounds_as_are_judged_at_most_and_the_page_are_written(tmp_path, monkeypatch, most, rows):
    monkeypatch.setattr(digits, "ROWS", most)
    save(tmp_path / "sounds", {"test": toy_digits.clips(2)})
    paths = write(tmp_path / "page", tmp_path / "sounds", tmp_path, [], toy_digits.evaluation(sounds=2))
    assert [path.name for path in paths] == ["index.html", "test_set.png", "articulatory.png"]
    with Image.open(paths[1]) as picture:
        assert picture.size == (10 * 68, rows * 132)
