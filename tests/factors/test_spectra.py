"""Log-frequency spectra against closed forms, sets of images, and the reader of MNIST's files."""

import gzip
import itertools
import struct

import numpy as np
import pytest
import torch

from artinv.factors import idx, spectra
from artinv.factors.log_frequency import LogFrequency, sound_of
from artinv.factors.spectra import Images
from artinv.runtime.errors import BadData
from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.protocol import of_levels
from tests.support import coded

SIZES = {"frames": 3, "bins": 60, "lowest": 80, "per_octave": 10, "resolution": 1.0, "floor": 40, "reference": 0.5}


def sines(*hertz, amplitude=0.3, samples=8000, rate=16000):
    time = np.arange(samples) / rate
    return torch.from_numpy(np.stack([amplitude * np.sin(2 * np.pi * each * time + 1.0) for each in hertz]))


def test_a_sine_at_the_frequency_of_a_bin_has_its_amplitude_there():
    transform = LogFrequency(16000, 8000, **SIZES)
    numbers = [20, 35, 50]
    amplitudes = transform.amplitudes(sines(*transform.hertz[numbers])).numpy()
    for row, number in enumerate(numbers):
        np.testing.assert_allclose(amplitudes[row, :, number], 0.3, rtol=0.03)
        assert (amplitudes[row].argmax(1) == number).all()
    np.testing.assert_allclose(amplitudes[1, 1, 35], 0.3, rtol=1e-3)


def test_the_transform_agrees_with_a_loop():
    transform = LogFrequency(8000, 500, frames=2, bins=5, lowest=300, per_octave=4, resolution=1.0, floor=60, reference=1.0)
    sound = np.random.default_rng(0).normal(size=500)
    expected = np.zeros((2, 5))
    for frame, number in itertools.product(range(2), range(5)):
        hertz = 300 * 2 ** (number / 4)
        length = 8000 / hertz / (2 ** (1 / 4) - 1)
        total, weights = 0, 0
        for time in range(500):
            place = (time - (frame + 0.5) * 250) / length
            if abs(place) < 0.5:
                weight = np.cos(np.pi * place) ** 2
                total += weight * sound[time] * np.exp(-2j * np.pi * hertz / 8000 * time)
                weights += weight
        expected[frame, number] = abs(2 * total / weights)
    own = transform.amplitudes(torch.from_numpy(sound[None])).numpy()[0]
    np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-5)


def test_levels_are_decibels_between_floor_and_reference():
    transform = LogFrequency(16000, 8000, **SIZES)
    levels = transform.levels(torch.tensor([0.0, 0.005, 0.05, 0.5, 2.0]))
    np.testing.assert_allclose(levels.numpy(), [0, 0, 0.5, 1, 1], atol=1e-6)


def test_a_spectrum_becomes_a_sound_with_about_that_spectrum():
    transform = LogFrequency(16000, 8000, **SIZES)
    sound = sines(transform.hertz[20], amplitude=0.3) + sines(transform.hertz[45], amplitude=0.1)
    levels = transform(sound).numpy()[0]
    made = sound_of(levels, transform)
    again = transform(torch.from_numpy(made[None])).numpy()[0]
    assert made.dtype == np.float32
    np.testing.assert_allclose(again[:, [20, 45]], levels[:, [20, 45]], atol=0.05)
    assert sound_of(np.zeros((3, 60)), transform).max() == 0


def test_the_additive_grid_is_that_of_the_forerunner():
    factors = spectra.factors_of("additive", coded.set_params(count=0))
    values = {each.name: each.values().numpy() for each in factors}
    np.testing.assert_allclose(values["f0"], np.arange(100, 1001, 50))
    np.testing.assert_allclose(values["slope"], np.arange(-9, 0) / 10)
    np.testing.assert_allclose(values["inharmonicity"], np.arange(11) / 10)
    np.testing.assert_allclose(values["decay"], np.arange(11))
    levels = spectra.grid(np.array([each.levels for each in factors]), 0, np.random.default_rng(0))
    assert levels.shape == (20691, 4)
    assert len(np.unique(levels, axis=0)) == 20691
    with_two = spectra.factors_of("additive", coded.set_params(extra=["snr", "presence"]))
    assert [each.name for each in with_two[4:]] == ["snr", "presence"]


def test_the_tract_has_six_factors():
    assert [each.name for each in spectra.factors_of("tract", coded.set_params())] == [
        "place", "degree", "lips", "length", "f0", "tilt"]


@pytest.mark.parametrize("name", ["additive", "tract"])
def test_an_image_is_the_spectrum_of_its_sound(name):
    params = coded.set_params(count=12)
    images = spectra.of_sounds(name, params, workers=1)
    assert images.pixels.shape == (12, 2, 40)
    synthesizer = kinds.build(spectra.SOUNDS[name][0], 16000, 2000)
    values = of_levels(spectra.factors_of(name, params), torch.from_numpy(images.levels.astype(np.int64)))
    if name == "tract":
        values = torch.cat([values[:, :4], torch.full((12, 1), 0.3, dtype=torch.float64), values[:, 4:]], 1)
    expected = spectra.transform(name, params)(synthesizer.render(values.float(), 0)).numpy()
    np.testing.assert_allclose(images.pixels / 255, expected, atol=0.5 / 255 + 1e-5)
    assert 0.02 < expected.mean() < 0.98


def test_sets_are_equal_byte_for_byte_and_divided_without_loss(tmp_path):
    params = coded.set_params(sets=["additive", "digits"], count=40)
    for folder in ("a", "b"):
        assert spectra.make(params, tmp_path / folder, workers=1) == {"additive": 40, "digits": 40}
    for name in ("additive.npz", "digits.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    images = Images.load(tmp_path / "a/digits.npz")
    assert sorted(np.concatenate([images.of(part) for part in spectra.PARTS])) == list(range(40))
    assert [len(images.of(part)) for part in spectra.PARTS] == [32, 4, 4]
    assert images.pixels.shape == (40, 8, 8)
    assert images.levels[:10, 0].tolist() == list(range(10))


def test_noise_is_a_factor_of_its_own():
    params = coded.set_params(extra=["snr"], count=60, floor=60)
    images = spectra.of_sounds("additive", params, workers=1)
    loud = images.levels[:, 4] == 0
    assert images.pixels[loud].mean() > images.pixels[images.levels[:, 4] > 6].mean() + 20


def test_a_damaged_set_is_named(tmp_path):
    coded.blobs().save(tmp_path / "a.npz")
    assert Images.load(tmp_path / "a.npz").names.tolist() == ["place", "width", "height"]
    (tmp_path / "a.npz").write_bytes(b"PK")
    with pytest.raises(BadData, match=r"a\.npz"):
        Images.load(tmp_path / "a.npz")


def idx_bytes(array, kind=8):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("names", [("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
                                   ("train-images.idx3-ubyte.gz", "train-labels.idx1-ubyte.gz")])
def test_mnist_files_are_read(tmp_path, names):
    pictures, numbers = np.arange(2 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(2, 28, 28), np.array([7, 3], np.uint8)
    for name, array in zip(names, (pictures, numbers), strict=True):
        content = idx_bytes(array)
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    read, digits = idx.digits(tmp_path)
    np.testing.assert_array_equal(read, pictures)
    np.testing.assert_array_equal(digits, numbers)


@pytest.mark.parametrize(("content", "message"), [
    (b"", "is not an idx file of bytes"), (b"\0\0\x0d\x01\0\0\0\1aaaa", "is not an idx file of bytes"),
    (b"\0\0\x08\x03\0\0", "ends within its head"),
    (idx_bytes(np.zeros((2, 2), np.uint8))[:-1], "holds 3 bytes, its head announces 2 x 2"),
    (b"\x1f\x8b\x08", "cannot be read"),
])
def test_other_files_are_refused_in_one_line(tmp_path, content, message):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(BadData, match=message) as caught:
        idx.read(tmp_path / "train-images-idx3-ubyte")
    assert "\n" not in str(caught.value)


def test_missing_and_mismatched_files_are_named(tmp_path):
    with pytest.raises(BadData, match="has no file train-images-idx3-ubyte"):
        idx.digits(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((3, 2, 2), np.uint8)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(2, np.uint8)))
    with pytest.raises(BadData, match="do not belong together"):
        idx.digits(tmp_path)
