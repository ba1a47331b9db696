"""The encoder of controls: its pairs against the geometry of the speaker, its head in closed form, its steps at toy size."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames
from artinv.core.workspace import Workspace
from artinv.learn.batches import Pool
from artinv.phones.population import PopulationFeatureParams, augmented_frames
from artinv.runtime.errors import BadData
from artinv.synth.corpus.population import CORPUS, PopulationParams, person
from artinv.synth.fitting.breath import Breath
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import speak
from artinv.synth.tract.controls import BOUNDS, CONTROL, HOP
from artinv.synth.tract.geometry import Geometry
from experiments import encoder_by_tract, tract_encoder
from experiments.refine_by_tract import COILS
from experiments.tract_distance import Recording
from experiments.tract_encoder import COLUMNS, Head
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
    assert np.array_equal(pair.acoustics[:, : usual.acoustics.shape[1]], usual.acoustics)
    controls = torch.from_numpy(pair.motion[:, COLUMNS].astype(np.float32))
    coils = own.articulograph.place(Geometry(own.anatomy).coils(controls).numpy())
    found = [np.corrcoef(*rows)[0, 1] for rows in zip(coils.T[:12], usual.motion[:, COILS].T[:12], strict=True)]
    assert min(found) > 0.95


def test_pairs_of_another_population_are_reported(spoken):
    people, features, own, utterance = spoken
    with pytest.raises(BadData, match="are of other parameters; run `make sim2real`"):
        tract_encoder.with_controls(own, people.seed, features, replace(utterance, order=4))


def frames_of(motion: np.ndarray, order: int = 0) -> Frames:
    """Return the frames of an utterance without sound."""
    return Frames(corpus="c", speaker="s", name=f"n{order}", order=order, sentence="x", part="train", rate=50.0,
                  acoustics=np.zeros((len(motion), 4), np.float32), motion=motion)


def test_controls_are_in_standard_deviations_of_the_speaker_and_still_ones_unknown():
    rng = np.random.default_rng(0)
    motion = rng.standard_normal((2, 30, len(CHANNELS))) * 3 + 5
    motion[..., COLUMNS[4]] = 7.0
    frames = [frames_of(rows.astype(np.float32), order) for order, rows in enumerate(motion)]
    found = np.concatenate([one.motion for one in tract_encoder.normalized(frames)])
    moving = [column for column in COLUMNS if column != COLUMNS[4]]
    np.testing.assert_allclose(found[:, moving].mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(found[:, moving].std(0), 1, atol=1e-5)
    assert np.isnan(np.delete(found, moving, axis=1)).all()


def test_the_head_is_its_prior_and_its_limits_are_those_of_the_controls():
    head = Head.of(woman=True)
    covariance = (head.prior.root @ head.prior.root.T).diagonal().sqrt()
    still = torch.zeros(1, len(BOUNDS))
    torch.testing.assert_close(head.controls(still)[0], head.prior.mean)
    torch.testing.assert_close(head.controls(still + 1)[0] - head.prior.mean, covariance)
    coils = head.prior.coil_mean + head.coils(still) * head.prior.coil_std
    torch.testing.assert_close(coils, head.synth.geometry.coils(head.prior.mean[None]))
    assert float(head.beyond(still)) == 0
    jaw = CONTROL["jaw"]
    far = still.clone()
    far[0, jaw] = (BOUNDS["jaw"][1] - head.prior.mean[jaw]) / covariance[jaw] + 2
    assert float(head.beyond(far)) == pytest.approx(4 / len(BOUNDS), rel=1e-4)


class Network(torch.nn.Module):
    """A network that returns its one parameter for any sound."""

    def __init__(self, z: torch.Tensor) -> None:
        super().__init__()
        self.z = torch.nn.Parameter(z.clone())

    def forward(self, acoustics: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return self.z[None, : acoustics.shape[1]].expand(len(acoustics), -1, -1)


@pytest.fixture(scope="module")
def said():
    """Return controls (K, 18) that move slowly, and what the neutral woman says with them."""
    head, times = Head.of(woman=True), torch.arange(FRAMES // 4) / 50
    z = 0.8 * torch.sin(9 * times[:, None] + torch.arange(18))
    breath = Breath(torch.full((FRAMES,), 0.05), torch.full((FRAMES,), 8000.0), np.full(FRAMES, 200.0))
    sources = head.synth.sources(breath.pitch, FRAMES, np.random.default_rng(0))
    shape = head.synth.shape(head.controls(tract_encoder.upsampled(z[:, COLUMNS], slice(0, FRAMES))))
    sound = head.synth.sound(shape, breath.glottis, breath.pressure, sources)
    assert len(sound) == FRAMES * HOP
    motion = head.coils(z[:, COLUMNS]).numpy()
    return z, Recording(torch.zeros(len(z), 4), motion, sound, woman=True, breath=breath, sources=sources)


def test_steps_follow_the_pairs_and_by_weight_the_sound(said, monkeypatch):
    z, recording = said
    monkeypatch.setattr(tract_encoder, "LR", 0.02)
    motion = np.full((len(z), 18), np.nan, np.float32)
    motion[:, COLUMNS[0]] = z[:, COLUMNS[0]]
    known = Pool([frames_of(motion)])
    before = Network(0.5 * z)
    without, nothing = tract_encoder.adapted(before, known, [recording], weight=0.0, seed=0, steps=3)
    after, history = tract_encoder.adapted(before, known, [recording], weight=1.0, seed=0, steps=8)
    changed = (without.z - before.z).abs().sum(0) > 0
    assert changed.nonzero().flatten().tolist() == [COLUMNS[0]]
    assert np.isnan(nothing).all()
    assert history[-1] < 0.95 * history[0]
    assert torch.equal(before.z, 0.5 * z), "the network itself stays as it was"
    assert not any(parameter.requires_grad for parameter in after.parameters())


def test_scores_are_1_for_the_controls_that_made_the_motion(said):
    z, recording = said
    whole = np.full((len(z), 18), np.nan, np.float32)
    whole[:, COILS] = recording.motion
    model = torch.nan_to_num(torch.from_numpy(whole))
    recording = Recording(recording.acoustics, whole, recording.sound, True, recording.breath, recording.sources)
    assert encoder_by_tract.scores(Network(z), Network(model), [recording]) == pytest.approx((1, 1), abs=1e-5)
    alone, mean = encoder_by_tract.scores(Network(-z), Network(3 * model), [recording])
    assert alone < 0
    assert mean > 0.9


def test_the_summary_has_gains_over_the_steps_without_resynthesis():
    without = np.array([[[0.5, 0.6], [0.7, 0.7]], [[0.5, 0.6], [0.7, 0.7]]])
    rows = without + np.array([[0.1, 0.0], [0.0, 0.0]])
    found = encoder_by_tract.summary(rows, without)
    assert found["gain"] == {"mean": pytest.approx(0.05), "low": pytest.approx(0), "high": pytest.approx(0.1)}
    assert (found["pearson"], found["mean"], found["speakers"]) == (pytest.approx(0.65), pytest.approx(0.65), 2)
    assert found["by_seed"] == pytest.approx([0.65, 0.65])
    assert encoder_by_tract.distances([[6, 5, 4, 3, 2], [8, 5, 4, 3, 4]]) == {"db_first": 7, "db_last": 3}
    assert encoder_by_tract.distances([[np.nan], [np.nan]]) == {}


def test_each_weight_is_compared_with_none_of_the_same_seeds(monkeypatch):
    def of_seed(_, part, model, work):
        seed, weight = work
        after = 0.5 + 0.1 * seed + encoder_by_tract.WEIGHTS[weight]
        return np.array([[[0.4, 0.0]] * 2, [[after, 0.0]] * 2]), [3.0, 2.0] if weight != "without" else [np.nan] * 2

    monkeypatch.setattr(encoder_by_tract, "of_seed", of_seed)
    monkeypatch.setattr(encoder_by_tract, "imap", map)
    monkeypatch.setattr(encoder_by_tract, "pearson", lambda _, tests: tests[0])
    part = encoder_by_tract.Part([], [[0.6], [0.8]], ("without", "light", "middle"), (0, 1, 2))
    found = encoder_by_tract.measured(Workspace(), part, None)
    assert found["model"] == {"pearson": pytest.approx(0.7)}
    assert found["pairs"]["pearson"] == pytest.approx(0.4)
    assert found["light"]["by_seed"] == pytest.approx([0.6, 0.7, 0.8])
    assert [found[weight]["gain"]["mean"] for weight in part.weights] == pytest.approx([0, 0.1, 0.3])
    assert ["db_first" in found[weight] for weight in part.weights] == [False, True, True]


def test_the_command_adds_each_part_to_the_figures_of_the_pages(tmp_path, monkeypatch, capsys):
    without = np.array([[[0.5, 0.6], [0.7, 0.7]]])
    best, asked = "middle", []

    def part_of(name, bench, sound, chosen):
        asked.append((name, chosen))
        return name

    def measured(workspace, part, model):
        weights = ("without", best) if part == "confirm" else encoder_by_tract.WEIGHTS
        rows = {weight: encoder_by_tract.summary(without + 0.1 * (weight == best), without) for weight in weights}
        steps = {"db_first": 5.0, "db_last": 4.0}
        return {"model": {"pearson": 0.7}, "pairs": rows["without"]} | {title: row | steps for title, row in rows.items()}

    monkeypatch.setattr(encoder_by_tract, "Bench", lambda _: SimpleNamespace(network=None))
    monkeypatch.setattr(encoder_by_tract, "part_of", part_of)
    monkeypatch.setattr(encoder_by_tract, "measured", measured)
    monkeypatch.setattr(encoder_by_tract, "write_pairs", lambda *_: None)
    monkeypatch.setattr(encoder_by_tract, "imap", lambda _, seeds: map(float, seeds))
    (tmp_path / "metrics").mkdir()
    workspace = Workspace(tmp_path)
    with pytest.raises(BadData, match="holds no choice of a weight; run `python -m experiments"):
        encoder_by_tract.main("real", tmp_path, workspace)
    for part in ("train", "choose", "confirm", "real"):
        encoder_by_tract.main(part, tmp_path, workspace)
    content = json.loads((tmp_path / "metrics/encoder_by_tract.json").read_text())
    assert asked == [("choose", ""), ("confirm", best), ("real", best)]
    assert (content["chosen"], content["valid_loss"]) == (best, [0, 1, 2])
    assert capsys.readouterr().out.count("+0.100 [+0.100, +0.100]") == 3
    assert pages_without_source(tmp_path, "encoder_by_tract") == []
