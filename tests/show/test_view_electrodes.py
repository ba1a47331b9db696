"""Electrodes below the head follow the time of the page; a page without them is as before."""

import base64

import numpy as np
import pytest

from artinv.show.view import page, source
from artinv.show.view.electrodes import Electrodes
from tests.support.chromium import needed
from tests.support.moved import moved

NAMES, PLACES = ("a<b", "c", "d"), ((0, 0), (0, 1), (1, 0))


def electrodes():
    signals = np.array([[-9, 0, 9]] * 10 + [[9, 0, np.nan]] * 30, np.float32)
    return Electrodes(NAMES, PLACES, signals, 20)


def shown(beside):
    return page.render(source.of_trajectory(moved(200), np.zeros(32000, np.float32), ()), electrodes=beside)


def test_signals_become_levels():
    content = electrodes().content()
    levels = np.frombuffer(base64.b64decode(content["levels"]), np.uint8).reshape(-1, 3)
    assert levels[0].tolist() == [0, 128, 255]
    assert levels[-1].tolist() == [255, 128, 128]
    assert content["places"] == PLACES


def test_a_page_holds_electrodes_only_on_request():
    with_them, without = shown(electrodes()), shown(None)
    assert 'id="electrodes" width="36" height="36"' in with_them
    assert "a&lt;b" in with_them
    assert 'id="electrodes"' not in without


def test_wrong_shapes_are_rejected():
    with pytest.raises(ValueError, match="2 places"):
        Electrodes(NAMES, PLACES[:2], np.zeros((4, 3)), 20)


@needed
def test_the_cells_follow_the_time_of_the_page(browser, tmp_path):
    (tmp_path / "page.html").write_text(shown(electrodes()), encoding="utf-8")
    browser.open(tmp_path / "page.html", 1400, 900)
    frame = "Number(document.getElementById('electrodes').dataset.frame)"
    pixel = "[...document.getElementById('electrodes').getContext('2d').getImageData({}, {}, 1, 1).data][3]"
    assert browser.run(frame) == 0
    assert browser.faults() == []
    assert (browser.run(pixel.format(9, 9)), browser.run(pixel.format(9, 27))) == (0, 255)
    browser.run("document.querySelector('audio').currentTime = 1")
    browser.until(f"{frame} === 20")
    assert browser.run(pixel.format(9, 9)) == 255
