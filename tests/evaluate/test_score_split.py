"""The adaptation curve: its adaptation set, its test set and its first point."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.evaluate.results import Amount
from artinv.evaluate.score_split import ScoreParams, adaptation_curve, sentences
from artinv.learn.adapt import AdaptParams
from tests.learn.test_adapt import USUAL, inverter, spoken, utterances
from tests.support.folds_for_tests import PARAMS, statistics

MADE = ScoreParams(PARAMS, AdaptParams(utterances=[1, 2], prior=1.0))


def _speaker():
    """Return six utterances: sentences a, b to adapt on; then another take of b, two takes of c, and d."""
    made = spoken(utterances((70, 60, 50, 55, 65, 45)), inverter("strided"))
    names = ("a", "b", "b", "c", "c", "d")
    parts = ("train", "train", "test", "test", "valid", "test")
    return [replace(utterance, sentence=name, part=part, motion=2 * utterance.motion)
            for utterance, name, part in zip(made, names, parts, strict=True)]


def _statistics(truths):
    """Return statistics with standard deviation 1 and mean 0, so that millimetres equal z-scores."""
    return replace(statistics(truths), motion_std=np.ones(18, np.float32), motion_mean=np.zeros((len(truths), 18), np.float32),
                   acoustic_mean=np.zeros(3, np.float32), acoustic_std=np.ones(3, np.float32))


def test_every_point_is_measured_on_the_same_utterances_whose_sentences_are_not_adapted_on():
    truths = _speaker()
    points = adaptation_curve(inverter("strided"), truths, _statistics(truths), USUAL, MADE)
    assert list(points) == [0, 1, 2]
    assert [point.utterances for point in points.values()] == [0, 1, 2]
    assert {point.tested for point in points.values()} == {Amount(3, 2)}
    fewer = [truths[at] for at in (0, 1, 3, 4, 5)]
    assert adaptation_curve(inverter("strided"), fewer, _statistics(fewer), USUAL, MADE) == points


def test_curve_is_empty_if_all_sentences_are_adapted_on():
    truths = [replace(utterance, sentence="a") for utterance in _speaker()]
    assert adaptation_curve(inverter("strided"), truths, statistics(truths), USUAL, MADE) == {}


def test_hashes_of_sentences_are_equal_for_all_speakers_and_do_not_contain_the_text():
    truths = _speaker()
    assert len(sentences(truths)) == 4
    other = [replace(utterance, speaker="t", name=f"x{utterance.name}") for utterance in truths[:3]]
    assert sentences(other) == sorted(set(sentences(truths)) & set(sentences(other)))
    assert not {"a", "b", "c", "d"} & set(sentences(truths))


def test_the_curve_starts_with_the_unadapted_model():
    truths = _speaker()
    points = adaptation_curve(inverter("strided"), truths, _statistics(truths), USUAL, MADE)
    assert points[0].means["pearson"] == pytest.approx(1, abs=1e-5)  # the motion is twice the predicted one
    assert points[0].means["pearson_coils"] == pytest.approx(1, abs=1e-5)
    assert points[2].means["rmse_mm_blind"] < points[0].means["rmse_mm_blind"]
