"""Test the classes of frames from labels and from probabilities."""

import numpy as np
import pytest
from scipy import signal

from artinv.core.records import Label
from artinv.phones import evidence
from artinv.phones.classes import CLASSES, PHONES, membership


def test_every_class_tells_some_phones_apart():
    table = membership(PHONES)
    assert table.shape == (40, len(CLASSES))
    assert len({tuple(column) for column in table.T}) == len(CLASSES)
    assert (table.sum(axis=1) > 0).all()


def test_no_two_phones_have_equal_classes():
    assert len({tuple(row) for row in membership(PHONES)}) == len(PHONES)


def test_a_frame_holds_the_share_of_each_phone():
    labels = (Label("s", 0.0, 0.05), Label("iy1", 0.05, 0.2))
    found = evidence.from_labels(labels, 5, 50.0) / evidence.GAIN
    fricative, high = CLASSES.index("fricative"), CLASSES.index("high")
    assert np.allclose(found[:, fricative], [0.5, 1, 1, 0, 0])  # frame 0 reaches from -10 to 10 ms
    assert np.allclose(found[:, high], [0, 0, 0, 1, 1])


def test_probabilities_are_summed_to_classes_at_the_frames_of_the_model():
    values = np.zeros((21, 2), np.float32)
    values[:10, 0], values[10:, 1] = 1, 1
    found = evidence.at_frames(values @ membership(("S", "IY")), 11, 50.0) / evidence.GAIN
    assert found.shape == (11, len(CLASSES))
    assert np.allclose(found[:5, CLASSES.index("fricative")], 1)
    assert np.allclose(found[5, CLASSES.index("fricative")], 0.25)  # at 0.10 s: 1/4 of the frame before
    assert np.allclose(found[6:, CLASSES.index("high")], 1)


def test_the_last_frames_hold_the_end_of_the_probabilities():
    values = np.zeros((21, 2), np.float32)
    values[20] = 1, 3
    found = evidence.at_frames(values, 13, 50.0) / evidence.GAIN
    np.testing.assert_allclose(found[9:], [[0, 0], [0.75, 2.25], [0.75, 2.25], [0.75, 2.25]])


def test_known_phones_have_seven_tenths_of_the_weight():
    known, recognized = np.ones((3, 2), np.float32), np.zeros((3, 2), np.float32)
    np.testing.assert_allclose(evidence.blended(known, recognized), 0.7)
    np.testing.assert_allclose(evidence.blended(recognized, known), 0.3, rtol=1e-6)
    assert evidence.blended(known, None) is known


@pytest.mark.parametrize("reach", [0, 1, 4])
def test_smoothing_is_a_convolution_with_a_hann_window_and_holds_the_ends(reach):
    phones = np.random.default_rng(0).random((20, 3)).astype(np.float32)
    window = signal.windows.hann(2 * reach + 3)[1:-1]
    held = np.concatenate([np.repeat(phones[:1], reach, 0), phones, np.repeat(phones[-1:], reach, 0)])
    expected = signal.convolve(held, (window / window.sum())[:, None], "valid")
    np.testing.assert_allclose(evidence.smoothed(phones, reach), expected, atol=1e-6)


def test_phones_that_are_not_known_are_zeros():
    acoustics = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    phones = np.ones((4, evidence.WIDTH), np.float32)
    assert np.array_equal(evidence.joined(acoustics, phones), np.hstack([acoustics, phones]))
    assert np.array_equal(evidence.joined(acoustics, None), np.hstack([acoustics, 0 * phones]))
    assert evidence.joined(acoustics, None).dtype == np.float32


def test_a_prediction_with_phones_is_the_mean_of_two():
    acoustics = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    phones = np.random.default_rng(1).standard_normal((4, evidence.WIDTH)).astype(np.float32)
    weights = np.random.default_rng(2).standard_normal((3 + evidence.WIDTH, 18)).astype(np.float32)

    def predict(values):
        return np.tanh(values @ weights)

    with_sound, without = (np.tanh(acoustics @ weights[:3] * heard + phones @ weights[3:]) for heard in (1, 0))
    assert np.allclose(evidence.predicted(predict, acoustics, phones), (with_sound + without) / 2, atol=1e-5)
    assert np.allclose(evidence.predicted(predict, acoustics, None), np.tanh(acoustics @ weights[:3]), atol=1e-5)
    together = evidence.predicted(predict, acoustics, phones, phones_alone=False)
    assert np.array_equal(together, predict(evidence.joined(acoustics, phones)))


def test_stored_sources_are_split_in_their_order():
    parts = [np.full((2, width), number, np.float32) for number, width in enumerate((5, evidence.WIDTH, evidence.WIDTH))]
    found = evidence.split(np.hstack(parts), evidence.KINDS)
    assert list(found) == ["acoustics", "recognized", "timed"]
    assert all(np.array_equal(*pair) for pair in zip(found.values(), parts, strict=True))
    assert list(evidence.split(parts[0], ())) == ["acoustics"]
