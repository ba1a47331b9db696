"""Contents of the player page and the still image, compared with other readers and closed forms."""

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest
import soundfile
from PIL import Image
from scipy import signal

from artinv.core.channels import CHANNELS
from artinv.core.trajectory import Trajectory
from artinv.inversion.model import BUNDLED
from artinv.runtime.errors import BadData
from artinv.show.view import acoustics, page, still, words
from artinv.show.view.scene import motion_at
from tests.support.scenes import EVIL, motion, scene


class Reader(HTMLParser):
    """Independent reader of the page: tags, attributes and text by tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.inside, self.text = [], [], [], {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append(dict(attrs))
        self.inside.append(tag if dict(attrs).get("id") != "data" else "data")

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() not in (tag, "data"):
            pass

    def handle_data(self, data):
        if self.inside:
            self.text.setdefault(self.inside[-1], []).append(data)


@pytest.fixture(scope="module")
def shown():
    return scene()


@pytest.fixture(scope="module")
def read(shown):
    return Reader(page.render(shown))


@pytest.fixture(scope="module")
def data(read):
    return json.loads("".join(read.text["data"]))


def test_the_header_shows_name_text_origin_and_model(read, shown):
    assert read.text["h1"] == ["hprc/F01/F01_001"]
    text = " ".join(part for parts in read.text.values() for part in parts)
    estimate = "a computer's estimate, learned from artificial speakers"
    for said in ("SYNTHETIC recording", estimate, "tcn 0123456789ab", "Sentence 1.", "drawn by hand"):
        assert said in text


@pytest.mark.parametrize(("origin", "trained_on", "words"), [
    ("real", "real", ("real recording", "a computer's estimate, learned from real speakers")),
    ("", "mixed", ("your recording", "a computer's estimate, learned from real and artificial speakers")),
    ("synthetic", "", ("SYNTHETIC recording: made by a computer", "a computer's estimate, learned from unknown speakers")),
])
def test_badges_show_the_origins(origin, trained_on, words):
    trajectory = Trajectory(name="a", rate=50.0, motion=motion(2, 50), trained_on=trained_on)
    assert scene(origin=origin, predicted=trajectory).badges == words
    alone = scene(origin=origin, predicted=None)
    assert (alone.badges, alone.model) == (words[:1], "measured motion only")


def test_the_accuracy_of_the_bundled_model_is_that_of_its_card():
    card = BUNDLED.with_suffix(".md").read_text("utf-8")
    figure = r"([.\d]+)<!--real_details:by_source\.acoustics{}\.channels\.t[tbd]_[xy]:"
    values, recognized = ([float(value) for value in re.findall(figure.format(kind), card)] for kind in ("", r"\+recognized"))
    assert len(values) == len(recognized) == 6
    digest = hashlib.sha256(BUNDLED.read_bytes()).hexdigest()[:12]
    said = words.accuracy(f"bilstm {digest}")
    assert said.startswith(f"on real recordings it followed the tongue with r = {np.mean(values):.2f} on average")
    heard = words.accuracy(f"bilstm {digest}", "recognized")
    assert f"r = {np.mean(recognized):.2f} on average" in heard
    assert heard != said
    unscored = [words.accuracy(f"bilstm {digest}", manner) for manner in ("given", "aligned")]
    assert [*unscored, words.accuracy("bilstm 0123456789ab")] == ["", "", ""]
    trajectory = Trajectory(name="a", rate=50.0, motion=motion(2, 50), model=f"bilstm {digest}")
    assert said in " ".join(Reader(page.render(scene(predicted=trajectory))).text["p"])


def test_every_term_is_explained_once(read):
    text = " ".join(read.text["p"])
    assert all(text.count(explanation) == 1 for explanation in words.TERMS.values())


def test_two_takes_are_one_page():
    first, second = scene(measured=None), scene(1.5, name="after.wav", text="Sentence 2.", measured=None)
    both = Reader(page.render(first, second))
    content = json.loads("".join(both.text["data"]))
    assert "".join(both.text["h1"]) == "hprc/F01/F01_001 · after.wav"
    assert list(content["lines"]) == ["predicted", "predicted-2"]
    assert [line["take"] for line in content["lines"].values()] == [0, 1]
    assert content["lines"]["predicted-2"]["name"].startswith("take 2, after.wav: a computer's estimate")
    sound, _ = soundfile.read(io.BytesIO(base64.b64decode(content["other"]["sound"]["bytes"])), dtype="int16")
    assert np.array_equal(sound, np.rint(second.sound * 32768))
    assert content["other"]["align"]["linear"] == [[0, 0], [0.2, 0.2], [1.9, 1.5], [2, 1.5]]
    assert set(content["head"]["people"]) == set(content["lines"])


def test_the_page_opens_at_the_first_speech(data):
    assert data["opens"] == 0.2


def test_the_page_makes_no_network_requests(read, shown):
    assert not any({"src", "href", "action"} & attributes.keys() for attributes in read.attributes)
    assert "link" not in read.tags
    links = page.render(shown).replace("http://www.w3.org/2000/svg", "")
    assert "http:" not in links
    assert "https:" not in links


def test_the_policy_allows_only_the_pages_own_script_and_style(read):
    policies = (attributes for attributes in read.attributes if attributes.get("http-equiv") == "Content-Security-Policy")
    policy = next(policies)["content"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for rule, tag in (("script-src", "script"), ("style-src", "style")):
        code = "".join(read.text[tag]).encode()
        assert rules[rule] == f"'sha256-{base64.b64encode(hashlib.sha256(code).digest()).decode()}'"
    assert rules["default-src"] == "'none'"
    assert not any(name.startswith("on") or name == "style" for attributes in read.attributes for name in attributes)


def test_hostile_text_is_escaped(read, shown):
    trajectory = Trajectory(name="a", rate=50.0, motion=motion(2, 50), model=EVIL, speaker=EVIL)
    phones = tuple(type(phone)(EVIL, phone.start, phone.end) for phone in shown.phones)
    evil = Reader(page.render(scene(name=EVIL, text=EVIL, phones=phones, palate_note=EVIL, notes=(EVIL,), predicted=trajectory)))
    assert evil.tags[: evil.tags.index("ul")] == read.tags[: read.tags.index("ul")]
    assert sorted(set(evil.tags)) == sorted(set(read.tags))
    assert evil.tags.count("script") == read.tags.count("script") == 2
    assert "".join(evil.text["h1"]) == EVIL
    content = json.loads("".join(evil.text["data"]))
    assert content["name"] == EVIL
    assert [phone[0] for phone in content["phones"]] == [EVIL] * 4


def test_the_page_contains_every_sample_of_the_sound(data, shown):
    sound, rate = soundfile.read(io.BytesIO(base64.b64decode(data["sound"]["bytes"])), dtype="int16")
    assert rate == 16000
    assert np.array_equal(sound, np.rint(shown.sound * 32768))


def test_the_page_contains_the_motion_with_null_in_gaps(data, shown):
    for kind, trajectory in shown.motions.items():
        got = np.array(data["lines"][kind]["motion"], float).T
        assert np.array_equal(np.isnan(got), np.isnan(trajectory.motion))
        present = np.isfinite(got)
        error = np.abs(np.where(present, got, 0) - np.where(present, trajectory.motion, 0)).max(axis=0)
        assert (error <= np.where([channel["unit"] == "mm" for channel in data["channels"]], 0.0051, 0.000051)).all()
    assert data["lines"]["measured"]["margin"] is None
    assert np.array_equal(data["lines"]["predicted"]["margin"], np.full((18, 101), 1.5))
    assert [channel["name"] for channel in data["channels"]] == list(CHANNELS)


def test_infinite_margins_are_null(shown, tmp_path):
    margin = np.full_like(shown.predicted.motion, 1.5)
    margin[:, CHANNELS.index("tt_y")] = np.inf
    endless = scene(predicted=replace(shown.predicted, margin=margin))
    margins = json.loads("".join(Reader(page.render(endless)).text["data"]))["lines"]["predicted"]["margin"]
    assert margins[CHANNELS.index("tt_y")] == [None] * 101
    assert margins[CHANNELS.index("tt_x")] == [1.5] * 101
    still.draw(tmp_path / "a.png", endless)


def test_correlations_are_pearson(data, shown):
    times = np.arange(len(shown.measured.motion)) / 100
    for place, name in enumerate(CHANNELS):
        present = np.isfinite(shown.measured.motion[:, place])
        if not present.any():
            assert data["channels"][place]["likeness"] is None
            continue
        guess = np.interp(times, np.arange(len(shown.predicted.motion)) / 50, shown.predicted.motion[:, place])
        expected = np.corrcoef(shown.measured.motion[present, place], guess[present])[0, 1]
        assert data["channels"][place]["likeness"] == pytest.approx(expected, abs=1e-4), name


def test_motion_is_linear_between_frames_and_missing_in_gaps():
    values = np.full((3, 18), np.nan, np.float32)
    values[:, 0], values[:, 1] = (1, 2, 4), (1, np.nan, 3)
    got = motion_at(Trajectory(name="a", rate=10.0, motion=values), np.array([-1, 0, 0.05, 0.1, 0.15, 0.2, 9]))
    assert np.allclose(got[:, 0], [1, 1, 1.5, 2, 3, 4, 4])
    assert np.allclose(got[:, 1], [1, 1, np.nan, np.nan, np.nan, 3, 3], equal_nan=True)


def test_a_scene_without_motion_or_with_a_long_sound_is_rejected():
    with pytest.raises(BadData, match="neither measured nor predicted"):
        scene(measured=None, predicted=None)
    with pytest.raises(BadData, match="lasts 301 s, longer than the limit of 300 s; cut the sound"):
        scene(sound=np.zeros(301 * 16000, np.float32))


@pytest.mark.parametrize("sound", [np.zeros(16000), np.ones(40), np.zeros(1)], ids=["silence", "2 ms", "one sample"])
def test_silent_and_very_short_sounds_give_a_page(sound, tmp_path):
    odd = scene(sound=sound.astype(np.float32), phones=(), palate=np.zeros((0, 2)))
    json.loads("".join(Reader(page.render(odd)).text["data"]))
    still.draw(tmp_path / "a.png", odd)


def test_spectrogram_shows_a_tone_at_its_frequency_and_a_click_at_its_time():
    time = np.arange(16000) / 16000
    values, rate = acoustics.spectrogram(np.sin(2 * np.pi * 3000 * time).astype(np.float32), 16000)
    assert values.shape[0] == 128
    assert (values[:, 40:-40].argmax(axis=0) == round(3000 / acoustics.TOP * 128)).all()
    click = np.zeros(16000, np.float32)
    click[8000] = 1
    values, rate = acoustics.spectrogram(click, 16000)
    times = np.flatnonzero(values[64] > 0.5) / rate
    assert times.mean() == pytest.approx(0.5, abs=0.002)
    assert np.ptp(times) < 0.008


@pytest.mark.parametrize("rate", [8000, 16000, 22050])
def test_spectrogram_maxima_agree_with_scipy(rate):
    time = np.arange(2 * rate) / rate
    sound = signal.chirp(time, 200, 2, 3500).astype(np.float32)
    values, per_second = acoustics.spectrogram(sound, rate)
    frequency, when, power = signal.spectrogram(sound, rate, nperseg=256, noverlap=128)
    columns = np.rint(when * per_second).astype(int)
    got = values.argmax(axis=0)[columns] * acoustics.TOP / 128
    assert np.abs(got - frequency[power.argmax(axis=0)]).max() < 160
    assert (values[int(rate / 2 / acoustics.TOP * 128) + 2:] == 0).all()


def test_silence_is_white():
    assert (acoustics.spectrogram(np.zeros(16000, np.float32), 16000)[0] == 0).all()
    hiss = np.random.default_rng(0).normal(0, 1e-5, 16000).astype(np.float32)  # below the resolution of 16 bits
    assert acoustics.spectrogram(hiss, 16000)[0].mean() < 0.3


def test_picture_is_dark_at_high_levels():
    opened = Image.open(io.BytesIO(acoustics.picture(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))))
    assert opened.mode == "L"
    assert np.array_equal(np.asarray(opened), [[255, 255, 0], [0, 255, 255]])


@pytest.mark.parametrize("shape", [(1, 1), (128, 400), (3, 1000)])
def test_picture_has_32_greys_and_passes_the_checks_of_another_decoder(shape):
    values = np.random.default_rng(0).uniform(0, 1, shape)
    opened = Image.open(io.BytesIO(acoustics.picture(values)))
    opened.verify()
    greys = np.asarray(Image.open(io.BytesIO(acoustics.picture(values)))).astype(float)
    assert np.abs(greys / 255 - (1 - values[::-1])).max() <= 0.5 / 31 + 1 / 255
    assert len(np.unique(greys)) <= 32


def test_outline_contains_every_peak():
    sound = np.random.default_rng(0).standard_normal(16001).astype(np.float32)
    ends, rate = acoustics.outline(sound, 16000)
    assert rate == 400
    for piece, (low, high) in enumerate(ends):
        part = sound[piece * 40:(piece + 1) * 40] / np.abs(sound).max() * 127
        assert abs(low - part.min()) <= 0.51
        assert abs(high - part.max()) <= 0.51


def test_moments_are_midpoints_of_spoken_phones(shown):
    assert still.moments(shown) == [(pytest.approx(0.6), "aa1"), (pytest.approx(1.45), "s")]
    even = [time for time, _ in still.moments(scene(phones=()))]
    assert np.allclose(even, (np.arange(still.MOMENTS) + 0.5) / still.MOMENTS * 2)


def test_still_image_does_not_depend_on_the_matplotlib_style(shown, tmp_path):
    still.draw(tmp_path / "a.png", shown)
    with mpl.rc_context({"lines.linewidth": 9, "axes.facecolor": "black", "font.size": 20, "savefig.dpi": 30}):
        still.draw(tmp_path / "b.png", shown)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as opened:
        colours = {colour for _, colour in opened.convert("RGB").getcolors(opened.width * opened.height)}
        assert opened.width == 1320
    assert {(0x1A, 0x1A, 0x1A), (0xC2, 0x4E, 0x00), (255, 255, 255)} <= colours


def test_still_image_accepts_any_letters(tmp_path):
    still.draw(tmp_path / "a.png", scene(name="$x^$ 舌 </b>", text="$\\frac$\nthe second line"))
    assert (tmp_path / "a.png").stat().st_size > 10_000
