"""The head that a browser draws from a recording: /p b m/ close its lips, /t d n/ bring its tongue to the palate.

The recordings are of a synthetic speaker, so that the phones and their times are known. The motion is the one that the bundled
model predicts from sound and phones. Gaps are measured on the outlines of the page, not on the positions of the coils.
"""

import pytest

import artinv
from artinv.show.view import page, source
from artinv.synth.speaker.lexicon import Sentence, Word
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import Variability, draw_speaker
from tests.support.chromium import FRAME, needed

pytestmark = needed

TOUCH = 1.2  # mm, tongue and palate nearer than this are drawn as touching

_GAPS = """
(frames) => {
    const head = document.getElementById("head"), named = (name) => head.querySelector(`.${name}`);
    const inside = (shape, x, y) => shape.isPointInFill(new DOMPoint(x, y));
    const coil = (name) => ["cx", "cy"].map((key) => Number(head.querySelector(`[data-coil=${name}]`).getAttribute(key)));
    const lips = () => {  // mm that are free on the vertical line through the red of both lips
        const [[x1, top], [x2, bottom]] = [coil("ul"), coil("ll")], x = (x1 + x2) / 2 - 2.5;
        let free = 0;
        for (let y = top; y < bottom; y += 0.1) free += 0.1 * !["skull", "jaw"].some((name) => inside(named(name), x, y));
        return free;
    };
    const tongue = () => {  // mm from the front half of the palate straight down to the tongue
        const palate = named("usual"), length = palate.getTotalLength();
        let least = 10;
        for (let k = 0; k <= 40; k += 1) {
            const point = palate.getPointAtLength(length * (0.4 + 0.6 * k / 40));
            for (let far = 0; far < least; far += 0.1) if (inside(named("tongue"), point.x, point.y + far)) least = far;
        }
        return least;
    };
    const seen = [];
    const key = (name) => document.body.dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true}));
    key("Home");
    for (let frame = 0; frame <= frames[frames.length - 1]; frame += 1) {
        if (frames.includes(frame)) seen.push([Number(document.body.dataset.frame), lips(), tongue(), head.dataset.contact > 0]);
        key("ArrowRight");
    }
    return seen;
}
"""
"""Frames -> (frame, gap of the lips, gap of the tongue, whether contact is marked)."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, browser):
    """Return for each set of consonants: phone -> (smallest gap of the lips, of the tongue, contact) in a page of its recording."""
    speaker = draw_speaker("F01", Variability(), (0, "F01"))
    found = {}
    for consonants in (("p", "b", "m", "s"), ("t", "d", "n", "hh")):
        words = tuple(Word(phone, (phone, "aa1"), function=False) for phone in consonants)
        spoken = speak(speaker, Sentence(" ".join(consonants), words), 1)
        labels = [(phone.text, phone.start, phone.end) for phone in spoken.phones]
        motion = artinv.invert(spoken.sound, 16000, phones=labels)
        file = tmp_path_factory.mktemp("page") / "spoken.html"
        file.write_text(page.render(source.of_trajectory(motion, motion.sound, (), phones=motion.phones)), encoding="utf-8")
        browser.open(file, 1280, 900)
        spans = {phone: range(int(start * 100), int(end * 100) + 1) for phone, start, end in labels if phone != "aa1"}
        spans["aa"] = range(*(int(100 * time) for time in labels[-2][1:]))
        frames = sorted({frame for phone, span in spans.items() if phone != "sil" for frame in span})
        seen = {frame: values for frame, *values in browser.run(f"({_GAPS})({frames})")}
        assert list(seen) == frames
        assert browser.run(FRAME) == frames[-1] + 1
        assert browser.faults() == []
        for phone, span in spans.items():
            if phone != "sil":
                lips, tongue, contact = zip(*(seen[frame] for frame in span), strict=True)
                found[phone] = min(lips), min(tongue), any(contact)
    return found


@pytest.mark.parametrize("phone", ["p", "b", "m"])
def test_a_labial_closes_the_drawn_lips(recorded, phone):
    lips, _, contact = recorded[phone]
    assert lips < 1
    assert not contact


@pytest.mark.parametrize("phone", ["t", "d", "n"])
def test_an_alveolar_brings_the_drawn_tongue_to_the_palate(recorded, phone):
    _, tongue, contact = recorded[phone]
    assert tongue < TOUCH
    assert contact


def test_other_phones_do_not_close_the_drawn_mouth(recorded):
    assert min(recorded[phone][0] for phone in ("s", "aa", "hh")) > 5  # mm
    assert min(recorded[phone][1] for phone in ("aa", "hh")) > 5
    assert not recorded["hh"][2]
    assert min(recorded[labial][1] for labial in "pbm") > 5
    assert min(recorded[alveolar][0] for alveolar in "tdn") > 1
