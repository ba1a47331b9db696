"""Acoustics of the tube against closed forms, and against a direct product of sections in double precision."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from artinv.synth.tract.anatomy import FEMALE, MALE, SECTIONS
from artinv.synth.tract.blocks import Block
from artinv.synth.tract.controls import BOUNDS, RATE
from artinv.synth.tract.formants import resonances
from artinv.synth.tract.geometry import Geometry, Shape
from artinv.synth.tract.loss import RHO, C, hyperbolic, medium, mouth_opening, section
from artinv.synth.tract.tube import LARYNX_CM2, Responses, Tube

torch.set_num_threads(1)

HERTZ = np.arange(20.0, 5000.0, 1.0)
LOSSLESS = medium(HERTZ, walls=0.0, viscosity=0.0)


def open_end_resonances(*tubes: tuple[float, float, int]) -> np.ndarray:
    """Return the resonances in Hz of lossless tubes (cm2, cm per section, sections) with an open end: zeros of T22."""
    t21, t22 = torch.zeros(len(HERTZ), dtype=torch.complex128), torch.ones(len(HERTZ), dtype=torch.complex128)
    for area, cm, count in tubes:
        a11, a12, a21, a22 = (part[0] for part in Block(LOSSLESS, count, cm, torch.float64)(torch.full((1, count), area).double()))
        t21, t22 = t21 * a11 + t22 * a21, t21 * a12 + t22 * a22
    value = t22.real.numpy()
    left = np.flatnonzero(value[1:] * value[:-1] < 0)
    return HERTZ[left] + value[left] / (value[left] - value[left + 1])


def test_a_uniform_tube_resonates_at_odd_quarter_wavelengths():
    hertz = open_end_resonances((3.0, 0.35, 50))
    assert hertz[:4] == pytest.approx([(2 * k - 1) * C / (4 * 17.5) for k in (1, 2, 3, 4)], rel=1e-5)


def test_the_resonances_of_two_tubes_equal_the_closed_form():
    rear, front = (0.8, 0.5, 18), (6.0, 0.4, 20)

    def mismatch(hertz: float) -> float:
        k = 2 * math.pi * hertz / C
        return math.cos(k * 9.0) * math.cos(k * 8.0) - 0.8 / 6.0 * math.sin(k * 9.0) * math.sin(k * 8.0)

    edges = np.arange(20.0, 4900.0, 20.0)
    expected = [brentq(mismatch, low, low + 20) for low in edges if mismatch(low) * mismatch(low + 20) < 0]
    assert len(expected) >= 4
    assert open_end_resonances(rear, front)[: len(expected)] == pytest.approx(expected, rel=1e-5)


def test_a_bottle_resonates_at_the_helmholtz_frequency():
    volume, neck_area, neck = 40.0, 0.15, 1.0
    hertz = open_end_resonances((10.0, 0.4, 10), (neck_area, 0.1, 10))[0]
    assert hertz == pytest.approx(C / (2 * math.pi) * math.sqrt(neck_area / (volume * neck)), rel=0.02)


def test_the_radiation_load_lowers_the_resonances():
    class Straight:
        def shape(self, controls: torch.Tensor) -> Shape:
            ones = torch.ones(len(controls))
            area = torch.full((len(controls), SECTIONS), LARYNX_CM2)
            return Shape(30 * area, area, area[:, 0], ones, 0 * ones, 2.1 * ones)

    tube = Tube(MALE, 2048)
    hertz = resonances(Straight(), tube, torch.zeros(2, 13))[0].numpy()
    length = 2.1 + 0.1 * (MALE.pharynx_mm + MALE.bend_mm + MALE.oral_mm) + 1.0 + 8 / (3 * math.pi) * math.sqrt(LARYNX_CM2 / math.pi)
    closed_form = np.array([1, 3, 5]) * C / (4 * length)
    assert hertz[1:] == pytest.approx(closed_form[1:], rel=0.03)
    assert closed_form[0] < hertz[0] < 1.15 * closed_form[0]  # compliant walls raise only the lowest resonance


def direct(tube: Tube, shape: Shape, ag: torch.Tensor) -> Responses:
    """Return the transfer functions of `Tube`, computed section by section in complex128."""
    anatomy = tube.anatomy
    jw, gamma, sigma = medium(tube.hertz.numpy(), anatomy.wall)
    ohm = RHO * C * gamma
    area, lip_area, lip_len, port, lar_len, ag = (x.double() for x in (*shape[1:6], ag))
    lengths = [0.1 * anatomy.pharynx_mm / 14] * 14 + [0.1 * anatomy.bend_mm / 12] * 12 + [0.1 * anatomy.oral_mm / 14] * 14
    turns = [hyperbolic(sigma * cm / C) for cm in lengths]
    larynx = LARYNX_CM2 * anatomy.size**2
    wave = mouth_opening(jw, lip_area[:, None]) / ohm, torch.ones(len(ag), len(jw), dtype=torch.complex128)
    wave = section(wave, lip_area[:, None], hyperbolic(sigma * lip_len[:, None] / C))
    ahead, nose, branch = {}, 0, 0
    for k in reversed(range(SECTIONS)):
        ahead[k] = wave
        wave = section(wave, area[:, k, None], turns[k])
        if k == 21:  # seven sections into the bend
            branch = ohm / (jw * 1.2 * RHO / (port[:, None] + 1e-4) + 3 / (port[:, None] + 1e-4) + tube.nose.impedance)
            nose = wave[0] * branch * tube.nose.flow
            wave = wave[0], wave[1] + wave[0] * branch
    p, u = section(wave, larynx, hyperbolic(sigma * lar_len[:, None] / C))
    chink = ag.clamp(min=0.005)[:, None]
    glottis = (4 / chink + jw * 0.3 * RHO / chink) / ohm
    voice = (1 + nose) / (u + p / glottis)
    row = section((torch.ones_like(glottis), glottis), 1 / larynx, hyperbolic(sigma * lar_len[:, None] / C))
    noise = {}
    for k in range(SECTIONS):
        if k == 21:
            row = row[0] + row[1] * branch, row[1]
        even, odd = turns[k]
        row = row[0] * even + row[1] * area[:, k, None] * odd, row[0] * odd / area[:, k, None] + row[1] * even
        noise[k] = 1 / (ahead[k][0] + row[1] / row[0] * ahead[k][1]) / ohm
    radiation = jw / (2 * math.pi * 500)
    return Responses(radiation * voice, radiation * noise[29], radiation * noise[SECTIONS - 1])


@pytest.mark.parametrize("anatomy", [MALE, FEMALE])
def test_blocks_equal_the_product_of_their_sections(anatomy):
    rng = np.random.default_rng(3)
    low, high = np.array(list(BOUNDS.values())).T
    controls = torch.tensor(rng.uniform(low, high, (24, len(BOUNDS))))
    ag = torch.tensor(rng.uniform(0.0, 0.3, 24))
    for dtype, typical, worst in ((torch.float64, 1e-13, 1e-10), (torch.float32, 1e-6, 1e-3)):
        tube, shape = Tube(anatomy, dtype=dtype), Geometry(anatomy, dtype).shape(controls.to(dtype))
        exact = direct(Tube(anatomy, dtype=torch.float64), shape, ag.to(dtype))
        for fast, slow in zip(tube(shape, ag.to(dtype)), exact, strict=True):
            error = (fast - slow).abs() / slow.abs().amax(1, keepdim=True)
            assert error.median() < typical
            assert error.max() < worst


def test_chunks_of_a_sentence_have_the_same_responses():
    controls = torch.rand(150, 13, generator=torch.Generator().manual_seed(0))
    shape = Geometry(MALE).shape(controls)
    whole = Tube(MALE)(shape, torch.full((150,), 0.05))
    with torch.no_grad():
        for expected, chunked in zip(whole, Tube(MALE)(shape, torch.full((150,), 0.05)), strict=True):
            torch.testing.assert_close(expected, chunked, rtol=1e-4, atol=1e-6 * float(expected.abs().max()))


def test_an_open_port_adds_a_nasal_resonance_and_a_zero():
    tube = Tube(MALE)
    ones = torch.ones(2)
    shape = Shape(30 * ones, torch.full((2, SECTIONS), 3.0), 3 * ones, ones, torch.tensor([0.0, 0.5]), 2.1 * ones)
    shut, opened = tube(shape, 0.05 * ones).voice.abs().log()
    band = (tube.hertz > 200) & (tube.hertz < 1200)
    assert (opened - shut)[band].max() > 0.25
    assert (opened - shut)[band].min() < -0.5
    assert tube.hertz[-1] == RATE / 2
