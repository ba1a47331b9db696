"""The stream of blocks: equal to the whole sound, a frame of motion for each frame of sound, saved as a trajectory."""

import re

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.evaluate.sim2real import POSITION_COLUMNS
from artinv.inversion import export
from artinv.live.features import Normalizer, Spectrum
from artinv.live.model import load
from artinv.live.resample import Resampler
from artinv.live.stream import Stream, invert
from artinv.measure import metrics
from artinv.runtime.errors import BadData
from tests.support.live import speech, untrained
from tests.support.scenes import synthetic
from tools.deps import ROOT


@pytest.mark.parametrize(("rate", "block"), [(16000, 160), (48000, 480), (44100, 1023), (8000, 5000)])
def test_blocks_give_the_motion_of_the_whole_sound(rate, block):
    sound = speech(1.3, rate)
    stream = Stream(untrained(), rate)
    parts = [stream.add(sound[k:k + block]) for k in range(0, len(sound), block)]
    made, whole = np.concatenate([*parts, stream.end()]), invert(sound, rate, untrained())
    assert np.array_equal(made, whole.motion)
    assert len(made) == 1 + ((len(sound) - 1) * 16000 // rate + 1) // 320


def test_the_stream_is_its_parts_one_after_another():
    model, sound = untrained(), speech(1.0, 48000)
    resampler, spectrum = Resampler(48000), Spectrum(model.facts.front)
    normalizer, network = Normalizer(model.facts.front, model.typical), model.network()
    at_16_khz = np.concatenate([resampler.add(sound), resampler.end()])
    features = normalizer.add(np.concatenate([spectrum.add(at_16_khz), spectrum.end()]))
    z = np.concatenate([network.add(features), network.end()])
    assert invert(sound, 48000, model).motion == pytest.approx(z * model.std + model.mean, abs=1e-4)


def test_motion_arrives_within_the_declared_latency():
    stream, sound, block = Stream(untrained(), 48000), speech(2.0, 48000), 96
    frames, latest = 0, 0.0
    for start in range(0, len(sound), block):
        made = len(stream.add(sound[start:start + block]))
        if made:
            latest = max(latest, (start + block) / 48000 - frames / stream.rate)
            frames += made
    assert stream.latency - 0.03 < latest <= stream.latency + block / 48000
    assert stream.latency < 0.2


def test_the_sound_before_a_moment_decides_its_motion():
    sound = speech(1.5, 16000)
    other = sound.copy()
    other[16000:] = 0
    needed = int((1.0 - untrained().look_ahead) * 50)
    whole, changed = (invert(each, 16000, untrained()).motion for each in (sound, other))
    assert np.array_equal(whole[:needed], changed[:needed])
    assert not np.array_equal(whole[needed + 2:], changed[needed + 2:])


def test_a_trajectory_states_where_it_comes_from_and_is_saved(tmp_path):
    made = invert(speech(0.5, 16000), name="a")
    assert (made.rate, made.trained_on, made.model) == (50.0, "synthetic", load().title)
    assert made.margin is not None
    assert (made.margin > 0).all()
    export.write(tmp_path / "a.csv", made)
    assert export.read(tmp_path / "a.csv").motion == pytest.approx(made.motion, abs=1e-4)


def test_silence_gives_still_motion():
    motion = invert(np.zeros(16000 * 20), 16000).motion
    assert np.isfinite(motion).all()
    assert np.ptp(motion[-200:], axis=0).max() < 0.2


def test_repeated_sound_gives_the_same_motion_again():
    """State and statistics of the bundled model do not drift."""
    sound = np.tile(speech(2.0, 16000, seed=3), 40)
    cycles = invert(sound, 16000).motion[:4000].reshape(40, 100, -1)
    assert np.abs(cycles[39] - cycles[30]).max() < 0.1
    assert np.ptp(cycles[39], axis=0)[:12].min() > 0.3


def test_the_bundled_model_follows_a_synthetic_speaker_outside_training():
    """A model that is trained anew may be better, so only the least correlation is tested; other settings are below it."""
    correlations = []
    for shown in synthetic(4, "M03"):
        truth = shown.measured.motion[::round(shown.measured.rate / 50)]
        motion = invert(shown.sound, 16000).motion[: len(truth)]
        correlations.append(metrics.pearson(truth[: len(motion)], motion)[POSITION_COLUMNS])
    assert np.nanmean(correlations) > 0.77


@pytest.mark.parametrize("block", [np.zeros((2, 5)), np.array([np.nan]), np.array([np.inf, 0])])
def test_a_block_that_is_no_sound_is_rejected(block):
    with pytest.raises(BadData, match="give \\(samples,\\)"):
        Stream(untrained()).add(block)


def test_an_empty_sound_is_rejected():
    with pytest.raises(BadData, match="without samples"):
        invert(np.zeros(0), 16000, untrained())


def test_the_example_of_the_page_runs():
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/live.md").read_text(encoding="utf-8"), re.DOTALL)
    blocks = np.array_split(speech(1.0, 48000), 30)
    names = {"blocks": blocks}
    exec(example, names)  # noqa: S102 -- an example of this repository
    assert np.shape(names["motion"]) == (51, len(CHANNELS))
