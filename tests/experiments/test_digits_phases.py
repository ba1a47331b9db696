"""Ways to get phases: closed forms, and variants of the training that differ from it only as their parameters say."""

import math

import pytest
import torch

from artinv.digits import adversarial, spectra
from artinv.digits.evaluation import level_distance
from experiments import digits_phases
from tests.support import toy_digits

CLIPS = toy_digits.clips(1)


def test_phases_of_a_real_sound_give_its_levels_before_and_after_iterations():
    real = spectra.spectrum(CLIPS.sound())
    levels, phase = spectra.levels(real), real.angle()
    amplitude = spectra.amplitudes(levels)
    assert torch.equal(digits_phases.refined(amplitude, phase, 0), spectra.sound_of(amplitude, phase))
    for count in (0, 4):
        again = spectra.levels_of(digits_phases.refined(amplitude, phase, count))
        assert float(level_distance(again, levels).mean()) < 1


def test_iterations_from_random_phases_are_those_of_the_pipeline():
    amplitude = spectra.amplitudes(spectra.levels_of(CLIPS.sound()))
    phase = 2 * math.pi * torch.rand(amplitude.shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(digits_phases.refined(amplitude, phase, 3), spectra.griffin_lim(amplitude, 3, seed=0))


def test_locking_keeps_the_phases_of_a_tone_and_removes_errors_of_single_frequencies():
    time = torch.arange(spectra.SAMPLES) / spectra.RATE
    real = spectra.spectrum(torch.sin(2 * math.pi * 1000 * time)[None])
    amplitude, phase = spectra.amplitudes(spectra.levels(real)), real.angle()
    tone = amplitude > 0.3

    def error(found):
        return torch.polar(torch.ones_like(found), found - phase).sub(1).abs()[..., 2:-2][tone[..., 2:-2]].max()

    assert error(digits_phases.locked(phase, amplitude)) < 0.1
    wrong = phase + 0.02 * torch.randn(phase.shape[1], 1, generator=torch.Generator().manual_seed(0)) * torch.arange(spectra.FRAMES)
    wrong = wrong - (wrong - phase)[..., amplitude.square().sum(1).argmax(-1)]
    assert error(digits_phases.locked(wrong, amplitude)) < error(wrong)


def test_the_disagreement_of_generated_phases_has_a_gradient_also_in_silence():
    images = torch.zeros(2, 3, spectra.BINS, spectra.FRAMES)
    images[:, 0] = -1
    images[1] = torch.rand(images[1].shape, generator=torch.Generator().manual_seed(0)) - 0.5
    images.requires_grad_()
    (gradient,) = torch.autograd.grad(digits_phases.own_disagreement(images), images)
    assert torch.isfinite(gradient).all()
    assert gradient[1].abs().max() > 0


@pytest.mark.parametrize(("name", "setting"), [("weight", "WEIGHT"), ("consistency", "SHARE")])
def test_a_variant_without_its_change_is_the_training_of_the_pipeline(monkeypatch, name, setting):
    params = toy_digits.settings()[2]

    def weights():
        return torch.cat([value.flatten() for value in adversarial.fit("cwgan2", CLIPS, params)[0].sampler.state_dict().values()])

    plain = weights()
    with digits_phases.variant(name):
        assert not torch.equal(weights(), plain)
    monkeypatch.setattr(digits_phases, setting, 1.0 if name == "weight" else 0.0)
    with digits_phases.variant(name):
        assert torch.equal(weights(), plain)
    assert torch.equal(weights(), plain)


def test_rows_are_compared_with_the_levels_of_cwgan1_of_the_same_seed():
    def row(model, seed, way, *values):
        scores = dict(zip(("accuracy", "disagreement", "to_real"), values, strict=True))
        return {"model": model, "seed": seed, "ways": {way: scores}}

    rows = [row("cwgan1", 0, "random + 32", 0.5, 2.0, 7.0), row("cwgan1", 1, "random + 32", 0.6, 2.0, 7.0),
            row("cwgan2", 0, "own", 0.5, 3.0, 6.0), row("cwgan2", 1, "own", 0.5, 1.0, 6.0), row("cwgan2", 2, "own", 0.9, 1.0, 6.0)]
    table = digits_phases.summary(rows)
    own = table["cwgan2, own"]
    assert (own["seeds"], own["no_worse"], own["no_worse_in_all"]) == (3, 1, 0)
    assert own["accuracy"] == {"median": 0.5, "low": 0.5, "high": 0.9}
    assert "0.500 [0.500, 0.900]" in digits_phases.text_of(table, "synthetic")
