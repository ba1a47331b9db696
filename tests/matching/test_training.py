"""Networks learn to set the tones, reproducibly; a checkpoint gives the same estimates and rejects what it is not for."""

import json
import shutil

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from artinv.learn import training_state
from artinv.matching.matcher import KEY, Matcher
from artinv.matching.scores import compare, rendered
from artinv.matching.training import fit, fit_all
from artinv.runtime.errors import BadData, BadParams
from tests.support import matched
from tests.support.inverters import saved
from tests.support.matched import fit_params, sample_params


def weights(matcher):
    return {key: value.numpy().tobytes() for key, value in matcher.weights.state_dict().items()}


def short(parts):
    return parts["train"].head(60), parts["valid"].head(20)


@pytest.mark.parametrize("head", ["softmax", "bce", "regression"])
def test_a_network_learns_what_can_be_heard(trained, head):
    _, parts = trained
    matcher, record = fit("C1", (parts["train"], parts["valid"]), sample_params(), fit_params(head=head))
    scores = matcher.scores(parts["test"].sound(slice(None)))
    right = (scores.argmax(-1) == parts["test"].levels).mean((0, 1))
    assert right[0] > 0.8, "the pitch, of 4 levels"
    assert right[3] > 0.9, "whether there is a second tone"
    assert record.curve[0].valid > record.best.valid


@pytest.mark.parametrize("name", ["FC-lin", "FC2", "C6", "E2E", "bilstm"])
def test_each_kind_of_network_trains(trained, name):
    matcher, record = fit(name, short(trained[1]), sample_params(), fit_params(epochs=1))
    assert np.isfinite(record.best.valid)
    assert matcher.scores(trained[1]["test"].sound(slice(0, 3))).shape == (3, 1, 4, 4)


def test_a_recurrent_network_learns_settings_that_move(tmp_path):
    parts = matched.parts(tmp_path, points=2, num_examples=400)
    chosen = fit_params(networks=["bilstm"], epochs=8, lr=5e-3)
    matcher, _ = fit("bilstm", (parts["train"], parts["valid"]), sample_params(points=2), chosen)
    right = (matcher.scores(parts["test"].sound(slice(None))).argmax(-1) == parts["test"].levels).mean(0)
    assert right.shape == (2, 4)
    assert right[:, 3].min() > 0.8


def test_equal_seeds_give_equal_bytes_and_other_seeds_others(trained):
    parts = short(trained[1])
    first, second, third = (fit("C1", parts, sample_params(), fit_params(epochs=2, seed=seed))[0] for seed in (0, 0, 1))
    assert weights(first) == weights(second) != weights(third)


def test_sounds_that_are_rendered_when_used_give_nearly_the_same_training(trained, tmp_path):
    stored = short(trained[1])
    rendered = matched.parts(tmp_path, stored=False)
    curves = [fit("C1", parts, sample_params(stored=own), fit_params(epochs=2))[1].curve
              for parts, own in ((stored, True), ((rendered["train"].head(60), stored[1]), False))]
    assert [epoch.valid for epoch in curves[0]] == pytest.approx([epoch.valid for epoch in curves[1]], rel=1e-2)


def test_an_interrupted_training_resumes(trained, tmp_path, monkeypatch):
    parts, state = short(trained[1]), tmp_path / "state"
    whole, _ = fit("C1", parts, sample_params(), fit_params(epochs=3))
    write = training_state.save

    def interrupt(*arguments):
        write(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(training_state, "save", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit("C1", parts, sample_params(), fit_params(epochs=3), state)
    monkeypatch.setattr(training_state, "save", write)
    again, record = fit("C1", parts, sample_params(), fit_params(epochs=3), state)
    assert weights(again) == weights(whole)
    assert len(record.curve) == 3
    assert not state.exists()


def test_the_state_of_an_interrupted_training_outlives_the_folder_of_models(trained, tmp_path, monkeypatch):
    """DVC removes the outputs of a stage before it runs again."""
    matched.parts(tmp_path / "sounds", num_examples=60)
    models, write = tmp_path / "models", training_state.save

    def interrupt(*arguments):
        write(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training_state, "save", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fit_all(tmp_path / "sounds", sample_params(), fit_params(epochs=2), models)
    shutil.rmtree(models, ignore_errors=True)
    epochs = []
    monkeypatch.setattr(training_state, "save", lambda *arguments: (epochs.append(1), write(*arguments)))
    fits = fit_all(tmp_path / "sounds", sample_params(), fit_params(epochs=2), models)
    assert (len(fits["C1"].curve), len(epochs)) == (2, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "sounds"]


def test_all_listed_networks_are_written_with_their_facts(tmp_path):
    matched.parts(tmp_path / "sounds", num_examples=60)
    fits = fit_all(tmp_path / "sounds", sample_params(), fit_params(networks=["C1", "FC-lin"], epochs=1), tmp_path / "models")
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["C1.safetensors", "FC-lin.safetensors"]
    assert fits["C1"].facts["epochs"] == 1
    assert fits["C1"].facts["parameters"] == sum(value.numel() for value in fits["C1"].network.parameters())


def test_typical_values_are_those_of_validation_sounds(trained):
    matcher, parts = trained
    sounds = parts["valid"].sound(slice(None))
    again = rendered(matcher.synthesizer, matcher.shares(sounds), normalise=False, workers=1)
    assert matcher.typical.correlation == pytest.approx(np.percentile(compare(again, sounds)[2], 5), abs=1e-5)
    assert matcher.typical.quietest == pytest.approx(np.percentile(parts["valid"].peaks, 5))


def test_a_checkpoint_gives_the_same_estimates_and_equal_bytes(trained, tmp_path):
    matcher, parts = trained
    for name in ("a", "b"):
        matcher.save(tmp_path / f"{name}.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    again, sounds = Matcher.load(tmp_path / "a.safetensors", "tones"), parts["test"].sound(slice(None))
    np.testing.assert_array_equal(again.scores(sounds), matcher.scores(sounds))
    np.testing.assert_array_equal(again.shares(sounds), matcher.shares(sounds))
    assert (again.typical, again.provenance, again.seconds) == (matcher.typical, matcher.provenance, 0.256)


def rewritten(path, change):
    """Save a checkpoint with other metadata or weights."""
    with safe_open(path, "numpy") as file:
        meta = json.loads(file.metadata()[KEY])
    tensors = load_file(path)
    change(meta, tensors)
    save_file(tensors, path, {KEY: json.dumps(meta)})


@pytest.mark.parametrize(("change", "message"), [
    (lambda meta, _: meta.update(network="C9"), "is not a model of settings .*unknown network 'C9'"),
    (lambda meta, _: meta.update(network="C2"), "weights '.*' are .*, its metadata requires"),
    (lambda meta, _: meta.pop("head"), "'head' is missing"),
    (lambda meta, _: meta["parameters"][0].__setitem__(4, 9), "was trained for other parameters of 'tones'; train it again"),
    (lambda meta, _: meta.update(version=9), "was trained for other parameters"),
    (lambda meta, _: meta.update(points=-1), "is not a model of settings"),
    (lambda meta, _: meta.update(synth="fm23", samples=10 ** 19), "is not a model of settings"),
    (lambda meta, _: meta.update(samples=10 ** 13), "is not a model of settings .*'samples'"),
    (lambda meta, _: meta.update(sample_rate=10 ** 400), "is not a model of settings .*'sample_rate'"),
    (lambda meta, _: meta.update(synth="moog"), "is for the synthesizer 'moog', which is unknown"),
    (lambda _, tensors: tensors["dense.0.bias"].__setitem__(0, np.nan), "weights 'dense.0.bias' are not finite float32"),
    (lambda _, tensors: tensors.pop("dense.0.bias"), "weights 'dense.0.bias' are absent, its metadata requires"),
])
def test_a_checkpoint_that_does_not_fit_is_rejected_in_one_line(trained, tmp_path, change, message):
    path = tmp_path / "model.safetensors"
    trained[0].save(path)
    rewritten(path, change)
    with pytest.raises(BadData, match=message) as caught:
        Matcher.load(path)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_another_synthesizer_or_of_inversion_is_rejected(trained, tmp_path):
    path = tmp_path / "model.safetensors"
    trained[0].save(path)
    with pytest.raises(BadData, match="estimates settings of 'tones', not of 'fm23'; name another model, or --synth tones"):
        Matcher.load(path, "fm23")
    with pytest.raises(BadData, match=r"is not a model of settings .*has no entry"):
        Matcher.load(saved(tmp_path, "inverter.safetensors"))
    for content in ("no JSON", "[" * 100_000, "{}", "3"):
        save_file({"weight": np.zeros(1, np.float32)}, tmp_path / "other.safetensors", {KEY: content})
        with pytest.raises(BadData, match="is not a model of settings") as caught:
            Matcher.load(tmp_path / "other.safetensors")
        assert "\n" not in str(caught.value)
    (tmp_path / "text").write_text("text")
    with pytest.raises(BadData, match="is not a model of settings"):
        Matcher.load(tmp_path / "text")


def test_unknown_networks_are_rejected_before_training(trained):
    with pytest.raises(BadParams, match="unknown network 'C7'"):
        fit("C7", short(trained[1]), sample_params(), fit_params())
