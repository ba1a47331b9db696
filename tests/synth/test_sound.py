"""Sound: sources, pressures, silence, spectra, formants, gradients and equal bytes."""

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from artinv.synth.speaker.equivalence import SCALE, compensate, scaled
from artinv.synth.speaker.vowels import FORMANTS, VOWELS
from artinv.synth.tract.aerodynamics import strengths
from artinv.synth.tract.anatomy import FEMALE, MALE
from artinv.synth.tract.controls import BOUNDS, CONTROL, HOP, RATE
from artinv.synth.tract.formants import lpc_formants, resonances, spoken_formants
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.lips import LEAK_CM2
from artinv.synth.tract.render import Synth
from artinv.synth.tract.source import Voice, glottal_flow
from artinv.synth.tract.tube import Tube

torch.set_num_threads(1)

TARGETS = np.array(list(VOWELS.values()))


def held(frames: int, **changes: float) -> torch.Tensor:
    """Return `frames` frames of a neutral vowel with some controls changed."""
    controls = torch.tensor(VOWELS["ah"], dtype=torch.float32).repeat(frames, 1)
    for name, value in changes.items():
        controls[:, CONTROL[name]] = value
    return controls


def synthesize(controls: torch.Tensor, ag: float = 0.05, seed: int = 0) -> np.ndarray:
    frames = len(controls)
    with torch.no_grad():
        sound, _ = Synth(MALE)(controls, torch.full((frames,), ag), torch.full((frames,), 8000.0), np.full(frames, 110.0),
                               np.random.default_rng(seed))
    assert sound.shape == (frames * HOP,)
    return sound.numpy()


def test_glottal_pulses_have_the_specified_shape_and_rate():
    flow = glottal_flow(np.full(200, 100.0), Voice(oq=0.5, tilt=1e5, jitter=0, shimmer=0), np.random.default_rng(0))
    cycles = flow[1600:].reshape(-1, RATE // 100)
    x = np.arange(160) / 80
    assert cycles.mean(0) == pytest.approx(np.where(x < 1, 6.75 * x**2 * (1 - x), 0), abs=0.03)
    assert cycles.std(0).max() < 1e-3


def test_pressure_behind_a_constriction_follows_bernoulli():
    frames, ag, ps = 80, 0.1, 8000.0
    shape = Geometry(MALE).shape(held(frames, ap_s=2.8, ap_d=1.0))
    sources = strengths(shape, torch.full((frames,), ag), torch.full((frames,), ps))
    narrow = [shape.area[0, 20:30].min(), shape.area[0, 30:].min(), shape.lip_area[0]]
    resistance = sum(float(area) ** -2 for area in narrow)
    oral = ps * ag**2 / (ag**2 + (resistance**-0.5 + float(shape.port[0])) ** 2)
    teeth = (1e-3 * oral / float(narrow[1]) ** 2 / resistance) ** 1.5 * (float(narrow[1]) - LEAK_CM2) ** 0.5
    assert float(sources.teeth[-1]) == pytest.approx(teeth, rel=1e-4)
    assert sources.teeth[-1] > 10 * sources.palate[-1]


def test_voicing_stops_behind_a_closure_and_with_an_open_glottis():
    shape = Geometry(MALE).shape(torch.cat([held(40), held(60, lh=-2.5)]))
    voiced, breathed = (strengths(shape, torch.full((100,), ag), torch.full((100,), 8000.0)).voicing for ag in (0.05, 0.25))
    assert voiced[:40].min() > 0.8
    assert voiced[44] > 0.5  # 20 ms after the lips have closed
    assert voiced[-1] < 0.05
    assert breathed.max() < 0.01


def level(sound: np.ndarray) -> float:
    """Return the level in dB of the second half."""
    return 10 * np.log10(np.mean(sound[len(sound) // 2:] ** 2) + 1e-20)


def test_a_closed_mouth_and_nose_radiate_no_sound():
    vowel = level(synthesize(held(160)))
    shut = dict.fromkeys(("lh", "ap_d"), -2.5)
    assert level(synthesize(held(160, **shut))) < vowel - 60
    assert level(synthesize(held(160, **shut, vel=1.0))) > vowel - 25


def centroid(sound: np.ndarray) -> float:
    """Return the spectral centroid in Hz of the last three quarters."""
    power = np.abs(np.fft.rfft(sound[len(sound) // 4:])) ** 2
    return float(np.sum(np.fft.rfftfreq(len(sound) - len(sound) // 4, 1 / RATE) * power) / power.sum())


def test_s_has_a_higher_centroid_than_sh_and_both_are_louder_than_f():
    s = synthesize(held(80, ap_s=2.81, ap_d=1.05, jaw=2.0, tb_s=2.18, tb_d=8.0, lh=7.0), 0.24)
    sh = synthesize(held(80, ap_s=2.66, ap_d=1.7, jaw=2.0, tb_s=2.34, tb_d=4.5, lh=6.0, lp=4.0), 0.24)
    f = synthesize(held(80, lh=0.55, jaw=3.5, lp=-1.0), 0.22)
    hh = synthesize(held(80), 0.19)
    assert centroid(s) > centroid(sh) + 800
    assert centroid(f) > centroid(sh) + 800
    assert level(s) > level(f) + 6
    assert level(sh) > level(f) + 6
    assert -20 < level(hh) - level(synthesize(held(80))) < -10


def test_linear_prediction_recovers_the_poles_of_a_known_filter():
    hertz, width = np.array([500.0, 1500.0, 2500.0, 3500.0]), np.array([60.0, 80.0, 120.0, 180.0])
    pulses = lfilter([1], [1, -0.98], np.diff(np.floor(np.cumsum(np.linspace(90, 130, 2 * RATE)) / RATE)))  # voice slope
    poles = np.exp((-np.pi * width + 2j * np.pi * hertz) / RATE)
    sound = lfilter([1.0], np.poly(np.concatenate([poles, poles.conj()])).real, pulses)
    assert lpc_formants(sound, 10) == pytest.approx(hertz[:3], rel=0.03)


VOICES = {"male": (MALE, 115.0, 16), "female": (FEMALE, 190.0, 10)}
"""Sex -> anatomy, pitch in Hz, order of the linear prediction."""


def held_vowels(sex):
    """Return the resonances of the tract and the formants of the sound (10, 3) in Hz of the held vowels."""
    anatomy, pitch, order = VOICES[sex]
    controls = TARGETS
    if sex == "female":
        controls = compensate(FEMALE, scaled(TARGETS, FEMALE.size), np.array(list(FORMANTS[sex].values()), float))
    with torch.no_grad():
        of_tract = resonances(Geometry(anatomy), Tube(anatomy), torch.tensor(controls, dtype=torch.float32)).numpy()
    return of_tract, spoken_formants(Synth(anatomy), controls, pitch, order)


@pytest.mark.parametrize("sex", VOICES)
def test_the_sound_of_a_vowel_has_the_resonances_of_its_tract(sex):
    expected, heard = held_vowels(sex)
    error = np.abs(heard / expected - 1)
    assert (error < 0.15).all(1).sum() >= 9
    assert (error.mean(0) < 0.06).all()


@pytest.mark.parametrize("sex", VOICES)
def test_held_vowels_have_the_formants_at_which_speakers_aim(sex):
    _, heard = held_vowels(sex)
    error = np.abs(heard / np.array(list(FORMANTS[sex].values()), float) - 1)
    assert (error < 0.15).all(1).sum() >= 9
    assert (error.mean(0)[:2] < 0.06).all()
    assert error.mean(0)[2] < 0.07, "F3 is not fitted"


def test_another_anatomy_reaches_the_same_formants_with_other_controls():
    wanted = np.array(list(FORMANTS["male"].values()))[[0, 3, 7, 8]] * MALE.tract_mm / FEMALE.tract_mm
    start = scaled(TARGETS[[0, 3, 7, 8]], FEMALE.size) + SCALE * np.random.default_rng(0).standard_normal((4, 13))
    compensated = compensate(FEMALE, start, wanted)
    with torch.no_grad():
        hertz = resonances(Geometry(FEMALE), Tube(FEMALE), torch.tensor(compensated, dtype=torch.float32)).numpy()
    assert np.abs(hertz / wanted - 1).mean() < 0.03
    fixed = SCALE == 0
    np.testing.assert_array_equal(compensated[:, fixed], np.clip(start, *np.array(list(BOUNDS.values())).T)[:, fixed])


def test_equal_seeds_give_equal_bytes():
    controls = held(60)
    assert synthesize(controls, seed=4).tobytes() == synthesize(controls, seed=4).tobytes()
    assert synthesize(controls, seed=4).tobytes() != synthesize(controls, seed=5).tobytes()


def breath(frames: int, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.linspace(0.05, 0.2, frames, dtype=dtype), torch.full((frames,), 8000.0, dtype=dtype)


def test_gradients_equal_finite_differences():
    synth = Synth(MALE, dtype=torch.float64)
    sources = synth.sources(np.full(4, 120.0), 4, np.random.default_rng(0))
    low, high = np.array(list(BOUNDS.values())).T
    controls = torch.tensor(np.random.default_rng(2).uniform(low, high, (4, 13)), requires_grad=True)
    ag, ps = breath(4, torch.float64)
    projection = torch.tensor(np.random.default_rng(3).standard_normal((3, 4 * HOP)) / 100)
    assert torch.autograd.gradcheck(
        lambda c: projection @ synth(c, ag, ps, np.zeros(4), sources=sources)[0], controls, eps=1e-6, atol=1e-3, rtol=1e-3,
    )


def test_gradients_are_finite_within_all_bounds():
    synth, frames = Synth(MALE), 400
    low, high = np.array(list(BOUNDS.values())).T
    controls = torch.tensor(np.random.default_rng(1).uniform(low, high, (frames, 13)), dtype=torch.float32, requires_grad=True)
    sound, _ = synth(controls, *breath(frames, torch.float32), np.full(frames, 120.0), np.random.default_rng(0))
    sound.square().mean().backward()
    assert torch.isfinite(sound).all()
    assert torch.isfinite(controls.grad).all()
    assert (controls.grad.abs().sum(0) > 0).all()
