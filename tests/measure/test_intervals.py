"""Compare margins with errors of known size, histograms with counts, and calibration with quantiles."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames
from artinv.evaluate.results import CalibratedCoverage
from artinv.learn import models
from artinv.learn.calibration import errors
from artinv.learn.inverter import Inverter
from artinv.measure.intervals import EDGES, ErrorHistogram, Interval, Width, count_near_nominal, cross_calibrate, factors
from artinv.show.results.tables import narrower

RANDOM = np.random.default_rng(3)


def speaker(utterances=6, frames=400, seed=0, level=1.0):
    """Return predictions of 0 and errors of standard deviation `level` exp(0.8 x), where x is the first acoustic value."""
    random = np.random.default_rng(seed)
    acoustics = [random.standard_normal((frames, 4)).astype(np.float32) for _ in range(utterances)]
    predicted = [np.zeros((frames, 18), np.float32) for _ in acoustics]
    width = [level * np.exp(0.8 * np.clip(values[:, :1], -3, 3)) for values in acoustics]
    truth = [(wide * random.standard_normal((frames, 18))).astype(np.float32) for wide in width]
    return acoustics, predicted, truth, width


def of_speaker(width, acoustics, predicted, truth):
    return ErrorHistogram.of([width.of(*pair) for pair in zip(acoustics, predicted, strict=True)], predicted, truth)


@pytest.fixture(scope="module")
def learned():
    return Width.fit(*speaker(12)[:3])


def test_the_width_of_errors_is_learned(learned):
    acoustics, predicted, _, width = speaker(seed=1)
    result = np.concatenate([learned.of(*pair) for pair in zip(acoustics, predicted, strict=True)])
    ratio = result / np.sqrt(np.concatenate(width))  # margins follow the square root of the expected error
    inside = np.abs(np.log(np.concatenate(width))) < 1.2  # beyond this, widths are limited
    assert np.log(ratio[inside[:, 0]]).std() < 0.1


def test_shares_agree_with_counted_errors():
    acoustics, predicted, truth, _ = speaker(2)
    truth[0][:50, 3] = np.nan
    truth = [np.where(np.arange(18) == 5, np.nan, motion) for motion in truth]
    result = of_speaker(Width.constant(4), acoustics, predicted, truth)
    values = np.abs(np.concatenate(truth))
    shares = result.share(np.full(18, 0.7))
    assert np.isnan(shares[5])
    assert np.isnan(result.width[5])
    others = np.arange(18) != 5
    counted = (values[:, others] < 0.7).sum(axis=0) / np.isfinite(values[:, others]).sum(axis=0)
    np.testing.assert_allclose(shares[others], counted, atol=0.01)
    np.testing.assert_array_equal(result.width[others], 1)


def test_the_factor_of_one_speaker_is_a_quantile():
    acoustics, predicted, truth, _ = speaker(20)
    result = factors([of_speaker(Width.constant(4), acoustics, predicted, truth)], 0.9)
    step = EDGES[1] - EDGES[0]
    np.testing.assert_allclose(np.log(result), np.log(np.quantile(np.abs(np.concatenate(truth)), 0.9, axis=0)), atol=step)


def test_speakers_weigh_equally_whatever_their_amount_of_speech():
    few, many = (of_speaker(Width.constant(4), *speaker(number, level=level)[:3]) for number, level in ((2, 1), (40, 3)))
    factor = factors([few, many], 0.9)
    np.testing.assert_allclose((few.share(factor) + many.share(factor)) / 2, 0.9, atol=1e-3)


def others(speakers):
    """Return for every speaker the errors of all others."""
    return {name: [errors for other, errors in speakers.items() if other != name] for name in speakers}


def test_learned_margins_cover_unseen_speakers_and_are_narrower_than_constant_ones(learned):
    speakers = {f"s{seed}": speaker(seed=seed, level=1 + 0.05 * (seed % 3)) for seed in range(10, 22)}
    widths = {"learned": learned, "constant": Width.constant(4)}
    result = {name: {kind: of_speaker(width, *data[:3]) for kind, width in widths.items()} for name, data in speakers.items()}
    report = cross_calibrate(result, others(result), 0.9)
    for kind in widths:
        assert report[kind].coverage == pytest.approx(0.9, abs=0.01)
        assert all(0.85 < row.coverage < 0.95 for row in report[kind].articulators.values())
        assert report[kind].within == len(speakers)
    assert report["learned"].margin < 0.9 * report["constant"].margin


def test_a_speaker_is_calibrated_on_the_named_speakers_only():
    speakers = {str(seed): {"constant": of_speaker(Width.constant(4), *speaker(seed=seed, level=1 + seed)[:3])}
                for seed in range(4)}
    by_hand = speakers["0"]["constant"].share(factors([speakers["1"]["constant"], speakers["2"]["constant"]], 0.8))
    result = cross_calibrate({"0": speakers["0"]}, {"0": [speakers["1"], speakers["2"]]}, 0.8)["constant"]
    assert result.speakers["0"].coverage == pytest.approx(by_hand.mean())
    assert result.speakers["0"].calibrated_on == 2


def test_speakers_near_the_nominal_coverage_are_counted():
    assert count_near_nominal([0.85, 0.95, 0.8499, 0.9501, 0.9], 0.9) == 3


def uncertain(seed, share, frames=15_000):
    """Return a speaker for whom a calibrated predictor explains the share `share` of the variance."""
    random = np.random.default_rng(seed)
    predicted = np.sqrt(share) * random.standard_normal((frames, 18))
    truth = predicted + np.sqrt(1 - share) * random.standard_normal((frames, 18))
    acoustics = random.standard_normal((frames, 4)).astype(np.float32)
    return acoustics, predicted.astype(np.float32), truth.astype(np.float32)


def test_widths_follow_the_variance_of_a_speaker_s_predictions():
    """For speakers with errors of .4 to .85, constant intervals reach the nominal coverage for few, learned ones for all."""
    shares = np.linspace(0.3, 0.85, 16)
    known, new = ([uncertain(base + at, share) for at, share in enumerate(shares)] for base in (0, 100))
    width = Width.fit(*map(list, zip(*known, strict=True)), speakers=range(len(known)))
    assert 0.8 < width.slope <= 1  # 1 but for the prior
    flat = Width.fit(*map(list, zip(*known, strict=True)))
    assert flat.slope == 0
    speakers = {}
    for at, (acoustics, predicted, truth) in enumerate(new):
        level = width.level([predicted])
        speakers[str(at)] = {"learned": ErrorHistogram.of([width.of(acoustics, predicted, level)], [predicted], [truth]),
                          "constant": ErrorHistogram.of([np.ones_like(truth)], [predicted], [truth])}
    result = cross_calibrate(speakers, others(speakers), 0.9)
    assert result["learned"].within == 16
    assert result["constant"].within < 10
    assert result["learned"].margin < result["constant"].margin


def test_a_speaker_with_few_frames_is_treated_as_average():
    width = replace(Width.constant(4), average_square=np.full(18, 0.5, np.float32), slope=1.0)
    predicted = np.zeros((20_000, 18), np.float32)
    few, many = (width.level([predicted[:frames]]) for frames in (10, 20_000))
    np.testing.assert_allclose(few, 0, atol=0.005)
    np.testing.assert_allclose(many, -np.log(0.5) / 2, atol=0.08)
    np.testing.assert_allclose(width.of(np.zeros((5, 4)), predicted[:5], many), np.broadcast_to(np.exp(many), (5, 18)), rtol=1e-6)
    np.testing.assert_array_equal(width.of(np.zeros((5, 4)), predicted[:5]), 1)


class Memorizing:
    """A model that predicts nearly the truth for its training utterances, and 0 for all others."""

    n_in, statistics = 4, {}

    def __init__(self, *trained):
        self.known = {frames.acoustics.tobytes(): frames.motion for utterances in trained for frames in utterances}

    def predict_many(self, acoustics):
        return [0.95 * self.known.get(values.tobytes(), np.zeros((len(values), 18), np.float32)) for values in acoustics]


def recorded(name, seed):
    """Return four utterances of a speaker."""
    acoustics, _, truth, _ = speaker(4, seed=seed)
    return [Frames(corpus="toy", speaker=name, name=str(at), order=at, sentence=str(at), part="test", rate=100.0, acoustics=values,
                   motion=motion) for at, (values, motion) in enumerate(zip(acoustics, truth, strict=True))]


def test_a_model_calibrated_on_memorized_speakers_fails_on_unseen_speakers():
    speakers = {f"toy/s{at}": recorded(f"s{at}", at) for at in range(6)}
    width, tested, seen, unseen = Width.constant(4), {}, {}, {}
    for name, own in speakers.items():
        rest = {other: utterances for other, utterances in speakers.items() if other != name}
        fold = Memorizing(*rest.values())
        tested[name] = {"constant": errors(fold, width, own)}
        seen[name] = [{"constant": errors(fold, width, utterances)} for utterances in rest.values()]
        unseen[name] = [{"constant": errors(Memorizing(), width, utterances)} for utterances in rest.values()]
    bad, good = (cross_calibrate(tested, calibrating, 0.9)["constant"] for calibrating in (seen, unseen))
    assert bad.within == 0
    assert all(row.coverage < 0.3 for row in bad.speakers.values())
    assert good.within == 6
    assert good.coverage == pytest.approx(0.9, abs=0.02)


def noise(seed):
    """Return a speaker and predictions that are independent of acoustics and truth."""
    random = np.random.default_rng(seed)
    acoustics, predicted, truth = (random.standard_normal((4000, width)).astype(np.float32) for width in (4, 18, 18))
    return acoustics, 0.5 * predicted, truth


def test_learned_widths_of_random_predictions_are_no_narrower_than_constant_ones():
    known, speakers = [noise(seed) for seed in range(8)], {}
    width = Width.fit(*map(list, zip(*known, strict=True)), speakers=range(8))
    for seed in range(20, 28):
        acoustics, predicted, truth = noise(seed)
        widths = {"learned": width.of(acoustics, predicted, width.level([predicted])), "constant": np.ones_like(truth)}
        speakers[f"toy/{seed}"] = {kind: ErrorHistogram.of([values], [predicted], [truth]) for kind, values in widths.items()}
    result = cross_calibrate(speakers, others(speakers), 0.9)
    by_variance = np.sqrt(np.mean([np.square(data[1]).mean() for data in known]) + 1)
    assert result["constant"].margin == pytest.approx(1.645 * by_variance, rel=0.02)
    assert result["learned"].margin == pytest.approx(result["constant"].margin, rel=0.03)
    assert result["learned"].within == result["constant"].within == 8
    assert narrower(CalibratedCoverage(0.9, **result)) == "no narrower"


def test_a_margin_is_stored_with_its_model(learned, tmp_path):
    factor = np.where(np.arange(18) == 2, np.nan, 1.5).astype(np.float32)
    sizes = models.get("mean").Sizes()
    bare = Inverter(model="mean", sizes=sizes, n_in=4, rate=100.0, network=models.build("mean", sizes, 4, 100.0))
    assert Interval.of(bare.statistics) is None
    made = Interval(learned, factor, 0.9)
    Inverter(model="mean", sizes=sizes, n_in=4, rate=100.0, network=bare.network, statistics=made.arrays()).save(tmp_path / "m")
    again = Interval.of(Inverter.load(tmp_path / "m").statistics)
    acoustics, predicted = RANDOM.standard_normal((9, 4)).astype(np.float32), RANDOM.standard_normal((9, 18)).astype(np.float32)
    margin = again.margin(acoustics, predicted)
    assert again.level == 0.9
    assert np.isinf(margin[:, 2]).all()
    np.testing.assert_array_equal(margin, made.margin(acoustics, predicted))
    np.testing.assert_allclose(margin[:, 0] / learned.of(acoustics, predicted)[:, 0], 1.5, rtol=1e-6)
    assert len(CHANNELS) == margin.shape[1]
