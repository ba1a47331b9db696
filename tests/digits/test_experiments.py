"""Summaries of the long measurements of digits."""

import numpy as np
import pytest

from artinv.digits.results import SeedScores
from experiments import digits_jerk, digits_probe, digits_seeds
from tests.support import toy_digits


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
