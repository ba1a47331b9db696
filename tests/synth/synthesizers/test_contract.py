"""What every registered synthesizer must do, by name and option."""

import pytest
import torch

from artinv.runtime.errors import BadParams
from artinv.synth.synthesizers import kinds, protocol

RATE, SAMPLES = 16000, 1600

CASES = [
    *((name, {}) for name in kinds.names()), ("additive4", {"extra": ("snr", "presence")}), ("formant18", {"speaker": "man"}),
]
MOVING = [case for case in CASES if kinds.build(case[0], RATE, SAMPLES, **case[1]).moving]
WITHOUT_NOISE = [("additive4", {}), ("fm23", {})]



def parametrized(cases):
    return pytest.mark.parametrize(("name", "options"), cases, ids=lambda part: part if isinstance(part, str) else "-".join(part))


each = parametrized(CASES)


def make(name, options, samples=SAMPLES):
    return kinds.build(name, RATE, samples, **options)


def settings(synthesizer, count, low=0.0, high=1.0, seed=0):
    """Return random settings (count, P) float64 within shares of all ranges."""
    shares = torch.rand(count, len(synthesizer.spec), dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return protocol.of_unit(synthesizer.spec, low + (high - low) * shares)


@each
def test_it_describes_itself(name, options):
    synthesizer = make(name, options)
    assert isinstance(synthesizer, protocol.Synthesizer)
    assert (synthesizer.sound_rate, synthesizer.samples) == (RATE, SAMPLES)
    names = [parameter.name for parameter in synthesizer.spec]
    assert len(set(names)) == len(names) > 0


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sounds_have_the_length_and_the_precision_asked_for(name, options, dtype):
    synthesizer = make(name, options)
    sound = synthesizer.render(settings(synthesizer, 3).to(dtype), 0)
    assert sound.shape == (3, SAMPLES)
    assert sound.dtype == dtype


@each
def test_float32_is_close_to_float64(name, options):
    synthesizer = make(name, options)
    values = settings(synthesizer, 4)
    exact, coarse = synthesizer.render(values, 0), synthesizer.render(values.float(), 0)
    assert (exact - coarse).norm(dim=1).le(1e-3 * exact.norm(dim=1)).all()


@each
def test_values_outside_the_ranges_are_refused(name, options):
    synthesizer = make(name, options)
    middle = settings(synthesizer, 2, 0.5, 0.5)
    for number, parameter in enumerate(synthesizer.spec):
        reach = parameter.high - parameter.low
        for value in (parameter.low - 0.01 * reach, parameter.high + 0.01 * reach, float("nan")):
            values = middle.clone()
            values[1, number] = value
            with pytest.raises(BadParams, match=rf"^{name}: parameter '{parameter.name}' is {value:g}[^\n]*; expected [^\n]*$"):
                synthesizer.render(values, 0)


@each
def test_shapes_are_checked(name, options):
    synthesizer = make(name, options)
    values = settings(synthesizer, 2)
    wrong = [values[0], values[:, 1:], values[None, None]] + ([] if synthesizer.moving else [values[None]])
    for table in wrong:
        with pytest.raises(BadParams, match=rf"^{name}: the values are float64 of shape [^\n]*$"):
            synthesizer.render(table, 0)


@each
def test_gradients_equal_finite_differences(name, options):
    synthesizer = make(name, options)
    weights = torch.randn(SAMPLES, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    values = settings(synthesizer, 1, 0.2, 0.8, seed=1).requires_grad_()
    (synthesizer.render(values, 0) @ weights).sum().backward()
    step = torch.tensor([1e-6 * (parameter.high - parameter.low) for parameter in synthesizer.spec], dtype=torch.float64)
    with torch.no_grad():
        above, below = (synthesizer.render(values + sign * torch.diag(step), 0) @ weights for sign in (1, -1))
    # compare changes over the whole range of each parameter
    measured, computed = (above - below) / 2e-6, values.grad[0] * step / 1e-6
    torch.testing.assert_close(computed, measured, rtol=1e-4, atol=1e-5 * float(computed.abs().max()))
    assert (computed != 0).all()


@each
def test_noise_depends_on_the_seed_alone(name, options):
    synthesizer = make(name, options)
    values = settings(synthesizer, 3, 0.3, 0.7).float()
    first, again, other = (synthesizer.render(values, seed) for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert torch.equal(first, other) == ((name, options) in WITHOUT_NOISE)


@each
def test_rendering_uses_no_global_generator(name, options):
    synthesizer = make(name, options)
    before = torch.random.get_rng_state()
    synthesizer.render(settings(synthesizer, 1), 0)
    assert torch.equal(before, torch.random.get_rng_state())


@each
def test_extreme_settings_give_finite_sounds(name, options):
    synthesizer = make(name, options)
    corners = torch.randint(0, 2, (12, len(synthesizer.spec)), generator=torch.Generator().manual_seed(3)).double()
    corners[0], corners[1] = 0, 1
    for dtype in (torch.float32, torch.float64):
        values = protocol.of_unit(synthesizer.spec, corners.to(dtype)).requires_grad_()
        sound = synthesizer.render(values, 0)
        assert sound.isfinite().all()
        assert sound.abs().max() < 20
        sound.square().sum().backward()
        assert values.grad.isfinite().all()


@each
def test_a_sound_is_the_same_in_any_batch(name, options):
    synthesizer = make(name, options)
    values = settings(synthesizer, 7).float()
    together = synthesizer.render(values, 0)
    for row in range(7):
        alone = synthesizer.render(values[row : row + 1], 0)[0]
        torch.testing.assert_close(together[row], alone, rtol=0, atol=1e-5 * float(alone.abs().max()))


@parametrized(MOVING)
def test_constant_values_over_time_equal_static_values(name, options):
    synthesizer = make(name, options)
    values = settings(synthesizer, 3)
    static = synthesizer.render(values, 0)
    for times in (1, 7, 40):
        moving = synthesizer.render(values.unsqueeze(1).expand(-1, times, -1), 0)
        torch.testing.assert_close(moving, static, rtol=0, atol=1e-6 * float(static.abs().max()))


@each
@pytest.mark.parametrize("samples", [1, 79, 1001])
def test_any_length_is_possible(name, options, samples):
    synthesizer = make(name, options, samples)
    assert synthesizer.render(settings(synthesizer, 2), 0).shape == (2, samples)
