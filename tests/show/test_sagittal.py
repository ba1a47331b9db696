"""Order of the coils and outline of the palate, compared with closed forms."""

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.show.view import sagittal
from tests.support.scenes import motion


def test_tongue_coils_are_ordered_from_front_to_back():
    """Tip, body, dorsum, as the mean positions of every corpus show."""
    rest = {coil: sagittal.points(motion(2, 100), coil)[:, 0].mean() for coil in sagittal.COILS}
    assert rest["ul"] > rest["tt"] > rest["tb"] > rest["td"] > rest["v"]
    assert sagittal.TONGUE == ("tt", "tb", "td")


def test_envelope_finds_the_palate_that_the_tongue_touches():
    def dome(x):
        return 8 - 0.012 * (x + 35) ** 2

    generator = np.random.default_rng(1)
    values = np.full((4000, 18), np.nan, np.float32)
    for coil, middle in (("tt", -18), ("tb", -32), ("td", -50)):
        x = middle + generator.uniform(-6, 6, 4000)
        first = CHANNELS.index(f"{coil}_x")
        values[:, first], values[:, first + 1] = x, dome(x) - generator.uniform(0, 12, 4000) * generator.integers(0, 2, 4000)
    values[7, CHANNELS.index("tb_y")] = 60  # one erroneous sample
    outline = sagittal.envelope(values)
    assert outline[0, 0] == pytest.approx(-56, abs=1.5)
    assert outline[-1, 0] == pytest.approx(-12, abs=1.5)
    assert np.abs(outline[:, 1] - dome(outline[:, 0])).max() < 0.8
    assert (np.diff(outline[:, 0]) > 0).all()


def test_envelope_without_data_is_empty():
    assert sagittal.envelope(np.full((5, 18), np.nan, np.float32)).shape == (0, 2)


def test_typical_palate_is_a_dome_above_the_tongue_at_rest():
    outline = sagittal.typical()
    assert (np.diff(outline[:, 0]) > 0).all()
    assert -80 < outline[0, 0] < -55
    assert -8 < outline[-1, 0] < 3
    for x, y in ((-17.7, -9.3), (-32.0, -2.8), (-49.2, -3.8)):
        assert np.interp(x, *outline.T) > y
