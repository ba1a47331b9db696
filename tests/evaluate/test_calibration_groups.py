"""Calibration groups: their composition, the training sets without them, and the calibration of a test speaker's intervals."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import yaml

from artinv.core.ids import UtteranceId
from artinv.data.dataset import Entry
from artinv.data.groups import SEPARATOR, check, divide, split_without
from artinv.data.splits import SplitParams
from artinv.evaluate import loso
from artinv.evaluate.calibration_groups import CalibrationGroups, load, save
from artinv.evaluate.results import ErrorLists, FoldCoverage
from artinv.measure.intervals import ErrorHistogram, cross_calibrate
from artinv.runtime.errors import BadData, BadParams
from artinv.show.results.tables import loso_table
from tests.support import results_for_tests
from tests.support.folds_for_tests import PARAMS
from tools.deps import ROOT

NAMES = [f"s{at:02d}" for at in range(20)]


def _meetings(groups):
    return Counter(pair for group in groups for pair in combinations(sorted(group.split(SEPARATOR)), 2))


def test_two_of_twenty_speakers_share_at_most_one_group_of_four_and_each_has_nine_partners():
    groups = divide(NAMES, 4, 3)
    assert [len(group.split(SEPARATOR)) for group in groups] == [4] * 15
    assert max(_meetings(groups).values()) == 1
    partners = Counter(name for pair in _meetings(groups) for name in pair)
    assert partners == dict.fromkeys(NAMES, 9)
    assert divide(NAMES[::-1], 4, 3) == groups


@pytest.mark.parametrize("number", [1, 2, 3, 7, 11, 19, 23, 40])
def test_every_speaker_is_in_one_group_of_each_partition(number):
    groups = divide([f"s{at}" for at in range(number)], 4, 3)
    each = len(groups) // 3
    for way in range(3):
        names = [name for group in groups[way * each : (way + 1) * each] for name in group.split(SEPARATOR)]
        assert sorted(names) == sorted(f"s{at}" for at in range(number))


def test_the_groups_of_params_yaml_are_those_of_its_speakers():
    chosen = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["loso"]
    assert chosen["strangers"] == divide(chosen["speakers"], 4, 3)
    assert f"indep-{chosen['calibrated']}" in chosen["runs"]


@pytest.mark.parametrize(("groups", "message"), [
    (["a__b"], "loso.strangers: 'c' shares no group with another speaker; write the groups that `python -m tools.groups` prints"),
    (["a__b", "c"], "'c' shares no group with another speaker"), (["a__b__c", "d__a"], "'d' is none of loso.speakers"),
])
def test_a_speaker_without_calibration_speakers_is_rejected(groups, message):
    with pytest.raises(BadParams, match=message):
        check(["a", "b", "c"], groups)


def _entries():
    return [Entry(UtteranceId(f"toy/{speaker}/{part}{at}"), part, f"{part}{at}", 100, "synthetic")
            for speaker in "abcde" for part in ("train", "valid", "test") for at in range(2)]


def test_no_speaker_of_a_group_is_used_for_training_or_validation():
    params = SplitParams(split="indep", test_speaker="a", corpora=["toy"], valid_speakers=[], train_corpora=[], unseen_text=True)
    made = split_without(_entries(), ["a", "toy/c"], params)
    speakers = {kind: {id_.split("/")[1] for id_ in getattr(made, kind)} for kind in ("train", "valid", "test")}
    assert speakers == {"train": {"b", "d", "e"}, "valid": {"b", "d", "e"}, "test": {"a", "c"}}
    assert len(made.test) == 12
    assert len(made.train) == 12
    assert made.test_speaker == "toy/a__toy/c"


def _errors(scale, seed):
    """Return the errors of one speaker, with standard deviation `scale`."""
    truth = scale * np.random.default_rng(seed).standard_normal((4000, 18))
    return ErrorHistogram.of([np.ones_like(truth)], [np.zeros_like(truth)], [truth])


def _kinds(scale, seed):
    return {"learned": _errors(scale, seed), "constant": _errors(scale, seed)}


def test_load_restores_errors_and_names_an_unreadable_file(tmp_path):
    made = {"toy/a": _kinds(1, 0), "toy/b": _kinds(2, 1)}
    save(made, "tcn", "a__b", tmp_path)
    again = load("tcn", "a__b", tmp_path)
    np.testing.assert_array_equal(again["toy/b"]["learned"].counts, made["toy/b"]["learned"].counts)
    (tmp_path / "tcn/a__c.json").write_text("[3]")
    for group in ("a__c", "c__d"):
        with pytest.raises(BadData, match=rf"{group}.json: group of `loso.strangers` cannot be read .*; run `make loso"):
            CalibrationGroups.read("tcn", ["a__b", group], tmp_path)


def test_partners_are_the_other_speakers_of_the_same_groups():
    first, second, third = _kinds(1, 0), _kinds(2, 1), _kinds(3, 2)
    groups = CalibrationGroups("tcn", ({"a": first, "b": second}, {"a": first, "c": third}, {"b": second, "c": third}))
    assert groups.partners("a") == [second, third]
    assert groups.partners("d") == []


def _fold(name, scale, seed):
    scores = results_for_tests.fold(name, seed=seed)[0].scores
    errors = {kind: ErrorLists.of(own) for kind, own in _kinds(scale, seed).items()}
    return replace(scores, errors=errors, intervals=FoldCoverage(0.9, 0.6 + 0.1 * seed, {}))


def test_the_summary_shows_coverage_by_speaker_and_counts_speakers_near_the_nominal_level():
    """The third speaker's errors are twice as wide as those of the speakers on whom the intervals are calibrated."""
    names = ("hprc/F01", "hprc/M01", "mocha/fsew0")
    made = [_fold(name, 1 + (at == 2), at) for at, name in enumerate(names)]
    groups = CalibrationGroups("tcn", ({name: _kinds(1, 10 + at) for at, name in enumerate(names)},))
    summary = loso.summarise(made, PARAMS, groups)
    tcn = summary.settings["indep"]["tcn"]
    held = tcn.intervals.learned
    by_hand = cross_calibrate({"hprc/F01": _kinds(1, 0)}, {"hprc/F01": [_kinds(1, 11), _kinds(1, 12)]}, 0.9)["learned"]
    assert held.speakers["hprc/F01"] == by_hand.speakers["hprc/F01"]
    assert held.speakers["mocha/fsew0"].coverage == pytest.approx(0.59, abs=0.02)  # of |z| < 1.645 / 2
    assert held.within == 2
    assert tcn.own_intervals.within == 0
    figures = summary.headline["indep"]["tcn"]
    assert (figures["speakers_within"], figures["speakers"]) == (2, 3)
    assert figures["coverage"] == held.coverage
    assert figures["margin_constant"] == tcn.intervals.constant.margin
    text = loso_table(summary)
    assert "2 of 3" in text
    row = next(line for line in text.splitlines() if line.startswith("mocha/fsew0") and "±" in line)
    assert f"{held.speakers['mocha/fsew0'].coverage:.1%}" in row
    assert "no narrower than constant ones" in text
    assert "0 of 3 speakers within 5 points" in text
    assert loso.summarise(made, PARAMS, replace(groups, model="mlp")).settings["indep"]["tcn"].intervals is None
    with pytest.raises(BadData, match="fold 'indep tcn mocha/fsew0' has no other speakers to calibrate on"):
        loso.summarise(made, PARAMS, CalibrationGroups("tcn", ({name: _kinds(1, 0) for name in names[:2]},)))
