"""The tract behind the face of a synthesizer: equal to the tract itself, exact gradients, parameters that do what they say."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from artinv.runtime.errors import BadParams
from artinv.synth.fitting.pitch import source_features
from artinv.synth.speaker.vowels import VOWELS
from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.articulation import GAIN, SPEC, Articulation
from artinv.synth.synthesizers.kinds import tract7
from artinv.synth.synthesizers.protocol import Synthesizer, of_unit
from artinv.synth.tract.anatomy import MALE
from artinv.synth.tract.controls import BOUNDS, HOP, RATE
from artinv.synth.tract.formants import resonances
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.render import Synth
from artinv.synth.tract.source import Voice
from artinv.synth.tract.tube import Tube

pytestmark = pytest.mark.usefixtures("one_thread")
CLEAR = Voice(jitter=0.0, shimmer=0.0, asp=0.0, fric=0.0)
NAMES = [parameter.name for parameter in SPEC]


def vowel(name: str, f0: float = 120.0, **changes: float) -> torch.Tensor:
    """Return the values (17,) of a vowel, with changes of single parameters."""
    values = torch.tensor([*VOWELS[name], f0, 8000.0, 0.05, 3500.0], dtype=torch.float64)
    for key, value in changes.items():
        values[NAMES.index(key)] = value
    return values


def unit_values(spec, *shape, seed=0):
    """Return random values (*shape, P) within the inner 90 % of each range."""
    shares = torch.rand(*shape, len(spec), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return of_unit(spec, 0.05 + 0.9 * shares)


@pytest.mark.parametrize("name", ["tract", "tract7"])
def test_a_kind_fulfils_the_protocol(name):
    kind = kinds.build(name, RATE, 800)
    assert isinstance(kind, Synthesizer)
    assert (kind.sound_rate, kind.samples) == (RATE, 800)
    assert all(parameter.levels == 16 for parameter in kind.spec)


def test_the_parameters_are_the_controls_of_the_tract_and_its_source():
    assert [*BOUNDS, "f0", "pressure", "glottis", "tilt"] == NAMES
    assert [(parameter.low, parameter.high) for parameter in SPEC[:13]] == list(BOUNDS.values())


def test_an_unknown_kind_is_rejected():
    with pytest.raises(BadParams, match="unknown synthesizer 'trakt'"):
        kinds.build("trakt", RATE, 800)


@pytest.mark.parametrize("name", ["iy", "aa", "uw"])
def test_the_sound_is_that_of_the_tract(name):
    """Reference: `Synth`, which computes pulses and tilt with numpy and scipy."""
    samples = 40 * HOP
    values = vowel(name)
    sound = Articulation(RATE, samples, voice=CLEAR).render(values.unsqueeze(0), 0)[0]
    frames = 41
    controls, (f0, pressure, glottis, _) = values[:13].repeat(frames, 1), values[13:]
    synth = Synth(MALE, CLEAR, torch.float64)
    reference, _ = synth(controls, glottis.repeat(frames), pressure.repeat(frames), np.full(frames, f0), np.random.default_rng(0))
    reference = GAIN * reference[:samples]
    assert (sound - reference)[400:].abs().max() < 0.02 * reference.abs().max()  # the low-pass of the pulses starts differently


@pytest.mark.parametrize("name", ["tract", "tract7"])
@pytest.mark.parametrize("moments", [(), (3,)])
def test_gradients_equal_finite_differences(name, moments):
    kind = kinds.build(name, RATE, 960)
    weights = torch.randn(2, 960, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    values = unit_values(kind.spec, 2, *moments, seed=3).requires_grad_()

    def loss(at):
        return (kind.render(at, 5) * weights).sum()

    gradient, = torch.autograd.grad(loss(values), values)
    widths = torch.tensor([parameter.high - parameter.low for parameter in kind.spec], dtype=torch.float64)
    compared = 0
    with torch.no_grad():
        for number in range(len(kind.spec)):
            step = torch.zeros_like(values)
            step[..., number] = 1e-7 * widths[number]
            measured = (loss(values + step) - loss(values - step)) / (2e-7 * widths[number])
            expected = gradient[..., number].sum()
            scale = (gradient * widths).abs().max() / widths[number]
            assert abs(measured - expected) < 2e-4 * abs(expected) + 1e-5 * scale, kind.spec[number].name
            compared += bool(expected != 0)
    assert compared > 0.8 * len(kind.spec)


@pytest.mark.parametrize("name", ["tract", "tract7"])
def test_a_sound_depends_on_its_own_values_and_the_seed_only(name):
    kind = kinds.build(name, RATE, 1600)
    values = unit_values(kind.spec, 3).float()
    first, again, other = kind.render(values, 1), kind.render(values, 1), kind.render(values, 2)
    assert first.dtype == torch.float32
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    alone = torch.cat([kind.render(row, 1) for row in values.split(1)])
    torch.testing.assert_close(alone, first, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["tract", "tract7"])
def test_static_values_equal_values_that_do_not_move(name):
    kind = kinds.build(name, RATE, 1600)
    values = unit_values(kind.spec, 2)
    moving = kind.render(values.unsqueeze(1).expand(-1, 4, -1), 0)
    torch.testing.assert_close(moving, kind.render(values, 0), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["tract", "tract7"])
def test_sound_and_gradients_are_finite_at_the_ends_of_all_ranges(name):
    kind = kinds.build(name, RATE, 480)
    shares = torch.randint(0, 2, (24, len(kind.spec)), generator=torch.Generator().manual_seed(2)).double()
    values = of_unit(kind.spec, shares).float().requires_grad_()
    sound = kind.render(values, 0)
    sound.square().sum().backward()
    assert torch.isfinite(sound).all()
    assert torch.isfinite(values.grad).all()
    assert sound.abs().max() < 1.5


def test_without_pressure_the_tract_is_silent():
    loud, silent = (Articulation(RATE, 4000).render(vowel("aa", pressure=pressure)[None], 0) for pressure in (8000.0, 0.0))
    assert silent.square().mean() < 1e-3 * loud.square().mean()


def test_moving_values_reach_their_first_and_last_value_at_the_ends():
    kind = Articulation(RATE, 24000, voice=CLEAR)
    rising = torch.stack([vowel("aa", f0=100.0), vowel("aa", f0=200.0)])
    features = source_features(kind.render(rising.unsqueeze(0), 0)[0].numpy())
    assert features.voiced[20:-20].all()
    line = 100 + 100 * np.arange(300) / 300
    np.testing.assert_allclose(features.pitch[20:-20], line[20:-20], rtol=0.02)


@pytest.mark.parametrize("rate", [8000, 16384, 44100])
def test_another_rate_holds_the_same_sound(rate):
    """The pitch and the band powers below the lower Nyquist frequency do not depend on the rate."""
    values = vowel("aa")[None]
    own, other = Articulation(RATE, RATE // 2).render(values, 0)[0], Articulation(rate, rate // 2).render(values, 0)[0]
    assert len(other) == rate // 2
    highest = min(rate, RATE) / 2
    for low in range(200, int(0.8 * highest), 400):
        first, second = (_power(sound, at, low, low + 400) for sound, at in ((own, RATE), (other, rate)))
        assert abs(10 * np.log10(first / second)) < 0.5, low


def _power(sound, rate, low, high):
    spectrum = np.abs(np.fft.rfft(sound.numpy() * np.hanning(len(sound)))) ** 2 / (len(sound) * rate)
    hertz = np.fft.rfftfreq(len(sound), 1 / rate)
    return spectrum[(hertz >= low) & (hertz < high)].mean()


def test_tilt_changes_the_slope_by_the_one_pole_low_pass():
    bright, dark = (Articulation(RATE, 8000, voice=CLEAR).render(vowel("aa", tilt=tilt)[None], 0)[0] for tilt in (6000.0, 800.0))
    spectra = [np.abs(np.fft.rfft(sound.numpy()[2000:6800] * np.hanning(4800))) for sound in (bright, dark)]  # a bin each 3.3 Hz
    for hertz in (120, 600, 2400):
        harmonic = round(hertz / RATE * 4800)
        poles = [np.exp(-2 * np.pi * tilt / RATE) for tilt in (6000.0, 800.0)]
        turn = np.exp(-2j * np.pi * hertz / RATE)
        gains = [abs((1 - pole) / (1 - pole * turn)) for pole in poles]
        measured = spectra[0][harmonic] / spectra[1][harmonic]
        assert 20 * abs(np.log10(measured / (gains[0] / gains[1]))) < 0.6, hertz


@pytest.mark.parametrize(("parameter", "formant", "sign"), [
    ("lips", 0, 1), ("length", 0, -1), ("length", 1, -1), ("length", 2, -1),
])
def test_lips_and_length_of_tract7_move_formants_as_in_a_tube(parameter, formant, sign):
    spec = tract7.SPEC
    middle = torch.tensor([2.0, 8.0, 6.0, 0.0, 0.3, 120.0, 3500.0], dtype=torch.float64)
    number = [entry.name for entry in spec].index(parameter)
    ends = torch.stack([middle, middle])
    ends[:, number] = torch.tensor([spec[number].low, spec[number].high])
    hertz = resonances(Geometry(MALE, torch.float64), Tube(MALE, dtype=torch.float64), tract7.expanded(ends)[:, :13])
    assert sign * (hertz[1, formant] - hertz[0, formant]) > 20


def test_a_front_constriction_of_tract7_raises_the_second_formant_and_a_back_one_lowers_it():
    values = torch.tensor([[place, 3.0, 8.0, 0.0, 0.3, 120.0, 3500.0] for place in (0.8, 2.3)], dtype=torch.float64)
    hertz = resonances(Geometry(MALE, torch.float64), Tube(MALE, dtype=torch.float64), tract7.expanded(values)[:, :13])
    assert hertz[0, 0] > hertz[1, 0] + 150
    assert hertz[1, 1] > hertz[0, 1] + 600


def test_voices_differ():
    values = vowel("aa")[None].float()
    plain, pressed = (Articulation(RATE, 1600, voice=replace(CLEAR, oq=oq)).render(values, 0) for oq in (0.6, 0.45))
    assert not torch.equal(plain, pressed)
