"""Transfer from synthetic to real speech: the synthetic population, the universal model and its scores."""

import json
from dataclasses import replace

import numpy as np
import pytest
import soxr
import yaml

from artinv.__main__ import main
from artinv.core import store
from artinv.core.channels import CHANNELS, COIL_COLUMNS
from artinv.core.provenance import made_by, versions
from artinv.core.records import Utterance
from artinv.core.workspace import Workspace
from artinv.data import real_recordings as real
from artinv.data.clean import CleanParams
from artinv.evaluate import sim2real
from artinv.evaluate.real import on_real
from artinv.learn.inverter import Inverter
from artinv.learn.universal import UniversalParams, fit, held_out, population
from artinv.phones.evidence import joined
from artinv.phones.population import PopulationFeatureParams, augmented_frames, write_frames
from artinv.runtime.errors import BadParams
from artinv.signal import streaming
from artinv.signal.features import FeatureParams
from artinv.signal.resample import at_16_khz
from artinv.synth.corpus.population import PopulationParams, person, speaker_names, write_population
from artinv.synth.speaker.speakers import make_speaker
from tests.conftest import change
from tests.support import corpora, recordings, running
from tests.support.spoken import spoken
from tools.deps import CHOICES


@pytest.fixture(scope="module")
def params():
    whole = UniversalParams.load(CHOICES)
    smaller = whole.train.model_copy(update={"epochs": 2, "threads": 1, "device": "cpu"})
    return whole.model_copy(update={"valid_speakers": 1, "train": smaller})


@pytest.fixture(scope="module")
def features():
    return PopulationFeatureParams.load(CHOICES)


@pytest.fixture(scope="module")
def population_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    chosen = PopulationParams.load(CHOICES).model_copy(update={"speakers": 3, "sentences": 2})
    assert write_population(folder, chosen, workers=1) > 0
    return folder


@pytest.fixture(scope="module")
def frames_folder(population_folder, features, tmp_path_factory):
    folder = tmp_path_factory.mktemp("features")
    assert write_frames(population_folder, folder, features, workers=1) > 0
    return folder


@pytest.fixture(scope="module")
def inverter(frames_folder, features, params):
    return fit(population(frames_folder, features, params), features, params, 0.9, workers=1)[0]


def test_pairs_of_speakers_have_the_accents_in_turn(monkeypatch):
    someone = make_speaker("F0000")
    monkeypatch.setattr("artinv.synth.corpus.population.make_speaker", lambda name, *_: replace(someone, name=name))
    params = PopulationParams.load(CHOICES).model_copy(update={"accents": ["careful", "american", "british"]})
    people = [person(params, name) for name in speaker_names(8)]
    assert [each.accent and each.accent.rhotic for each in people] == [None, None, True, True, False, False, None, None]
    assert people[2].accent != people[3].accent
    with pytest.raises(BadParams, match="accents"):
        PopulationParams.of(params.model_dump() | {"accents": []}, "params.yaml")


def test_the_synthetic_population_is_reproducible(population_folder, tmp_path):
    write_population(tmp_path, PopulationParams.load(CHOICES).model_copy(update={"speakers": 2, "sentences": 2}), workers=1)
    assert store.speakers(population_folder) == sorted(speaker_names(3))
    for name in speaker_names(2):
        assert (tmp_path / f"{name}.npz").read_bytes() == (population_folder / f"{name}.npz").read_bytes()


def test_no_sentence_is_used_twice(population_folder):
    sentences = [utterance.sentence for utterance in store.read(population_folder, Utterance)]
    assert len(set(sentences)) == len(sentences) == 6


def test_recording_conditions_differ_between_copies_and_are_reproducible(population_folder, features):
    utterance = next(store.read(population_folder, Utterance))
    twice = features.model_copy(update={"copies": 2})
    first, second = augmented_frames(utterance, twice)
    again, _ = augmented_frames(utterance, twice)
    assert np.array_equal(first.acoustics, again.acoustics)
    assert first.acoustics.shape != second.acoustics.shape or not np.allclose(first.acoustics, second.acoustics)
    assert first.motion.shape == (len(first.acoustics), len(CHANNELS))


def test_motion_is_in_z_scores_and_speakers_are_kept_apart(frames_folder, features, params):
    found = population(frames_folder, features, params)
    assert {frames.speaker for frames in found.training} == {"F0000", "M0001"}
    assert {frames.speaker for frames in found.valid} == {"F0002"}
    assert {frames.speaker for frames in held_out(frames_folder, params)} == {"F0002"}
    motion = np.concatenate([frames.motion for frames in found.valid])
    assert np.abs(motion.mean(axis=0)).max() < 1e-3
    assert np.abs(motion.std(axis=0) - 1).max() < 1e-3
    with pytest.raises(BadParams, match="valid_speakers"):
        population(frames_folder, features, params.model_copy(update={"valid_speakers": 3}))


def motion_of(sound, inverter, rate=16000):
    acoustics = streaming.normalized_features(at_16_khz(sound, rate), inverter.rate, FeatureParams.of(inverter.features))
    z = inverter.predict(joined(acoustics, None))
    return z * inverter.statistics["std"] + inverter.statistics["mean"]


def test_acoustics_do_not_depend_on_gain_and_sampling_rate(inverter, population_folder):
    utterance = next(store.read(population_folder, Utterance))
    motion = motion_of(utterance.sound, inverter)
    assert motion.shape == (1 + len(utterance.sound) // (16000 // round(inverter.rate)), len(CHANNELS))
    louder = motion_of(np.clip(utterance.sound * 1.9, -1, 1), inverter)
    assert np.abs(louder - motion).max() < 0.1  # mm
    other = motion_of(soxr.resample(utterance.sound, 16000, 22050), inverter, 22050)
    assert np.corrcoef(other[: len(motion), 0], motion[: len(other), 0])[0, 1] > 0.99
    assert motion[:, CHANNELS.index("tt_x")].mean() > motion[:, CHANNELS.index("td_x")].mean()


def test_acoustics_are_standardized_over_speech(population_folder, features):
    sound = next(store.read(population_folder, Utterance)).sound
    padded = np.concatenate([np.zeros(16000, np.float32), sound, np.zeros(16000, np.float32)])
    padded += (1e-4 * np.random.default_rng(0).standard_normal(len(padded))).astype(np.float32)
    frames = np.flatnonzero(streaming.recording_features([padded], features.rate, features.acoustics).speech)
    assert 0.9 * features.rate <= frames[0]
    assert frames[-1] < len(padded) / 16000 * features.rate - 0.9 * features.rate
    acoustics = streaming.normalized_features(padded, features.rate, features.acoustics)
    assert np.abs(acoustics[frames].mean(axis=0)).max() < 1e-3
    assert np.abs(acoustics[frames].std(axis=0) - 1).max() < 1e-3


def test_the_model_file_is_self_contained(inverter, population_folder, tmp_path):
    inverter.save(tmp_path / "universal.safetensors")
    read = Inverter.load(tmp_path / "universal.safetensors")
    assert read.normalization == "utterance"
    sound = next(store.read(population_folder, Utterance)).sound
    assert np.array_equal(motion_of(sound, read), motion_of(sound, inverter))


def test_table_shows_the_scores():
    rows = {"a": np.full(14, 0.5), "b": np.append(np.full(12, 0.7), [np.nan, np.nan])}
    group = sim2real.scores_of(rows)
    assert group.pearson == pytest.approx(0.6)
    assert group.channels["tt_x"] == pytest.approx(0.6)
    assert group.channels["v_x"] == pytest.approx(0.5)
    assert "v_x" not in group.of["b"].channels
    text = sim2real.table(sim2real.Sim2RealScores("synthetic", "", real=group)).splitlines()
    assert text[2].split() == ["Pearson", "mean", *sim2real.POSITIONS]
    assert text[4].split() == ["b", "0.70", *["0.70"] * 12, "-", "-"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a folder with small parameters, one usable and one silent recording, in MOCHA's format."""
    folder, corpus = tmp_path_factory.mktemp("sim2real"), corpora.get("mocha")
    choices = yaml.safe_load(CHOICES.read_text(encoding="utf-8"))
    change(choices, {
        "sim2real.people.speakers": 3, "sim2real.people.sentences": 2, "sim2real.universal.members": 1,
        "sim2real.universal.valid_speakers": 1, "sim2real.universal.train.epochs": 1,
    })
    (folder / "params.yaml").write_text(yaml.safe_dump(choices), encoding="utf-8")
    (folder / "data").mkdir()
    silent = spoken(corpus, 2)
    corpus.write(folder / "elsewhere" / "mocha", [spoken(corpus, 1), replace(silent, sound=silent.sound * 0)])
    return folder


def test_the_stages_train_and_score_the_universal_model(project, capsys):
    synthetic = "".join(running.stage(project, name) for name in ("people", "universal_features", "universal", "sim2real"))
    assert "`make real` scores real recordings" in synthetic
    before = {path: path.read_bytes() for path in (project / "metrics").iterdir()}
    assert running.refused(capsys, running.stage, project, "real") == (
        "data/real: holds no recording; put corpora or EMU bundles there, or a link to them (docs/sim2real.md)")
    (project / "data/real").symlink_to(project / "elsewhere")
    real = running.stage(project, "real")
    assert real.startswith("mocha/fsew0/fsew0_002 is not scored: silent sound: ")
    assert {path: path.read_bytes() for path in before} == before  # the synthetic scores are unchanged
    main(["sim2real"], project)
    tables = capsys.readouterr().out.split(sim2real.TITLES["real"])
    assert tables[0].strip() in synthetic
    assert tables[1].strip() in real
    details, workspace = {}, Workspace(project)
    sources = {"synthetic": ["acoustics", "acoustics+timed"], "real": ["acoustics", "acoustics+recognized", "acoustics+labels"]}
    for kind, scored in {"synthetic": ["F0002"], "real": ["mocha/fsew0/fsew0_001"]}.items():
        scores, details = (json.loads(path.read_text()) for path in sim2real.files_of(kind, workspace))
        assert scores.pop(kind) == {"pearson": details[kind]["pearson"]}
        by_source = scores.pop("pearson_by_source")
        assert list(by_source) == sorted(sources[kind])
        assert by_source == {source: group["pearson"] for source, group in details["by_source"].items()}
        alone = "acoustics" if kind == "synthetic" else "acoustics+recognized"
        assert by_source[alone] == details[kind]["pearson"]
        assert list(details[kind]["of"]) == scored
        assert scores == {"trained_on": "synthetic", "made_by": made_by(versions() | {"seed": 0})}
        assert scores.items() <= details.items()
    inverter, cleaning = Inverter.load(workspace.universal), CleanParams.load(workspace.params)
    rows, _ = on_real(inverter, project / "elsewhere", cleaning, 10.0)
    recognized = rows["acoustics+recognized"]["mocha/fsew0/fsew0_001"]
    assert details["real"]["channels"]["tt_x"] == pytest.approx(recognized[0], abs=1e-6)
    (project / "data/real").unlink()
    (project / "data/real").mkdir()
    (project / "data/real/mocha").symlink_to(project / "elsewhere/mocha")
    assert running.refused(capsys, running.stage, project, "real").startswith("data/real/mocha: is a link to a folder, ")


@recordings.needed
def test_real_recordings(inverter, features):
    utterances = real.recordings(recordings.FOLDER)
    assert [utterance.corpus for utterance in utterances] == ["mocha", "emu", "emu"]
    for utterance in utterances:
        mean = dict(zip(COIL_COLUMNS[:12], np.nanmean(utterance.coils[:, :12], axis=0), strict=True))
        assert mean["ul_x"] > mean["tt_x"] > mean["tb_x"] > mean["td_x"]
        assert mean["ul_y"] > mean["ll_y"]
        assert mean["tt_y"] > mean["li_y"]
    rows, unfit = on_real(inverter, recordings.FOLDER, CleanParams.load(CHOICES), features.cutoff)
    assert unfit == {}
    assert list(rows) == ["acoustics", "acoustics+recognized", "acoustics+labels"]
    for scored in rows.values():
        assert [int(np.isfinite(row).sum()) for row in scored.values()] == [14, 12, 12]
