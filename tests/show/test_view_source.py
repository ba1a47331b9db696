"""Scenes from sound files and stored utterances, and the command `view`, with toy data and toy models."""

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from artinv.core import store
from artinv.core.channels import CHANNELS
from artinv.core.workspace import Workspace
from artinv.data.normalize import NormalizeParams, estimate
from artinv.inversion.recording import at_rate
from artinv.learn import models
from artinv.learn.inverter import Inverter
from artinv.measure.intervals import Interval, Width
from artinv.phones.evidence import PHONES, WIDTH, joined
from artinv.phones.known import evidence_of
from artinv.runtime.errors import BadData
from artinv.show.view import sagittal
from artinv.show.view.source import scene_of
from artinv.signal.features import FeatureParams
from tests.support import running, toys
from tests.support.inverters import at_once

FEATURE_PARAMS = {"kind": "mfcc", "window": 0.025, "n_mels": 40, "n_mfcc": 13, "deltas": 1,
         "ssl": {"checkpoint": "", "layers": [-1], "piece": 30.0}}


MADE = {"origin": "synthetic"}


def inverter(n_in, rate, **facts):
    torch.manual_seed(1)
    sizes = models.get("mlp").Sizes.of({"context": 1, "width": 8, "layers": 1, "stride": 1})
    return Inverter(model="mlp", sizes=sizes, n_in=n_in, rate=rate, network=models.build("mlp", sizes, n_in, rate), **facts)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def project(workspace):
    """Write the pipeline outputs for three utterances of mocha/maps0, who has no velum coil, and both models."""
    spoken = [toys.utterance("maps0", number, corpus="mocha") for number in (1, 2, 3)]
    cleaned = [replace(utterance, origin="synthetic", coil_rate=100.0) for utterance in spoken]
    store.write(workspace.cleaned / "mocha", cleaned)
    frames = [toys.frames("maps0", number, corpus="mocha", origin="synthetic") for number in (1, 2, 3)]
    store.write(workspace.features / "mocha", frames)
    stats = estimate(frames, NormalizeParams(neighbours=2, regluing=3.0, available=0.5))
    stats.save(workspace.stats / "mocha" / "maps0.npz")
    store.write(workspace.normalized / "mocha", [stats.normalize(utterance) for utterance in frames])
    inverter(6, 100.0, provenance=MADE).save(workspace.inverter)
    average = {"mean": np.arange(18, dtype=np.float32), "std": np.full(18, 2, np.float32)}
    facts = {"normalization": "utterance", "statistics": average, "provenance": MADE}
    inverter(26, 50.0, features=FEATURE_PARAMS, **facts).save(workspace.universal)
    workspace.split.write_text(json.dumps({
        "split": "spec", "test_speaker": "mocha/maps0", "unseen_text": False, "origin": "synthetic",
        "train": ["mocha/maps0/maps0_001"], "valid": ["mocha/maps0/maps0_002"], "test": ["mocha/maps0/maps0_003"],
    }))
    soundfile.write(workspace.root / "a.wav", toys.smooth(toys.rng("a.wav"), 20000, 20) * 0.1, 16000)
    return cleaned, frames, stats


def test_motion_of_an_utterance_is_in_millimetres_of_its_speaker(project, workspace):
    cleaned, frames, stats = project
    scene = scene_of("mocha/maps0/maps0_003", workspace)
    assert np.array_equal(scene.measured.motion, frames[2].motion, equal_nan=True)
    z = Inverter.load(workspace.inverter).predict(stats.normalize(frames[2]).acoustics)
    assert np.allclose(scene.predicted.motion, z * stats.motion_std + stats.mean_of("maps0_003"), atol=1e-5, equal_nan=True)
    assert np.array_equal(scene.sound, cleaned[2].sound)
    assert scene.phones == cleaned[2].phones
    assert scene.badges == ("SYNTHETIC recording: made by a computer", "a computer's estimate, learned from artificial speakers")
    assert scene.text == "Sentence 3."
    assert scene.notes == ()
    assert np.array_equal(scene.palate, sagittal.envelope(np.concatenate([utterance.motion for utterance in frames])))


def test_evidence_of_phones_is_that_of_the_pipeline(project, workspace):
    """The page and the scores show the same prediction, with phones and, if the data have none, without."""
    cleaned, frames, stats = project
    inverter(6 + WIDTH, 100.0, evidence={PHONES: WIDTH}, source="labels").save(workspace.inverter)
    known = [evidence_of(utterance, "labels", len(item.motion)) for utterance, item in zip(cleaned, frames, strict=True)]
    with_phones = [replace(item, acoustics=joined(item.acoustics, phones)) for item, phones in zip(frames, known, strict=True)]
    for records in (frames, with_phones):
        (workspace.normalized / "mocha/maps0.npz").unlink()
        store.write(workspace.normalized / "mocha", [stats.normalize(item) for item in records])
        values = stats.normalize(records[2]).acoustics
        z = Inverter.load(workspace.inverter).predict(values if records is with_phones else joined(values, None))
        scene = scene_of("mocha/maps0/maps0_003", workspace)
        motion = scene.predicted.motion
        assert np.allclose(motion, z * stats.motion_std + stats.mean_of("maps0_003"), atol=1e-5, equal_nan=True)
        assert (scene.phone_note, scene.phone_manner) == (
            ("phones: labels of the corpus", "given") if records is with_phones else ("", ""))
    assert scene_of("mocha/maps0/maps0_002", workspace).phone_note == "phones: labels of the corpus"
    blank = [replace(item, acoustics=joined(item.acoustics, None)) for item in frames]
    (workspace.normalized / "mocha/maps0.npz").unlink()
    store.write(workspace.normalized / "mocha", [stats.normalize(item) for item in blank])
    assert not scene_of("mocha/maps0/maps0_003", workspace).phone_note
    inverter(6, 100.0).save(workspace.inverter)  # a model of the sound alone
    z = Inverter.load(workspace.inverter).predict(values[:, :6])
    motion = scene_of("mocha/maps0/maps0_003", workspace).predicted.motion
    assert np.allclose(motion, z * stats.motion_std + stats.mean_of("maps0_003"), atol=1e-5, equal_nan=True)


def test_channels_missing_in_training_are_not_predicted(project, workspace):
    average = {"mean": np.zeros(18, np.float32), "std": np.ones(18, np.float32)}
    average["std"][CHANNELS.index("lp")] = np.nan
    inverter(6, 100.0, statistics=average).save(workspace.inverter)
    motion = scene_of("mocha/maps0/maps0_003", workspace).predicted.motion
    assert [name for name, column in zip(CHANNELS, motion.T, strict=True) if np.isnan(column).all()] == ["lp", "v_x", "v_y"]
    assert np.isfinite(motion[:, :12]).all()


def test_the_interval_of_the_model_is_in_millimetres(project, workspace):
    _, frames, stats = project
    generator = toys.rng("interval")
    width = Width((generator.standard_normal((1 + 6 + 36, 18)) * 0.05).astype(np.float32), np.zeros(18, np.float32))
    factor = np.linspace(0.5, 2, 18).astype(np.float32)
    factor[CHANNELS.index("la")] = np.nan
    inverter(6, 100.0, statistics=Interval(width, factor, 0.8).arrays()).save(workspace.inverter)
    predicted = scene_of("mocha/maps0/maps0_003", workspace).predicted
    acoustics = stats.normalize(frames[2]).acoustics
    expected = width.of(acoustics, Inverter.load(workspace.inverter).predict(acoustics)) * factor * stats.motion_std
    known = np.isfinite(expected)
    assert predicted.level == 0.8
    assert np.allclose(predicted.margin[known], expected[known], rtol=1e-5)
    assert (predicted.margin[~known] == np.inf).all()
    running.command(workspace.root, "view", "mocha/maps0/maps0_003", "-o", "a.html", "--png", "a.png")
    page = (workspace.root / "a.html").read_text(encoding="utf-8")
    assert "learned from unknown speakers" in page  # the toy model has no provenance


@pytest.mark.parametrize(("name", "words"), [("maps0_001", "was trained with this"), ("maps0_002", "was trained with this")])
def test_training_utterances_have_a_note(project, workspace, name, words):
    assert words in scene_of(f"mocha/maps0/{name}", workspace).notes[0]


def test_without_a_model_only_the_measured_motion_is_shown(project, workspace):
    workspace.inverter.unlink()
    scene = scene_of("mocha/maps0/maps0_003", workspace)
    assert list(scene.motions) == ["measured"]
    assert scene.notes == (f"{workspace.inverter} is missing: measured motion only",)
    with pytest.raises(BadData, match="is no file"):
        scene_of("mocha/maps0/maps0_003", workspace, workspace.inverter)


def test_the_universal_model_predicts_in_millimetres_of_this_speaker(project, workspace):
    cleaned, _, stats = project
    scene = scene_of("mocha/maps0/maps0_003", workspace, workspace.universal)
    z = (at_once(Inverter.load(workspace.universal), cleaned[2].sound) - np.arange(18)) / 2
    wanted = at_rate(z.astype(np.float32), 50.0, len(scene.predicted.motion)) * stats.motion_std + stats.mean_of("maps0_003")
    assert np.allclose(scene.predicted.motion, wanted, atol=1e-4, equal_nan=True)
    assert scene.predicted.rate == 100


def test_a_sound_file_has_predicted_motion_only(project, workspace):
    scene = scene_of(str(workspace.root / "a.wav"), workspace, workspace.universal)
    sound, _ = soundfile.read(workspace.root / "a.wav", dtype="float32")
    slow = at_once(Inverter.load(workspace.universal), sound)
    assert np.allclose(scene.predicted.motion, at_rate(slow, 50.0, len(scene.predicted.motion)), atol=0.05)
    assert scene.measured is None
    assert scene.name == "a.wav"
    assert scene.badges == ("your recording", "a computer's estimate, learned from artificial speakers")
    assert scene.predicted.model.startswith("mlp ")
    assert FeatureParams.of(FEATURE_PARAMS).kind == "mfcc"


def test_a_sound_file_is_resampled_to_16_khz(project, workspace):
    soundfile.write(workspace.root / "b.flac", toys.smooth(toys.rng("b"), 44100, 60) * 0.1, 44100)
    scene = scene_of(str(workspace.root / "b.flac"), workspace, workspace.universal)
    assert scene.sound_rate == 16000
    assert scene.seconds == pytest.approx(1.0, abs=1e-3)


def test_averaging_of_channels_is_reported(project, workspace, capsys):
    sound, rate = soundfile.read(workspace.root / "a.wav", dtype="float32")
    soundfile.write(workspace.root / "stereo.wav", np.stack([sound, sound], axis=1), rate)
    mono, stereo = (scene_of(str(workspace.root / name), workspace, workspace.universal) for name in ("a.wav", "stereo.wav"))
    assert stereo.notes == ("its 2 channels are averaged", *mono.notes)
    running.command(workspace.root, "view", "stereo.wav", "-o", "stereo.html")
    assert "its 2 channels are averaged" in capsys.readouterr().out
    assert "its 2 channels are averaged" in (workspace.root / "stereo.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("words", "message"), [
    (["nothing.wav"], "nothing.wav: is missing; correct the name of the sound file"),
    (["a/b/nothing.wav"], "a/b/nothing.wav: is missing; correct the name of the sound file"),
    (["data/cleaned/nothing"], "data/cleaned/nothing: is missing; correct the name of the sound file"),
    (["../a/b"], "../a/b: is neither a sound file nor an utterance in data/cleaned; correct the name"),
    (["/a/b"], "/a/b: is missing; correct the name of the sound file"),
    (["models"], "models: is no file; name a sound file"),
    (["hprc/F01/F01_001"], "hprc/F01/F01_001: is neither a sound file nor an utterance in data/cleaned; correct the name"),
    (["mocha/nobody/x"], "data/cleaned/mocha/nobody.npz: is missing; expected one of the speakers ['maps0']"),
    (["mocha/maps0/maps0_009"], "no utterance 'maps0_009' among 3, similar names: maps0_00"),
    (["data/split.json"], "data/split.json: cannot be read as sound"),
    (["a.wav", "--model", "models/inverter.safetensors"], "the model holds no mean and std of its training speakers"),
    (["a.wav", "--model", "none"], "none: is no file"),
    (["a.wav", "-o", "a.wav"], "a.wav: is one of the files that are read"),
    (["a.wav", "--png", "models"], "models: is a folder; name a file to write"),
    (["long.wav"], "long.wav: is longer than the limit of 300 s; choose a part with --from and --to"),
    (["long.wav", "--from", "0.5"], "long.wav: is longer than the limit of 300 s; choose a part with --from and --to"),
    (["a.wav", "--from", "9"], "a.wav: holds no sound in the part that starts at 9 s; choose another part"),
    (["a.wav", "--from", "1", "--to", "1"], "--to: 1 s is not later than --from, 1 s; correct one of them"),
    (["a.wav", "--from", "0.2", "--to", "0.25"], "a.wav: a sound of 0.05 s is too short"),
    (["mocha/maps0/maps0_003", "--to", "1"], "maps0_003: --from and --to cut sound files; leave them out for an utterance"),
])
def test_errors_are_one_line(project, workspace, words, message, capsys):
    soundfile.write(workspace.root / "long.wav", np.zeros(301 * 1000, np.int16), 1000)
    before = (workspace.root / "a.wav").read_bytes()
    assert message in running.refused(capsys, running.command, workspace.root, "view", "-o", "out.html", *words)
    assert (workspace.root / "a.wav").read_bytes() == before


def test_in_a_project_the_cure_for_an_unknown_utterance_is_the_pipeline(workspace):
    workspace.params.touch()
    with pytest.raises(BadData, match="correct the name, or run `dvc repro`"):
        scene_of("hprc/F01/F01_001", workspace)


def test_the_command_writes_page_and_image_and_prints_their_paths(project, workspace, capsys):
    running.command(workspace.root, "view", "mocha/maps0/maps0_003", "-o", "deep/a.html", "--png", "deep/a.png")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "mocha/maps0/maps0_003", "SYNTHETIC recording: made by a computer",
        "a computer's estimate, learned from artificial speakers",
    ]
    assert lines[-2:] == ["deep/a.html", "deep/a.png"]
    assert (workspace.root / "deep/a.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (workspace.root / "deep/a.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in (workspace.root / "deep").iterdir()) == ["a.html", "a.png"]


def test_a_hostile_file_name_is_escaped(project, workspace):
    odd = "<script>alert(1)<!--.wav"
    (workspace.root / "a.wav").rename(workspace.root / odd)
    running.command(workspace.root, "view", odd, "-o", "odd.html")
    assert "<h1>&lt;script&gt;alert(1)&lt;!--.wav</h1>" in (workspace.root / "odd.html").read_text(encoding="utf-8")
