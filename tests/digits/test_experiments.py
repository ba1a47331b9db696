"""Summaries of the long measurements of digits."""

import json

import numpy as np
import pytest
import yaml

from artinv.digits.adversarial import AdversarialParams
from artinv.digits.choices import EvaluationParams
from artinv.digits.results import SeedScores
from artinv.digits.sounds import SampleParams
from artinv.digits.training import AutoencoderParams, FlowParams
from artinv.digits.workspace import DigitsFiles
from artinv.digits.yardstick import YardstickParams
from experiments import digits_fsdd, digits_jerk, digits_probe, digits_seeds
from tests.support import toy_digits
from tests.support.digits_results import digits
from tests.support.neighbours import file_of_tests, read


def test_generators_are_ordered_by_their_median_and_neighbours_are_compared(tmp_path):
    rows = [{"kind": kind, "seed": seed, "accuracy": base + 0.01 * seed, "inception": 5.0 + seed, "frechet": 9.0 - seed}
            for kind, base in (("cvae", 0.8), ("flow", 0.9), ("cwgan1", 0.4)) for seed in range(5)]
    scores = digits_seeds.summary(rows, ["cvae", "flow", "cwgan1"], {"sounds": 600, "share": 0.5}, "synthetic", "abcd")
    assert scores.seeds == 5
    own = scores.accuracy["cvae"]
    assert (own.median, own.low, own.high) == pytest.approx((0.82, 0.8, 0.84))
    assert [(pair.better, pair.worse) for pair in scores.pairs] == [("cvae", "cwgan1"), ("flow", "cvae")]
    assert scores.pairs[0].p == pytest.approx(1 / 252), "1 of (10 over 5) orders is as extreme"
    scores.write(tmp_path / "a.json")
    assert SeedScores.read(tmp_path / "a.json", "make digits").frechet["flow"].values == [9.0, 8.0, 7.0, 6.0, 5.0]
    assert "flow above cvae: p = 0.004" in digits_seeds.table(scores)


def test_a_list_has_the_ten_digits_of_one_speaker():
    test = toy_digits.clips(4)
    lists = digits_probe.lists(test, 3)
    assert [sorted(test.digits[numbers].tolist()) for numbers in lists] == [list(range(10))] * 3
    assert [set(test.speakers[numbers].tolist()) for numbers in lists] == [{"F0"}, {"M0"}, {"F0"}]
    assert len(set(np.concatenate(lists).tolist())) == 30


def test_a_recording_without_known_motion_has_no_percentiles():
    assert digits_jerk.described([]) == "no stretch with known motion"
    assert digits_jerk.described([1000.0, 2000.0, 3000.0]) == "3 stretches, median 2000, 95 % below 2900 mm/s^3"


def project(tmp_path, **changes):
    """Return the files of a project with the parameters of the tests, and changes of sections."""
    files, content = DigitsFiles(tmp_path), read(file_of_tests("digits"))
    for section, own in changes.items():
        content[section] |= own
    files.params.parent.mkdir(parents=True, exist_ok=True)
    files.params.write_text(yaml.safe_dump(content))
    return files


@pytest.mark.parametrize("changes", [{"adversarial": {"batch": 7}}, {"evaluate": {"sounds": 7}}, {"flow": {"epochs": 7}}])
def test_trainings_with_other_parameters_are_not_compared(tmp_path, changes):
    rows, facts = [{"kind": "cvae", "seed": 0}], digits_seeds.facts_of(project(tmp_path), 600, 0.5)
    content = json.loads(json.dumps({"facts": facts, "yardstick": "abcd", "rows": rows}))
    assert digits_seeds.resumed(content, facts, "abcd") == rows
    assert digits_seeds.resumed(content, facts, "ef") == digits_seeds.resumed({}, facts, "abcd") == []
    assert digits_seeds.resumed(content, digits_seeds.facts_of(project(tmp_path, **changes), 600, 0.5), "abcd") == []


@pytest.mark.parametrize("changes", [{"adversarial": {"batch": 7}}, {"sample": {"test_speakers": 5}}, {"yardstick": {"epochs": 7}}])
def test_recordings_are_measured_anew_with_other_parameters(tmp_path, changes):
    digits(tmp_path)
    path, facts = DigitsFiles(tmp_path).recordings_scores, tmp_path / "data/digits/fsdd/parameters.json"
    judge = facts.with_name("yardstick.safetensors")
    kinds = SampleParams, YardstickParams, AutoencoderParams, FlowParams, AdversarialParams, EvaluationParams
    first = tuple(kind.load(project(tmp_path).params) for kind in kinds)
    assert digits_fsdd.resumed(path, facts, first) is None, "its parameters are unknown"
    assert not path.exists(), "an interruption here leaves no scores of other parameters"
    digits(tmp_path)
    judge.write_bytes(b"")
    assert digits_fsdd.resumed(path, facts, first) is not None
    assert judge.exists()
    other = tuple(kind.load(project(tmp_path, **changes).params) for kind in kinds)
    assert digits_fsdd.resumed(path, facts, other) is None
    assert not judge.exists()
