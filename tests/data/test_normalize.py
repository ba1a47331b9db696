import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames
from artinv.core.ids import UtteranceId
from artinv.core.store import read, write
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset, build
from artinv.data.jumps import best_cut, regluings
from artinv.data.normalize import NormalizeParams, average, estimate, moving_mean
from artinv.data.stats import Stats
from artinv.runtime.errors import BadData
from tests.support import toys

PARAMS = NormalizeParams(neighbours=60, regluing=1.0, available=0.5)


def speaker(count: int = 20, shift: dict | None = None) -> list:
    parts = ["train", "train", "train", "test", "train", "valid"]
    utterances = [toys.frames(number=k, part=parts[k % 6]) for k in range(count)]
    return [replace(item, motion=item.motion + np.float32((shift or {}).get(item.order, 0))) for item in utterances]


def test_the_train_part_has_mean_0_and_std_1_and_restoring_inverts_normalizing():
    utterances = speaker()
    stats = estimate(utterances, PARAMS)
    normalized = [stats.normalize(item) for item in utterances]
    train = np.concatenate([item.motion for item in normalized if item.part == "train"])[:, :16]
    sound = np.concatenate([item.acoustics for item in normalized if item.part == "train"])
    np.testing.assert_allclose(train.std(axis=0), 1, atol=0.02)
    np.testing.assert_allclose(sound.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(sound.std(axis=0), 1, atol=1e-5)
    for before, after in zip(utterances, normalized, strict=True):
        restored = stats.restore(after)
        np.testing.assert_allclose(restored.motion, before.motion, atol=1e-4)
        np.testing.assert_allclose(restored.acoustics, before.acoustics, rtol=1e-4, atol=1e-4)
    assert np.isnan(stats.motion_std[16:]).all()


def test_restoring_inverts_normalizing_with_gaps_and_a_reglued_coil(tmp_path):
    """Only a displaced channel is lost; the test uses statistics from a file."""
    utterances = speaker(40, dict.fromkeys(range(20, 40), 25.0))
    utterances[5].motion[10:14, 2:4] = np.nan
    utterances[30].motion[:, 6] += 400
    estimate(utterances, PARAMS).save(tmp_path / "stats.npz")
    stats = Stats.load(tmp_path / "stats.npz")
    assert len(stats.reglued)
    for number, before in enumerate(utterances):
        restored = stats.restore(stats.normalize(before)).motion[:, :16]
        expected = before.motion[:, :16].copy()
        expected[:, [6] if number == 30 else []] = np.nan
        np.testing.assert_allclose(restored, expected, atol=1e-3)


def test_other_parts_do_not_enter_the_statistics():
    utterances = speaker()
    changed = [
        item if item.part == "train" else replace(item, motion=item.motion * 3 + 40, acoustics=item.acoustics * 5)
        for item in utterances
    ]
    expected, actual = estimate(utterances, PARAMS), estimate(changed, PARAMS)
    for key in ("motion_mean", "motion_std", "acoustic_mean", "acoustic_std", "reglued"):
        np.testing.assert_array_equal(getattr(actual, key), getattr(expected, key))


def test_statistics_do_not_depend_on_the_order_of_reading():
    utterances = speaker()
    forward, backward = estimate(utterances, PARAMS), estimate(utterances[::-1], PARAMS)
    np.testing.assert_array_equal(forward.names, backward.names)
    np.testing.assert_array_equal(forward.motion_mean, backward.motion_mean)


def test_a_reglued_coil_is_detected_and_its_step_removed():
    utterances = speaker(60, shift=dict.fromkeys(range(30, 60), 12.0))
    stats = estimate(utterances, PARAMS)
    breaks = {CHANNELS[channel]: int(index) for index, channel in stats.reglued}
    assert set(CHANNELS[:12]) <= set(breaks)
    assert all(abs(breaks[name] - 30) <= 1 for name in CHANNELS[:12])
    late = np.stack([stats.normalize(item).motion[:, 0].mean() for item in utterances[32:]])
    assert abs(late.mean()) < 0.15
    assert estimate(speaker(60), PARAMS).reglued.size == 0


@pytest.mark.parametrize("damage", [lambda x: x * [-1, *[1] * 17], lambda x: x[:, [4, 1, 2, 3, 0, *range(5, 18)]]])
def test_a_displaced_channel_is_unknown_and_enters_no_statistic(damage):
    utterances = speaker(40)
    damaged = [replace(item, motion=damage(item.motion).astype(np.float32)) if item.order % 9 == 1 else item for item in utterances]
    expected, actual = estimate(utterances, PARAMS), estimate(damaged, PARAMS)
    np.testing.assert_allclose(actual.motion_std[:16], expected.motion_std[:16], rtol=0.05)
    assert np.nanmax(np.abs(actual.motion_mean - expected.motion_mean)) < 0.5
    assert actual.reglued.size == 0
    for item in damaged:
        assert np.isnan(actual.normalize(item).motion[:, 0]).all() == (item.order % 9 == 1)
        assert np.isfinite(actual.normalize(item).motion[:, 1:4]).all()


def test_reglued_and_displaced_channels_are_counted(tmp_path):
    utterances = speaker(60, shift=dict.fromkeys(range(30, 60), 12.0))
    utterances[10] = replace(utterances[10], motion=utterances[10].motion * np.float32(-1))
    write(tmp_path / "data/features/hprc", utterances)
    build("hprc", PARAMS, Workspace(tmp_path))
    counts = json.loads((tmp_path / "metrics/normalize/hprc.json").read_text())["speakers"]["F01"]
    assert counts["utterances"] == 60
    assert counts["channels_reglued"] >= 12
    (flipped,) = [frames for frames in read(tmp_path / "data/normalized/hprc", Frames) if frames.name == utterances[10].name]
    assert counts["channels_displaced"] == np.isnan(flipped.motion).all(axis=0)[:16].sum() >= 10


def test_utterances_beside_a_break_do_not_count_as_displaced():
    utterances = speaker(60, shift=dict.fromkeys(range(31, 60), 15.0))
    stats = estimate(utterances, PARAMS)
    assert all(np.isfinite(stats.normalize(item).motion[:, :16]).all() for item in utterances)


@pytest.mark.parametrize(("name", "known"), [("b", False), ("c", True), ("d", True)])
def test_only_the_utterance_itself_and_its_two_neighbours_decide_on_displacement(name, known):
    means = np.zeros((5, 18), np.float32)
    means[3:] = 100
    ones = np.ones(18, np.float32)
    stats = Stats(names=np.array(list("abcde")), motion_mean=means, motion_std=ones, acoustic_mean=ones, acoustic_std=ones,
                  reglued=np.zeros((0, 2), int))
    item = replace(toys.frames(), name=name, motion=np.full((120, 18), 100, np.float32))
    assert (stats.displaced(item) != known).all()


@settings(max_examples=60)
@given(st.lists(st.floats(-1, 1), min_size=16, max_size=16), st.integers(3, 13), st.sampled_from([0.5, 2.0, 20.0]))
def test_the_best_cut_leaves_the_least_variance_within_both_parts(noise, index, step):
    levels = np.array(noise) + np.where(np.arange(16) < index, 0, step)
    scatter = [sum(((half - half.mean()) ** 2).sum() for half in (levels[:cut], levels[cut:])) for cut in range(2, 15)]
    assert scatter[best_cut(levels) - 2] == pytest.approx(min(scatter), abs=1e-9)


def test_drift_does_not_count_as_a_reglued_coil():
    levels = np.linspace(0, 12, 400) + toys.rng("drift").standard_normal(400)
    assert regluings(levels, jump=4.0) == []


def test_statistics_equal_a_direct_computation():
    utterances = speaker()
    for item in utterances:
        item.motion[5:45, 3] = np.nan
    utterances[1].motion[:, 4] = np.nan
    stats = estimate(utterances, PARAMS)
    train = [item for item in utterances if item.part == "train"]
    with np.errstate(invalid="ignore"):
        levels = [np.nansum(item.motion[:, :16], axis=0) / np.isfinite(item.motion[:, :16]).sum(axis=0) for item in train]
    assert len(train) < PARAMS.neighbours
    np.testing.assert_allclose(stats.motion_mean[:, :16], np.tile(np.nanmean(levels, axis=0), (20, 1)), rtol=1e-4)
    centred = np.concatenate([item.motion[:, :16].astype(float) - stats.mean_of(item.name)[:16] for item in train])
    np.testing.assert_allclose(stats.motion_std[:16], np.sqrt(np.nanmean(np.square(centred), axis=0)), rtol=1e-5)
    sound = np.concatenate([item.acoustics for item in train]).astype(float)
    np.testing.assert_allclose(stats.acoustic_mean, sound.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(stats.acoustic_std, sound.std(axis=0), rtol=1e-5)


def test_a_break_is_the_index_of_the_first_train_utterance_after_it():
    utterances = [replace(item, order=item.order + 100) for item in speaker(60, shift=dict.fromkeys(range(33, 60), 100.0))]
    assert {int(index) for index, _ in estimate(utterances, PARAMS).reglued} == {34}  # 33 is a test utterance


@pytest.mark.parametrize("count", [16, 40])
@pytest.mark.parametrize("jump", [2.0, 4.99])
def test_a_step_is_detected_at_its_index(count, jump):
    for cut in range(8, count - 7):
        assert regluings(np.where(np.arange(count) < cut, 0.0, 5.0), jump) == [cut]
    assert regluings(np.where(np.arange(count) < count // 2, 0.0, 5.0), 5.0) == []


@pytest.mark.parametrize("count", [0, 7, 15])
def test_no_step_is_detected_in_fewer_than_16_utterances(count):
    assert regluings(np.where(np.arange(count) < count // 2, 0.0, 5.0), 1.0) == []


def test_steps_are_sorted_by_index_and_not_by_size():
    assert regluings(np.repeat([0.0, 4.0, 10.0], [15, 12, 13]), 2.0) == [15, 27]


@pytest.mark.parametrize(("errors", "expected"), [(5.95, []), (6.05, [20])])
def test_a_step_is_at_least_six_standard_errors(errors, expected):
    """The standard error is that of the difference of two medians of eight; the noise alternates between +1 and -1."""
    spread = 1.4826 * 2 / np.sqrt(2)
    step = errors * 1.2533 * spread * np.sqrt(2 / 8)
    levels = np.where(np.arange(40) % 2, 1.0, -1.0) + np.where(np.arange(40) < 20, 0, step)
    assert regluings(levels, 1.0) == expected


@settings(max_examples=60)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=40, unique=True), st.integers(1, 70), st.data())
def test_moving_mean_against_a_slow_oracle(orders, neighbours, data):
    orders = np.array(sorted(orders))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(orders), max_size=len(orders))))
    mask[data.draw(st.integers(0, len(orders) - 1))] = True
    known, levels = orders[mask], toys.rng(*orders).standard_normal(mask.sum())
    breaks = sorted(data.draw(st.sets(st.integers(1, len(known) - 1), max_size=3))) if len(known) > 1 else []
    means = moving_mean(orders, known, levels, neighbours, breaks)
    for order, value in zip(orders, means, strict=True):
        position, last = int((known < order).sum()), max(0, int((known <= order).sum()) - 1)
        first, end = next((start, stop) for start, stop in pairwise([0, *breaks, len(known)]) if start <= last < stop)
        low = min(max(position - neighbours // 2, first), max(end - neighbours, first))
        assert value == pytest.approx(levels[low:min(low + neighbours, end)].mean(), abs=1e-9)


def test_the_moving_mean_does_not_cross_a_break():
    known = np.arange(10)
    levels = np.where(known < 4, 0.0, 100.0)
    np.testing.assert_allclose(moving_mean(known, known, levels, 60, [4]), levels)


def test_dead_and_mostly_lost_channels_are_not_available():
    utterances = speaker()
    still = {2: np.float32(7), 5: np.float32(7) + 1e-2 * np.sin(np.arange(120, dtype=np.float32))}
    for item in utterances:
        for channel, values in still.items():
            item.motion[:, channel] = values
        item.motion[:60, 3] = np.nan
        item.motion[:61, 4] = np.nan
        item.acoustics[:, 1] = 3
    stats = estimate(utterances, PARAMS)
    assert np.flatnonzero(np.isnan(stats.motion_std)).tolist() == [2, 4, 16, 17]
    assert stats.motion_std[5] == pytest.approx(1e-2 / np.sqrt(2), rel=0.05)
    np.testing.assert_allclose(stats.normalize(utterances[0]).acoustics[:, 1], 0, atol=1e-3)


def test_a_speaker_without_train_part_is_rejected():
    with pytest.raises(BadData, match=r"hprc/F01: none of 1 utterances falls into the train part; add recordings"):
        estimate([toys.frames(part="test")], PARAMS)
    with pytest.raises(BadData, match="a speaker without utterances: none of 0"):
        estimate([], PARAMS)


def test_statistics_are_read_from_a_file_unchanged(tmp_path):
    stats = estimate(speaker(), PARAMS)
    stats.save(tmp_path / "a.npz")
    stats.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    np.testing.assert_array_equal(Stats.load(tmp_path / "a.npz").motion_mean, stats.motion_mean)


def test_missing_fields_of_a_statistics_file_are_reported(tmp_path):
    np.savez(tmp_path / "a.npz", names=np.array(["u"]), motion_std=np.ones(18))
    with pytest.raises(BadData, match=r"a\.npz: lacks motion_mean, acoustic_mean, acoustic_std, reglued of a speaker's statistics"):
        Stats.load(tmp_path / "a.npz")


def test_the_average_of_a_channel_is_over_the_speakers_that_have_it():
    complete = estimate(speaker(), PARAMS)
    std = complete.motion_std.copy()
    std[0] = np.nan
    mean = complete.motion_mean.copy()
    mean[:, 0] = np.nan
    incomplete = replace(complete, motion_std=std, motion_mean=mean)
    means, stds = average([complete, incomplete])
    np.testing.assert_allclose(stds[:16], complete.motion_std[:16], rtol=1e-6)
    np.testing.assert_allclose(means[:16], complete.average_mean[:16], rtol=1e-6)
    assert np.isnan(stds[16:]).all()


def test_missing_data_files_are_reported_with_the_command_that_makes_them(tmp_path):
    with pytest.raises(BadData, match=r"hprc/index.json: is missing; run `dvc repro`, or take 'hprc' off the list of corpora"):
        Dataset(Workspace(tmp_path)).index(["hprc"])
    with pytest.raises(BadData, match=r"hprc/F01.npz: is missing although the split names hprc/F01/F01_1; run `dvc repro`"):
        Dataset(Workspace(tmp_path)).load([UtteranceId("hprc/F01/F01_1")])
