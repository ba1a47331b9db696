from dataclasses import replace

import numpy as np
import pytest
import soundfile
import soxr
from scipy import signal

from artinv.core.channels import CHANNELS
from artinv.core.trajectory import Trajectory
from artinv.data.normalize import Stats
from artinv.invert import inversion, speaker_statistics
from artinv.measure.intervals import Interval, Width
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
    return inversion.invert(path, model, speaker_statistics.average(model.inverter), seconds)[0]


@pytest.mark.parametrize("choices", [{}, {"rate": 100.0}, SPEAKER])
def test_whole_and_in_blocks(tmp_path, choices):
    """One answer, whatever the blocks: that of inverting the whole sound at once, as training and scoring do."""
    model, sound = inversion.load(saved(tmp_path, **choices)), recorded(tmp_path, rate=44100)
    whole = inverted(sound, model)
    assert isinstance(whole, Trajectory)
    assert (whole.rate, len(whole.motion)) == (100.0, 251)
    for seconds in (0.31, 0.05):
        assert np.abs(inverted(sound, model, seconds).motion - whole.motion).max() < 1e-3  # mm
    oracle = at_once(model.inverter, *soundfile.read(sound, dtype="float32"))
    step = round(100 / model.inverter.rate)
    inner = slice(20 // step, -20 // step)
    reached = whole.motion[::step][: len(oracle)]
    assert np.abs(reached - oracle)[inner].max() < (1e-3 if step == 1 else 0.05)


def test_longer_than_the_network_sees_at_once(tmp_path):
    """Over a minute the network works in pieces that overlap, and so does the change of rate."""
    sound = np.concatenate([babble(5, 8000, seed) for seed in range(30)])
    soundfile.write(tmp_path / "a.flac", sound, 8000)
    model = inversion.load(saved(tmp_path))
    whole = inverted(tmp_path / "a.flac", model)
    assert len(whole.motion) == 15001
    assert np.abs(inverted(tmp_path / "a.flac", model, 7.7).motion - whole.motion).max() < 1e-3
    heard = inversion.listen(tmp_path / "a.flac", model)
    z = model.inverter.predict(speaker_statistics.average(model.inverter).standardize(heard))
    at_once = signal.resample_poly(z, 2, 1, axis=0, padtype="line")[: len(whole.motion)]
    motion = at_once * model.inverter.statistics["std"] + model.inverter.statistics["mean"]
    away = np.abs(motion[:15000] - whole.motion[:15000])[100:-100]
    assert away.max() < 0.1  # mm
    assert away.mean() < 0.005


@pytest.mark.parametrize("rate", [50.0, 80.0, 125.0, 200.0])
def test_a_change_of_rate_keeps_what_both_can_hold(rate):
    """Sinusoids that both rates can hold come out as they are at the new times; nothing is added at the ends."""
    hertz = np.array([0.3, 2.0, 5.0, 10.0])
    times, wanted = np.arange(round(130 * rate) + 1) / rate, np.arange(13001) / 100
    found = inversion.at_rate(np.sin(2 * np.pi * hertz * times[:, None]).astype(np.float32), rate, 13001)
    assert found.dtype == np.float32
    assert np.abs(found - np.sin(2 * np.pi * hertz * wanted[:, None]))[50:-50].max() < 0.01
    assert np.abs(found).max() < 1.1


def test_what_a_rate_cannot_hold_is_gone_and_not_folded():
    times = np.arange(2001) / 400
    assert np.abs(inversion.at_rate(np.sin(2 * np.pi * 90 * times)[:, None].astype(np.float32), 400.0, 501))[30:-30].max() < 0.01


@pytest.mark.parametrize(("rate", "samples"), [(50.0, 16000), (50.0, 16319), (50.0, 16161), (100.0, 16319), (125.0, 16100)])
def test_the_number_of_frames_does_not_depend_on_the_model(tmp_path, rate, samples):
    soundfile.write(tmp_path / "a.wav", babble(1.2)[:samples], 16000)
    motion = inverted(tmp_path / "a.wav", inversion.load(saved(tmp_path, rate=rate))).motion
    assert len(motion) == 1 + samples // 160
    assert np.isfinite(motion).all()


def test_rate_channels_and_depth_change_little(tmp_path):
    model, sound = inversion.load(saved(tmp_path)), babble(3.0, 48000)
    soundfile.write(tmp_path / "a.wav", sound, 48000, subtype="PCM_24")
    stereo = np.stack([sound + 0.05, sound - 0.05], axis=1) * 0.9
    soundfile.write(tmp_path / "b.flac", stereo, 48000, subtype="PCM_24")
    soundfile.write(tmp_path / "c.wav", soxr.resample(sound, 48000, 16000), 16000, subtype="FLOAT")
    one, two, three = (inverted(tmp_path / name, model).motion for name in ("a.wav", "b.flac", "c.wav"))
    spread = one.std(axis=0)
    assert (np.abs(one - two).mean(axis=0) / spread).max() < 0.05
    assert (np.abs(one - three).mean(axis=0) / spread).max() < 0.05


def test_edges_of_sound(tmp_path):
    model = inversion.load(saved(tmp_path))
    rng = np.random.default_rng(0)
    sounds = {"silence": np.zeros(16000), "noise": 0.1 * rng.standard_normal(16000), "clipped": np.sign(babble(1.5) - 1e-4),
              "music": 0.3 * np.sin(2 * np.pi * 440 * np.arange(32000) / 16000)}
    told = {}
    for name, sound in sounds.items():
        soundfile.write(tmp_path / f"{name}.wav", sound, 16000)
        found, told[name] = inversion.invert(tmp_path / f"{name}.wav", model, speaker_statistics.average(model.inverter))
        assert np.isfinite(found.motion).all()
        away = (found.motion - model.inverter.statistics["mean"]) / model.inverter.statistics["std"]
        assert np.abs(away).max() < 50
    assert "no speech" in told["silence"][0]
    assert "no speech" in told["noise"][0]
    assert "clipped" in told["clipped"][-1]
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


def test_a_speakers_statistics(tmp_path):
    """Acoustics z-scored and motion restored by hand, as `normalize` would."""
    model, sound = inversion.load(saved(tmp_path, unknown=("la",), **SPEAKER)), recorded(tmp_path)
    stats = statistics(lacking=("v_x", "v_y"))
    stats.save(tmp_path / "F01.npz")
    who = speaker_statistics.of_speaker(tmp_path / "F01.npz", model.inverter)
    found = inversion.invert(sound, model, who)[0]
    heard = streaming.hear([babble(2.5)], 100, FeatureParams.of(FEATURES)).acoustics
    z = model.inverter.predict(((heard - stats.acoustic_mean) / stats.acoustic_std).astype(np.float32))
    own = [channel not in ("v_x", "v_y", "la") for channel in CHANNELS]
    assert np.allclose(found.motion[:, own], (z * stats.motion_std + stats.motion_mean.mean(axis=0))[:, own], atol=0.05)
    usual = z * model.inverter.statistics["std"] + model.inverter.statistics["mean"]
    assert np.allclose(found.motion[:, -2:], usual[:, -2:], atol=0.05)
    assert np.isnan(found.motion[:, CHANNELS.index("la")]).all()  # no millimetres can be given for what was never learned
    assert found.speaker == f"{tmp_path / 'F01.npz'} (v_x, v_y of the average training speaker)"


def test_a_model_for_everybody_takes_a_speakers_millimetres_alone(tmp_path):
    model, sound = inversion.load(saved(tmp_path)), recorded(tmp_path)
    stats = statistics(values=39)
    stats.save(tmp_path / "F01.npz")
    usual, own = inverted(sound, model), inversion.invert(sound, model, speaker_statistics.of_speaker(tmp_path / "F01.npz", model.inverter))[0]
    z = (usual.motion - model.inverter.statistics["mean"]) / model.inverter.statistics["std"]
    assert np.allclose(own.motion, z * stats.motion_std + stats.average_mean, atol=1e-2)


def test_statistics_that_do_not_fit_are_refused(tmp_path):
    model = inversion.load(saved(tmp_path, **SPEAKER)).inverter
    statistics(values=39).save(tmp_path / "other.npz")
    with pytest.raises(BadData, match=r"other.npz: statistics of 39 acoustic values, where the model hears 26; .*--calibrate"):
        speaker_statistics.of_speaker(tmp_path / "other.npz", model)
    np.savez(tmp_path / "foreign.npz", a=np.zeros(3))
    (tmp_path / "text.npz").write_text("text")
    for name in ("foreign.npz", "text.npz", "none.npz"):
        with pytest.raises(BadData, match=name):
            speaker_statistics.of_speaker(tmp_path / name, model)


@pytest.mark.parametrize("choices", [{}, SPEAKER])
def test_calibration_frees_the_sound_of_the_persons_mean(tmp_path, choices):
    model = inversion.load(saved(tmp_path, **choices))
    paths = [recorded(tmp_path, seed=seed, name=f"{seed}.wav") for seed in range(3)]
    heards = [inversion.listen(path, model) for path in paths]
    who = speaker_statistics.calibrated(tmp_path, model.inverter, [heard.sums() for heard in heards])
    spoken = np.concatenate([heard.acoustics[heard.speech] for heard in heards]).astype(float)
    assert np.allclose(who.acoustics[0], spoken.mean(axis=0), rtol=1e-4)
    assert np.allclose(who.acoustics[1], spoken.std(axis=0), rtol=1e-3)
    z = model.inverter.predict(((heards[0].acoustics - spoken.mean(axis=0)) / spoken.std(axis=0)).astype(np.float32))
    wanted = inversion.at_rate(z, model.inverter.rate, 251) * model.inverter.statistics["std"] + model.inverter.statistics["mean"]
    assert np.allclose(inversion.invert(paths[0], model, who)[0].motion, wanted, atol=0.02)
    with pytest.raises(BadData, match="no speech"):
        speaker_statistics.calibrated(tmp_path, model.inverter, [])


def test_origin_is_told_by_the_model(tmp_path):
    assert inversion.load(saved(tmp_path)).trained_on == ""
    assert inversion.load(saved(tmp_path, "mixed.safetensors", provenance={"origin": "mixed"})).trained_on == "mixed"


@pytest.mark.parametrize("rate", [50.0, 100.0])
def test_margins_are_those_of_the_model_in_millimetres(rate, tmp_path):
    made = inverter(rate=rate)
    random = np.random.default_rng(5)
    width = Width(random.normal(0, 0.02, (1 + made.n_in + 36, 18)).astype(np.float32), np.zeros(18, np.float32))
    interval = Interval(width, np.linspace(1, 2, 18), 0.8)
    path = tmp_path / "model.safetensors"
    replace(made, statistics=made.statistics | interval.arrays()).save(path)
    model, sound = inversion.load(path), babble(2.0)
    soundfile.write(tmp_path / "a.wav", sound, 16000, subtype="FLOAT")
    who = speaker_statistics.average(model.inverter)
    found, _ = inversion.invert(tmp_path / "a.wav", model, who)
    acoustics = who.standardize(inversion.listen(tmp_path / "a.wav", model))
    wanted = interval.margin(acoustics, model.inverter.predict(acoustics)) * who.std
    step = round(100 / rate)
    assert found.level == 0.8
    assert (found.margin >= 0).all()
    assert np.abs(found.margin[::step][5:-5] / wanted[5:-5] - 1).mean() < (0.05 if step > 1 else 1e-6)


def test_the_default_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadData, match="run `make sim2real`"):
        inversion.load()
    (tmp_path / "models").mkdir()
    saved(tmp_path / "models", "inverter.safetensors", **SPEAKER)
    assert inversion.load().path.name == "inverter.safetensors"
    saved(tmp_path / "models", "universal.safetensors")
    assert inversion.load().path.name == "universal.safetensors"
    with pytest.raises(BadData, match=r"none.safetensors: is no file"):
        inversion.load(tmp_path / "none.safetensors")
    (tmp_path / "x.safetensors").write_text("x")
    with pytest.raises(ArtinvError, match=r"x.safetensors: is not a model"):
        inversion.load(tmp_path / "x.safetensors")


def test_a_model_without_statistics_is_refused():
    bare = inverter()
    bare.statistics.clear()
    with pytest.raises(BadData, match="no mean and std"):
        speaker_statistics.average(bare)
