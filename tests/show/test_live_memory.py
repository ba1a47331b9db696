"""Ten minutes of sound leave the memory of the live page as it was."""

import pytest

from artinv.live.model import load
from artinv.show.live import page
from tests.support.chromium import needed

pytestmark = needed


def test_ten_minutes_leave_the_memory_as_it_was(browser, tmp_path):
    """The sound is fed in blocks of 10 ms as the microphone gives them, but as fast as the page takes them."""
    (tmp_path / "page.html").write_text(page.render(load()), encoding="utf-8")
    browser.open(tmp_path / "page.html", 1280, 900)
    minute = """(() => {
        const block = new Float32Array(160);
        for (let at = 0; at < 6000; at += 1) {
            for (let k = 0; k < 160; k += 1) block[k] = 0.2 * Math.sin(k / 3 + at) * Math.sin(at / 9);
            LivePage.feed(block, Date.now());
        }
    })()"""
    browser.run("LivePage.begin(16000); null")
    sizes = []
    for _ in range(10):
        browser.run(minute)
        browser.call("HeapProfiler.collectGarbage")
        usage = browser.call("Runtime.getHeapUsage")
        sizes.append(usage["usedSize"] + usage["backingStorageSize"])
    assert browser.run("LivePage.recorder.seconds") == pytest.approx(600, abs=0.01)
    assert max(sizes[1:]) - sizes[0] < 300_000, sizes
    browser.run("LivePage.keep(); null")
    assert browser.run("LivePage.takes[0].seconds") == pytest.approx(60, abs=0.2)
    assert "Its last 60 seconds are kept." in browser.run("document.getElementById('status').textContent")
