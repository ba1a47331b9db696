"""Margins against errors whose size is known, counts against counting, calibration against quantiles."""

import numpy as np
import pytest

from artinv import models
from artinv.channels import CHANNELS
from artinv.intervals import EDGES, Errors, Interval, Width, across, factors
from artinv.predict import Inverter

RANDOM = np.random.default_rng(3)


def speaker(utterances=6, frames=400, seed=0, level=1.0):
    """Predictions of nothing, and errors that are `level` exp(0.8 x) wide, where x is the first value heard."""
    random = np.random.default_rng(seed)
    heard = [random.standard_normal((frames, 4)).astype(np.float32) for _ in range(utterances)]
    predicted = [np.zeros((frames, 18), np.float32) for _ in heard]
    width = [level * np.exp(0.8 * np.clip(one[:, :1], -3, 3)) for one in heard]
    truth = [(wide * random.standard_normal((frames, 18))).astype(np.float32) for wide in width]
    return heard, predicted, truth, width


def of_speaker(width, heard, predicted, truth):
    return Errors.of([width.of(*pair) for pair in zip(heard, predicted, strict=True)], predicted, truth)


@pytest.fixture(scope="module")
def learned():
    return Width.fit(*speaker(12)[:3])


def test_the_width_of_errors_is_learned(learned):
    heard, predicted, _, width = speaker(seed=1)
    found = np.concatenate([learned.of(*pair) for pair in zip(heard, predicted, strict=True)])
    ratio = found / np.sqrt(np.concatenate(width))  # margins follow the square root of the usual error
    inside = np.abs(np.log(np.concatenate(width))) < 1.2  # beyond, widths are held back
    assert np.log(ratio[inside[:, 0]]).std() < 0.1


def test_shares_are_shares_of_counted_errors():
    heard, predicted, truth, _ = speaker(2)
    truth[0][:50, 3] = np.nan
    truth = [np.where(np.arange(18) == 5, np.nan, one) for one in truth]
    found = of_speaker(Width.constant(4), heard, predicted, truth)
    values = np.abs(np.concatenate(truth))
    shares = found.share(np.full(18, 0.7))
    assert np.isnan(shares[5])
    assert np.isnan(found.width[5])
    others = np.arange(18) != 5
    counted = (values[:, others] < 0.7).sum(axis=0) / np.isfinite(values[:, others]).sum(axis=0)
    np.testing.assert_allclose(shares[others], counted, atol=0.01)
    np.testing.assert_array_equal(found.width[others], 1)


def test_one_speaker_s_factor_is_a_quantile():
    heard, predicted, truth, _ = speaker(20)
    found = factors([of_speaker(Width.constant(4), heard, predicted, truth)], 0.9)
    step = EDGES[1] - EDGES[0]
    np.testing.assert_allclose(np.log(found), np.log(np.quantile(np.abs(np.concatenate(truth)), 0.9, axis=0)), atol=step)


def test_every_speaker_counts_once_however_long_he_speaks():
    few, many = (of_speaker(Width.constant(4), *speaker(number, level=level)[:3]) for number, level in ((2, 1), (40, 3)))
    factor = factors([few, many], 0.9)
    np.testing.assert_allclose((few.share(factor) + many.share(factor)) / 2, 0.9, atol=1e-3)


def test_margins_hold_on_other_speakers_and_are_narrower_than_constant_ones(learned):
    crowd = {f"s{seed}": speaker(seed=seed, level=1 + 0.05 * (seed % 3)) for seed in range(10, 22)}
    widths = {"learned": learned, "constant": Width.constant(4)}
    found = {name: {kind: of_speaker(width, *one[:3]) for kind, width in widths.items()} for name, one in crowd.items()}
    report = across(found, 0.9)
    for kind in widths:
        assert report[kind]["coverage"] == pytest.approx(0.9, abs=0.01)
        assert all(0.85 < one["coverage"] < 0.95 for one in report[kind]["articulators"].values())
    assert report["learned"]["margin"] < 0.9 * report["constant"]["margin"]


def test_a_speaker_is_calibrated_on_the_others_alone():
    crowd = {str(seed): {"constant": of_speaker(Width.constant(4), *speaker(seed=seed, level=1 + seed)[:3])} for seed in range(3)}
    by_hand = crowd["0"]["constant"].share(factors([crowd["1"]["constant"], crowd["2"]["constant"]], 0.8))
    assert across(crowd, 0.8)["constant"]["speakers"]["0"] == pytest.approx(by_hand.mean())


def test_a_margin_is_kept_with_its_model(learned, tmp_path):
    factor = np.where(np.arange(18) == 2, np.nan, 1.5).astype(np.float32)
    sizes = models.get("mean").Sizes()
    bare = Inverter(model="mean", sizes=sizes, n_in=4, rate=100.0, network=models.build("mean", sizes, 4, 100.0))
    assert Interval.of(bare.statistics) is None
    made = Interval(learned, factor, 0.9)
    Inverter(model="mean", sizes=sizes, n_in=4, rate=100.0, network=bare.network, statistics=made.arrays()).save(tmp_path / "m")
    again = Interval.of(Inverter.load(tmp_path / "m").statistics)
    heard, predicted = RANDOM.standard_normal((9, 4)).astype(np.float32), RANDOM.standard_normal((9, 18)).astype(np.float32)
    margin = again.margin(heard, predicted)
    assert again.level == 0.9
    assert np.isinf(margin[:, 2]).all()
    np.testing.assert_array_equal(margin, made.margin(heard, predicted))
    np.testing.assert_allclose(margin[:, 0] / learned.of(heard, predicted)[:, 0], 1.5, rtol=1e-6)
    assert len(CHANNELS) == margin.shape[1]
