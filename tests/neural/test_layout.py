"""Electrodes have places of their own on a grid."""

import numpy as np
import pytest
import torch

from artinv.neural.layout import Layout
from artinv.runtime.errors import BadData


def test_signals_lie_where_their_electrodes_do():
    layout = Layout.of(np.array([[3, 5], [4, 5], [3, 7]]), 3)
    assert layout.shape == (2, 3)
    grid = layout.on_grid(torch.tensor([[[1.0, 2.0, 3.0]]]))
    assert grid[0, 0].tolist() == [[1.0, 0.0, 3.0], [2.0, 0.0, 0.0]]


def test_electrodes_without_a_grid_fill_a_square():
    assert Layout.of(None, 5).places == ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1))


@pytest.mark.parametrize("places", [[[0, 0], [0, 0]], [[0, 0], [0, 99]]])
def test_impossible_places_are_rejected(places):
    with pytest.raises(BadData, match="a place of its own"):
        Layout.of(places, 2)
