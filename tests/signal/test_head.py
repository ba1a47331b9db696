"""Removal of head motion: rigid motions are undone, reflections never fitted, missing coils and bad references reported."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from artinv.runtime.errors import BadData
from artinv.signal import head

SKULL = np.array([[40.0, 0.0, 60.0], [-50.0, 70.0, 20.0], [-52.0, -68.0, 22.0], [45.0, 2.0, 0.0]])  # nose, mastoids, incisors


def moved(points, seed=0):
    """Return the points with a random rotation of up to 180 degrees and a shift in each frame, and the motions."""
    rng = np.random.default_rng(seed)
    turns, shifts = Rotation.random(len(points), rng=rng), rng.normal(size=(len(points), 3)) * 100
    return np.einsum("fij,fcj->fci", turns.as_matrix(), points) + shifts[:, None], turns, shifts


def speech(frames=50, seed=1):
    """Return a head at rest, (frames, 7, 3): three articulators that move and four reference coils."""
    articulators = np.random.default_rng(seed).normal(size=(frames, 3, 3)) * 10
    return np.concatenate([articulators, np.broadcast_to(SKULL, (frames, 4, 3))], axis=1)


REFERENCES = (3, 4, 5, 6)


def test_a_rigid_motion_is_undone():
    still = speech()
    observed, turns, shifts = moved(still)
    expected = np.einsum("ij,fcj->fci", turns[0].as_matrix(), still) + shifts[0]
    np.testing.assert_allclose(head.without_motion(observed, REFERENCES), expected, atol=1e-9)
    np.testing.assert_allclose(head.without_motion(observed, REFERENCES, shape=SKULL), still, atol=1e-9)


def test_any_three_references_determine_the_motion():
    observed, *_ = moved(speech())
    for left_out in REFERENCES:
        coils = [coil for coil in REFERENCES if coil != left_out]
        shape = SKULL[[coil - 3 for coil in coils]]
        np.testing.assert_allclose(head.without_motion(observed, coils, shape), speech(), atol=1e-9)


def test_agrees_with_scipy_on_noisy_coils():
    rng = np.random.default_rng(2)
    observed = moved(np.broadcast_to(SKULL, (20, 4, 3)))[0] + rng.normal(size=(20, 4, 3))
    rotations, shifts = head.rigid_motions(observed, SKULL)
    for points, rotation, shift in zip(observed, rotations, shifts, strict=True):
        expected, _ = Rotation.align_vectors(SKULL - SKULL.mean(axis=0), points - points.mean(axis=0))
        np.testing.assert_allclose(rotation, expected.as_matrix(), atol=1e-9)
        np.testing.assert_allclose(shift, SKULL.mean(axis=0) - rotation @ points.mean(axis=0), atol=1e-9)


def test_a_mirrored_shape_is_rotated_not_reflected():
    rotations, _ = head.rigid_motions(np.broadcast_to(SKULL * [1, -1, 1], (3, 4, 3)), SKULL)
    np.testing.assert_allclose(np.linalg.det(rotations), 1.0)
    np.testing.assert_allclose(rotations @ rotations.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (3, 3, 3)), atol=1e-12)


def test_one_missing_coil_is_replaced_by_the_other_three_and_two_make_the_frame_missing():
    observed, *_ = moved(speech())
    observed[5, 4] = np.nan
    observed[6, 4:6] = np.nan
    got = head.without_motion(observed, REFERENCES, shape=SKULL)
    np.testing.assert_allclose(got[5, :3], speech()[5, :3], atol=1e-9)
    assert np.isnan(got[5, 4]).all()
    assert np.isnan(got[6]).all()
    assert np.isfinite(got[[*range(5), *range(7, 50)]]).all()


def test_a_missing_articulator_leaves_the_others():
    observed, *_ = moved(speech())
    observed[9, 0] = np.nan
    got = head.without_motion(observed, REFERENCES, shape=SKULL)
    assert np.isnan(got[9, 0]).all()
    np.testing.assert_allclose(got[9, 1:], speech()[9, 1:], atol=1e-9)


def test_a_frame_whose_remaining_references_lie_in_a_line_is_missing():
    shape = np.array([[0.0, 0, 0], [10, 0, 0], [20, 0, 0], [0, 30, 0]])
    observed = np.stack([shape, shape])
    observed[1, 3] = np.nan
    rotations, shifts = head.rigid_motions(observed, shape)
    assert np.isfinite(rotations[0]).all()
    assert np.isnan(rotations[1]).all()
    assert np.isnan(shifts[1]).all()


def test_the_mean_shape_averages_out_noise_in_the_pose_of_the_first_complete_frame():
    still = np.broadcast_to(SKULL, (400, 4, 3)).copy()
    still[0, 1] = np.nan
    observed, turns, shifts = moved(still)
    expected = turns[1].apply(SKULL) + shifts[1]
    noisy = observed + np.random.default_rng(3).normal(size=observed.shape)
    noisy[1] = observed[1]
    assert np.abs(head.rest(noisy) - expected).max() < 0.3


@pytest.mark.parametrize("shape", [SKULL[:2], np.outer(np.arange(4.0), [10, 20, 30]), np.zeros((4, 3))])
def test_too_few_and_collinear_references_are_refused(shape):
    with pytest.raises(BadData, match="fewer than three or lie in a line"):
        head.rigid_motions(np.stack([shape, shape]), shape)


def triangle(height):
    """Return a triangle whose points have a root-mean-square distance of height * sqrt(2) / 3 from their best line."""
    return np.array([[0, height, 0], [-30.0, 0, 0], [30, 0, 0]])


@pytest.mark.parametrize("height", [2.05, 2.2])
def test_references_are_collinear_below_a_breadth_of_1_mm(height):
    shape, narrow = triangle(height), height * np.sqrt(2) / 3 < head.LEAST_BREADTH
    assert narrow == (height == 2.05)
    if narrow:
        with pytest.raises(BadData, match="lie in a line"):
            head.rigid_motions(shape[None], shape)
        with pytest.raises(BadData, match="bite plane"):
            head.occlusal(np.zeros((1, 1, 3)), *shape)
    else:
        np.testing.assert_allclose(head.rigid_motions(shape[None], shape)[0][0], np.eye(3), atol=1e-9)
        np.testing.assert_allclose(head.occlusal(shape[None], *shape)[0, 0], 0, atol=1e-9)
    wide = np.concatenate([shape, [[0, 80.0, 0]]])
    without_the_last = np.where(np.arange(4)[:, None] == 3, np.nan, wide)
    assert np.isnan(head.rigid_motions(without_the_last[None], wide)[0]).all() == narrow


def test_missing_references_are_refused():
    with pytest.raises(BadData, match="no frame holds all reference coils"):
        head.rest(np.full((5, 4, 3), np.nan))
    with pytest.raises(BadData, match="leave the coil out"):
        head.rigid_motions(SKULL[None], np.where(np.eye(4, 3), np.nan, SKULL))


def test_occlusal_coordinates_of_a_turned_bite_plane():
    points = np.array([[0.0, 0, 0], [-40, 0, -25], [-40, 0, 25], [-20, 8, 3]])  # front, left, right, a coil
    turn, shift = Rotation.from_euler("xyz", [20, -50, 100], degrees=True), np.array([5.0, -7, 11])
    front, left, right, coil = turn.apply(points) + shift
    got = head.occlusal(np.array([[front, left, right, coil]]), front, left, right)
    np.testing.assert_allclose(got[0], points, atol=1e-12)


def test_occlusal_coordinates_are_right_handed_and_do_not_stretch():
    front, left, right = np.array([[1.0, 2, 3], [-30, 30, 5], [-35, -28, 4]])
    axes = head.occlusal(np.eye(3)[None] + front, front, left, right)[0]
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)


@pytest.mark.parametrize("left", [[10.0, 0, 0], [np.nan, 0, 0]])
def test_a_bite_plane_in_a_line_or_with_a_missing_point_is_refused(left):
    with pytest.raises(BadData, match="three points of the bite plane"):
        head.occlusal(np.zeros((1, 1, 3)), np.zeros(3), np.array(left), np.array([20.0, 0, 0]))
