"""Adaptation through the tract: its distance against sounds that the tract itself has made, its steps at toy size."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from artinv.core.workspace import Workspace
from artinv.inversion.model import load
from artinv.synth.fitting.breath import Breath
from artinv.synth.fitting.resynthesis import neutral_head
from artinv.synth.tract.controls import HOP
from experiments import adapt_by_tract, tract_distance
from experiments.adapt_by_tract import Setting
from experiments.tract_distance import Poser, Recording, Tract
from tests.support.figures import pages_without_source

pytestmark = pytest.mark.usefixtures("one_thread")

FRAMES = 160


@pytest.fixture(scope="module")
def tract():
    torch.manual_seed(1)
    return Tract(*neutral_head(woman=True), Poser().requires_grad_(requires_grad=False))


def motion(seed: int) -> torch.Tensor:
    """Return slow motion (K, 18) in standard deviations at 50 Hz."""
    times = torch.arange(FRAMES // 4) / 50
    phase = 6.28 * torch.rand(18, generator=torch.Generator().manual_seed(seed))
    return 1.5 * torch.sin(9 * times[:, None] + phase)


def said_by(tract: Tract, z: torch.Tensor) -> Recording:
    """Return what a head says with some motion, with the sources that it used."""
    breath = Breath(torch.full((FRAMES,), 0.05), torch.full((FRAMES,), 8000.0), np.full(FRAMES, 200.0))
    sources = tract.synth.sources(breath.pitch, FRAMES, np.random.default_rng(0))
    coils = torch.nn.functional.interpolate(
        z[:, tract_distance.COILS].T[None], size=4 * len(z) - 3, mode="linear", align_corners=True)[0].T
    coils = torch.cat([coils, coils[-1:].expand(3, -1)])
    shape = tract.synth.shape(tract.prior.controls(tract.poser(coils)))
    sound = tract.synth.sound(shape, breath.glottis, breath.pressure, sources)
    assert len(sound) == FRAMES * HOP
    return Recording(torch.zeros(len(z), 4), z.numpy(), sound, woman=True, breath=breath, sources=sources)


@torch.no_grad()
def test_the_distance_is_0_for_the_motion_that_made_the_sound_and_more_for_another(tract):
    recording = said_by(tract, motion(0))
    own, _ = tract_distance.distance(tract, motion(0), recording, 0)
    other, _ = tract_distance.distance(tract, motion(1), recording, 0)
    assert float(own) == pytest.approx(0, abs=0.05)
    assert float(other) > 4 * float(own)


class Network(torch.nn.Module):
    """A network that returns its one parameter and one that never changes it."""

    def __init__(self, z: torch.Tensor) -> None:
        super().__init__()
        self.readout = torch.nn.Parameter(z.clone())
        self.dense = torch.nn.Parameter(torch.zeros(1))

    def forward(self, *_: torch.Tensor) -> torch.Tensor:
        return (self.readout + self.dense)[None]


def test_adaptation_moves_the_named_layers_towards_the_sound(tract):
    recording = said_by(tract, motion(0))
    before = Network(0.7 * motion(0))
    after, history = adapt_by_tract.adapted(before, [recording], lambda _: tract, Setting("readout", 0.02, 0.0, 0.0, steps=8), 0)
    assert history[-1] < 0.85 * history[0]
    assert float(after.dense.detach()) == 0
    assert torch.equal(before.readout, 0.7 * motion(0)), "the network itself stays as it was"


def test_a_heavy_anchor_keeps_the_motion(tract):
    recording = said_by(tract, motion(0))
    before = Network(0.7 * motion(0))
    free, held = (adapt_by_tract.adapted(before, [recording], lambda _: tract, Setting("readout", 0.02, weight, 0.0, steps=3), 0)[0]
                  for weight in (0.0, 1e4))
    change = [float((network.readout - before.readout).detach().square().mean()) for network in (free, held)]
    assert change[1] < 0.5 * change[0]


def test_a_small_network_learns_the_posture(tract):
    coils = torch.randn(400, 14, generator=torch.Generator().manual_seed(0))
    network, explained = tract_distance.learned_pose(0.3 * coils, tract.synth, tract.prior, 200)
    assert 0.5 < explained <= 1
    assert network(coils).shape == (400, 13)


def test_a_recording_has_sources_for_each_frame(tract):
    model = load()
    sound = said_by(tract, motion(0)).sound.numpy()
    made = tract_distance.recording(sound / np.abs(sound).max(), model.features, model.facts.rate)
    assert made.woman
    assert len(made.breath.pitch) == FRAMES
    assert made.sources.flow.shape == (FRAMES * HOP,)
    assert made.acoustics.shape[1] == model.facts.n_in


def test_the_summary_has_the_gain_and_the_distance_of_the_first_and_last_steps():
    found = adapt_by_tract.summary(np.array([[0.5, 0.6], [0.7, 0.7]]), [[6, 5, 4, 3, 2], [8, 5, 4, 3, 4]])
    assert found["gain"] == {"mean": pytest.approx(0.05), "low": pytest.approx(0), "high": pytest.approx(0.1), "better": 1}
    assert (found["before"], found["db_first"], found["db_last"]) == (pytest.approx(0.6), 7, 3)


def test_the_command_adds_each_part_to_the_figures_of_the_pages(tmp_path, monkeypatch, capsys):
    bench = SimpleNamespace(fit_of_poses={"woman": 0.99, "man": 0.98})
    monkeypatch.setattr(adapt_by_tract, "Bench", lambda _: bench)
    row = adapt_by_tract.summary(np.array([[0.5, 0.6], [0.7, 0.7], [0.7, 0.7]]), [[6, 5, 4, 3, 2]]) | {"seeds": 2}
    best = list(adapt_by_tract.SETTINGS)[-1]

    def measured(part, bench, sound, chosen):
        if part != "choose":
            assert chosen == best
            return {"chosen": row}
        return {name: row if name == best else row | {"gain": row["gain"] | {"mean": 0.0}} for name in adapt_by_tract.SETTINGS}

    monkeypatch.setattr(adapt_by_tract, "measured", measured)
    (tmp_path / "metrics").mkdir()
    with pytest.raises(adapt_by_tract.BadData, match="holds no choice of a setting; run `python -m experiments"):
        adapt_by_tract.main("real", tmp_path, Workspace(tmp_path))
    for part in ("choose", "confirm", "pool", "real"):
        adapt_by_tract.main(part, tmp_path, Workspace(tmp_path))
    content = json.loads((tmp_path / "metrics/adapt_by_tract.json").read_text())
    assert (set(content["choose"]), content["chosen"]) == (set(adapt_by_tract.SETTINGS), best)
    assert content["real"]["chosen"]["gain"] == pytest.approx(row["gain"], abs=1e-6)
    assert capsys.readouterr().out.count("1 of 3") == len(adapt_by_tract.SETTINGS) + 3
    assert pages_without_source(tmp_path, "adapt_by_tract") == []


def test_a_folder_without_sound_is_reported(tmp_path):
    with pytest.raises(adapt_by_tract.BadData, match="holds no sound file; name another folder"):
        adapt_by_tract.unlabelled(tmp_path, None, 5)
