"""The live page: self-contained, and its scripts compute what Python computes."""

import json
import re

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.inversion import export
from artinv.live.model import load
from artinv.live.resample import Resampler
from artinv.live.stream import invert, trajectory
from artinv.show.html import START
from artinv.show.live import page
from tests.support import javascript
from tests.support.live import in_node, speech, untrained


@pytest.fixture(scope="module")
def text():
    return page.render(untrained())


def test_the_page_is_one_file_without_network(text):
    assert text.startswith(START)
    assert re.findall(r'(?:src|href)="?[^"> ]+', text) == []
    assert "http:" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https:" not in text
    policy = re.search(r'content="(default-src.*?)">', text)[1]
    assert "connect-src" not in policy
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "{{" not in text.partition("<script>")[0]


def test_the_page_says_what_the_motion_is(text):
    for words in ("your recording", "a computer&#x27;s estimate, learned from artificial speakers", "Nothing leaves this computer",
                  "no medical device", "average training speaker"):
        assert words in text


def test_accuracy_is_stated_for_the_bundled_model_only():
    assert page.accuracy(untrained()) == ""
    assert re.fullmatch(r"on real recordings it followed the tongue with r = 0\.\d\d on average \(0 is chance, 1 is perfect\)",
                        page.accuracy(load()))


def test_drawn_lips_touch_in_the_narrowest_openings_of_usual_motion():
    model = load()
    profile = page.drawing(model)
    apart = model.poses[:, CHANNELS.index("ul_y")] - model.poses[:, CHANNELS.index("ll_y")]
    assert 0.01 < np.mean(apart <= profile.people["now"].contact) < 0.08
    assert profile.people["now"] == profile.people["other"]


def test_the_data_end_no_element():
    model = untrained()
    model.facts.provenance["origin"] = "</script><b>"
    data = re.search(r'id="data">(.*?)</script>', page.render(model), re.DOTALL)[1]
    assert json.loads(data)["facts"]["trained_on"] == "</script><b> speakers"


@javascript.needed
@pytest.mark.parametrize(("rate", "block"), [(16000, 480), (48000, 512), (44100, 441), (22050, 5000), (8000, 300)])
def test_the_scripts_give_the_motion_of_python(rate, block):
    sound, model = speech(1.2, rate, seed=rate), untrained()
    heard, moved = in_node(model, sound, rate, block)
    resampler = Resampler(rate)
    assert np.array_equal(heard, np.concatenate([resampler.add(sound), resampler.end()]))
    assert np.abs(moved - invert(sound, rate, model).motion).max() < 1e-5


@javascript.needed
def test_the_scripts_give_the_motion_of_the_bundled_model():
    sound = speech(3.0, 48000, seed=7)
    assert np.abs(in_node(load(), sound, 48000, 480)[1] - invert(sound, 48000).motion).max() < 1e-4


@javascript.needed
@pytest.mark.parametrize("sound", [np.zeros(9000), np.ones(9000), np.full(5, 0.1)], ids=["zeros", "ones", "short"])
def test_unusual_sound_gives_finite_motion_on_both_sides(sound):
    model = untrained()
    _, moved = in_node(model, sound, 44100, 1000)
    made = invert(sound, 44100, model).motion
    assert np.isfinite(made).all()
    assert np.abs(moved - made).max() < 1e-5


@javascript.needed
def test_a_saved_table_is_a_trajectory(tmp_path):
    model = untrained()
    made = invert(speech(0.4, 16000), 16000, model)
    given = {"facts": page.content(model)["facts"], "channels": CHANNELS, "margin": model.margin.tolist(),
             "take": {"name": "take-1", "rate": 50, "motion": made.motion.T.tolist()}}
    table = javascript.run(["takes.js"], "motionTable(input.take, input.facts, input.channels, input.margin)", given,
                           "artinv.show.live")
    (tmp_path / "a.csv").write_text(table, encoding="utf-8")
    again, expected = export.read(tmp_path / "a.csv"), trajectory(made.motion, model, "take-1")
    assert again.motion == pytest.approx(expected.motion, abs=6e-5)
    assert again.margin == pytest.approx(expected.margin, abs=6e-5)
    assert (again.name, again.rate, again.model, again.trained_on, again.speaker, again.level) == (
        expected.name, expected.rate, expected.model, expected.trained_on, expected.speaker, expected.level)


@javascript.needed
def test_of_a_long_recording_the_end_is_kept():
    """Three seconds are fed into a recorder of one second: sound and motion of the last one start at the same frame."""
    expression = """(() => {
        const recorder = Recorder({ front: { rate: 50 }, mean: [0] }, 1);
        for (let frame = 0; frame < 150; frame += 1) {
            recorder.hears(Float32Array.from({ length: 320 }, (_, k) => (frame * 320 + k) / 65536), frame === 120);
            if (frame >= 7) recorder.moves([frame - 7]);
        }
        recorder.hears(new Float32Array(100));
        for (let frame = 143; frame < 151; frame += 1) recorder.moves([frame]);
        const { sound, motion, cut, opens } = recorder.take("a"), lost = recorder.at(50, 0);
        return { first: sound[0] * 65536, length: sound.length, motion: [...motion[0]], cut, opens, lost };
    })()"""
    kept = javascript.run(["takes.js"], expression, {}, "artinv.show.live")
    first = kept["motion"][0]
    assert kept["motion"] == list(range(int(first), 151))
    assert kept["first"] == first * 320
    assert kept["cut"] == first / 50
    assert 0.95 < kept["length"] / 16000 <= 1
    assert kept["opens"] == pytest.approx(120 / 50 - kept["cut"])
    assert kept["lost"] is None
