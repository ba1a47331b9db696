"""Test inversion of recordings: blocks, resampling, unusual sound, speaker statistics and margins."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import soundfile
import soxr
from scipy import signal

from artinv.core.channels import CHANNELS
from artinv.core.trajectory import Trajectory
from artinv.data.stats import Stats
from artinv.inversion import recording, speaker_statistics
from artinv.inversion.model import load
from artinv.learn.export import graph_of
from artinv.measure.intervals import Interval, Width
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import ArtinvError, BadData
from artinv.signal import streaming
from artinv.signal.features import FeatureParams
from tests.support.inverters import FEATURES, at_once, babble, inverter, saved

SPEAKER = {"rate": 100.0, "normalization": "speaker"}


def recorded(folder, seconds=2.5, rate=16000, seed=0, name="a.wav", **choices):
    path = folder / name
    soundfile.write(path, babble(seconds, rate, seed), rate, **choices)
    return path


def inverted(path, model, seconds=30.0):
    return recording.invert(path, model, speaker_statistics.average(model.predictor), seconds)[0]


@pytest.mark.parametrize("choices", [{}, {"rate": 100.0}, SPEAKER])
def test_inversion_does_not_depend_on_the_blocks(tmp_path, choices):
    """Results with any block size equal those for the whole sound at once, as in training and scoring."""
    model, sound = load(saved(tmp_path, **choices)), recorded(tmp_path, rate=44100)
    whole = inverted(sound, model)
    assert isinstance(whole, Trajectory)
    assert (whole.rate, len(whole.motion)) == (100.0, 251)
    for seconds in (0.31, 0.05):
        assert np.array_equal(inverted(sound, model, seconds).motion, whole.motion)
    oracle = at_once(inverter(**choices), *soundfile.read(sound, dtype="float32"))
    step = round(100 / model.facts.rate)
    inner = slice(20 // step, -20 // step)
    reached = whole.motion[::step][: len(oracle)]
    assert np.abs(reached - oracle)[inner].max() < (1e-3 if step == 1 else 0.05)


def test_long_sound_in_pieces_equals_the_whole(tmp_path):
    """Sound of more than a minute is predicted and resampled in overlapping pieces."""
    sound = np.concatenate([babble(5, 8000, seed) for seed in range(30)])
    soundfile.write(tmp_path / "a.flac", sound, 8000)
    model = load(saved(tmp_path))
    whole = inverted(tmp_path / "a.flac", model)
    assert len(whole.motion) == 15001
    assert np.array_equal(inverted(tmp_path / "a.flac", model, 7.7).motion, whole.motion)
    features = recording.compute_features(tmp_path / "a.flac", model)
    z = model.predictor.predict(speaker_statistics.average(model.predictor).standardize(features))
    at_once = signal.resample_poly(z, 2, 1, axis=0, padtype="line")[: len(whole.motion)]
    motion = at_once * model.predictor.statistics["std"] + model.predictor.statistics["mean"]
    away = np.abs(motion[:15000] - whole.motion[:15000])[100:-100]
    assert away.max() < 0.1  # mm
    assert away.mean() < 0.005


@pytest.mark.parametrize("rate", [50.0, 80.0, 125.0, 200.0])
def test_resampling_keeps_frequencies_below_both_limits(rate):
    """Sinusoids below the limits of both rates are reproduced at the new times, without artefacts at the ends."""
    hertz = np.array([0.3, 2.0, 5.0, 10.0])
    times, expected = np.arange(round(130 * rate) + 1) / rate, np.arange(13001) / 100
    trajectory = recording.at_rate(np.sin(2 * np.pi * hertz * times[:, None]).astype(np.float32), rate, 13001)
    assert trajectory.dtype == np.float32
    assert np.abs(trajectory - np.sin(2 * np.pi * hertz * expected[:, None]))[50:-50].max() < 0.01
    assert np.abs(trajectory).max() < 1.1


def test_resampling_does_not_alias():
    times = np.arange(2001) / 400
    assert np.abs(recording.at_rate(np.sin(2 * np.pi * 90 * times)[:, None].astype(np.float32), 400.0, 501))[30:-30].max() < 0.01


@pytest.mark.parametrize(("rate", "samples"), [(50.0, 16000), (50.0, 16319), (50.0, 16161), (100.0, 16319), (125.0, 16100)])
def test_the_number_of_frames_does_not_depend_on_the_model(tmp_path, rate, samples):
    soundfile.write(tmp_path / "a.wav", babble(1.2)[:samples], 16000)
    motion = inverted(tmp_path / "a.wav", load(saved(tmp_path, rate=rate))).motion
    assert len(motion) == 1 + samples // 160
    assert np.isfinite(motion).all()


def test_sample_rate_channels_and_bit_depth_change_little(tmp_path):
    model, sound = load(saved(tmp_path)), babble(3.0, 48000)
    soundfile.write(tmp_path / "a.wav", sound, 48000, subtype="PCM_24")
    stereo = np.stack([sound + 0.05, sound - 0.05], axis=1) * 0.9
    soundfile.write(tmp_path / "b.flac", stereo, 48000, subtype="PCM_24")
    soundfile.write(tmp_path / "c.wav", soxr.resample(sound, 48000, 16000), 16000, subtype="FLOAT")
    mono, stereo, resampled = (inverted(tmp_path / name, model).motion for name in ("a.wav", "b.flac", "c.wav"))
    std = mono.std(axis=0)
    assert (np.abs(mono - stereo).mean(axis=0) / std).max() < 0.05
    assert (np.abs(mono - resampled).mean(axis=0) / std).max() < 0.05


def test_sound_without_normal_speech_gives_notes(tmp_path):
    model = load(saved(tmp_path))
    rng = np.random.default_rng(0)
    sounds = {"silence": np.zeros(16000), "noise": 0.1 * rng.standard_normal(16000), "clipped": np.sign(babble(1.5) - 1e-4),
              "music": 0.3 * np.sin(2 * np.pi * 440 * np.arange(32000) / 16000)}
    notes = {}
    for name, sound in sounds.items():
        soundfile.write(tmp_path / f"{name}.wav", sound, 16000)
        trajectory, notes[name], _ = recording.invert(tmp_path / f"{name}.wav", model, speaker_statistics.average(model.predictor))
        assert np.isfinite(trajectory.motion).all()
        away = (trajectory.motion - model.predictor.statistics["mean"]) / model.predictor.statistics["std"]
        assert np.abs(away).max() < 50
    assert "no speech" in notes["silence"][0]
    assert "no speech" in notes["noise"][0]
    assert "clipped" in notes["clipped"][-1]
    recorded(tmp_path, seconds=0.05, name="short.wav")
    with pytest.raises(BadData, match=r"short.wav: a sound of 0.05 s is too short"):
        inverted(tmp_path / "short.wav", model)


def statistics(seed=0, values=26, lacking=()):
    rng = np.random.default_rng(seed)
    mean, std = rng.normal(0, 20, (3, 18)).astype(np.float32), rng.uniform(1, 5, 18).astype(np.float32)
    for channel in lacking:
        mean[:, CHANNELS.index(channel)] = std[CHANNELS.index(channel)] = np.nan
    return Stats(
        names=np.array(["x", "y", "z"]), motion_mean=mean, motion_std=std,
        acoustic_mean=rng.normal(-100, 50, values).astype(np.float32), acoustic_std=rng.uniform(10, 90, values).astype(np.float32),
        reglued=np.zeros((0, 2), np.int64),
    )


def test_statistics_of_a_speaker_normalize_and_scale(tmp_path):
    """Compare with acoustics and motion that are normalized here as by `normalize`."""
    model, sound = load(saved(tmp_path, unknown=("la",), **SPEAKER)), recorded(tmp_path)
    stats = statistics(lacking=("v_x", "v_y"))
    stats.save(tmp_path / "F01.npz")
    speaker = speaker_statistics.of_speaker(tmp_path / "F01.npz", model.predictor)
    trajectory = recording.invert(sound, model, speaker)[0]
    acoustics = streaming.recording_features([babble(2.5)], 100, FeatureParams.of(FEATURES)).acoustics
    z = model.predictor.predict(((acoustics - stats.acoustic_mean) / stats.acoustic_std).astype(np.float32))
    own = [channel not in ("v_x", "v_y", "la") for channel in CHANNELS]
    assert np.allclose(trajectory.motion[:, own], (z * stats.motion_std + stats.motion_mean.mean(axis=0))[:, own], atol=0.05)
    of_average = z * model.predictor.statistics["std"] + model.predictor.statistics["mean"]
    assert np.allclose(trajectory.motion[:, -2:], of_average[:, -2:], atol=0.05)
    assert np.isnan(trajectory.motion[:, CHANNELS.index("la")]).all()  # a channel that was never learned has no value in mm
    assert trajectory.speaker == f"{tmp_path / 'F01.npz'} (v_x, v_y of the average training speaker)"


def test_a_universal_model_uses_only_the_articulator_statistics_of_a_speaker(tmp_path):
    model, sound = load(saved(tmp_path)), recorded(tmp_path)
    stats = statistics(values=39)
    stats.save(tmp_path / "F01.npz")
    speaker = speaker_statistics.of_speaker(tmp_path / "F01.npz", model.predictor)
    of_average, own = inverted(sound, model), recording.invert(sound, model, speaker)[0]
    z = (of_average.motion - model.predictor.statistics["mean"]) / model.predictor.statistics["std"]
    assert np.allclose(own.motion, z * stats.motion_std + stats.average_mean, atol=1e-2)


def test_unsuitable_statistics_are_rejected(tmp_path):
    model = load(saved(tmp_path, **SPEAKER)).predictor
    statistics(values=39).save(tmp_path / "other.npz")
    with pytest.raises(BadData, match=r"other.npz: statistics of 39 acoustic values, the model expects 26; .*or a folder of the"):
        speaker_statistics.of_speaker(tmp_path / "other.npz", model)
    np.savez(tmp_path / "foreign.npz", a=np.zeros(3))
    (tmp_path / "text.npz").write_text("text")
    for name in ("foreign.npz", "text.npz", "none.npz"):
        with pytest.raises(BadData, match=name):
            speaker_statistics.of_speaker(tmp_path / name, model)


@pytest.mark.parametrize("choices", [{}, SPEAKER])
def test_calibration_normalizes_with_the_speaker_s_mean_and_std(tmp_path, choices):
    model = load(saved(tmp_path, **choices))
    paths = [recorded(tmp_path, seed=seed, name=f"{seed}.wav") for seed in range(3)]
    features = [recording.compute_features(path, model) for path in paths]
    speaker = speaker_statistics.calibrated(tmp_path, model.predictor, [recording.sums() for recording in features])
    assert speaker.title == f"average training speaker, acoustics normalized with {tmp_path}"
    speech = np.concatenate([recording.acoustics[recording.speech] for recording in features]).astype(float)
    assert np.allclose(speaker.acoustics[0], speech.mean(axis=0), rtol=1e-4)
    assert np.allclose(speaker.acoustics[1], speech.std(axis=0), rtol=1e-3)
    z = model.predictor.predict(((features[0].acoustics - speech.mean(axis=0)) / speech.std(axis=0)).astype(np.float32))
    expected = recording.at_rate(z, model.facts.rate, 251) * model.predictor.statistics["std"] + model.predictor.statistics["mean"]
    assert np.allclose(recording.invert(paths[0], model, speaker)[0].motion, expected, atol=0.02)
    with pytest.raises(BadData, match=r"no speech detected in its recordings; give a folder of speech$"):
        speaker_statistics.calibrated(tmp_path, model.predictor, [])


def test_a_model_states_the_origin_of_its_training_speakers(tmp_path):
    assert load(saved(tmp_path)).trained_on == ""
    assert load(saved(tmp_path, "mixed.safetensors", provenance={"origin": "mixed"})).trained_on == "mixed"


@pytest.mark.parametrize("rate", [50.0, 100.0])
def test_margins_of_a_trajectory_are_those_of_the_model_in_mm(rate, tmp_path):
    made = inverter(rate=rate)
    random = np.random.default_rng(5)
    width = Width(random.normal(0, 0.02, (1 + made.n_in + 36, 18)).astype(np.float32), np.zeros(18, np.float32))
    interval = Interval(width, np.linspace(1, 2, 18), 0.8)
    path = tmp_path / "model.safetensors"
    replace(made, statistics=made.statistics | interval.arrays()).save(path)
    model, sound = load(path), babble(2.0)
    soundfile.write(tmp_path / "a.wav", sound, 16000, subtype="FLOAT")
    speaker = speaker_statistics.average(model.predictor)
    trajectory, *_ = recording.invert(tmp_path / "a.wav", model, speaker)
    acoustics = speaker.standardize(recording.compute_features(tmp_path / "a.wav", model))
    expected = interval.margin(acoustics, model.predictor.predict(acoustics)) * speaker.std
    step = round(100 / rate)
    assert trajectory.level == 0.8
    assert (trajectory.margin >= 0).all()
    assert np.abs(trajectory.margin[::step][5:-5] / expected[5:-5] - 1).mean() < (0.05 if step > 1 else 1e-6)


def test_the_default_model_is_the_bundled_one():
    model = load()
    assert model.path.name == "universal.onnx"
    assert model.facts.normalization == "utterance"
    assert model.trained_on == "synthetic"


def test_a_file_that_is_no_model_is_rejected_with_the_cure(tmp_path):
    with pytest.raises(BadData, match=r"none.safetensors: is no file; name another model, or none for the model that"):
        load(tmp_path / "none.safetensors")
    for name in ("x.safetensors", "x.onnx"):
        (tmp_path / name).write_text("x")
        with pytest.raises(ArtinvError, match=rf"{name}: is not a model of this project \(.*\); name another model"):
            load(tmp_path / name)


def test_without_torch_a_model_as_training_writes_it_is_rejected(tmp_path, monkeypatch):
    path = saved(tmp_path)
    monkeypatch.setattr("artinv.inversion.model.find_spec", lambda name: None if name == "torch" else find_spec(name))
    with pytest.raises(BadData, match=r"model.safetensors: a model in the format of training needs torch; install artinv\[train\]"):
        load(path)


def test_a_model_without_statistics_is_rejected():
    bare = replace(inverter(), statistics={})
    with pytest.raises(BadData, match=r"no mean and std of its training speakers; name another model$"):
        speaker_statistics.average(Predictor.of(graph_of(bare), "bare"))
