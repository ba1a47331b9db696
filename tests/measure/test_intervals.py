"""Margins against errors whose size is known, counts against counting, calibration against quantiles."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames
from artinv.evaluate.results import HeldIntervals
from artinv.learn import models
from artinv.learn.calibration import errors
from artinv.learn.inverter import Inverter
from artinv.measure.intervals import EDGES, Errors, Interval, Width, factors, hold, near
from artinv.show.results.tables import narrower

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


def others(crowd):
    """Every speaker is calibrated on all others."""
    return {name: [one for other, one in crowd.items() if other != name] for name in crowd}


def test_margins_hold_on_other_speakers_and_are_narrower_than_constant_ones(learned):
    crowd = {f"s{seed}": speaker(seed=seed, level=1 + 0.05 * (seed % 3)) for seed in range(10, 22)}
    widths = {"learned": learned, "constant": Width.constant(4)}
    found = {name: {kind: of_speaker(width, *one[:3]) for kind, width in widths.items()} for name, one in crowd.items()}
    report = hold(found, others(found), 0.9)
    for kind in widths:
        assert report[kind].coverage == pytest.approx(0.9, abs=0.01)
        assert all(0.85 < one.coverage < 0.95 for one in report[kind].articulators.values())
        assert report[kind].within == len(crowd)
    assert report["learned"].margin < 0.9 * report["constant"].margin


def test_a_speaker_is_calibrated_on_those_named_alone():
    crowd = {str(seed): {"constant": of_speaker(Width.constant(4), *speaker(seed=seed, level=1 + seed)[:3])} for seed in range(4)}
    by_hand = crowd["0"]["constant"].share(factors([crowd["1"]["constant"], crowd["2"]["constant"]], 0.8))
    found = hold({"0": crowd["0"]}, {"0": [crowd["1"], crowd["2"]]}, 0.8)["constant"]
    assert found.speakers["0"].coverage == pytest.approx(by_hand.mean())
    assert found.speakers["0"].calibrated_on == 2


def test_speakers_are_counted_who_are_served_as_promised():
    assert near([0.85, 0.95, 0.8499, 0.9501, 0.9], 0.9) == 3


def unsure(seed, share, frames=15_000):
    """A speaker of whom a predictor that judges itself rightly can say `share` of the variance."""
    random = np.random.default_rng(seed)
    predicted = np.sqrt(share) * random.standard_normal((frames, 18))
    truth = predicted + np.sqrt(1 - share) * random.standard_normal((frames, 18))
    heard = random.standard_normal((frames, 4)).astype(np.float32)
    return heard, predicted.astype(np.float32), truth.astype(np.float32)


def test_widths_follow_how_far_the_predictions_of_a_speaker_move():
    """Of speakers whose errors are .4 to .85 wide, intervals of one width serve few, those that adapt serve all as promised."""
    shares = np.linspace(0.3, 0.85, 16)
    known, new = ([unsure(base + at, share) for at, share in enumerate(shares)] for base in (0, 100))
    width = Width.fit(*map(list, zip(*known, strict=True)), speakers=range(len(known)))
    assert 0.8 < width.slope <= 1  # 1 but for the prior
    flat = Width.fit(*map(list, zip(*known, strict=True)))
    assert flat.slope == 0
    crowd = {}
    for at, (heard, predicted, truth) in enumerate(new):
        level = width.level([predicted])
        crowd[str(at)] = {"learned": Errors.of([width.of(heard, predicted, level)], [predicted], [truth]),
                          "constant": Errors.of([np.ones_like(truth)], [predicted], [truth])}
    found = hold(crowd, others(crowd), 0.9)
    assert found["learned"].within == 16
    assert found["constant"].within < 10
    assert found["learned"].margin < found["constant"].margin


def test_a_speaker_of_whom_little_is_known_is_taken_for_a_usual_one():
    width = replace(Width.constant(4), usual=np.full(18, 0.5, np.float32), slope=1.0)
    predicted = np.zeros((20_000, 18), np.float32)
    few, many = (width.level([predicted[:frames]]) for frames in (10, 20_000))
    np.testing.assert_allclose(few, 0, atol=0.005)
    np.testing.assert_allclose(many, -np.log(0.5) / 2, atol=0.08)
    np.testing.assert_allclose(width.of(np.zeros((5, 4)), predicted[:5], many), np.broadcast_to(np.exp(many), (5, 18)), rtol=1e-6)
    np.testing.assert_array_equal(width.of(np.zeros((5, 4)), predicted[:5]), 1)


class ByHeart:
    """Says the truth of utterances that it was trained on, nearly, and of others what it says of a stranger: nothing."""

    n_in, statistics = 4, {}

    def __init__(self, *trained):
        self.known = {frames.acoustics.tobytes(): frames.motion for one in trained for frames in one}

    def predict_many(self, heard):
        return [0.95 * self.known.get(one.tobytes(), np.zeros((len(one), 18), np.float32)) for one in heard]


def recorded(name, seed):
    """Four utterances of a speaker."""
    heard, _, truth, _ = speaker(4, seed=seed)
    return [Frames(corpus="toy", speaker=name, name=str(at), order=at, sentence=str(at), part="test", rate=100.0, acoustics=one,
                   motion=motion) for at, (one, motion) in enumerate(zip(heard, truth, strict=True))]


def test_a_model_that_was_calibrated_on_speakers_it_learned_by_heart_is_seen_to_fail_strangers():
    crowd = {f"toy/s{at}": recorded(f"s{at}", at) for at in range(6)}
    width, tested, seen, strange = Width.constant(4), {}, {}, {}
    for name, own in crowd.items():
        rest = {other: one for other, one in crowd.items() if other != name}
        fold = ByHeart(*rest.values())
        tested[name] = {"constant": errors(fold, width, own)}
        seen[name] = [{"constant": errors(fold, width, one)} for one in rest.values()]
        strange[name] = [{"constant": errors(ByHeart(), width, one)} for one in rest.values()]
    bad, good = (hold(tested, calibrating, 0.9)["constant"] for calibrating in (seen, strange))
    assert bad.within == 0
    assert all(one.coverage < 0.3 for one in bad.speakers.values())
    assert good.within == 6
    assert good.coverage == pytest.approx(0.9, abs=0.02)


def noise(seed):
    """A speaker, and predictions that have nothing to do with what is heard or true."""
    random = np.random.default_rng(seed)
    heard, predicted, truth = (random.standard_normal((4000, width)).astype(np.float32) for width in (4, 18, 18))
    return heard, 0.5 * predicted, truth


def test_widths_of_a_model_that_says_noise_are_hardly_narrower_than_constant_ones_and_the_table_says_so():
    known, crowd = [noise(seed) for seed in range(8)], {}
    width = Width.fit(*map(list, zip(*known, strict=True)), speakers=range(8))
    for seed in range(20, 28):
        heard, predicted, truth = noise(seed)
        of = {"learned": width.of(heard, predicted, width.level([predicted])), "constant": np.ones_like(truth)}
        crowd[f"toy/{seed}"] = {kind: Errors.of([one], [predicted], [truth]) for kind, one in of.items()}
    found = hold(crowd, others(crowd), 0.9)
    by_variance = np.sqrt(np.mean([np.square(one[1]).mean() for one in known]) + 1)
    assert found["constant"].margin == pytest.approx(1.645 * by_variance, rel=0.02)
    assert found["learned"].margin == pytest.approx(found["constant"].margin, rel=0.03)
    assert found["learned"].within == found["constant"].within == 8
    said = narrower(HeldIntervals(0.9, **found))
    assert said == "no narrower"


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
