"""A sound file of any length, level and rate becomes pieces with settings; what cannot be matched is said."""

import dataclasses
import json

import numpy as np
import pytest
import soundfile

from artinv.matching.files import write
from artinv.matching.match import match
from artinv.matching.refinement import quick
from artinv.runtime.errors import BadData
from artinv.show.match import draw
from tests.support import matched
from tests.support.matched import tones

STEPS = quick(5)


def put(path, sound, rate=8000):
    soundfile.write(path, sound, rate, subtype="FLOAT")
    return path


def test_a_sound_of_the_synthesizer_gets_its_settings_back(trained, tmp_path):
    matcher, parts = trained
    sound = parts["test"].sound(slice(0, 3)).ravel()
    found = match(put(tmp_path / "a.wav", sound), matcher, None, STEPS, workers=1)
    assert [piece.start for piece in found.pieces] == [0, 0.256, 0.512]
    np.testing.assert_array_equal(np.stack([piece.shares for piece in found.pieces]), matcher.shares(sound.reshape(3, -1)))
    assert all(piece.before == piece.after for piece in found.pieces)
    assert len(found.imitation) == len(found.sound) == len(sound)
    spec = matcher.synthesizer.spec
    for piece in found.pieces:
        for number, parameter in enumerate(spec):
            expected = float(parameter.values()[round(piece.shares[0, number] * (parameter.levels - 1))])
            assert piece.values[0, number] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("method", ["gradient", "cma"])
def test_refinement_brings_the_imitation_closer(trained, tmp_path, method):
    matcher, _ = trained
    path = put(tmp_path / "a.wav", tones(0.256, 520.0, loudness=0.37))
    found = match(path, matcher, method, quick(30), workers=1)
    assert found.pieces[0].after < found.pieces[0].before


def test_silence_between_sounds_has_no_settings_and_a_short_rest_is_ignored(trained, tmp_path):
    sound = np.concatenate([tones(0.256), np.zeros(2048, np.float32), tones(0.3)])
    found = match(put(tmp_path / "a.wav", sound), trained[0], None, STEPS, workers=1)
    assert [piece.start for piece in found.pieces] == [0, 0.512, 0.768]
    assert found.notes[0] == "silent from 0.256 s: no settings"
    assert (found.imitation[2048:4096] == 0).all()
    assert np.abs(found.imitation[:2048]).max() > 0.1
    shorter = match(put(tmp_path / "b.wav", sound[:-300]), trained[0], None, STEPS, workers=1)
    assert [piece.start for piece in shorter.pieces] == [0, 0.512]


def test_the_level_of_a_sound_outside_the_synthesizers_range_is_a_gain(trained, tmp_path):
    matcher, _ = trained
    quiet, usual = (match(put(tmp_path / "a.wav", tones(0.256, loudness=level)), matcher, None, STEPS, workers=1)
                    for level in (0.002, 0.4))
    assert usual.pieces[0].gain == 0
    assert quiet.pieces[0].gain == pytest.approx(20 * np.log10(0.002 / matcher.typical.quietest), abs=0.1)
    assert np.abs(quiet.imitation).max() < 0.01


def test_sounds_of_one_peak_are_matched_at_that_peak_and_get_their_level_back(trained, tmp_path):
    matcher, _ = trained
    typical = matcher.typical.model_copy(update={"quietest": 1.0, "loudest": 1.0})
    scaled = dataclasses.replace(matcher, normalise=True, typical=typical)
    found = match(put(tmp_path / "a.wav", tones(0.256, loudness=0.25)), scaled, "search", STEPS, workers=1)
    assert found.pieces[0].gain == pytest.approx(20 * np.log10(0.25), abs=1e-3)
    assert np.abs(found.imitation).max() == pytest.approx(0.25, abs=1e-3)


def test_files_of_another_rate_or_with_two_channels_are_resampled_and_mixed(trained, tmp_path):
    sound = tones(0.512, rate=44100)
    first = match(put(tmp_path / "a.wav", sound, 44100), trained[0], None, STEPS, workers=1)
    second = match(put(tmp_path / "b.wav", np.stack([sound, sound], 1), 44100), trained[0], None, STEPS, workers=1)
    assert len(first.sound) == 4096
    np.testing.assert_array_equal(first.imitation, second.imitation)


def test_a_sound_that_the_synthesizer_cannot_make_is_named(trained, tmp_path):
    noise = 0.3 * np.random.default_rng(0).standard_normal(2048).clip(-3, 3).astype(np.float32)
    found = match(put(tmp_path / "a.wav", noise), trained[0], None, STEPS, workers=1)
    assert any("tones cannot imitate this well: " in note for note in found.notes)


def test_few_sounds_of_the_synthesizer_itself_are_named(trained, tmp_path):
    matcher, parts = trained
    found = match(put(tmp_path / "a.wav", parts["valid"].sound(slice(None)).ravel()), matcher, None, STEPS, workers=1)
    named = sum(piece.is_foreign(matcher) for piece in found.pieces)
    assert 1 <= named <= 2, "5 % of 30"
    assert sum("cannot imitate" in note for note in found.notes) == named


@pytest.mark.parametrize(("sound", "message"), [
    (np.zeros(0, np.float32), "holds no sound"), (np.zeros(3000, np.float32), "is silent; nothing in it can be matched"),
    (np.repeat([0, 0.5], [2048, 104]).astype(np.float32), r"a\.wav: is silent up to its last 0\.013 s, too short to be matched"),
    (np.full(3000, np.nan, np.float32), "values that are not finite numbers"),
])
def test_unusable_sounds_are_rejected_in_one_line(trained, tmp_path, sound, message):
    with pytest.raises(BadData, match=message) as caught:
        match(put(tmp_path / "a.wav", sound), trained[0], None, STEPS, workers=1)
    assert "\n" not in str(caught.value)


def test_settings_that_move_have_a_row_and_a_value_for_each_time(tmp_path):
    matcher = matched.untrained(tmp_path / "model.safetensors", "tones", 3)
    found = match(put(tmp_path / "a.wav", tones(0.4, rate=16384), 16384), matcher, None, STEPS, workers=1)
    paths = write(tmp_path, "a", found, matcher)
    draw(tmp_path / "a.png", "a.wav", found, matcher.synthesizer.spec)
    pieces = json.loads(paths[0].read_text())["pieces"]
    assert [len(piece["settings"]["pitch"]) for piece in pieces] == [3, 3]
    head, *rows = (line.split(",") for line in paths[1].read_text().splitlines())
    assert head[:2] == ["start_s", "time_s"]
    assert [row[1] for row in rows] == ["0.0000", "0.1250", "0.2500", "0.2500", "0.3750", "0.5000"]
    pitches = [float(row[head.index("pitch_Hz")]) for row in rows]
    assert pitches == pytest.approx([value for piece in pieces for value in piece["settings"]["pitch"]], rel=1e-5)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_json_csv_sound_and_picture_agree_and_are_reproducible(trained, tmp_path):
    matcher, _ = trained
    found = match(put(tmp_path / "a.wav", tones(0.6)), matcher, "gradient", STEPS, workers=1)
    contents = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        paths = write(folder, "a", found, matcher)
        draw(folder / "a_match.png", "a.wav", found, matcher.synthesizer.spec)
        contents.append([path.read_bytes() for path in (*paths, folder / "a_match.png")])
    assert contents[0] == contents[1]
    content = json.loads(contents[0][0])
    head, *rows = (line.split(",") for line in contents[0][1].decode().splitlines())
    assert len(rows) == len(content["pieces"]) == 3
    for row, piece in zip(rows, content["pieces"], strict=True):
        cells = dict(zip(head, map(float, row), strict=True))
        assert cells["start_s"] == piece["start"]
        assert cells["pitch_Hz"] == pytest.approx(piece["settings"]["pitch"], rel=1e-5)
        assert cells["loudness"] == pytest.approx(piece["settings"]["loudness"], abs=1e-5)
    sound, rate = soundfile.read(tmp_path / "one/a_match.wav", dtype="float32")
    assert rate == 8000
    np.testing.assert_allclose(sound, found.imitation, atol=1e-4)
    assert contents[0][3].startswith(b"\x89PNG")
