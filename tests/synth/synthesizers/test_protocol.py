"""The description of parameters: scales, levels, ranges, values over time."""

import math

import numpy as np
import pytest
import torch

from artinv.runtime.errors import BadParams
from artinv.synth.synthesizers import kinds, protocol
from artinv.synth.synthesizers.protocol import Parameter

SPEC = (Parameter("level", "dB", -60.0, 0.0, levels=7), Parameter("cutoff", "Hz", 100.0, 1600.0, "log", 5))


class Nothing:
    spec, sound_rate, samples = SPEC, 16000, 8

    def __init__(self, moving):
        self.moving = moving

    def render(self, values, seed):  # noqa: ARG002 -- there is no noise
        protocol.check("nothing", self, values)
        return values.new_zeros(len(values), self.samples)


def test_levels_are_equidistant_on_the_scale_of_the_parameter():
    np.testing.assert_allclose(SPEC[0].values(), [-60, -50, -40, -30, -20, -10, 0], atol=1e-12)
    np.testing.assert_allclose(SPEC[1].values(), [100, 200, 400, 800, 1600])
    np.testing.assert_allclose(Parameter("share", "", 0.0, 1.0).values(), np.arange(16) / 15)


def test_shares_and_levels_become_values_of_their_parameter():
    shares = torch.tensor([[0.0, 0.5], [0.25, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(protocol.of_unit(SPEC, shares), torch.tensor([[-60, 400], [-45, 1600]], dtype=torch.float64))
    random = torch.rand(50, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(protocol.to_unit(SPEC, protocol.of_unit(SPEC, random)), random)
    levels = torch.stack(torch.meshgrid(torch.arange(7), torch.arange(5), indexing="ij"), -1)
    values = protocol.of_levels(SPEC, levels)
    torch.testing.assert_close(values, protocol.of_unit(SPEC, levels / torch.tensor([6, 4], dtype=torch.float64)))
    assert values[3, 2].tolist() == pytest.approx([-30, 400])


@pytest.mark.parametrize("changes", [{"high": 0.0}, {"levels": 1}, {"low": -1.0, "scale": "log"}])
def test_an_impossible_range_is_refused(changes):
    with pytest.raises(ValueError, match="parameter 'x': needs low < high"):
        Parameter(**{"name": "x", "unit": "", "low": 0.5, "high": 1.0} | changes)


@pytest.mark.parametrize(("values", "message"), [
    ([[-20.0, 1700.0]], "nothing: parameter 'cutoff' is 1700 Hz; expected 100 to 1600 Hz"),
    ([[-20.0, 400.0], [1.0, 400.0]], "nothing: parameter 'level' is 1 dB; expected -60 to 0 dB"),
    ([[math.nan, 400.0]], "nothing: parameter 'level' is nan dB; expected -60 to 0 dB"),
    ([[math.inf, 400.0]], "nothing: parameter 'level' is inf dB; expected -60 to 0 dB"),
    ([[-20.0]], "nothing: the values are float32 of shape (1, 1); expected floating-point numbers of shape (B, 2)"),
    ([-20.0, 400.0], "nothing: the values are float32 of shape (2,); expected floating-point numbers of shape (B, 2)"),
    ([[-20, 400]], "nothing: the values are int64 of shape (1, 2); expected floating-point numbers of shape (B, 2)"),
    ([[[-20.0, 400.0]]], "nothing: the values are float32 of shape (1, 1, 2); expected floating-point numbers of shape (B, 2)"),
])
def test_bad_values_are_reported_on_one_line(values, message):
    with pytest.raises(BadParams) as caught:
        Nothing(moving=False).render(torch.tensor(values), 0)
    assert str(caught.value) == message


def test_the_ends_of_a_range_are_valid_in_float32():
    for parameter in (Parameter("f", "Hz", 440.0, 440.0 * 2 ** (15 / 12), "log"), *SPEC):
        ends = parameter.of_unit(torch.tensor([0.0, 1.0])).unsqueeze(1)
        synthesizer = Nothing(moving=False)
        synthesizer.spec = (parameter,)
        assert synthesizer.render(ends, 0).shape == (2, 8)


@pytest.mark.parametrize("parameter", [*SPEC, Parameter("offset", "dB", 5.0, 9.0)])
def test_a_value_may_exceed_a_range_by_its_hundred_thousandth(parameter):
    synthesizer = Nothing(moving=False)
    synthesizer.spec = (parameter,)
    reach = parameter.high - parameter.low
    for excess, valid in ((0.9e-5, True), (1.1e-5, False)):
        for value in (parameter.low - excess * reach, parameter.high + excess * reach):
            values = torch.tensor([[value]], dtype=torch.float64)
            if valid:
                assert synthesizer.render(values, 0).shape == (1, 8)
            else:
                with pytest.raises(BadParams, match=f"parameter '{parameter.name}' is"):
                    synthesizer.render(values, 0)


def test_values_over_time_need_at_least_one_time():
    values = torch.tensor([[-20.0, 400.0]])
    assert Nothing(moving=True).render(values.expand(2, 3, 2), 0).shape == (2, 8)
    with pytest.raises(BadParams, match=r"shape \(2, 0, 2\); expected .* shape \(B, 2\) or \(B, T, 2\)$"):
        Nothing(moving=True).render(values.expand(2, 0, 2), 0)


def test_an_empty_batch_gives_no_sound():
    assert Nothing(moving=True).render(torch.zeros(0, 2), 0).shape == (0, 8)


def test_values_over_time_are_interpolated_as_by_numpy():
    values = torch.randn(3, 5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    places = torch.linspace(0, 1, 37, dtype=torch.float64)
    moved = protocol.over_time(values, places)
    for row in range(3):
        for column in range(2):
            expected = np.interp(places, np.linspace(0, 1, 5), values[row, :, column])
            np.testing.assert_allclose(moved[row, :, column], expected, atol=1e-12)


def test_names_and_options_are_checked():
    assert {"additive4", "fm23", "formant18"} <= set(kinds.names())
    with pytest.raises(BadParams, match=r"^unknown synthesizer 'fm32'; expected one of \[.*\]; did you mean 'fm23'\?$"):
        kinds.build("fm32", 16384, 100)
    with pytest.raises(BadParams, match=r"^formant18: unknown option 'voice'; expected one of \['speaker'\]$"):
        kinds.build("formant18", 16000, 100, voice="man")
    with pytest.raises(BadParams, match=r"^formant18: speaker 'child'; expected one of \['woman', 'man'\]$"):
        kinds.build("formant18", 16000, 100, speaker="child")
    with pytest.raises(BadParams, match=r"^additive4: extra factors \['snr', 'snr'\]; expected some of \['snr', 'presence'\], "):
        kinds.build("additive4", 16000, 100, extra=("snr", "snr"))


@pytest.mark.parametrize(("name", "rate"), [("fm23", 11025), ("formant18", 8000), ("additive4", 4000)])
def test_a_low_sound_rate_is_refused(name, rate):
    with pytest.raises(BadParams, match=rf"^{name}: 100 samples at {rate} Hz; expected 1 or more samples at \d+ Hz or more$"):
        kinds.build(name, rate, 100)
