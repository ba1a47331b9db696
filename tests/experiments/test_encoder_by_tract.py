"""The encoder of controls: its pairs against the geometry of the speaker, its head against its own speech, its steps in small."""

import json
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames
from artinv.core.workspace import Workspace
from artinv.learn.batches import Pool
from artinv.phones.population import PopulationFeatureParams, augmented_frames, write_frames
from artinv.runtime.errors import BadData
from artinv.synth.corpus.population import CORPUS, PopulationParams, person, write_population
from artinv.synth.fitting.breath import Breath
from artinv.synth.fitting.resynthesis import neutral_speaker
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose, speak
from artinv.synth.tract.controls import BOUNDS, CONTROL, HOP
from artinv.synth.tract.geometry import Geometry
from experiments import encoder_by_tract, tract_encoder
from experiments.refine_by_tract import COILS
from experiments.tract_distance import Recording
from experiments.tract_encoder import COLUMNS, Head, Steps
from tests.support.figures import pages_without_source

pytestmark = pytest.mark.usefixtures("one_thread")

FRAMES = 160


@pytest.fixture(scope="module")
def spoken():
    """Return parameters, a speaker of the population and one sentence in fast speech."""
    params = Workspace().params
    people, features = PopulationParams.load(params), PopulationFeatureParams.load(params)
    alone = features.model_copy(update={"phones": features.phones.model_copy(update={"kinds": ()})})
    own = person(people, "F0002")
    return people, alone, own, speak(own, sentence(f"{people.seed}/F0002", 3), 3, corpus=CORPUS, stretch=0.65)


def test_pairs_are_the_sound_of_the_population_and_the_controls_that_made_its_motion(spoken):
    people, features, own, utterance = spoken
    [usual], [pair] = augmented_frames(utterance, features), tract_encoder.with_controls(own, people.seed, features, utterance)
    assert np.array_equal(pair.acoustics, usual.acoustics)
    controls = torch.from_numpy(pair.motion[:, COLUMNS].astype(np.float32))
    coils = own.articulograph.place(Geometry(own.anatomy).coils(controls).numpy())
    found = [np.corrcoef(*rows)[0, 1] for rows in zip(coils.T, usual.motion[:, COILS].T, strict=True)]
    assert min(found) > 0.95


def test_each_control_is_in_its_column(spoken):
    people, features, own, utterance = spoken
    _, gestures, _ = compose(own, sentence(f"{people.seed}/F0002", 3), 3, 0.65)
    [pair] = tract_encoder.with_controls(own, people.seed, features, utterance)
    for number, column in enumerate(COLUMNS):
        alone = np.repeat(gestures.controls[:, number:number + 1], 14, axis=1).astype(np.float32)
        [same] = augmented_frames(replace(utterance, coils=alone), features)
        assert np.array_equal(pair.motion[:, column], same.motion[:, 0])


def test_pairs_of_another_population_are_reported(spoken):
    people, features, own, utterance = spoken
    for other in (replace(utterance, order=4), replace(utterance, text="another sentence")):
        with pytest.raises(BadData, match="are of other parameters; run `make sim2real`"):
            tract_encoder.with_controls(own, people.seed, features, other)


def frames_of(motion: np.ndarray, order: int = 0) -> Frames:
    """Return the frames of an utterance without sound."""
    return Frames(corpus="c", speaker="s", name=f"n{order}", order=order, sentence="x", part="train", rate=50.0,
                  acoustics=np.zeros((len(motion), 4), np.float32), motion=motion)


def test_controls_are_in_standard_deviations_of_the_speaker_and_still_ones_unknown():
    rng = np.random.default_rng(0)
    motion = rng.standard_normal((2, 30, len(CHANNELS))) * 3 + 5
    motion[..., COLUMNS[4]] = 7.0
    frames = [frames_of(rows.astype(np.float32), order) for order, rows in enumerate(motion)]
    found = np.concatenate([one.motion for one in tract_encoder.normalized(frames, COLUMNS)])
    moving = [column for column in COLUMNS if column != COLUMNS[4]]
    np.testing.assert_allclose(found[:, moving].mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(found[:, moving].std(0), 1, atol=1e-5)
    assert np.isnan(np.delete(found, moving, axis=1)).all()


@pytest.fixture(scope="module")
def head(spoken):
    return Head.neutral(spoken[1], woman=True)


def test_the_head_has_its_mean_posture_and_the_limits_of_the_controls(head):
    still = torch.zeros(1, len(BOUNDS))
    torch.testing.assert_close(head.controls(still)[0], head.mean)
    coils = head.coil_mean + head.coils(still) * head.coil_std
    torch.testing.assert_close(coils, head.synth.geometry.coils(head.mean[None]))
    assert float(head.excess(still)) == 0
    jaw = CONTROL["jaw"]
    far = still.clone()
    far[0, jaw] = (BOUNDS["jaw"][1] - head.mean[jaw]) / head.std[jaw] + 2
    assert float(head.excess(far)) == pytest.approx(4 / len(BOUNDS), rel=1e-4)


def test_controls_that_are_normalized_as_pairs_let_the_head_repeat_its_own_sentence(head, spoken):
    frames = [tract_encoder._frames(neutral_speaker(woman=True), order, spoken[1]) for order in range(1, 21)]
    sentences = [frames_of(padded(controls), order) for order, controls in enumerate(frames)]
    z = [one.motion for one in tract_encoder.normalized(sentences, COLUMNS)]
    own = Network(torch.nan_to_num(torch.from_numpy(z[0])))
    sound = said_by(head, torch.from_numpy(frames[0]))
    still = Network(torch.zeros(len(z[0]), 18))
    assert encoder_by_tract.distance(own, sound, lambda _: head) < 0.3
    assert encoder_by_tract.distance(still, sound, lambda _: head) > 5


def padded(controls: np.ndarray) -> np.ndarray:
    """Return controls (K, 13) in the columns of frames (K, 18)."""
    motion = np.zeros((len(controls), 18), np.float32)
    motion[:, COLUMNS] = controls
    return motion


def said_by(head: Head, controls: torch.Tensor) -> Recording:
    """Return what a head says with controls (K, 13) at 50 Hz, with steady sources."""
    frames = 4 * len(controls)
    breath = Breath(torch.full((frames,), 0.05), torch.full((frames,), 8000.0), np.full(frames, 200.0))
    sources = head.synth.sources(breath.pitch, frames, np.random.default_rng(0))
    shape = head.synth.shape(tract_encoder.upsampled(controls, slice(0, frames)))
    sound = head.synth.sound(shape, breath.glottis, breath.pressure, sources)
    assert len(sound) == frames * HOP
    return Recording(torch.zeros(len(controls), 4), None, sound, woman=True, breath=breath, sources=sources)


class Network(torch.nn.Module):
    """A network that returns its one parameter for any sound."""

    def __init__(self, z: torch.Tensor) -> None:
        super().__init__()
        self.z = torch.nn.Parameter(z.clone())

    def forward(self, acoustics: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return self.z[None, : acoustics.shape[1]].expand(len(acoustics), -1, -1)


@pytest.fixture(scope="module")
def said(head):
    """Return controls (K, 18) that move slowly, in standard deviations, and what the head says with them."""
    z = 0.8 * torch.sin(9 * torch.arange(FRAMES // 4)[:, None] / 50 + torch.arange(18))
    motion = np.full((len(z), 18), np.nan, np.float32)
    motion[:, COILS] = head.coils(z[:, COLUMNS]).numpy()
    sound = said_by(head, head.controls(z[:, COLUMNS]))
    return z, replace(sound, motion=motion)


def test_steps_follow_the_pairs_and_by_weight_the_sound(head, said, monkeypatch):
    z, sound = said
    monkeypatch.setattr(tract_encoder, "LR", 0.02)
    motion = np.full((len(z), 18), np.nan, np.float32)
    motion[:, COLUMNS[0]] = z[:, COLUMNS[0]]
    before, run = Network(0.5 * z), partial(tract_encoder.adapted, known=Pool([frames_of(motion)]), sounds=[sound])
    without = run(before, heads=lambda _: head, steps=Steps(0.0, 3, 0, 0.5))
    after = run(before, heads=lambda _: head, steps=Steps(1.0, 8, 0, 0.5))
    changed = (without.z - before.z).abs().sum(0) > 0
    assert changed.nonzero().flatten().tolist() == [COLUMNS[0]]
    db = [encoder_by_tract.distance(network, sound, lambda _: head) for network in (before, after)]
    assert db[1] < 0.95 * db[0]
    assert torch.equal(before.z, 0.5 * z), "the network itself stays as it was"
    assert not any(parameter.requires_grad for parameter in after.parameters())


def test_scores_are_1_for_the_controls_that_made_the_motion(head, said):
    z, sound = said
    model = Network(torch.nan_to_num(torch.from_numpy(sound.motion)))
    part = encoder_by_tract.Part([], {"a": [sound], "b": [sound]})
    score = partial(encoder_by_tract.scores, part=part, heads=lambda _: head)
    right = score([Network(z)] * 3, "controls", model=model)
    assert [right[key] for key in ("single", "mean", "with_model")] == pytest.approx([1, 1, 1], abs=1e-5)
    assert right["of"] == pytest.approx({"a": 1, "b": 1}, abs=1e-5)
    assert right["db"] == pytest.approx(0, abs=0.05)
    mixed = score([Network(z), Network(z), Network(-z)], "controls", model=Network(3 * model.z.detach()))
    assert mixed["by_seed"]["0"] == pytest.approx(1, abs=1e-5)
    assert mixed["by_seed"]["2"] < 0
    assert mixed["single"] == pytest.approx(np.mean(list(mixed["by_seed"].values())))
    assert mixed["single"] < mixed["mean"] < mixed["with_model"]
    assert "db" not in score([model] * 3, "motion", model=model)


def test_a_guess_is_compared_as_far_as_both_reach(said):
    _, sound = said
    guess = sound.motion[:, COILS]
    assert sound.pearson(guess[:-5]) == pytest.approx(1)
    assert sound.pearson(np.vstack([guess, -9 * guess[-5:]])) == pytest.approx(1)


def test_unlabelled_are_the_other_sentences_of_all_tested_speakers():
    bench = SimpleNamespace(workspace=Workspace(), speakers=[(["a1", "a2"], ["a3"]), (["b1"], ["b2", "b3"])].__getitem__)
    part = encoder_by_tract.part_of("synthetic", bench, None)
    after = PopulationParams.load(Workspace().params).speakers
    assert part == (["a3", "b2", "b3"], {f"F{after:04d}": ["a1", "a2"], f"M{after + 1:04d}": ["b1"]})


def test_a_gain_has_an_interval_where_there_are_enough_speakers():
    without = {str(number): 0.5 for number in range(6)}
    found = encoder_by_tract.gains({name: 0.5 + 0.1 * (name < "3") for name in without}, without)
    assert (found["mean"], found["of"]["0"], found["of"]["5"]) == (pytest.approx(0.05), pytest.approx(0.1), 0)
    assert 0 < found["low"] < 0.05 < found["high"] < 0.1
    few = encoder_by_tract.gains({"a": 0.6, "b": 0.5}, {"a": 0.5, "b": 0.5})
    assert few == {"mean": pytest.approx(0.05), "of": {"a": pytest.approx(0.1), "b": 0}}


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """Return a project with a population of three speakers, two sentences each."""
    place = tmp_path_factory.mktemp("toy")
    content = yaml.safe_load(Workspace().params.read_text())
    own = content["sim2real"]
    own["people"] |= {"speakers": 3, "sentences": 2}
    own["features"]["phones"]["kinds"] = []
    own["universal"] |= {"valid_speakers": 1, "train": own["universal"]["train"] | {"epochs": 1}}
    own["universal"]["sizes"] |= {"dense": 8, "width": 8}
    (place / "params.yaml").write_text(yaml.safe_dump(content))
    workspace = Workspace(place)
    write_population(workspace.people, PopulationParams.load(workspace.params), 1)
    write_frames(workspace.people, workspace.people_features, PopulationFeatureParams.load(workspace.params), 1)
    return workspace


def test_networks_of_both_kinds_learn_from_the_same_sound(toy, said, head, monkeypatch):
    monkeypatch.setattr(tract_encoder, "imap", map)
    monkeypatch.setattr(encoder_by_tract, "imap", map)
    monkeypatch.setattr(encoder_by_tract, "STEPS", 1)
    monkeypatch.setattr(encoder_by_tract, "SEEDS", (0,))
    monkeypatch.setattr(encoder_by_tract, "heads_of", lambda _: {True: head}.__getitem__)
    tract_encoder.write_pairs(toy)
    controls, motion = (tract_encoder.pairs(toy, kind, valid=False) for kind in ("controls", "motion"))
    assert [(one.id, one.acoustics.tobytes()) for one in controls] == [(one.id, one.acoustics.tobytes()) for one in motion]
    assert {one.speaker for one in controls} == {"F0000", "M0001"}
    assert [one.speaker for one in tract_encoder.pairs(toy, "motion", valid=True)] == ["F0002"] * 2
    encoder_by_tract.main("train", toy.root, toy)
    sound = said[1]
    sound = replace(sound, acoustics=torch.zeros(len(sound.acoustics), controls[0].acoustics.shape[1]))
    part = encoder_by_tract.Part([sound], {"a": [sound]})
    model = tract_encoder.network_of(toy, "motion", 0)
    found = encoder_by_tract.measured(toy, part, model)
    assert list(found) == ["model", "controls", "motion", "without", "light", "middle", "heavy"]
    assert found["motion"]["by_seed"]["0"] == pytest.approx(found["model"]["mean"])
    assert found["without"]["gain"]["of"] == {"a": 0}
    assert found["without"]["single"] != found["heavy"]["single"]


def test_the_command_adds_each_part_to_the_figures_of_the_pages(tmp_path, monkeypatch, capsys):
    asked = []

    def measured(workspace, part, model):
        row = {"single": 0.5, "mean": 0.6, "with_model": 0.7, "of": {str(number): 0.5 for number in range(6)}, "db": 4.0}
        row |= {"by_seed": {"0": 0.5}, "gain": encoder_by_tract.gains(row["of"], row["of"])}
        return {"model": {"mean": 0.7}} | dict.fromkeys(("controls", "motion", *encoder_by_tract.WEIGHTS), row)

    monkeypatch.setattr(encoder_by_tract, "Bench", lambda _: SimpleNamespace(network=None))
    monkeypatch.setattr(encoder_by_tract, "part_of", lambda name, *_: asked.append(name))
    monkeypatch.setattr(encoder_by_tract, "measured", measured)
    monkeypatch.setattr(encoder_by_tract, "write_pairs", lambda *_: None)
    monkeypatch.setattr(encoder_by_tract, "imap", lambda _, work: [float(seed) for _, seed in work])
    (tmp_path / "metrics").mkdir()
    (tmp_path / "params.yaml").write_text(Workspace().params.read_text())
    workspace = Workspace(tmp_path)
    with pytest.raises(BadData, match="holds no trained encoder; run `python -m experiments"):
        encoder_by_tract.main("real", tmp_path, workspace)
    for part in ("train", "synthetic", "real"):
        encoder_by_tract.main(part, tmp_path, workspace)
    content = json.loads((tmp_path / "metrics/encoder_by_tract.json").read_text())
    assert asked == ["synthetic", "real"]
    assert content["valid_loss"]["motion-2"] == 2
    assert capsys.readouterr().out.count("0.500  0.600       0.700  4.00") == 12
    assert pages_without_source(tmp_path, "encoder_by_tract") == []
    encoder_by_tract.main("train", tmp_path, workspace)
    assert "real" not in json.loads((tmp_path / "metrics/encoder_by_tract.json").read_text()), "new encoders, new results"
