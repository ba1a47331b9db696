"""Terms of the loss that compare sounds: zero for the true parameters, only in learned frames, with gradients for the decoder."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from artinv.neural import targets, training
from artinv.neural.records import SAMPLES, Recording
from artinv.neural.session import Session
from artinv.neural.sound_terms import TERMS, SoundTerms
from artinv.neural.target import Target
from artinv.neural.targets import Manner, formant18
from artinv.neural.training import Choice
from tests.support import decoding

FRAMES = 300
WINDOWS = [(20, 148), (160, 240)]


@pytest.fixture(scope="module")
def session():
    """Return a session of sound that the formant synthesizer makes from the targets."""
    whole, truth = decoding.recording()
    motion = (truth.trajectories[:FRAMES] - truth.trajectories.mean(0)) / truth.trajectories.std(0)
    values = (1 / (1 + np.exp(-motion))).astype(np.float32)
    target = Target("formant18", formant18.NAMES, values, np.ones(values.shape, bool))
    signals = whole.signals[:FRAMES]
    trials = tuple(trial for trial in whole.trials if trial.end <= FRAMES)
    recording = Recording("toy", signals, np.zeros(FRAMES * SAMPLES, np.float32), trials, whole.places, whole.channels)
    made = Session.of(recording, target, decoding.split_params().divide(recording), decoding.NO_DRIFT)
    sound = torch.zeros(FRAMES * SAMPLES)
    for first, last in WINDOWS:
        piece = torch.from_numpy(made.scale.physical(made.targets[first:last].numpy()))[None]
        padded = torch.nn.functional.pad(piece, (0, 0, 0, 128 - (last - first)))
        rendered = targets.get("formant18").render(padded, Manner(made.scale, "woman"))[0]
        sound[first * SAMPLES:last * SAMPLES] = rendered[: (last - first) * SAMPLES]
    return replace(made, sound=sound)


def batch(session):
    """Return true parameters of the windows, and the frames that are learned from."""
    made, learned = torch.zeros(2, 128, 18), torch.zeros(2, 128, dtype=torch.bool)
    for row, (first, last) in enumerate(WINDOWS):
        made[row, : last - first] = session.targets[first:last]
        learned[row, 8 : last - first - 8] = True
    return made, learned


def test_true_parameters_have_no_error(session):
    made, learned = batch(session)
    sums = SoundTerms("formant18", TERMS, session, "woman").sums(made, WINDOWS, learned)
    assert sums[:, 1].tolist() == [2, 2, 2]
    assert torch.allclose(sums[:, 0], torch.zeros(3), atol=1e-3)


def test_other_parameters_have_an_error_with_gradients(session):
    made, learned = batch(session)
    other = (made.flip(1) + 0.1).requires_grad_()
    sums = SoundTerms("formant18", TERMS, session, "woman").sums(other, WINDOWS, learned)
    assert (sums[:, 0] > 0.1).all()
    for term in sums[:, 0]:
        (gradient,) = torch.autograd.grad(term, other, retain_graph=True)
        assert torch.isfinite(gradient).all()
        assert gradient[learned].any()


def test_frames_that_are_not_learned_from_change_little(session):
    """Apart from the pitch, whose pulses carry on; filters are interpolated between frames, so neighbouring frames count."""
    made, learned = batch(session)
    terms = SoundTerms("formant18", ("spectrum",), session, "woman")
    made[0, :60, 1:] += 1
    later = learned.clone()
    later[0, :70] = False
    (without,), (with_them,) = (terms.sums(made[:1], WINDOWS[:1], frames[:1]) for frames in (later, learned))
    assert without[1] == with_them[1] == 1
    assert without[0] < 0.2 * with_them[0]


def test_a_silent_window_does_not_count(session):
    made, learned = batch(session)
    silent = replace(session, sound=torch.zeros_like(session.sound))
    assert not SoundTerms("formant18", TERMS, silent, "woman").sums(made, WINDOWS, learned).any()
    one = replace(session, sound=session.sound.clone())
    one.sound[: 150 * SAMPLES] = 0
    assert SoundTerms("formant18", TERMS, one, "woman").sums(made, WINDOWS, learned)[0, 1] == 1


@pytest.mark.parametrize("terms", [["spectrum"], ["spectrum", "stoi", "estoi"]])
def test_a_decoder_is_trained_with_them(session, terms):
    whole, _ = decoding.recording()
    recording = Recording("toy", whole.signals[:FRAMES], session.sound.numpy(), whole.trials[:2], whole.places, whole.channels)

    def trained(names):
        params = decoding.train_params(sound_terms=names, epochs=1)
        return training.fit(Choice.of("lstm causal formant18"), recording, session, params, decoding.decoder_params())

    (plain, _), (model, curve), (again, _) = trained([]), trained(terms), trained(terms)
    weights, other, same = (own.weights.state_dict() for own in (plain, model, again))
    assert list(weights) == list(other), "the weights of the terms are not part of the decoder"
    assert all(torch.equal(other[key], same[key]) for key in other), "equal input gives equal weights"
    assert not all(torch.equal(weights[key], other[key]) for key in weights)
    assert np.isfinite(curve.best.train)


@pytest.mark.parametrize(("terms", "changes", "restarts"), [
    ([], {"sound": 0.5}, False), ([], {"windows": 2}, False), ([], {"voice": "man"}, False), ([], {"targets": 0.5}, True),
    (["spectrum"], {"sound": 0.5}, True), (["spectrum"], {"windows": 2}, True), (["spectrum"], {"voice": "man"}, True),
    (["spectrum"], {}, False),
])
def test_an_interrupted_training_restarts_only_after_a_change_of_what_it_depends_on(session, monkeypatch, terms, changes, restarts):
    def interrupted(*_, mark, **__):
        marks.append(mark)
        raise KeyboardInterrupt

    whole, _ = decoding.recording()
    recording = Recording("toy", whole.signals[:FRAMES], session.sound.numpy(), whole.trials[:2], whole.places, whole.channels)
    monkeypatch.setattr(training, "descend", interrupted)
    marks = []
    for own in ({}, changes):
        factors = {name: getattr(session, name) * own.get(name, 1) for name in ("sound", "targets")}
        params = decoding.train_params(sound_terms=terms, sound_windows=own.get("windows", 1))
        with pytest.raises(KeyboardInterrupt):
            training.fit(Choice.of("lstm causal formant18"), recording, replace(session, **factors), params,
                         decoding.decoder_params(), voice=own.get("voice", "woman"))
    assert (marks[0] != marks[1]) == restarts


def test_targets_without_gradients_are_trained_without_them():
    assert targets.rendered() == ["formant18", "tract"]
    first, second = (decoding.trained("lstm causal truth", epochs=1, **more)[0] for more in ({}, {"sound_windows": 1}))
    params = decoding.train_params(sound_terms=["spectrum"], epochs=1)
    third, _ = training.fit(Choice.of("lstm causal truth"), decoding.recording()[0], decoding.session(), params,
                            decoding.decoder_params(), origin="synthetic")
    for other in (second, third):
        assert all(torch.equal(value, other.weights.state_dict()[key]) for key, value in first.weights.state_dict().items())


@pytest.mark.parametrize("kind", targets.rendered())
def test_rendered_sound_is_the_sound_of_the_target(kind, session):
    rng = np.random.default_rng(0)
    module = targets.get(kind)
    values = rng.uniform(0.2, 0.8, (2, 40, len(module.NAMES))).astype(np.float32)
    manner = Manner(session.scale, "woman")
    rendered = module.render(torch.from_numpy(values), manner)
    assert np.allclose(rendered[1].numpy(), module.sound(values[1], manner), atol=1e-5)
