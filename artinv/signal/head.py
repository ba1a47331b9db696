"""Remove the motion of the head from positions of coils, and turn them into the coordinates of the occlusal plane.

Reference coils (bridge of the nose, both mastoids, upper incisors) move with the skull only. In each frame the rotation and shift
that best fit them to one shape undo the motion of the head for all coils. All positions are (frames, coils, 3) in mm.
"""

from collections.abc import Sequence

import numpy as np

from artinv.runtime.errors import BadData

LEAST_COILS = 3
LEAST_BREADTH = 1.0
"""Least root-mean-square distance in mm of reference points from their best line, about which they leave the rotation unknown."""


def without_motion(positions: np.ndarray, references: Sequence[int], shape: np.ndarray | None = None) -> np.ndarray:
    """Return the positions with the head at rest; frames with fewer than three reference coils, or three in a line, become NaN.

    `references` are the numbers of the reference coils. `shape` (references, 3) is where they shall rest, by default `rest(...)`;
    give the shape of the bite-plane recording to bring several recordings into one frame.
    """
    observed = positions[:, list(references)].astype(np.float64)
    rotations, shifts = rigid_motions(observed, rest(observed) if shape is None else shape)
    return np.einsum("fij,fcj->fci", rotations, positions.astype(np.float64)) + shifts[:, None]


def rest(observed: np.ndarray) -> np.ndarray:
    """Return the mean shape (references, 3) of (frames, references, 3), in the pose of the first frame without a missing coil."""
    complete = observed[np.isfinite(observed).all(axis=(1, 2))].astype(np.float64)
    if not len(complete):
        raise BadData("no frame holds all reference coils; leave out the coil that is missing")
    rotations, shifts = rigid_motions(complete, complete[0])
    return (np.einsum("fij,fcj->fci", rotations, complete) + shifts[:, None]).mean(axis=0)


def rigid_motions(observed: np.ndarray, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rotations (frames, 3, 3) and shifts (frames, 3) that bring observed points closest to a shape, in least squares.

    `observed` is (frames, points, 3), `shape` (points, 3). A rotation is never a reflection. A missing point is left out of its
    frame.
    """
    shape = np.asarray(shape, np.float64)
    if not np.isfinite(shape).all():
        raise BadData("the shape of the reference coils has a missing coil; leave the coil out")
    if len(shape) < LEAST_COILS or _breadth(shape) < LEAST_BREADTH:
        raise BadData(f"the {len(shape)} reference coils are fewer than three or lie in a line; add one beside it")
    present = np.isfinite(observed).all(axis=2)
    points = np.where(present[..., None], observed, 0.0).astype(np.float64)
    weights = present / np.maximum(present.sum(axis=1, keepdims=True), 1)
    centre, rest_centre = np.einsum("fp,fpi->fi", weights, points), weights @ shape
    targets = shape - rest_centre[:, None]
    covariance = np.einsum("fp,fpi,fpj->fij", weights, targets, points - centre[:, None])
    left, _, right = np.linalg.svd(covariance)
    left[..., 2] *= np.sign(np.linalg.det(left @ right))[:, None]
    rotations = left @ right
    for pattern in np.unique(present, axis=0):
        if pattern.sum() < LEAST_COILS or _breadth(shape[pattern]) < LEAST_BREADTH:
            rotations[(present == pattern).all(axis=1)] = np.nan
    return rotations, rest_centre - np.einsum("fij,fj->fi", rotations, centre)


def occlusal(positions: np.ndarray, front: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the positions in coordinates of the occlusal plane: x to the front, y up, z to the right; the origin is `front`.

    `front` (3,) lies at the upper incisors; `left` and `right`, from the speaker's view, are the rear corners of the bite plane.
    All three are measured with the head at rest in the same place as in `positions`. x and y span the midsagittal plane.
    """
    corners = np.array([front, left, right], np.float64)
    if not np.isfinite(corners).all() or _breadth(corners) < LEAST_BREADTH:
        raise BadData("the three points of the bite plane are missing or lie in a line; measure them again")
    forward = corners[0] - corners[1:].mean(axis=0)
    x = forward / np.linalg.norm(forward)
    across = corners[2] - corners[1]
    up = np.cross(across, x)
    y = up / np.linalg.norm(up)
    return (positions.astype(np.float64) - corners[0]) @ np.stack([x, y, np.cross(x, y)], axis=1)


def _breadth(points: np.ndarray) -> float:
    """Return the root-mean-square distance in mm of points (points, 3) from their best line."""
    singular = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return float(np.sqrt((singular[1:] ** 2).sum() / len(points)))
