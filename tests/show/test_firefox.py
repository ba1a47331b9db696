"""The player and the live page in a second browser: they start, draw, follow the microphone, and compute what Python computes."""

import numpy as np
import pytest

from artinv.inversion import export
from artinv.live.model import load
from artinv.live.stream import Stream
from artinv.show.live import page as live_page
from artinv.show.view import page as view_page
from tests.support import firefox
from tests.support.live import speech
from tests.support.scenes import scene

pytestmark = firefox.needed


@pytest.fixture(scope="module")
def browser():
    with firefox.Firefox() as browser:
        yield browser


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "live.html"
    path.write_text(live_page.render(load()), encoding="utf-8")
    return path


def test_the_player_draws_and_plays(browser, tmp_path):
    (tmp_path / "view.html").write_text(view_page.render(scene()), encoding="utf-8")
    browser.open(tmp_path / "view.html", 1280, 900)
    tip = "document.querySelector('#head [data-coil=tt]').getAttribute('cx')"
    before = browser.run(tip)
    assert browser.run("document.querySelector('.tongue').getBBox().width") > 20  # mm
    browser.run("document.getElementById('play').click()")
    browser.until("document.body.dataset.playing === 'true' && Number(document.body.dataset.time) > 0.5")
    assert browser.run(tip) != before
    assert browser.run("document.getElementById('fault').hidden")
    browser.run("document.getElementById('save').click()")
    browser.until("document.body.dataset.saved")


def test_the_live_page_computes_what_python_computes(browser, live, tmp_path):
    browser.open(live, 1280, 900)
    sound = np.round(speech(2.0, 48000) * 32768) / 32768
    browser.run(f"""(() => {{
        const sound = Float32Array.from({[round(float(value) * 32768) for value in sound]}, (value) => value / 32768);
        LivePage.begin(48000);
        for (let k = 0; k < sound.length; k += 480) LivePage.feed(sound.subarray(k, k + 480), Date.now());
        LivePage.keep();
    }})()""")
    (tmp_path / "take.csv").write_text(browser.run("LivePage.table(LivePage.takes[0])"), encoding="utf-8")
    stream = Stream(load(), 48000)
    expected = np.concatenate([stream.add(sound.astype(np.float32)), stream.end()])
    assert np.abs(export.read(tmp_path / "take.csv").motion - expected).max() < 1e-3


def test_the_live_page_follows_the_microphone(browser, live):
    browser.open(live, 1280, 900)
    browser.run("document.getElementById('record').click()")
    browser.until("LivePage.recorder.seconds > 1.5 || !document.getElementById('fault').hidden")
    assert browser.run("document.getElementById('fault').textContent") == ""
    browser.run("document.getElementById('record').click()")
    browser.until("LivePage.takes.length === 1")
    assert np.median(browser.run("[...LivePage.delays]")) < 0.3  # s
    assert browser.run("LivePage.takes[0].sound.some((value) => Math.abs(value) > 0.01)")
