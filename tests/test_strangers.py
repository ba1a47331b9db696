"""Groups of strangers: who is left out with whom, what calibrates whom, and that a bad model shows."""

from itertools import combinations

import numpy as np
import pytest

from artinv.errors import BadData
from artinv.intervals import Errors, Width, across
from artinv.strangers import StrangersParams, coverage, load, members, partners, save

CHANNELS = 18


def errors(seed, level, width=None, heard=None):
    """Of a speaker whose errors are `level` wide."""
    random = np.random.default_rng(seed)
    truth = (level * random.standard_normal((4000, CHANNELS))).astype(np.float32)
    predicted = np.zeros_like(truth)
    heard = np.zeros((len(truth), 4), np.float32) if heard is None else heard
    width = width or Width.constant(4)
    return Errors.of([width.of(heard, predicted)], [predicted], [truth])


@pytest.mark.parametrize(("speakers", "groups", "ways"), [(20, 5, 5), (19, 5, 3), (6, 2, 1), (9, 3, 3), (49, 7, 7)])
def test_every_way_divides_everybody_and_two_meet_once_at_most(speakers, groups, ways):
    names = [f"s{number:02d}" for number in range(speakers)]
    met = []
    for way in range(ways):
        parts = [members(names, way, group, groups) for group in range(groups)]
        assert sorted(name for part in parts for name in part) == names
        assert max(map(len, parts)) - min(map(len, parts)) <= 1
        met += [pair for part in parts for pair in combinations(sorted(part), 2)]
    assert len(met) == len(set(met))


def test_what_is_kept_is_read_back(tmp_path):
    group = {"hprc/F01": {"learned": errors(0, 1.0), "constant": errors(1, 2.0)}}
    group["hprc/F01"]["learned"].width[3] = np.nan
    choice = StrangersParams(model="strided", ways=[0], groups=[0])
    with pytest.raises(BadData, match=r"0-0.json: is listed under `strangers` and cannot be read .*; run `make loso`"):
        choice.read(tmp_path)
    save(tmp_path / "0-0.json", group)
    assert load(tmp_path / "0-0.json").keys() == group.keys()
    (again,) = choice.read(tmp_path)
    for kind, one in group["hprc/F01"].items():
        np.testing.assert_array_equal(again["hprc/F01"][kind].counts, one.counts)
        np.testing.assert_array_equal(again["hprc/F01"][kind].width, one.width)


def test_partners_share_a_group():
    groups = [{name: {"constant": (at, name)} for name in names} for at, names in enumerate(("abc", "de", "ad"))]
    assert partners("a", groups) == {"constant": [(0, "b"), (0, "c"), (2, "d")]}
    assert partners("e", groups) == {"constant": [(1, "d")]}
    assert partners("f", groups) == {}


def fold(name, found):
    lists = {"counts": found.counts.tolist(), "width": found.width.tolist()}
    return {"run": {"test_speaker": name}, "errors": {"constant": lists}, "intervals": {"level": 0.9}}


def test_a_speaker_without_company_is_refused():
    group = {name: {"constant": errors(0, 1.0)} for name in ("a", "b")}
    folds = [fold(name, errors(1, 1.0)) for name in ("a", "b", "c")]
    with pytest.raises(BadData, match="c shares no group with another speaker"):
        coverage(folds, [group])
    assert coverage(folds[:2], [group])["intervals"]["constant"]["near"] == 2


def test_a_model_that_knows_its_calibration_speakers_by_heart_shows():
    """Errors on speakers whom it was trained on are half as large as on strangers: that every stranger is served badly is seen."""
    names = [f"s{number}" for number in range(8)]
    folds = [fold(name, errors(number, 1.0)) for number, name in enumerate(names)]
    strangers = [{name: {"constant": errors(10 + number, 1.0)} for number, name in enumerate(names)}]
    by_heart = [{name: {"constant": errors(10 + number, 0.5)} for number, name in enumerate(names)}]
    honest, flattering = (coverage(folds, groups)["intervals"]["constant"] for groups in (strangers, by_heart))
    assert honest["near"] == 8
    assert honest["coverage"] == pytest.approx(0.9, abs=0.01)
    assert flattering["near"] == 0
    assert max(one["coverage"] for one in flattering["speakers"].values()) < 0.7


def test_of_a_model_that_hears_nothing_learned_widths_are_no_narrower():
    """Coverage is right whatever the model; what tells a good width from noise is that it is narrower than a constant one."""
    random = np.random.default_rng(5)
    heard = random.standard_normal((4000, 4)).astype(np.float32)
    truth = random.standard_normal((4000, CHANNELS)).astype(np.float32)
    noise = Width.fit([heard], [np.zeros_like(truth)], [truth])
    speakers = {name: {"learned": errors(seed, 1.0, noise, heard), "constant": errors(seed, 1.0)}
                for seed, name in enumerate("abcd")}
    calibration = {name: {kind: [one[kind] for other, one in speakers.items() if other != name] for kind in speakers["a"]}
                   for name in speakers}
    report = across(speakers, calibration, 0.9)
    assert report["learned"]["coverage"] == pytest.approx(0.9, abs=0.01)
    assert report["learned"]["margin"] == pytest.approx(report["constant"]["margin"], rel=0.02)
