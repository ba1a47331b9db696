"""Each kind of target is estimated from sound and made into sound; the encoder learns to copy a sound."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from artinv.measure.spectra import multi_resolution
from artinv.neural import autoencoder, h5, inference, speech, targets
from artinv.neural.records import SAMPLES, Recording, Trial
from artinv.neural.target import Scale, Target
from artinv.neural.targets import Manner, Source, articulation
from artinv.neural.targets.formant18 import encode
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import BadData, BadParams
from artinv.synth.synthesizers.kinds import formant18
from artinv.synth.synthesizers.protocol import of_unit
from tests.support import decoding


@pytest.fixture(scope="module")
def source():
    """Return a short recording with six trials."""
    recording, truth = decoding.recording()
    short = Recording("toy", recording.signals[:620], recording.sound[:620 * SAMPLES], recording.trials[:6], recording.places,
                      recording.channels)
    return Source(short, truth, [(4, 500)], decoding.target_params())


@pytest.mark.parametrize("kind", targets.names())
def test_a_target_is_estimated_and_spoken(source, kind, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    module = targets.get(kind)
    target = module.infer(source)
    assert (target.kind, target.values.shape) == (kind, (620, len(target.names)))
    assert target.known.any()
    again = module.infer(replace(source))
    assert np.array_equal(target.values, again.values), "equal input gives equal bytes"
    manner = Manner(Scale.of(target, np.ones(620, bool)), "woman")
    sound = module.sound(target.values[20:100], manner)
    assert (sound.shape, sound.dtype) == ((80 * SAMPLES,), np.float32)
    assert np.isfinite(sound).all()
    assert sound.any()
    assert np.isfinite(module.sound(9 * target.values[20:100], manner)).all(), "values out of range"


def test_a_trial_without_speech_and_one_of_a_moment_have_no_controls(source, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    whole = source.recording
    trials = Trial("moment", 0, 20, 24), Trial("silence", 0, 100, 180)
    sound = whole.sound[:200 * SAMPLES].copy()
    sound[100 * SAMPLES:] = 0
    short = Recording("toy", whole.signals[:200], sound, trials, whole.places, whole.channels)
    target = targets.get("tract").infer(replace(source, recording=short, runs=[(0, 200)]))
    assert not target.known.any()
    assert (target.values == 0.5).all()


@pytest.mark.parametrize("change", [{"values": np.zeros((4, 3), np.float32)}, {"known": np.ones((3, 2), bool)},
                                    {"values": np.full((4, 2), np.nan, np.float32)}])
def test_a_target_of_other_shapes_or_without_numbers_is_rejected(change):
    fields = {"kind": "toy", "names": ("a", "b"), "values": np.zeros((4, 2), np.float32), "known": np.ones((4, 2), bool)}
    Target(**fields)
    with pytest.raises(ValueError, match=r"2 names, values|values are not finite"):
        Target(**fields | change)


def test_motion_too_short_to_be_spoken_is_silent():
    motion = decoding.recording()[1].trajectories[:2]
    made = speech.spoken(motion, Scale(motion.mean(0), np.ones(18, np.float32)), "woman")
    assert (made.shape, made.dtype, made.any()) == ((2 * SAMPLES,), np.float32, False)


def test_the_sound_of_a_subject_is_inverted_once_for_both_targets_that_need_it(tmp_path, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    places, inverted, invert = NeuralFiles(tmp_path), [], articulation.inversion.invert_sound

    def counted(*given):
        inverted.append(given[1])
        return invert(*given)

    monkeypatch.setattr(articulation.inversion, "invert_sound", counted)
    h5.write(places.recording("toy"), decoding.shortened(620))
    inference.infer_all(places, decoding.target_params(kinds=["articulation", "tract"]), decoding.split_params())
    assert inverted == ["toy"]


def test_only_simulated_recordings_have_a_truth(source):
    with pytest.raises(BadParams, match="is not simulated and has no 'truth'; use 'articulation'"):
        targets.get("truth").infer(Source(source.recording, None, source.runs, source.params))


def test_pitch_is_known_where_there_is_voice(source):
    target = targets.get("formant18").infer(source)
    assert target.known[:, target.names.index("loudness")].all()
    f0, formant = (target.known[:, target.names.index(name)] for name in ("f0", "f1"))
    assert not (f0 & ~formant).any()


def test_the_encoder_learns_to_copy_a_sound():
    """Copies of held parameters of the synthesizer come closer to the sound with training, and so does the pitch."""
    rng = np.random.default_rng(0)
    synth = formant18.build(16000, 16000)
    shares = torch.from_numpy(rng.uniform(0.2, 0.8, (6, 18)).astype(np.float32))
    shares[:, 2] = 0.9
    with torch.inference_mode():
        sound = synth.render(of_unit(synth.spec, shares), 0).flatten().numpy()
    sound *= 0.1 / sound.std()

    def distance(steps):
        encoder = autoencoder.train(sound, [(0, 750)], decoding.target_params(steps=steps, batch=2, lr=3e-3, width=32))
        guess = torch.from_numpy(encode(encoder, sound, 750)).view(6, 125, 18)
        with torch.inference_mode():
            copy = synth.render(of_unit(synth.spec, torch.cat([guess, guess[:, -1:]], 1)), 0)
        return float(multi_resolution(copy, torch.from_numpy(sound).view(6, -1), autoencoder.WINDOWS).mean())

    assert distance(40) < 0.85 * distance(1)


def test_faults_are_named(source):
    with pytest.raises(BadParams, match="formant18 has no ranges for 'F01'"):
        autoencoder.speaker_of("F01")
    with pytest.raises(BadData, match="pieces of one second"):
        autoencoder.train(source.recording.sound, [(0, 100)], decoding.target_params())
    with pytest.raises(BadParams, match="did you mean 'truth'"):
        targets.get("trut")
