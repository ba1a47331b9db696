"""Generators draw images of the right kind, equal for equal seeds, and stand alone in their files."""

import numpy as np
import pytest
import torch

from artinv.digits import spectra
from artinv.digits.generators import KEY, KINDS, PHASES, Model, build, phases_of
from artinv.digits.saying import say
from artinv.runtime.errors import BadData
from tests.support import toy_digits
from tests.support.networks import altered

DIGITS = np.array([3, 1, 4])


@pytest.mark.parametrize("kind", KINDS)
def test_a_generator_draws_levels_in_range_and_phases_where_it_has_them(models, kind):
    drawn = models[kind].draw(DIGITS, 0)
    assert drawn.levels.shape == (3, 128, 64)
    assert float(drawn.levels.abs().max()) <= 1
    assert (drawn.phase is not None) == (kind in ("cwgan2", "cwgan3", "cwgan4"))
    assert drawn.phase is None or drawn.phase.shape == (3, 129, 64)
    sound = drawn.sound(2)
    assert sound.shape == (3, spectra.SAMPLES)
    assert torch.isfinite(sound).all()


@pytest.mark.parametrize("kind", KINDS)
def test_equal_seeds_give_equal_sounds_and_the_digit_matters(models, kind):
    model = models[kind]
    first, again, other = (model.draw(DIGITS, seed).levels for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, model.draw(np.array([5, 1, 4]), 0).levels)


@pytest.mark.parametrize("kind", KINDS)
def test_a_generator_is_read_as_it_was_written(models, kind, tmp_path):
    path = tmp_path / "a.safetensors"
    models[kind].save(path)
    again = Model.load(path, kind)
    assert torch.equal(again.draw(DIGITS, 2).levels, models[kind].draw(DIGITS, 2).levels)
    again.save(tmp_path / "b.safetensors")
    assert path.read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_phases_are_those_of_real_sounds_of_the_digit(models):
    drawn = models["cwgan3"].draw(np.array([6] * 20), 0)
    bank = spectra.spectrum(models["cwgan3"].sampler.phases[6].float()).angle()
    numbers = [int((bank - phase).abs().amax((1, 2)).argmin()) for phase in drawn.phase]
    assert all(torch.equal(bank[number], phase) for number, phase in zip(numbers, drawn.phase, strict=True))
    assert len(set(numbers)) > PHASES / 2


def test_a_digit_with_few_sounds_lends_its_phases_repeatedly():
    clips = toy_digits.clips(2)
    phases = phases_of(clips)
    assert phases.shape == (10, PHASES, spectra.SAMPLES)
    for digit in range(10):
        own = clips.sounds[clips.digits == digit]
        np.testing.assert_array_equal(phases[digit].numpy(), own[np.arange(PHASES) % 2])


def test_a_file_of_another_kind_is_refused(models, tmp_path):
    path = tmp_path / "a.safetensors"
    models["cwgan1"].save(path)
    with pytest.raises(BadData, match=r"is a generator 'cwgan1' on the scale .*, not 'cvae'"):
        Model.load(path, "cvae")
    damaged = bytearray(path.read_bytes())
    damaged[20] = 0
    path.write_bytes(damaged)
    with pytest.raises(BadData, match="make it again: `make digits`"):
        Model.load(path, "cwgan1")
    with pytest.raises(BadData, match=r"absent\.safetensors: is missing; make it: `make digits`"):
        Model.load(tmp_path / "absent.safetensors", "flow")


@pytest.mark.parametrize(("change", "fault"), [
    ({"facts": {"size": 5}}, r"is not a generator of digits \(weights '.*' are .*, its metadata requires"),
    ({"facts": {"size": 10**9}}, r"is not a generator of digits \(size 1000000000, width 0"),
    ({"facts": {"kind": "gan"}}, "is not a generator of digits .*gan"),
    ({"facts": {"scale": "linear"}}, "is a generator 'cwgan1' on the scale 'linear', not 'cwgan1'"),
])
def test_a_damaged_generator_is_reported(models, tmp_path, change, fault):
    path = tmp_path / "a.safetensors"
    models["cwgan1"].save(path)
    with pytest.raises(BadData, match=rf"a\.safetensors: {fault}.*make it\s+again: `make digits`"):
        Model.load(altered(path, KEY, **change), "cwgan1")


def test_sizes_that_no_network_has_are_refused():
    for size, width in ((0, 0), (10**9, 0), (4, 10**9)):
        with pytest.raises(ValueError, match="size"):
            build("flow", size, width)


def test_a_digit_is_said_at_16_khz(models):
    sound = say(models["cwgan2"], 4, 0)
    assert len(sound) == 2 * spectra.SAMPLES
    assert sound.dtype == np.float32
    np.testing.assert_array_equal(sound, say(models["cwgan2"], 4, 0))
