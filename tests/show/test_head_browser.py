"""The drawn head in a real browser: closed lips, trail, saved picture, colours, folded curves and two takes."""

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.core.records import Label
from artinv.show.view import align, page
from tests.support.chromium import AUDIO, FRAME, TIME, needed
from tests.support.scenes import scene, synthetic

pytestmark = needed


def takes():
    slow = (Label("sil", 0.0, 0.6), Label("aa1", 0.6, 2.6), Label("sil", 2.6, 3.0))
    return scene(measured=None), scene(3.0, measured=None, phones=slow)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "plain.html").write_text(page.render(scene()), encoding="utf-8")
    (folder / "two.html").write_text(page.render(*takes()), encoding="utf-8")
    return folder


def test_lips_are_closed_exactly_at_the_smallest_distance_of_their_coils(plain):
    values = np.round(scene().measured.motion.astype(float), 2)
    apart = values[:, CHANNELS.index("ul_y")] - values[:, CHANNELS.index("ll_y")]
    closest = int(apart.argmin())
    plain.press("Home")
    for _ in range(closest):
        plain.press("ArrowRight")
    assert plain.run(FRAME) == closest
    assert plain.run("Number(document.getElementById('head').dataset.opening)") == 0
    assert plain.run("document.getElementById('state').textContent").startswith("lips closed")
    plain.press("ArrowRight", shift=True)
    opening = plain.run("Number(document.getElementById('head').dataset.opening)")
    assert opening == pytest.approx(apart[plain.run(FRAME)] - apart.min(), abs=1e-6)


def test_a_silence_has_no_letters_and_lips_teeth_bones_and_larynx_are_drawn(plain):
    plain.press("Home")
    assert plain.run("document.getElementById('phone').textContent") == ""
    assert plain.run("document.querySelectorAll('#head text.name').length") == 7 + 4  # coils; palate, throat, larynx, 10 mm
    boxes = plain.run("""Object.fromEntries(["lips", "lip-edge", "bone", "upper-tooth", "lower-tooth"].map((name) => {
        const { x, y, width, height } = document.querySelector(`#head .${name}`).getBBox();
        return [name, [x, -y - height, x + width, -y]];
    }))""")
    left, bottom, right, top = map(float, page.content(scene())["head"]["bounds"])
    for box in boxes.values():
        assert left < box[0] < box[2] < right
        assert bottom < box[1] < box[3] < top
    assert boxes["upper-tooth"][1] > boxes["lower-tooth"][1]
    assert boxes["lips"] == pytest.approx(boxes["lip-edge"], abs=0.01)


def test_the_tongue_leaves_a_trail_on_request(plain):
    trail = "document.querySelector('#head .measured .trail').getAttribute('d').length"
    assert plain.run(trail) == 0
    plain.press("t")
    assert plain.run(trail) > 100
    assert plain.run("document.getElementById('trail').getAttribute('aria-pressed')") == "true"
    plain.click("#trail")
    assert plain.run(trail) == 0


def test_the_picture_is_saved(plain):
    plain.press("s")
    plain.until("document.body.dataset.saved")
    assert plain.run("document.body.dataset.saved") == "hprc_F01_F01_001-0.20s.png"
    assert plain.run("document.getElementById('fault').hidden")


@pytest.mark.parametrize("features", [{"prefers-color-scheme": "dark"}, {"forced-colors": "active"}])
def test_dark_and_forced_colours_change_all_drawings(plain, features):
    ink = "getComputedStyle(document.querySelector('#head .measured .dorsum')).stroke"
    paper = "getComputedStyle(document.body).backgroundColor"
    light = plain.run(f"[{ink}, {paper}]")
    plain.call("Emulation.setEmulatedMedia", features=[{"name": name, "value": value} for name, value in features.items()])
    changed = plain.run(f"[{ink}, {paper}]")
    if "prefers-color-scheme" in features:
        assert changed[0] != light[0]
        assert changed[1] != light[1]
    pixels = plain.run("""(() => {
        const canvas = document.querySelector('[data-channel=la]');
        const values = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let drawn = 0;
        for (let k = 3; k < values.length; k += 4) drawn += values[k] > 0;
        return drawn;
    })()""")
    assert pixels > 500
    plain.call("Emulation.setEmulatedMedia", features=[])
    plain.events.clear()  # the browser warns about reading pixels, which only this test does


def test_five_curves_are_shown_and_the_others_unfold(plain):
    shown = "[...document.querySelectorAll('.track canvas')].filter((c) => c.clientWidth && c.checkVisibility()).length"
    assert plain.run(shown) == 5
    plain.click("#more summary", 0.1)
    assert plain.run(shown) == 18


def test_two_takes_lie_on_top_of_each_other(browser, folder):
    browser.open(folder / "two.html", 1400, 900)
    assert browser.run("document.querySelectorAll('#head g.take2 circle').length") == 7
    assert not browser.run("document.getElementById('compare').hidden")
    browser.press("Home")
    before = browser.run("document.querySelector('#head .take2 circle').getAttribute('cx')")
    browser.click("[data-strip=spectrum]", 0.5)
    as_recorded = browser.run("document.querySelector('#head .take2 circle').getAttribute('cx')")
    browser.click("[data-align=linear]")
    stretched = browser.run("document.querySelector('#head .take2 circle').getAttribute('cx')")
    assert len({before, as_recorded, stretched}) == 3
    browser.click("[data-hear='2']")
    time = browser.run(TIME)
    wanted = align.mapped(align.knots(*takes(), "linear"), np.array([time]))[0]
    browser.until(f"Math.abs({AUDIO}.currentTime - {wanted:.4f}) < 0.02")
    assert browser.run(TIME) == pytest.approx(1.0, abs=0.02)
    assert browser.faults() == []


def test_consonants_close_the_drawn_lips_and_bring_the_drawn_tongue_to_the_palate(browser, tmp_path):
    shown = next(shown for shown in synthetic() if {"P", "B", "M"} & {phone.text.upper() for phone in shown.phones})
    (tmp_path / "spoken.html").write_text(page.render(shown), encoding="utf-8")
    browser.open(tmp_path / "spoken.html", 1280, 900)
    browser.press("Home")
    rate = shown.measured.rate
    seen = browser.run(f"""Array.from({{length: {len(shown.measured.motion) - 1}}}, () => {{
        document.body.dispatchEvent(new KeyboardEvent("keydown", {{key: "ArrowRight", bubbles: true}}));
        const {{opening, contact}} = document.getElementById("head").dataset;
        return [Number(opening), Number(contact)];
    }})""")
    checked = 0
    for phone in shown.phones:
        during = seen[max(0, int(phone.start * rate) - 1):int(phone.end * rate)]
        if phone.text.upper() in {"P", "B", "M"}:
            assert min(opening for opening, _ in during) < 1, phone
            checked += 1
        if phone.text.upper() in {*"TDN"}:
            assert max(contact for _, contact in during) > 0, phone
            checked += 1
    assert checked >= 2
    assert browser.faults() == []
