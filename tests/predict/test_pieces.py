"""Test the division of long sound into pieces."""

import numpy as np
import pytest

from artinv.predict import pieces


@pytest.mark.parametrize("frames", [0, 1, 299, 300, 301, 900, 901])
@pytest.mark.parametrize("step", [1, 4, 7])
def test_pieces_cover_every_frame_once(frames, step, monkeypatch):
    monkeypatch.setattr(pieces, "CHUNK", 3.0)
    monkeypatch.setattr(pieces, "OVERLAP", 1.0)
    parts = pieces.pieces(frames, 100.0, step)
    assert np.array_equal(np.concatenate([np.arange(piece.first, piece.last) for piece in parts] or [[]]), np.arange(frames))
    assert all(0 <= piece.start <= piece.first < piece.last <= piece.end <= frames for piece in parts)
    assert all(piece.end - piece.start <= 500 + 3 * step for piece in parts)
    assert all(piece.start % step == 0 for piece in parts)
