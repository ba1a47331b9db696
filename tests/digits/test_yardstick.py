"""The yardstick learns, is frozen in a file with a hash, and refuses levels on another scale."""

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from artinv.digits import metrics, spectra, yardstick
from artinv.digits.fitting import by_group
from artinv.digits.yardstick import KEY, Yardstick, varied
from artinv.runtime.errors import BadData
from tests.support import toy_digits
from tests.support.networks import altered


def test_toy_digits_are_recognized_and_noise_is_not(judge):
    test = toy_digits.clips(3, 5)
    features = judge.judge(test.sound())
    assert (features.values.shape, features.probabilities.shape) == ((30, 64), (30, 10))
    np.testing.assert_allclose(features.probabilities.sum(1), 1, atol=1e-6)
    assert metrics.accuracy(features, test.digits) >= 0.9
    noise = torch.randn(30, spectra.SAMPLES, generator=torch.Generator().manual_seed(0))
    assert metrics.inception_score(judge.judge(noise)) < 3 < metrics.inception_score(features)


def test_results_are_grouped_by_speaker_and_digit(judge):
    test = toy_digits.clips(2, 5)
    features = judge.judge(test.sound())
    wrong = metrics.Features(features.values, np.roll(np.eye(10)[test.digits], 1, 1), "", "")
    right = metrics.Features(features.values, np.eye(10)[test.digits], "", "")
    chances = np.where(np.arange(20)[:, None] < 10, right.probabilities, wrong.probabilities)
    mixed = metrics.Features(features.values, chances, "", "")
    share, speakers, digits = by_group(mixed, test)
    assert (share, speakers) == (0.5, {"F0": 1.0, "M0": 0.0})
    assert digits == dict.fromkeys(digits, 0.5)
    assert len(digits) == 10


def test_equal_input_gives_equal_weights_and_another_seed_does_not():
    parts = toy_digits.clips(2), toy_digits.clips(1, 1)
    choices = [toy_digits.yardstick_params(seed=seed).model_copy(update={"epochs": 1}) for seed in (0, 0, 1)]
    marks = [yardstick.fit(*parts, params)[0].mark for params in choices]
    assert marks[0] == marks[1] != marks[2]


def test_a_saved_yardstick_is_read_with_the_same_mark_and_judges_alike(judge, tmp_path):
    judge.save(tmp_path / "a.safetensors")
    again = Yardstick.load(tmp_path / "a.safetensors")
    assert again.mark == judge.mark
    assert again.provenance == {"origin": "synthetic", "sounds": "60", "seed": "0"}
    sound = toy_digits.clips(1, 7).sound()
    np.testing.assert_array_equal(again.judge(sound).values, judge.judge(sound).values)
    again.save(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_levels_on_another_scale_are_refused(judge):
    levels = spectra.levels_of(toy_digits.clips(1).sound())
    with pytest.raises(BadData, match="levels on the scale 'linear'"):
        judge.features(levels, "linear")
    with pytest.raises(BadData, match=r"up to 60, cannot be judged; give levels in \[-1, 1\]"):
        judge.features(levels * 60, spectra.SCALE)


@pytest.mark.parametrize("content", [b"", b"no model", None])
def test_other_files_are_reported_in_one_line(tmp_path, content):
    path = tmp_path / "a.safetensors"
    if content is None:
        save_file({"a": np.zeros(3, np.float32)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(BadData, match=r"a\.safetensors: .*make it again: `make digits`") as caught:
        Yardstick.load(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(BadData, match="is missing; make it: `make digits`"):
        Yardstick.load(tmp_path / "absent.safetensors")


def test_a_damaged_yardstick_is_reported(judge, tmp_path):
    path, name = tmp_path / "a.safetensors", min(judge.network.state_dict())
    for change, fault in (
        ({"facts": {"scale": "linear"}}, r"was trained on levels of another scale \('linear'\)"),
        ({"facts": {"more": 1}}, "is not a classifier of digits .*more"),
        ({"tensors": {name: lambda _: None}}, rf"is not a classifier .*weights '{name}' are absent, its metadata requires"),
    ):
        judge.save(path)
        with pytest.raises(BadData, match=rf"a\.safetensors: {fault}.*make it again: `make digits`"):
            Yardstick.load(altered(path, KEY, **change))


def test_training_sounds_vary_within_the_scale_and_0_hz_stays_in_place():
    levels = -torch.ones(40, spectra.BINS, spectra.FRAMES)
    levels[:, 60, 32] = 1
    with torch.random.fork_rng():
        torch.manual_seed(0)
        seen = varied(levels)
    assert float(seen.abs().max()) <= 1
    places = seen.flatten(1).argmax(1)
    rows, columns = places // spectra.FRAMES, places % spectra.FRAMES
    assert len(rows.unique()) > 8
    assert len(columns.unique()) > 5
    assert 60 / 1.15 - 1 <= int(rows.min()) <= int(rows.max()) <= 60 / 0.85 + 1
    low = -torch.ones(40, spectra.BINS, spectra.FRAMES)
    low[:, 0] = 1
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert (varied(low)[:, :, 20:40].amax(2).argmax(1) <= 1).all()
