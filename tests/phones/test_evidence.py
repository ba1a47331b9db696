"""Test the classes of frames from labels and from probabilities."""

import numpy as np

from artinv.core.records import Label
from artinv.phones import evidence
from artinv.phones.classes import CLASSES, PHONES, membership


def test_every_class_tells_some_phones_apart():
    table = membership(PHONES)
    assert table.shape == (40, len(CLASSES))
    assert len({tuple(column) for column in table.T}) == len(CLASSES)
    assert (table.sum(axis=1) > 0).all()


def test_a_frame_holds_the_share_of_each_phone():
    labels = (Label("s", 0.0, 0.05), Label("iy1", 0.05, 0.2))
    found = evidence.from_labels(labels, 5, 50.0) / evidence.GAIN
    fricative, high = CLASSES.index("fricative"), CLASSES.index("high")
    assert np.allclose(found[:, fricative], [0.5, 1, 1, 0, 0])  # frame 0 reaches from -10 to 10 ms
    assert np.allclose(found[:, high], [0, 0, 0, 1, 1])


def test_probabilities_are_summed_to_classes_at_the_frames_of_the_model():
    values = np.zeros((21, 2), np.float32)
    values[:10, 0], values[10:, 1] = 1, 1
    found = evidence.from_posteriors(values, ("S", "IY"), 11, 50.0) / evidence.GAIN
    assert found.shape == (11, len(CLASSES))
    assert np.allclose(found[:5, CLASSES.index("fricative")], 1)
    assert np.allclose(found[5, CLASSES.index("fricative")], 0.25)  # at 0.10 s: 1/4 of the frame before
    assert np.allclose(found[6:, CLASSES.index("high")], 1)


def test_a_kind_that_is_not_known_is_zeros():
    acoustics = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    timed = np.ones((4, evidence.WIDTH), np.float32)
    values = evidence.joined(acoustics, {"recognized": None, "timed": timed})
    assert values.dtype == np.float32
    assert np.array_equal(values, np.hstack([acoustics, np.zeros_like(timed), timed]))
    for kept, expected in {
        ("acoustics",): [acoustics, 0 * timed, 0 * timed], ("timed",): [0 * acoustics, 0 * timed, timed],
        ("acoustics", "timed"): [acoustics, 0 * timed, timed], (): [0 * acoustics, 0 * timed, 0 * timed],
    }.items():
        assert np.array_equal(evidence.only(values, kept, evidence.KINDS), np.hstack(expected)), kept
    assert np.array_equal(evidence.only(acoustics, ("acoustics",), ()), acoustics)
