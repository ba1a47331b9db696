"""The live page in a real browser, with a sound file as its microphone: delay, agreement with Python, faults, layout."""

import base64
import json
import threading

import numpy as np
import pytest
import soundfile

from artinv.inversion import export
from artinv.live.model import load
from artinv.live.stream import Stream
from artinv.show.live import page, server
from tests.support.chromium import Browser, needed
from tests.support.live import speech

pytestmark = needed

MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
LIMIT = 0.3  # s, from the sound to the picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    soundfile.write(folder / "speech.wav", np.concatenate([speech(2.0, 48000, seed) for seed in range(4)]), 48000, subtype="PCM_16")
    onsets = [np.zeros(48000), speech(1.0, 48000, 1)] * 3
    soundfile.write(folder / "onsets.wav", np.concatenate(onsets), 48000, subtype="PCM_16")
    soundfile.write(folder / "silence.wav", np.zeros(96000), 48000, subtype="PCM_16")
    (folder / "page.html").write_text(page.render(load()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def speaking(folder):
    """Return a browser whose microphone plays speech."""
    browser = Browser(*MICROPHONE, f"--use-file-for-fake-audio-capture={folder / 'speech.wav'}")
    yield browser
    browser.close()


@pytest.fixture
def live(speaking, folder):
    speaking.open(folder / "page.html", 1280, 900)
    yield speaking
    assert speaking.faults() == []


def record(browser, seconds):
    """Press Record, wait until so much has been recorded, and press Stop; return the last take's number of frames."""
    takes = browser.run("LivePage.takes.length")
    browser.click("#record")
    browser.until(f"document.body.dataset.recording === 'true' && LivePage.recorder.seconds > {seconds}")
    browser.click("#record")
    browser.until(f"document.body.dataset.recording === 'false' && LivePage.takes.length > {takes}")
    return browser.run("LivePage.takes.at(-1).motion[0].length")


def fed(seconds):
    """Return a script that feeds so much quiet sound and keeps it as a take, without a microphone."""
    return (f"LivePage.begin(16000); LivePage.feed(new Float32Array({round(16000 * seconds)}).fill(0.01), Date.now()); "
            "LivePage.keep(); null")


def words(browser, place="status"):
    return browser.run(f"document.getElementById('{place}').textContent")


def saved(browser, folder):
    """Return the sound and the trajectory of the last take, as the page saves them."""
    sound = browser.run("""new Promise((done) => {
        const reader = new FileReader();
        reader.onload = () => done(reader.result.split(",")[1]);
        reader.readAsDataURL(LivePage.wave(LivePage.takes.at(-1).sound));
    })""")
    (folder / "take.wav").write_bytes(base64.b64decode(sound))
    (folder / "take.csv").write_text(browser.run("LivePage.table(LivePage.takes.at(-1))"), encoding="utf-8")
    return soundfile.read(folder / "take.wav", dtype="float32"), export.read(folder / "take.csv")


def test_the_head_moves_within_the_limit_and_the_take_is_that_of_python(live, folder):
    frames = record(live, 2.5)
    delays = np.array(live.run("[...LivePage.delays]"))
    assert len(delays) > 60
    assert live.run("LivePage.declared") < 0.18
    assert np.median(delays) < LIMIT
    (sound, rate), made = saved(live, folder)
    stream = Stream(load(), rate)
    expected = np.concatenate([stream.add(sound), stream.end()])
    assert rate == 16000
    assert np.abs(sound).max() > 0.05
    assert len(made.motion) == frames == len(expected)
    assert np.abs(made.motion - expected).max() < 1e-3
    assert words(live).startswith("Take 1 is kept: ")
    moved = np.ptp(made.motion, axis=0)
    assert moved[:6].min() > 1


def test_the_drawn_lips_move_soon_after_the_voice_begins(folder):
    """A second listener to the same microphone notes when the voice begins, and an observer when the drawn lower lip moves."""
    browser = Browser(*MICROPHONE, f"--use-file-for-fake-audio-capture={folder / 'onsets.wav'}")
    try:
        browser.open(folder / "page.html", 1280, 900)
        browser.run("""(() => {
            window.drawn = []; window.levels = [];
            const lip = document.querySelector("#head [data-line=now] [data-coil=ll]"), open = navigator.mediaDevices.getUserMedia;
            new MutationObserver(() => drawn.push([Date.now(), Number(lip.getAttribute("cy"))])).observe(lip, { attributes: true });
            navigator.mediaDevices.getUserMedia = async (wish) => {
                const media = await open.call(navigator.mediaDevices, wish), context = new AudioContext();
                const listener = context.createScriptProcessor(256, 1, 1);
                listener.onaudioprocess = ({ inputBuffer }) => {
                    levels.push([Date.now(), Math.max(...inputBuffer.getChannelData(0).map(Math.abs))]);
                };
                context.createMediaStreamSource(media).connect(listener);
                listener.connect(context.destination);
                return media;
            };
        })()""")
        record(browser, 5.6)
        levels, drawn = (np.array(browser.run(name)) for name in ("levels", "drawn"))
    finally:
        browser.close()
    loud = levels[:, 1] > 0.05
    quiet = np.array([not loud[(levels[:, 0] > at - 700) & (levels[:, 0] < at)].any() for at in levels[:, 0]])
    begins = [at for at in levels[loud & quiet, 0] if at > levels[0, 0] + 800]
    delays = []
    for at in begins:
        rest = np.median(drawn[(drawn[:, 0] > at - 400) & (drawn[:, 0] < at), 1])
        moved = drawn[(drawn[:, 0] > at) & (np.abs(drawn[:, 1] - rest) > 0.7), 0]
        delays.append((moved[0] - at) / 1000)
    assert len(delays) >= 2
    assert np.median(delays) < LIMIT, delays


def test_the_drawn_head_follows_the_recording(live):
    coil = "document.querySelector('#head [data-coil=tt]')"
    live.run(f"window.seen = new Set(); new MutationObserver(() => seen.add({coil}.getAttribute('cy')))"
             f".observe({coil}, {{attributes: true}}); null")
    record(live, 1.5)
    assert live.run("seen.size") > 10


def test_takes_are_played_compared_and_deleted(live):
    record(live, 1.0)
    record(live, 1.3)
    assert live.run("document.querySelectorAll('#takes li').length") == 2
    coil = "document.querySelector('#head [data-line=now] [data-coil=tt]').getAttribute('cx')"
    live.click("[data-take=take-1] button:nth-of-type(1)")
    live.until("document.body.dataset.playing === 'true'")
    live.until("document.body.dataset.playing === 'false' && Number(document.body.dataset.time) > 0.9")
    shown = "getComputedStyle(document.querySelector('#head [data-line=other]')).display"
    assert live.run(shown) == "none"
    live.click("[data-take=take-2] button:nth-of-type(2)")
    assert live.run(shown) != "none"
    assert words(live, "legend-other") == "Take 2"
    before = live.run(coil)
    live.run("document.getElementById('seek').value = 0.5; document.getElementById('seek').dispatchEvent(new Event('input')); null")
    assert live.run(coil) != before
    assert live.run("Number(document.body.dataset.time)") == pytest.approx(0.5)
    live.click("[data-take=take-1] button:nth-of-type(3)")
    assert live.run("document.body.dataset.saved") == "take-1.wav"
    live.click("[data-take=take-1] button:nth-of-type(4)")
    assert live.run("document.body.dataset.saved") == "take-1.csv"
    live.click("[data-take=take-1] button:nth-of-type(5)")
    assert live.run("document.querySelectorAll('#takes li').length") == 1
    assert words(live) == "Take 1 is deleted."


def test_the_focus_stays_on_a_button_whose_list_changes(live):
    for _ in range(2):
        live.run(fed(0.5))
    live.run("document.querySelector('[data-take=take-1] button:nth-of-type(2)').focus(); null")
    live.press("Enter")
    assert words(live, "legend-other") == "Take 1"
    assert live.run("document.activeElement.getAttribute('aria-label')") == "Compare take 1 with the take that is shown"
    assert live.run("document.activeElement.getAttribute('aria-pressed')") == "true"
    assert live.run("document.querySelector('[data-take=take-2]').getAttribute('aria-current')") == "true"
    live.press("Enter")
    assert live.run("document.activeElement.getAttribute('aria-pressed')") == "false"


def test_the_last_takes_are_kept(live):
    for number in range(8):
        live.run(fed(0.5 + 0.01 * number))
    assert live.run("LivePage.takes.map((take) => take.name)") == [f"take-{number}" for number in range(3, 9)]
    assert "Take 2 is dropped: the last 6 takes are kept." in words(live)


def test_keys_record_and_play(live):
    live.press("r")
    live.until("document.body.dataset.recording === 'true' && LivePage.recorder.seconds > 0.5")
    live.press("r")
    live.until("document.body.dataset.takes === '1'")
    live.run("document.activeElement.blur(); null")
    live.press(" ")
    live.until("document.body.dataset.playing === 'true'")
    live.press(" ")
    live.until("document.body.dataset.playing === 'false'")


def test_the_page_is_served(speaking, folder):
    with server.serving((folder / "page.html").read_text(encoding="utf-8"), 0) as opened:
        thread = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            speaking.open(server.address(opened), 1280, 900)
            assert record(speaking, 0.5) > 20
            assert speaking.faults() == [server.address(opened)]
        finally:
            speaking.open(folder / "page.html", 1280, 900)
            opened.shutdown()
            thread.join()


def test_a_silent_microphone_is_reported(folder):
    browser = Browser(*MICROPHONE, f"--use-file-for-fake-audio-capture={folder / 'silence.wav'}")
    try:
        browser.open(folder / "page.html", 1280, 900)
        browser.click("#record")
        browser.until("!document.getElementById('fault').hidden")
        assert words(browser, "fault").startswith("The microphone gives no sound.")
        browser.click("#record")
        browser.until("document.body.dataset.takes === '1'")
        assert browser.run("document.getElementById('fault').hidden")
        assert browser.faults() == []
    finally:
        browser.close()


def test_a_refused_or_missing_microphone_is_reported(folder):
    browser = Browser("--deny-permission-prompts")
    try:
        browser.open(folder / "page.html", 1280, 900)
        browser.click("#record")
        browser.until("!document.getElementById('fault').hidden")
        assert words(browser, "fault").startswith(("The browser does not let this page", "There is no microphone."))
        assert words(browser) == "Not recording."
        for name, said in {
            "NotAllowedError": "The browser does not let", "NotFoundError": "There is no microphone.",
            "NotReadableError": "The microphone is in use", "OtherError": "The microphone cannot be used (OtherError)",
        }.items():
            browser.run(f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{name}')); null")
            browser.click("#record")
            browser.until(f"document.getElementById('fault').textContent.startsWith({json.dumps(said)})")
        assert browser.run("document.body.dataset.recording") == "false"
        assert browser.faults() == []
    finally:
        browser.close()


@pytest.mark.parametrize("width", [320, 390, 860, 1280])
def test_the_page_fits_the_window(live, folder, width):
    live.open(folder / "page.html", width, 844)
    live.run(fed(1.0))
    assert live.run("document.documentElement.scrollWidth") <= width
    sizes = live.run("[...document.querySelectorAll('button')].filter((b) => b.offsetWidth)"
                     ".map((b) => Math.min(b.offsetWidth, b.offsetHeight))")
    assert min(sizes) >= 36


def test_all_controls_have_accessible_names(live):
    live.run(fed(1.0))
    tree = live.call("Accessibility.getFullAXTree")["nodes"]
    used = [node for node in tree if node.get("role", {}).get("value") in ("button", "slider", "meter", "image", "img", "status")]
    named = {node["name"]["value"] for node in used if not node.get("ignored") and node.get("name", {}).get("value")}
    assert {"Record", "Play", "Time", "Play take 1", "Delete take 1"} <= named
    assert [node["role"]["value"] for node in used
            if not node.get("ignored") and not node.get("name", {}).get("value") and node["role"]["value"] != "status"] == []


@pytest.mark.parametrize("features", [{"prefers-color-scheme": "dark"}, {"forced-colors": "active"}])
def test_dark_and_forced_colours_change_the_drawing(live, features):
    ink = "getComputedStyle(document.querySelector('#head .dorsum')).stroke + getComputedStyle(document.body).backgroundColor"
    before = live.run(ink)
    live.call("Emulation.setEmulatedMedia", features=[{"name": name, "value": value} for name, value in features.items()])
    assert live.run(ink) != before
    live.call("Emulation.setEmulatedMedia", features=[])
