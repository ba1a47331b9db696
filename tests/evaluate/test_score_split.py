"""The curve of adaptation: what it adapts on, what it is measured on, and where it starts."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.evaluate.results import Amount
from artinv.evaluate.score_split import ScoreParams, curve, sentences
from artinv.learn.adapt import AdaptParams
from tests.learn.test_adapt import USUAL, inverter, spoken, utterances
from tests.support.folds_for_tests import PARAMS, statistics

MADE = ScoreParams(PARAMS, AdaptParams(utterances=[1, 2], prior=1.0))


def _speaker():
    """Two sentences to adapt on; of the other parts one is a second take of the second, two are takes of one new sentence."""
    made = spoken(utterances((70, 60, 50, 55, 65, 45)), inverter("strided"))
    names = ("a", "b", "b", "c", "c", "d")
    parts = ("train", "train", "test", "test", "valid", "test")
    return [replace(one, sentence=name, part=part, motion=2 * one.motion)
            for one, name, part in zip(made, names, parts, strict=True)]


def _statistics(truths):
    """Of a speaker whose millimetres are z-scores."""
    return replace(statistics(truths), motion_std=np.ones(18, np.float32), motion_mean=np.zeros((len(truths), 18), np.float32),
                   acoustic_mean=np.zeros(3, np.float32), acoustic_std=np.ones(3, np.float32))


def test_every_point_is_measured_on_the_same_utterances_whose_sentences_are_not_adapted_on():
    truths = _speaker()
    points = curve(inverter("strided"), truths, _statistics(truths), USUAL, MADE)
    assert list(points) == [0, 1, 2]
    assert [point.utterances for point in points.values()] == [0, 1, 2]
    assert {point.tested for point in points.values()} == {Amount(3, 2)}
    fewer = [truths[at] for at in (0, 1, 3, 4, 5)]
    assert curve(inverter("strided"), fewer, _statistics(fewer), USUAL, MADE) == points


def test_where_all_sentences_are_adapted_on_there_is_no_curve():
    truths = [replace(one, sentence="a") for one in _speaker()]
    assert curve(inverter("strided"), truths, statistics(truths), USUAL, MADE) == {}


def test_sentences_are_named_alike_for_all_speakers_without_their_words():
    truths = _speaker()
    assert len(sentences(truths)) == 4
    other = [replace(one, speaker="t", name=f"x{one.name}") for one in truths[:3]]
    assert sentences(other) == sorted(set(sentences(truths)) & set(sentences(other)))
    assert not {"a", "b", "c", "d"} & set(sentences(truths))


def test_the_start_of_the_curve_is_the_model_as_it_is():
    truths = _speaker()
    points = curve(inverter("strided"), truths, _statistics(truths), USUAL, MADE)
    assert points[0].means["pearson"] == pytest.approx(1, abs=1e-5)  # it moves as the model says, twice as far
    assert points[0].means["pearson_coils"] == pytest.approx(1, abs=1e-5)
    assert points[2].means["rmse_mm_blind"] < points[0].means["rmse_mm_blind"]
