"""The player page in a real browser: playback, seeking, keys, layout and absence of errors."""

import re

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.show.view import page, sagittal
from tests.support.chromium import AUDIO, FRAME, TIME, needed
from tests.support.scenes import EVIL, scene

pytestmark = needed


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, shown in {"plain": scene(), "evil": scene(name=EVIL, text=EVIL, notes=(EVIL,)), "long": scene(20.0),
                        "short": scene(0.6, measured=None)}.items():
        (folder / f"{name}.html").write_text(page.render(shown), encoding="utf-8")
    return folder


def test_hostile_names_are_not_executed(browser, folder):
    browser.open(folder / "evil.html", 1400, 900)
    assert browser.faults() == []
    assert browser.run("document.querySelector('h1').textContent") == EVIL
    assert browser.run("document.title").startswith(EVIL[:8])
    assert browser.run("document.images.length + document.querySelectorAll('script').length") == 2


def test_injected_code_and_requests_are_blocked(plain):
    plain.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.body.dataset.hurt = 1\">')")
    plain.run("new Promise((done) => fetch('http://localhost:9/').then(done, done))")
    assert plain.run("document.body.dataset.hurt === undefined")
    assert plain.faults() != []
    plain.events.clear()


def test_coils_and_tongue_are_drawn_at_their_positions(plain):
    plain.press("Home")
    for _ in range(55):
        plain.press("ArrowRight")
    assert plain.run(FRAME) == 55
    shown = scene()
    dots = plain.run("[...document.querySelectorAll('#head .measured circle')].map((dot) => dot.style.display === 'none' ? null : "
                     "[Number(dot.getAttribute('cx')), -Number(dot.getAttribute('cy'))])")
    for coil, dot in zip(sagittal.COILS, dots, strict=True):
        place = sagittal.points(shown.measured.motion, coil)[55]
        assert dot is None if np.isnan(place).any() else np.allclose(dot, place, atol=0.011), coil
    assert dots[3] is None  # the jaw is missing in this frame
    words = plain.run("[...document.querySelectorAll('#head text')].filter((word) => word.style.display !== 'none')"
                      ".map((word) => word.textContent)")
    assert set(sagittal.NAMES.values()) <= set(words)  # jaw and velum are labelled at their predicted positions
    assert plain.run("document.getElementById('phone').textContent") == "aa1"
    path = plain.run("document.querySelector('#head .measured .dorsum').getAttribute('d')")
    line = np.array(re.findall(r"-?\d+\.?\d*", path), float).reshape(-1, 2) * [1, -1]
    for coil in sagittal.TONGUE:
        assert np.linalg.norm(line - sagittal.points(shown.measured.motion, coil)[55], axis=1).min() < 0.02


def test_displayed_values_agree_with_the_motion(plain):
    plain.press("End")
    plain.press("Home")
    shown = scene()
    plain.run("document.getElementById('more').open = true")
    said = plain.run("[...document.querySelectorAll('.track')].map((row) => [row.querySelector('canvas').dataset.channel, "
                     "row.querySelector('.now b').textContent, row.querySelector('.now i').textContent])")
    assert sorted(row[0] for row in said) == sorted(CHANNELS)
    assert [row[0] for row in said[:5]] == ["tt_y", "tb_y", "td_y", "li_y", "la"]
    for name, measured, predicted in said:
        values = [line.motion[0, CHANNELS.index(name)] for line in (shown.measured, shown.predicted)]
        for value, text in zip(values, (measured, predicted), strict=True):
            assert text == "lost" if np.isnan(value) else float(text.replace("\u2212", "-")) == pytest.approx(value, abs=0.06), name


def test_a_click_seeks_to_its_time(plain):
    for selector, across in (("#slider", 0.25), ("[data-strip=spectrum]", 0.6), ("[data-channel=la]", 0.9), ("#slider", 0.0)):
        plain.click(selector, across)
        wide = plain.run("document.querySelector('#slider').clientWidth")
        assert plain.run(TIME) == pytest.approx(2 * across, abs=2 / wide + 1e-3)
        assert plain.run(FRAME) == round(plain.run(TIME) * 100)
        x, _ = plain.place(selector, across)
        assert plain.run("document.getElementById('cursor').getBoundingClientRect().left") == pytest.approx(x, abs=2)


def test_dragging_seeks(plain):
    plain.mouse("Pressed", *plain.place("#slider", 0.1))
    for across in (0.3, 0.5, 0.7):
        x, y = plain.place("#slider", across)
        plain.mouse("Moved", x, y + 90)
        assert plain.run(TIME) == pytest.approx(2 * across, abs=0.005)
    plain.mouse("Moved", 1399, y)
    assert plain.run(TIME) == 2
    plain.mouse("Released", 1399, y)
    plain.mouse("Moved", *plain.place("#slider", 0.2))
    assert plain.run(TIME) == 2


def test_keys_seek_by_a_frame_by_a_tenth_of_a_second_and_to_the_ends(plain):
    assert plain.run(FRAME) == 20  # the page opens at the first speech
    plain.press("Home")
    seen = []
    for key, shift in (("ArrowRight", False), ("ArrowRight", True), ("ArrowLeft", False), ("End", False), ("ArrowRight", False),
                       ("ArrowLeft", True), ("Home", False), ("ArrowLeft", False)):
        plain.press(key, shift=shift)
        seen.append(plain.run(FRAME))
    assert seen == [1, 11, 10, 200, 200, 190, 0, 0]
    assert plain.run(f"{AUDIO}.currentTime") == 0


def test_every_position_of_the_sound_can_be_reached(plain):
    """If the browser cannot seek in the sound, the audio element reports an error."""
    plain.press("Home")
    plain.run("for (let k = 0; k < 200; k += 1) document.body.dispatchEvent("
              "new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}))")
    plain.until(f"!{AUDIO}.seeking")
    assert plain.run(f"[{FRAME}, {AUDIO}.currentTime, {AUDIO}.error]") == [200, 2, None]
    assert plain.run("document.getElementById('fault').hidden")
    plain.press("ArrowLeft")
    plain.until(f"!{AUDIO}.seeking")
    assert plain.run(f"{AUDIO}.currentTime") == pytest.approx(1.99)


def test_drawings_follow_the_sound(plain):
    before = plain.run("document.querySelector('#head .measured circle').getAttribute('cx')")
    plain.click("#play")
    plain.until(f"{FRAME} > 40")
    assert plain.run("document.getElementById('play').getAttribute('aria-label')") == "Pause"
    apart = plain.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done("
                      f"Math.abs({TIME} - {AUDIO}.currentTime)))))")
    assert apart < 0.06
    assert plain.run("document.querySelector('#head .measured circle').getAttribute('cx')") != before
    plain.click("#play")
    plain.until("document.body.dataset.playing === 'false'")
    stopped = plain.run(f"{AUDIO}.currentTime")
    plain.until(f"Math.abs({TIME} - {AUDIO}.currentTime) < 1e-3")
    assert plain.run(f"{AUDIO}.currentTime") == stopped
    assert plain.run(FRAME) == round(stopped * 100)


def test_space_starts_playback_and_the_end_stops_it(plain):
    plain.press("End")
    plain.press("ArrowLeft", shift=True)
    plain.press(" ")
    plain.until(f"{AUDIO}.ended && document.body.dataset.playing === 'false' && {FRAME} === 200")
    assert plain.run("document.getElementById('play').getAttribute('aria-label')") == "Play"
    plain.press(" ")
    plain.until(f"document.body.dataset.playing === 'true' && {FRAME} < 100")
    plain.run("document.getElementById('play').focus()")
    plain.press(" ")  # the focused button handles space itself, so playback toggles once
    plain.until("document.body.dataset.playing === 'false'")


def test_slow_playback_keeps_the_pitch(plain):
    assert plain.run(f"{AUDIO}.playbackRate") == 1
    plain.click("[data-speed='0.25']")
    assert plain.run(f"[{AUDIO}.playbackRate, {AUDIO}.preservesPitch]") == [0.25, True]
    pressed = "[...document.querySelectorAll('[data-speed]')].map((button) => button.getAttribute('aria-pressed'))"
    assert plain.run(pressed) == ["true", "false", "false"]
    plain.press("Home")
    plain.click("#play")
    plain.until(f"{FRAME} > 2")
    ratio = plain.run(f"new Promise((done) => {{ const [t, m] = [{AUDIO}.currentTime, performance.now()];"
                      f"setTimeout(() => done(({AUDIO}.currentTime - t) / (performance.now() - m) * 1000), 500); }})")
    assert 0.05 < ratio < 0.5
    plain.press("2")
    assert plain.run(f"{AUDIO}.playbackRate") == 0.5
    plain.press("1")
    assert plain.run(pressed) == ["false", "false", "true"]


@pytest.mark.parametrize(("calm", "most", "least"), [(True, 6, 1), (False, 1000, 8)])
def test_reduced_motion_draws_less_often(browser, folder, calm, most, least):
    browser.open(folder / "plain.html", 1400, 900, calm=calm)
    browser.run("window.seen = new Set(); new MutationObserver(() => window.seen.add(document.body.dataset.time))"
                ".observe(document.body, {attributes: true}); null")
    browser.press(" ")
    browser.until(f"{AUDIO}.currentTime > 0.8")
    assert least <= browser.run("window.seen.size") <= most


@pytest.mark.parametrize("width", [320, 390, 860, 1400])
def test_the_page_fits_the_window(browser, folder, width):
    for name in ("plain", "evil", "short"):
        browser.open(folder / f"{name}.html", width, 844)
        assert browser.run("document.documentElement.scrollWidth") <= width
        assert browser.run("[...document.querySelectorAll('canvas')].every((c) => c.clientWidth === 0 || c.clientWidth > 230)")
        heights = browser.run("[...document.querySelectorAll('button')].filter((b) => b.offsetWidth)"
                              ".map((b) => Math.min(b.offsetWidth, b.offsetHeight))")
        assert min(heights) >= 36
    assert browser.faults() == []


def test_all_controls_have_accessible_names(plain):
    tree = plain.call("Accessibility.getFullAXTree")["nodes"]
    used = [node for node in tree if node.get("role", {}).get("value") in ("button", "slider", "checkbox", "image", "img")]
    assert len(used) > 10
    nameless = [node["role"]["value"] for node in used if not node.get("name", {}).get("value") and not node.get("ignored")]
    assert nameless == []
    plain.press("Tab")
    assert plain.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_long_sound_is_shown_in_part_and_the_visible_range_moves(browser, folder):
    browser.open(folder / "long.html", 1400, 900)
    assert not browser.run("document.getElementById('whole').hidden")
    browser.click("[data-strip=spectrum]", 0.5)
    assert browser.run(TIME) == pytest.approx(4, abs=0.02)
    browser.click("[data-strip=whole]", 0.75)
    assert browser.run(TIME) == pytest.approx(15, abs=0.04)
    cursor = "(() => { const c = document.getElementById('cursor').getBoundingClientRect().left; const b = document.getElementById("
    cursor += "'slider').getBoundingClientRect(); return (c - b.left) / b.width; })()"
    assert -0.01 <= browser.run(cursor) <= 1.01
    for _ in range(3):
        browser.click("[data-zoom='0.5']")
    assert browser.run("document.getElementById('whole').hidden && document.querySelector(\"[data-zoom='0.5']\").disabled")
    assert browser.run(cursor) == pytest.approx(0.75, abs=0.01)
    assert browser.faults() == []


def test_a_motion_can_be_hidden(plain):
    assert plain.run("[...document.querySelectorAll('#legend label')].map((label) => label.textContent)") == [
        "measured", "a computer's estimate, band: likely range (90 %)"]
    pixels = """(() => {
        const canvas = document.querySelector('[data-channel=la]');
        const values = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let orange = 0;
        for (let k = 0; k < values.length; k += 4) orange += values[k + 3] && values[k] - values[k + 2] > 60;
        return orange;
    })()"""
    assert plain.run(pixels) > 500
    plain.click("#legend label:nth-child(2) input")
    assert plain.run(pixels) == 0
    assert plain.run("getComputedStyle(document.querySelector('#head .predicted')).display") == "none"
    plain.events.clear()  # the browser warns about reading pixels, which only this test does


def test_print_layout_has_no_buttons(plain):
    plain.call("Emulation.setEmulatedMedia", media="print")
    shown = plain.run("['.player', '.help', '#head', '#slider'].map("
                      "(selector) => getComputedStyle(document.querySelector(selector)).display)")
    plain.call("Emulation.setEmulatedMedia", media="")
    assert shown == ["none", "none", "block", "block"]
