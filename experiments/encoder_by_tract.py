"""Measure an encoder from sound to the 13 controls of the tract, trained on synthetic pairs and on unlabelled speech.

Run as `python -m experiments.encoder_by_tract {train,synthetic,real}` after `make sim2real` and `python -m
experiments.speaker_seconds`, which synthesize the speakers. `train` trains encoders of three seeds on the controls of the
population, from sound alone, and, for comparison, equal networks on its motion. The other parts continue the training of the
encoders for some steps on the synthetic pairs and, by a weight, on the distance between unlabelled speech and its re-synthesis
by a neutral head; without it, the same steps use pairs alone. `synthetic` tests 12 new synthetic speakers, with other sentences
of theirs as unlabelled speech; `real` tests the recordings in data/real with a folder of real speech (`--sound`). The results are
written to metrics/encoder_by_tract.json, which each part completes.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import torch
from torch import nn

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.inversion.model import load
from artinv.learn.batches import Pool
from artinv.learn.universal import UniversalParams
from artinv.measure.bootstrap import interval, resample
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track
from artinv.synth.corpus.population import PopulationParams
from experiments import new_speakers
from experiments.adapt_by_tract import Bench, predicted, unlabelled
from experiments.refine_by_tract import COILS, real
from experiments.tract_distance import PIECE, Recording, recording
from experiments.tract_encoder import COLUMNS, Head, Kind, Steps, adapted, network_of, pairs, resynthesis, trained, write_pairs

SEEDS = (0, 1, 2)
WEIGHTS = {"without": 0.0, "light": 0.1, "middle": 0.3, "heavy": 1.0}
"""Weights of the spectral distance beside the loss of the pairs."""

STEPS = 120
SOUNDS = 120
"""Files of a folder of speech."""

FEWEST = 6
"""An interval over speakers needs so many."""


class Part(NamedTuple):
    """Unlabelled sounds, and by the name of a speaker or of a recording what is tested."""

    sounds: list[Recording]
    tests: dict[str, list[Recording]]


def part_of(name: str, bench: Bench, sound: Path) -> Part:
    """Return the material of a part."""
    if name == "real":
        tests = {case.speaker: [recording(case.sound, bench.features, bench.rate, case.motion)]
                 for case in real(load(), bench.workspace)}
        return Part(unlabelled(sound, bench, SOUNDS), tests)
    speakers = bench.speakers(slice(None))
    names = new_speakers.names(PopulationParams.load(bench.workspace.params), len(speakers))
    return Part([one for _, others in speakers for one in others],
                {name: own for name, (own, _) in zip(sorted(names), speakers, strict=True)})


def steps_of(workspace: Workspace, part: Part, work: tuple[str, int]) -> nn.Module:
    """Return the encoder of a seed after steps with a weight."""
    torch.set_num_threads(1)
    (weight, seed), params = work, UniversalParams.load(workspace.params)
    known = Pool(pairs(workspace, "controls", valid=False))
    steps = Steps(WEIGHTS[weight], STEPS, seed, params.train.alpha)
    return adapted(network_of(workspace, "controls", seed), known, part.sounds, heads_of(workspace), steps)


def heads_of(workspace: Workspace) -> Callable[[bool], Head]:
    """Return a function from `woman` to the neutral head."""
    return cache(partial(Head.neutral, PopulationFeatureParams.load(workspace.params)))


@torch.no_grad()
def coils(network: nn.Module, kind: Kind, sound: Recording, heads: Callable[[bool], Head]) -> np.ndarray:
    """Return the coils (K, 14), in standard deviations, that a network predicts from a sound."""
    z = predicted(network, sound.acoustics)
    return (z[:, COILS] if kind == "motion" else heads(sound.woman).coils(z[:, COLUMNS])).numpy()


@torch.no_grad()
def distance(network: nn.Module, sound: Recording, heads: Callable[[bool], Head]) -> float:
    """Return the distance in dB of the middle of a sound from its re-synthesis."""
    middle = max(len(sound.breath.pitch) - PIECE, 0) // 8 * 4
    return resynthesis(network, sound, middle, heads(sound.woman))[0].item() * 10 / np.log(10)


def scores(networks: Sequence[nn.Module], kind: Kind, part: Part, model: nn.Module, heads: Callable[[bool], Head]) -> dict:
    """Return Pearson of networks of several seeds: single, of their mean, of it and the model; the distance of each first test."""
    single, mean, both = [], [], []
    for sounds in part.tests.values():
        guesses = [np.array([coils(network, kind, sound, heads) for network in networks]) for sound in sounds]
        usual = [coils(model, "motion", sound, heads) for sound in sounds]
        each = list(zip(sounds, guesses, usual, strict=True))
        single.append(np.mean([[sound.pearson(guess) for guess in own] for sound, own, _ in each], axis=0))
        mean.append(np.mean([sound.pearson(own.mean(0)) for sound, own, _ in each]))
        both.append(np.mean([sound.pearson((own.mean(0) + other) / 2) for sound, own, other in each]))
    rows = np.array(single)
    found = {"single": float(rows.mean()), "of": dict(zip(part.tests, rows.mean(1).tolist(), strict=True)),
             "by_seed": dict(zip(map(str, SEEDS), rows.mean(0).tolist(), strict=True)),
             "mean": float(np.mean(mean)), "with_model": float(np.mean(both))}
    if kind == "controls":
        every = [distance(network, sounds[0], heads) for sounds in part.tests.values() for network in networks]
        found["db"] = float(np.mean(every))
    return found


def gains(after: Mapping[str, float], without: Mapping[str, float], draws: int = 2000) -> dict[str, object]:
    """Return the gain of each test and their mean, with an interval where there are enough of them."""
    each = {name: after[name] - without[name] for name in without}
    values = np.array(list(each.values()))
    found = {"mean": float(values.mean()), "of": each}
    if len(values) < FEWEST:
        return found
    low, high = interval(resample(values[:, None], draws, 0), len(values))
    return found | {"low": float(low[0]), "high": float(high[0])}


def measured(workspace: Workspace, part: Part, model: nn.Module) -> dict[str, dict]:
    """Return the results of one part: the model, networks that learned motion, encoders, and these after steps."""
    work, heads = list(product(WEIGHTS, SEEDS)), heads_of(workspace)
    made = dict(zip(work, track(imap(partial(steps_of, workspace, part), work), "steps", len(work)), strict=True))
    usual = [sound.pearson(coils(model, "motion", sound, heads)) for sounds in part.tests.values() for sound in sounds]
    found: dict[str, dict] = {"model": {"mean": float(np.mean(usual))}}
    for kind in get_args(Kind):
        found[kind] = scores([network_of(workspace, kind, seed) for seed in SEEDS], kind, part, model, heads)
    for weight in WEIGHTS:
        found[weight] = scores([made[weight, seed] for seed in SEEDS], "controls", part, model, heads)
        found[weight]["gain"] = gains(found[weight]["of"], found["without"]["of"])
    return found


def main(name: str, sound: Path, workspace: Workspace) -> None:
    """Measure one part, add it to the metrics file and print it."""
    torch.set_num_threads(1)
    path = workspace.metrics / "encoder_by_tract.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if name == "train":
        write_pairs(workspace)
        work = list(product(get_args(Kind), SEEDS))
        lost = track(imap(partial(trained, workspace), work), "train", len(work))
        losses = {f"{kind}-{seed}": loss for (kind, seed), loss in zip(work, lost, strict=True)}
        content = {"accents": PopulationParams.load(workspace.params).accents, "valid_loss": losses}
    elif "valid_loss" not in content:
        raise BadData(f"{path}: holds no trained encoder; run `python -m experiments.encoder_by_tract train` first")
    else:
        bench = Bench(workspace)
        content |= {name: measured(workspace, part_of(name, bench, sound), bench.network), "steps": STEPS, "sounds": SOUNDS}
        print("\n".join(aligned([["", "single", "mean", "with model", "dB"], *map(row, content[name].items())])))
    write_json(path, content | stamp("mixed", seed=0))


def row(item: tuple[str, dict]) -> list[str]:
    """Return a row of the printed table."""
    title, values = item
    cells = [f"{values[key]:.3f}" if key in values else "" for key in ("single", "mean", "with_model")]
    return [title, *cells, f"{values['db']:.2f}" if "db" in values else ""]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.encoder_by_tract")
    parser.add_argument("part", choices=("train", "synthetic", "real"))
    parser.add_argument("--sound", type=Path, default=Path("../shared/real/speechocean/sound"), help="folder of real speech")
    given = parser.parse_args()
    with gate():
        main(given.part, given.sound, Workspace())
