"""The test set is the ceiling, noise the floor, copies of training sounds are found, and distances follow closed forms."""

import numpy as np
import pytest
import torch

from artinv.digits import articulatory, spectra
from artinv.digits.evaluation import References, closest_of, evaluate, level_distance, noise, say_all, score
from artinv.digits.generators import Drawn
from artinv.digits.results import CEILING, FLOOR, DigitsScores, scores_table
from artinv.digits.sounds import save
from tests.support import toy_digits

TRAIN, TEST = toy_digits.clips(), toy_digits.clips(2, 9)


@pytest.fixture(scope="module")
def references(judge):
    return References.of(judge, TRAIN, TEST)


def test_the_test_set_is_far_above_noise(references):
    ceiling = references.scores(TEST.sound(), TEST.digits)
    floor = references.scores(noise(20, 0), TEST.digits)
    assert ceiling.accuracy > 0.8
    assert floor.accuracy < 0.3
    assert ceiling.inception > floor.inception
    assert ceiling.frechet < floor.frechet
    assert ceiling.kernel < floor.kernel
    assert (ceiling.diversity, ceiling.nearest) == (pytest.approx(1), pytest.approx(1))
    assert floor.nearest > 2


def test_copies_of_training_sounds_are_found(references):
    copied = references.scores(TRAIN.only(np.arange(20)).sound(), TRAIN.digits[:20])
    assert copied.copies == 1
    assert copied.nearest == pytest.approx(0, abs=1e-6)
    assert references.scores(TEST.sound(), TEST.digits).copies <= 0.1


def test_one_sound_for_each_digit_has_no_diversity(references):
    repeated = TEST.only(np.tile(np.arange(10), 3))
    assert references.scores(repeated.sound(), repeated.digits).diversity == pytest.approx(0, abs=1e-4)


def test_noise_is_white_and_seeded():
    sounds = noise(50, 0)
    power = torch.fft.rfft(sounds).abs().square().mean(0)
    halves = power[10:1500].mean(), power[1500:3000].mean()
    assert float(halves[0] / halves[1]) == pytest.approx(1, abs=0.05)
    assert torch.equal(sounds, noise(50, 0))
    assert not torch.equal(sounds, noise(50, 1))


def test_the_distance_of_levels_is_the_root_mean_square_over_frequency_in_decibels():
    levels = torch.zeros(2, 128, 64)
    moved = levels.clone()
    moved[0] += 0.1
    moved[1, ::2] += 0.1
    np.testing.assert_allclose(level_distance(levels, moved).numpy(), [3, 3 / np.sqrt(2)], rtol=1e-5)


def test_true_phases_leave_levels_as_they_are_and_random_ones_do_not(references):
    spectrum = spectra.spectrum(TEST.sound())
    levels = spectra.levels(spectrum)
    rows = {}
    for name, phase in (("true", spectrum.angle()), ("random", 6.28 * torch.rand(spectrum.shape))):
        drawn = Drawn(levels, phase)
        rows[name] = references.phase_scores(drawn, drawn.sound(0), TEST.digits)
    assert rows["true"].disagreement < 1.5 < rows["random"].disagreement
    assert rows["true"].to_real <= rows["true"].disagreement + 1e-6, "the sound itself is in the test set"
    others = references.phase_scores(drawn, TEST.sound(), TEST.digits, same=True).to_real
    pairs = [min(float(level_distance(levels[[one]], levels[[two]])) for two in np.flatnonzero(TEST.digits == digit) if two != one)
             for one, digit in enumerate(TEST.digits)]
    assert others == pytest.approx(np.mean(pairs), rel=1e-4)
    assert others > 1 > references.phase_scores(drawn, TEST.sound(), TEST.digits).to_real


def test_a_sound_without_others_has_no_distance():
    levels = torch.rand(1, 128, 64)
    assert closest_of(levels, levels).tolist() == [0]
    assert closest_of(levels, levels, same=True).isnan().all()


def test_digits_without_another_test_sound_do_not_count_in_the_distance(judge):
    first_eight = np.flatnonzero(TEST.digits == 8)[:1]
    few = TEST.only(np.append(np.flatnonzero(TEST.digits < 8), first_eight))
    references = References.of(judge, TRAIN, few)
    levels = spectra.levels_of(TEST.sound())
    known = TEST.digits < 8
    among_others = references.phase_scores(Drawn(levels, None), TEST.sound(), TEST.digits)
    alone = references.phase_scores(Drawn(levels[known], None), TEST.only(np.flatnonzero(known)).sound(), TEST.digits[known])
    eighth = spectra.levels_of(few.only(np.flatnonzero(few.digits == 8)).sound())
    total = alone.to_real * known.sum() + float(closest_of(levels[TEST.digits == 8], eighth).sum())
    assert among_others.to_real == pytest.approx(total / (TEST.digits < 9).sum(), rel=1e-5)
    own = Drawn(spectra.levels_of(few.sound()), None)
    without_eight = few.only(np.flatnonzero(few.digits < 8))
    expected = References.of(judge, TRAIN, without_eight).phase_scores(
        Drawn(spectra.levels_of(without_eight.sound()), None), without_eight.sound(), without_eight.digits, same=True)
    assert references.phase_scores(own, few.sound(), few.digits, same=True).to_real == pytest.approx(expected.to_real, rel=1e-5)


def test_words_of_the_tract_are_counted_and_measured():
    sounds, digits, moved = say_all(1, 1, workers=1)
    assert sounds.shape == (10, spectra.SAMPLES)
    assert digits.tolist() == list(range(10))
    assert (moved.words, moved.voices, moved.limit) == (10, 1, articulatory.NATURAL_JERK)
    assert 0 <= moved.outside < 0.05
    assert 0 < moved.jerk <= moved.jerk_high


def test_all_rows_are_scored_and_written(judge, models, tmp_path):
    save(tmp_path, {"train": TRAIN, "test": TEST})
    judge.save(tmp_path / "yardstick.safetensors")
    for kind in ("cwgan1", "cwgan2"):
        models[kind].save(tmp_path / f"{kind}.safetensors")
    params = toy_digits.evaluation()
    scores = evaluate(tmp_path, tmp_path / "yardstick.safetensors", tmp_path, ["cwgan1", "cwgan2"], params)
    assert list(scores.generators) == [CEILING, FLOOR, "cwgan1", "cwgan2", "articulatory"]
    assert list(scores.phases)[3:] == ["cwgan1, Griffin-Lim", "cwgan2, own", "cwgan2, Griffin-Lim"]
    assert (scores.run.origin, scores.run.trained_on, scores.run.new_speakers) == ("synthetic", 60, False)
    assert scores.run.yardstick == judge.mark
    scores.write(tmp_path / "scores.json")
    again = DigitsScores.read(tmp_path / "scores.json", "make digits")
    assert again.generators[FLOOR].accuracy == pytest.approx(scores.generators[FLOOR].accuracy)
    assert scores_table(again).splitlines()[0].startswith("SYNTHETIC digits, 60 training sounds, one training per generator")
    same = score(judge, (TRAIN, TEST), {kind: models[kind] for kind in ("cwgan1", "cwgan2")}, params, workers=1)
    assert same.to_json() == scores.to_json()
