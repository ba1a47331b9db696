"""Settings are drawn as promised, their sounds are those of the synthesizer to 16 bits, and batches contain every sound once."""

import hashlib

import numpy as np
import pytest
import torch

from artinv.matching import sounds
from artinv.matching.sounds import Part, Pool, draw, render, synthesizer
from artinv.runtime.errors import BadData
from tests.support import matched
from tests.support.matched import sample_params


def rendered(levels, **changes):
    params = sample_params(**changes)
    return render(synthesizer(params), torch.from_numpy(levels), normalise=params.normalise).numpy()


def test_random_draws_are_uniform_independent_and_reproducible():
    params = sample_params(num_examples=6000)
    levels = draw(params, synthesizer(params).spec)
    assert levels.shape == (6000, 1, 4)
    for number, count in enumerate((4, 3, 3, 2)):
        shares = np.bincount(levels[:, 0, number], minlength=count) / 6000
        np.testing.assert_allclose(shares, 1 / count, atol=0.03)
    assert np.abs(np.corrcoef(levels[:, 0].T) - np.eye(4)).max() < 0.05
    assert (draw(params, synthesizer(params).spec) == levels).all()
    assert (draw(params.model_copy(update={"seed": 1}), synthesizer(params).spec) != levels).any()


def test_latin_draws_have_each_level_equally_often():
    params = sample_params(num_examples=120, points=2, sampling_method="latin")
    levels = draw(params, synthesizer(params).spec)
    assert levels.shape == (120, 2, 4)
    for number, count in enumerate((4, 3, 3, 2)):
        assert np.bincount(levels[..., number].ravel()).tolist() == [240 // count] * count


@pytest.mark.parametrize("normalise", [False, True])
def test_stored_sounds_are_those_of_the_synthesizer_to_16_bits(tmp_path, normalise):
    parts = matched.parts(tmp_path, num_examples=120, normalise=normalise)
    assert [len(part.levels) for part in parts.values()] == [96, 12, 12]
    for part in parts.values():
        expected = rendered(part.levels, normalise=normalise)
        np.testing.assert_allclose(part.sound(slice(None)), expected, atol=np.abs(expected).max() / 32767)
        np.testing.assert_allclose(part.peaks, 1 if normalise else np.abs(expected).max(1), rtol=1e-6)
    whole = np.concatenate([part.levels for part in parts.values()])
    assert (whole == draw(sample_params(num_examples=120), synthesizer(sample_params()).spec)).all()


def test_equal_parameters_give_equal_files_for_any_number_of_workers(tmp_path):
    digests = []
    for number in (0, 1):
        sounds.sample(sample_params(num_examples=250), tmp_path / str(number), workers=number)
        digests.append([hashlib.sha256(path.read_bytes()).digest() for path in sorted((tmp_path / str(number)).iterdir())])
    assert digests[0] == digests[1]


def test_every_twenty_sounds_have_a_noise_of_their_own_and_no_part_has_one_of_another(tmp_path):
    params = sample_params(synth="tract7", sample_rate=16000, length=0.04, num_examples=250, valid=0.04, test=0.08)
    sounds.sample(params, tmp_path, workers=1)
    parts = {name: sounds.load(tmp_path, name) for name in sounds.PARTS}
    assert [len(part.levels) for part in parts.values()] == [220, 10, 20]
    for name, first, seed in (("train", 0, 1), ("train", 20, 21), ("train", 200, 201), ("valid", 0, 221), ("test", 0, 231)):
        own, heard = (values[first:first + 20] for values in (parts[name].levels, parts[name].sound(slice(None))))
        expected = render(synthesizer(params), torch.from_numpy(own), normalise=False, seed=seed).numpy()
        np.testing.assert_allclose(heard, expected, atol=2e-5)
        other = render(synthesizer(params), torch.from_numpy(own), normalise=False, seed=0).numpy()
        assert np.abs(heard - other).max() > 1e-3
    pool = Pool(Part(parts["train"].levels, np.zeros((0, 640), np.int16), np.zeros(0, np.float32)), params, torch.device("cpu"))
    chosen = torch.tensor([7, 3])
    expected = render(synthesizer(params), torch.from_numpy(parts["train"].levels[[7, 3]]), normalise=False, seed=8)
    torch.testing.assert_close(pool.batch(chosen)[0], expected)


def test_training_sounds_that_are_not_stored_are_rendered_when_used(tmp_path):
    part = matched.parts(tmp_path, num_examples=60, stored=False)["train"]
    assert part.sounds.shape == (0, 2048)
    pool = Pool(part, sample_params(), torch.device("cpu"))
    values, levels = pool.batch(torch.tensor([3, 1]))
    np.testing.assert_array_equal(levels.numpy(), part.levels[[3, 1]])
    np.testing.assert_array_equal(values.numpy(), rendered(part.levels[[3, 1]]))


def test_moving_settings_change_the_sound_over_time(tmp_path):
    part = matched.parts(tmp_path, num_examples=40, points=2)["test"]
    halves = np.split(part.sound(slice(None)), 2, axis=1)
    power = np.square([0.2, 0.35, 0.5])[part.levels[..., 1]] / 2 + np.square([0.0, 0.4])[part.levels[..., 3]] / 2
    for number, half in enumerate(halves):
        np.testing.assert_allclose(np.square(half).mean(1), power[:, number], rtol=0.02)


def test_batches_contain_each_sound_once_in_an_order_that_depends_on_seed_and_epoch(tmp_path):
    pool = Pool(matched.parts(tmp_path, num_examples=60)["train"], sample_params(), torch.device("cpu"))
    orders = [torch.cat(pool.batches(7, seed)).tolist() for seed in (None, (0, 1), (0, 1), (0, 2), (1, 1))]
    assert all(sorted(order) == list(range(48)) for order in orders)
    assert orders[0] == list(range(48))
    assert orders[1] == orders[2]
    assert len({tuple(order) for order in orders}) == 4
    assert [len(batch) for batch in pool.batches(7)] == [7] * 6 + [6]


def test_a_sound_that_is_not_finite_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(sounds, "render", lambda *_, **__: torch.full((10, 2048), torch.nan))
    with pytest.raises(BadData, match="tones: rendered a sound that is not finite"):
        sounds.sample(sample_params(num_examples=10), tmp_path, workers=1)


def test_damaged_or_missing_parts_are_named(tmp_path):
    with pytest.raises(BadData, match=r"train\.npz: is not a store"):
        sounds.load(tmp_path, "train")
    from artinv.core import store
    store.save_arrays(tmp_path / "train.npz", {"levels": np.zeros((3, 1, 4), np.uint8), "sounds": np.zeros((2, 9), np.int16),
                                               "peaks": np.zeros(2, np.float32)})
    with pytest.raises(BadData, match=r"train\.npz: does not hold what it should"):
        sounds.load(tmp_path, "train")


def test_the_first_sounds_of_a_part(tmp_path):
    part = matched.parts(tmp_path, num_examples=40)["test"]
    first = part.head(2)
    assert isinstance(first, Part)
    np.testing.assert_array_equal(first.sound(slice(None)), part.sound(slice(0, 2)))
