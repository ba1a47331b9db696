"""Analysis by synthesis: splines, prior, posture, pitch, spectra and the fit."""

import numpy as np
import pytest
import torch

from artinv.measure.metrics import pearson
from artinv.runtime.errors import BadData
from artinv.signal import mfcc
from artinv.synth.fitting import fit as fitting
from artinv.synth.fitting import splines
from artinv.synth.fitting.breath import breath_of_score, estimate_breath
from artinv.synth.fitting.fit import FitParams, fit
from artinv.synth.fitting.log_mel import LogMel
from artinv.synth.fitting.pitch import levels, source_features
from artinv.synth.fitting.pose import pose
from artinv.synth.fitting.prior import speaker_prior
from artinv.synth.speaker.lexicon import LEXICON, Sentence
from artinv.synth.speaker.recording import compose, speak
from artinv.synth.speaker.speakers import Variability, make_speaker
from artinv.synth.tract.controls import CONTROL, HOP, RATE
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.render import Synth

pytestmark = pytest.mark.usefixtures("one_thread")
NEUTRAL = Variability.of({**dict.fromkeys(Variability.model_fields, 0.0), "token": 1.0})
WORDS = {word.text: word for word in LEXICON["noun"]}
LINE = Sentence("Window.", (WORDS["window"],))


@pytest.fixture(scope="module")
def speaker():
    return make_speaker("male", NEUTRAL)


@pytest.fixture(scope="module")
def prior(speaker):
    return speaker_prior(speaker, 8)


@pytest.fixture(scope="module")
def synth(speaker):
    return Synth(speaker.anatomy, speaker.voice)


@pytest.fixture(scope="module")
def word(speaker, synth):
    """Return controls, breath and sound of 0.6 s of a word."""
    timed, gestures, _ = compose(speaker, LINE, 1)
    first = round(timed.segments[0].end * 200) - 6
    frames = slice(first, first + 120)
    controls, breath = torch.from_numpy(gestures.controls.astype(np.float32))[frames], breath_of_score(gestures).part(frames)
    with torch.no_grad():
        sound, _ = synth(controls, *breath, np.random.default_rng(5))
    return controls, breath, sound


def noise(frames: int, columns: int, seed: int = 0) -> torch.Tensor:
    """Return smooth noise of unit variance."""
    drawn = np.random.default_rng(seed).standard_normal((frames + 30, columns))
    kernel = np.hanning(31)
    smooth = np.stack([np.convolve(column, kernel / np.sqrt(np.square(kernel).sum()), "valid") for column in drawn.T], 1)
    return torch.from_numpy(smooth[:frames].astype(np.float32))


@pytest.mark.parametrize("frames", [1, 8, 9, 83])
def test_splines_reproduce_constants_and_straight_lines(frames):
    curves = splines.basis(frames, dtype=torch.float64)
    assert (curves >= 0).all()
    assert ((curves > 0).sum(1) <= 4).all()
    torch.testing.assert_close(curves.sum(1), torch.ones(frames, dtype=torch.float64), rtol=0, atol=1e-14)
    line = (torch.arange(curves.shape[1], dtype=torch.float64) - 1) * splines.STEP
    torch.testing.assert_close(curves @ line, torch.arange(frames, dtype=torch.float64), rtol=0, atol=1e-12)


def test_the_least_squares_fit_to_a_spline_is_that_spline():
    curves = splines.basis(100, dtype=torch.float64)
    chosen = torch.from_numpy(np.random.default_rng(0).standard_normal((curves.shape[1], 3)))
    torch.testing.assert_close(curves @ splines.points(curves @ chosen, curves), curves @ chosen, rtol=0, atol=1e-3)


def test_the_second_derivative_of_a_spline_is_continuous():
    curves = splines.basis(8 * 40 + 1, 40, torch.float64) @ torch.from_numpy(np.random.default_rng(1).standard_normal((12, 1)))
    second = curves.diff(dim=0, n=2)
    assert second.diff(dim=0).abs().max() < 0.15 * second.abs().max()


def test_plan_returns_the_labels_and_gestures_of_speak(speaker):
    timed, gestures, _ = compose(speaker, LINE, 3)
    utterance = speak(speaker, LINE, 3)
    assert utterance.phones == timed.phones
    with torch.no_grad():
        coils = Geometry(speaker.anatomy).coils(torch.from_numpy(gestures.controls.astype(np.float32)))
    r = pearson(utterance.coils, coils.numpy())
    assert r.min() > 0.95
    assert len(gestures.controls) * HOP == len(utterance.sound)


def test_the_prior_has_the_moments_of_the_gestures(prior):
    z = torch.from_numpy(np.random.default_rng(0).standard_normal((5, 13)).astype(np.float32))
    torch.testing.assert_close(prior.whitened(prior.controls(z)), z, rtol=0, atol=2e-3)
    assert prior.mean[CONTROL["jaw"]] == pytest.approx(5, abs=3)
    eigen = torch.linalg.eigvalsh(prior.root @ prior.root.T)
    assert eigen.min() > 0
    assert (prior.coil_std > 0.3).all()
    assert (prior.coil_std < 9).all()


def test_standard_scores_are_placed_around_the_mean_posture(prior):
    motion = np.zeros((2, 18), np.float32)
    motion[1] = 1
    motion[:, 16:] = np.nan
    placed = prior.placed(motion)
    torch.testing.assert_close(placed[0, :12], prior.coil_mean[:12])
    torch.testing.assert_close(placed[1, :12], (prior.coil_mean + prior.coil_std)[:12])
    assert placed[:, 12:].isnan().all()


def test_the_posture_reproduces_the_coils(speaker, prior):
    geometry = Geometry(speaker.anatomy)
    _, gestures, _ = compose(speaker, LINE, 2)
    with torch.no_grad():
        coils = geometry.coils(torch.from_numpy(gestures.controls.astype(np.float32)))[::6]
        reached = geometry.coils(pose(coils, geometry, prior))
    assert (reached - coils).abs().max() < 0.5
    assert (reached - coils).abs().mean() < 0.1
    without_velum = coils.clone()
    without_velum[:, 12:] = torch.nan
    with torch.no_grad():
        estimated = geometry.coils(pose(without_velum, geometry, prior))
    assert (estimated - coils)[:, :12].abs().max() < 0.5
    assert torch.isfinite(estimated).all()


def test_the_posture_without_coils_is_the_mean_of_the_prior(speaker, prior):
    posture = pose(torch.full((2, 14), torch.nan), Geometry(speaker.anatomy), prior)
    torch.testing.assert_close(posture, prior.mean.expand(2, -1))


@pytest.mark.parametrize("hertz", [75.0, 110.0, 213.0, 380.0])
def test_the_pitch_of_a_pulse_train_is_its_rate(hertz):
    phase = np.arange(RATE // 2) * hertz / RATE
    sound = np.diff(np.floor(phase), prepend=0) + 0.001 * np.random.default_rng(0).standard_normal(len(phase))
    features = source_features(np.convolve(sound, np.exp(-np.arange(60) / 8))[: len(sound)])
    inner = slice(8, -8)
    assert features.voiced[inner].all()
    np.testing.assert_allclose(features.pitch[inner], hertz, rtol=0.02)


def test_the_pitch_of_a_glide_follows_its_frequency():
    hertz = np.linspace(90, 200, RATE)
    features = source_features(np.sign(np.sin(2 * np.pi * np.cumsum(hertz) / RATE)) * 0.1)
    np.testing.assert_allclose(features.pitch[10:-10], hertz[::HOP][10:-10], rtol=0.02)


def test_noise_and_silence_are_unvoiced():
    assert source_features(np.random.default_rng(0).standard_normal(RATE)).voiced.mean() < 0.03
    silent = source_features(np.zeros(RATE // 4))
    assert not silent.voiced.any()
    assert (silent.pitch == 0).all()
    assert np.isfinite(estimate_breath(silent).pitch).all()


def test_voicing_is_detected_in_synthetic_speech(speaker, word):
    features = source_features(word[2].numpy())
    glottis, pitch = word[1].glottis.numpy(), word[1].pitch
    assert np.median(np.abs(features.pitch / pitch - 1)[features.voiced]) < 0.02
    loud = features.level > features.level.max() - 15
    assert features.voiced[loud & (glottis < 0.08)].mean() > 0.9
    assert estimate_breath(features).glottis[loud & features.voiced].mean() < 0.08


def test_the_level_of_a_sine_is_its_root_mean_square():
    sine = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE // 4) / RATE)
    np.testing.assert_allclose(levels(sine)[4:-4], 20 * np.log10(0.5 / np.sqrt(2)), atol=0.05)


def test_band_powers_equal_a_direct_computation():
    sound = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    power = LogMel(torch.from_numpy(sound)).power(torch.from_numpy(sound)).numpy()
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    for frame in (3, 11):
        piece = sound[160 * frame - 200:160 * frame + 200] * window
        expected = np.abs(np.fft.rfft(piece, 512)) ** 2 @ mfcc.mel_filters(RATE, 512, 64)
        np.testing.assert_allclose(power[frame], expected, rtol=1e-3)


def test_log_mel_spectra_apply_the_gain_and_the_floor():
    sound = torch.from_numpy(np.random.default_rng(0).standard_normal(8000).astype(np.float32))
    sound[4000:] *= 0.01
    log_mel = LogMel(sound)
    torch.testing.assert_close(log_mel(0.1 * sound, np.log(100.0)), log_mel(sound), rtol=0, atol=1e-3)
    background, silence = log_mel(sound)[30:-3], log_mel(torch.zeros(8000))[30:-3]
    assert ((background - silence) < 3.5).all()  # what is below the background counts as silence


@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_finite_far_from_speech(synth, prior, seed):
    z = (2.5 * noise(60, 13, seed)).requires_grad_()
    breath = torch.full((60,), 0.05), torch.full((60,), 8000.0)
    sound, _ = synth(prior.controls(z), *breath, np.full(60, 110.0), np.random.default_rng(0))
    (LogMel(sound.detach())(sound) - 1).abs().mean().backward()
    assert torch.isfinite(z.grad).all()
    assert (z.grad != 0).any(0).all()


def test_a_fit_improves_a_wrong_start(synth, prior, word):
    controls, breath, sound = word
    start = prior.controls(prior.whitened(controls) + noise(len(controls), 13, 1))
    with torch.no_grad():
        true, first = synth.geometry.coils(controls), synth.geometry.coils(start)
    params = FitParams(steps=100, lr=0.08)
    result = fit(sound, synth, breath, start, prior=prior, params=params)
    assert result.history[-1] < 0.6 * result.history[0]
    assert (np.diff(result.history[:24].reshape(4, 6).mean(1)) < 0).all()
    assert pearson(true.numpy(), result.coils.numpy()).mean() > pearson(true.numpy(), first.numpy()).mean() + 0.04


def test_equal_input_gives_equal_bytes(synth, prior, word):
    controls, breath, sound = word
    breath, sound = breath.part(slice(40)), sound[: 40 * HOP]
    first, second = (fit(sound, synth, breath, controls[:40], prior=prior, params=FitParams(steps=3, breath=0.2)) for _ in range(2))
    for expected, repeated in zip(first.breath, second.breath, strict=True):
        assert np.asarray(expected).tobytes() == np.asarray(repeated).tobytes()
    assert first.controls.numpy().tobytes() == second.controls.numpy().tobytes()
    assert first.sound.numpy().tobytes() == second.sound.numpy().tobytes()
    assert first.history.tobytes() == second.history.tobytes()


def test_breath_can_be_fitted_too(synth, prior, word):
    controls, breath, sound = word
    weak = breath._replace(pressure=0.6 * breath.pressure)
    results = {}
    for error in (0, 0.4):
        results[error] = fit(sound, synth, weak, controls, prior=prior, params=FitParams(steps=8, breath=error, colour=1))
    assert torch.equal(results[0].breath.pressure, weak.pressure)
    assert not torch.equal(results[0.4].breath.pressure, weak.pressure)
    assert results[0.4].history[-1] < results[0].history[-1]


def test_the_loss_does_not_depend_on_the_length_of_pieces(monkeypatch, synth, prior, word):
    controls, breath, sound = word
    gradients, values = [], []
    for piece in (256, 64):
        monkeypatch.setattr(fitting, "_PIECE", piece)
        search = fitting._Search(sound, synth, breath, controls, prior=prior, params=FitParams())
        values.append(sum(search.differentiated(part) for part in search.distances()))
        gradients.append(search.z.grad)
    assert values[0] == pytest.approx(values[1], rel=1e-3)
    assert (gradients[0] - gradients[1]).norm() < 0.03 * gradients[0].norm()


def test_sound_and_controls_of_different_lengths_are_rejected(synth, prior, word):
    controls, breath, sound = word
    with pytest.raises(BadData, match="does not fit controls of 119 frames"):
        fit(sound, synth, breath, controls[1:], prior=prior, params=FitParams())
