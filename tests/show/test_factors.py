"""Traversals of latents: files, and a page whose scripts decode and sound as Python does."""

import json
import subprocess

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from artinv.factors import training
from artinv.factors.choices import TraverseParams
from artinv.factors.log_frequency import LogFrequency, sound_of
from artinv.factors.training import Run
from artinv.runtime.errors import BadParams
from artinv.show.factors import page, traversals
from artinv.show.html import part
from tests.support import chromium, coded, javascript

SPECTRA = LogFrequency(8000, 800, frames=2, bins=12, lowest=200, per_octave=4, resolution=1.0, floor=40, reference=0.5)
PARAMS = TraverseParams.of({"model": "betavae/mlp", "reach": 2.0, "steps": 5})


@pytest.fixture(scope="module")
def made():
    return training.fit(Run("blobs", "betavae", "mlp"), coded.blobs(size=20), coded.fit_params(epochs=20))[0]


@pytest.fixture(scope="module")
def written(made, tmp_path_factory):
    stem = tmp_path_factory.mktemp("traversals") / "blobs"
    return traversals.write(stem, made, coded.blobs(size=20), SPECTRA, PARAMS)


def run(expression, given):
    """Return the value of an expression after the scripts of the page have been read."""
    scripts = "\n".join(part("artinv.show.factors", name) for name in page.SCRIPTS)
    code = (f"const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));\n{scripts}\n"
            f"process.stdout.write(JSON.stringify({expression}));")
    done = subprocess.run([javascript.PROGRAM, "-e", code], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_one_latent_moves_and_the_others_stay(made):
    moved = traversals.traverse(made, coded.blobs(size=20), PARAMS)
    np.testing.assert_allclose(moved.values, [-2, -1, 0, 1, 2])
    assert moved.images.shape == (len(moved.latents), 5, 2, 12)
    np.testing.assert_allclose(moved.images[:, 2], np.broadcast_to(moved.images[0, 2], moved.images[:, 2].shape), atol=1e-6)
    latents = np.zeros((1, 4))
    latents[0, moved.latents[0]] = 2
    np.testing.assert_allclose(moved.images[0, 4], made.images(latents)[0], atol=1e-6)
    spread = np.ptp(moved.images, 1).max((1, 2))
    assert spread[0] > 0.1, "the strongest latent changes the image"
    assert moved.names[0].split()[0] in ("place", "width", "height")


def test_the_files_of_a_traversal_can_be_read_and_are_equal_byte_for_byte(made, written, tmp_path):
    again = traversals.write(tmp_path / "blobs", made, coded.blobs(size=20), SPECTRA, PARAMS)
    assert [path.name for path in again] == ["blobs.png", "blobs.gif", "blobs.html", "blobs.wav"]
    for first, second in zip(written, again, strict=True):
        assert first.read_bytes() == second.read_bytes()
    rows = len(traversals.traverse(made, coded.blobs(size=20), PARAMS).latents)
    with Image.open(written[0]) as picture, Image.open(written[1]) as film:
        assert picture.size == (190 + 5 * 100, rows * 100 + 4)
        assert film.n_frames == 8, "there and back"
    sound, rate = soundfile.read(written[3])
    assert (rate, len(sound)) == (8000, 800 * 5 * min(rows, traversals.HEARD))
    assert 0.85 < np.abs(sound).max() < 0.95


def test_digits_are_shown_upright():
    image = np.zeros((4, 4), np.float32)
    image[0, 3] = 1
    assert np.asarray(traversals.picture(image))[0, -1] == 0
    spectrum = np.zeros((2, 4), np.float32)
    spectrum[1, 3] = 1
    assert np.asarray(traversals.picture(spectrum))[0, -1] == 0, "high frequencies are on top, late frames to the right"


@javascript.needed
def test_the_page_decodes_as_python_does(made):
    latents = np.array([0.5, -1.5, 0.25, 2.0])
    model = page.facts(made, [0], ["x"], SPECTRA, 2.0)
    own = run("Array.from(decoded(prepared(input.model), input.latents))", {"model": model, "latents": latents.tolist()})
    np.testing.assert_allclose(np.reshape(own, (2, 12)), made.images(latents[None])[0], atol=2e-3)


@javascript.needed
def test_the_page_sounds_as_python_does(made):
    levels = np.random.default_rng(0).random((2, 12)) * (np.arange(12) % 5 > 0)
    model = page.facts(made, [0], ["x"], SPECTRA, 2.0)
    own = run("Array.from(soundOf(input.model, input.levels))", {"model": model, "levels": levels.ravel().tolist()})
    np.testing.assert_allclose(own, sound_of(levels, SPECTRA), atol=1e-5)


@chromium.needed
def test_a_slider_changes_picture_and_sound_in_a_browser(written):
    browser = chromium.Browser()
    try:
        browser.open(written[2], 900, 700)
        before = browser.run("document.body.dataset.sum")
        browser.click("#play")
        browser.run("(() => { const s = document.querySelector('input'); s.value = 2; s.dispatchEvent(new Event('input')); "
                    "s.dispatchEvent(new Event('change')); })()")
        assert browser.run("document.body.dataset.sum") != before
        assert float(browser.run("document.body.dataset.peak")) > 0
        assert browser.run("document.querySelector('output').textContent") == "2.00"
        browser.click("#reset")
        browser.until(f"document.body.dataset.sum === '{before}'")
        assert browser.faults() == []
    finally:
        browser.close()


def test_names_cannot_end_the_data(made):
    text = page.page(made, [0], ["</script><b>"], None, 2.0)
    assert "</script><b>" not in text
    assert json.loads(text.split('id="data">')[1].split("</script>")[0])["sliders"] == [{"latent": 0, "name": "</script><b>"}]


def test_only_dense_decoders_have_a_page():
    conv = training.fit(Run("blobs", "betavae", "conv"), coded.blobs(), coded.fit_params(epochs=1))[0]
    with pytest.raises(BadParams, match="choose such a run"):
        page.facts(conv, [0], ["x"], None, 2.0)
    assert isinstance(conv.weights.decode(torch.zeros(1, 4)), torch.Tensor)
