"""Test batches, the indices of batches and stacked context."""

import numpy as np
import pytest
import torch

from artinv.core.records import Frames
from artinv.learn.batches import Pool, batch_indices, stack_context
from artinv.runtime.errors import BadData


def frames(length, name="a", width=3, seed=0, lost=()):
    random = np.random.default_rng(seed)
    motion = random.standard_normal((length, 18)).astype(np.float32)
    motion[:, list(lost)] = np.nan
    return Frames(
        corpus="toy", speaker="s", name=name, order=0, sentence=name, part="train", rate=100.0,
        acoustics=random.standard_normal((length, width)).astype(np.float32), motion=motion,
    )


def test_a_batch_contains_the_utterances_and_zero_padding():
    utterances = [frames(length, str(length), seed=length, lost=(2, 17) if length == 5 else ()) for length in (7, 5, 1)]
    utterances[0].motion[3:5, 4] = np.nan
    batch = Pool(utterances).batch([1, 0, 2])
    assert batch.lengths.tolist() == [5, 7, 1]
    assert batch.acoustics.shape == (3, 7, 3)
    assert batch.motion.shape == batch.mask.shape == (3, 7, 18)
    for row, utterance in enumerate((utterances[1], utterances[0], utterances[2])):
        length = len(utterance.motion)
        assert np.array_equal(batch.acoustics[row, :length], utterance.acoustics)
        assert np.array_equal(batch.mask[row, :length], ~np.isnan(utterance.motion))
        assert np.array_equal(batch.motion[row, :length], np.nan_to_num(utterance.motion))
        assert not batch.acoustics[row, length:].any()
        assert not batch.motion[row, length:].any()
        assert not batch.mask[row, length:].any()


def test_a_pool_does_not_change_the_records():
    utterance = frames(4, lost=(1,))
    before = utterance.motion.copy()
    Pool([utterance])
    assert np.array_equal(utterance.motion, before, equal_nan=True)


@pytest.mark.parametrize("shuffle", [None, (0, 1), (0, 2), (9, 1)])
def test_a_plan_contains_every_utterance_once_within_the_frame_limit(shuffle):
    lengths = np.random.default_rng(1).integers(50, 600, 500)
    lengths[17] = 5000
    batches = batch_indices(lengths, 3000, shuffle)
    assert sorted(np.concatenate(batches)) == list(range(500))
    assert all(len(batch) == 1 or lengths[batch].max() * len(batch) <= 3000 for batch in batches)
    padded = sum(lengths[batch].max() * len(batch) for batch in batches)
    assert padded < 1.12 * lengths.sum()


def test_a_plan_depends_on_seed_and_epoch_only():
    lengths = np.random.default_rng(1).integers(50, 600, 200)

    def flat(shuffle):
        return [batch.tolist() for batch in batch_indices(lengths, 3000, shuffle)]

    assert flat((3, 4)) == flat((3, 4))
    assert flat((3, 4)) != flat((3, 5))
    assert flat((3, 4)) != flat((4, 4))


def test_batches_differ_from_epoch_to_epoch():
    lengths = np.random.default_rng(1).integers(200, 400, 200)

    def pairs(epoch):
        return {frozenset((a, b)) for batch in batch_indices(lengths, 3000, (0, epoch)) for a in batch for b in batch if a < b}

    assert len(pairs(1) & pairs(2)) < 0.7 * len(pairs(1))


@pytest.mark.parametrize("context", [0, 1, 5])
def test_stacked_context_equals_a_loop(context):
    utterances = [frames(length, str(length), seed=length) for length in (9, 2, 1, 6)]
    batch = Pool(utterances).batch(range(4))
    poisoned = batch.acoustics.clone()
    for row, length in enumerate(batch.lengths):
        poisoned[row, length:] = torch.nan
    stacked = stack_context(poisoned, batch.lengths, context)
    assert stacked.shape == (4, 9, 3 * (2 * context + 1))
    for row, utterance in enumerate(utterances):
        last = len(utterance.acoustics) - 1
        for time in range(last + 1):
            expected = [utterance.acoustics[min(max(time + step, 0), last)] for step in range(-context, context + 1)]
            assert np.array_equal(stacked[row, time], np.concatenate(expected))


def test_the_fingerprint_depends_on_every_value():
    first, second = frames(5), frames(5)
    assert Pool([first]).fingerprint == Pool([second]).fingerprint
    second.acoustics[2, 1] += 1e-6
    assert Pool([first]).fingerprint != Pool([second]).fingerprint


def test_unsuitable_utterances_are_named():
    with pytest.raises(BadData, match=r"toy/s/b: 4 values a frame, others have 3; .*dvc repro"):
        Pool([frames(5), frames(5, "b", width=4)])
    with pytest.raises(BadData, match="toy/s/c: has no frames"):
        Pool([frames(0, "c")])
