"""Measure an encoder from sound to the 13 controls of the tract, trained on synthetic pairs and on unlabelled speech.

Run as `python -m experiments.encoder_by_tract {train,choose,confirm,real}` after `make sim2real` and `python -m
experiments.speaker_seconds`, which synthesize the speakers. `train` teaches three encoders (seeds) the controls of the
population, from sound alone. The other parts go on for some steps with the synthetic pairs and, by a weight, with the distance
between unlabelled speech and its re-synthesis by a neutral head; weight 0 has the same steps with pairs alone. `choose` compares
weights on six new women, with other sentences of theirs as unlabelled speech; `confirm` repeats the best one on six men; `real`
takes a folder of real speech (`--sound`) and tests the recordings in data/real with all weights, since speech of the population
cannot tell what the population lacks. "mean" is the mean of the encoder's motion and that of the universal model. The results
are written to metrics/encoder_by_tract.json, which each part completes.
"""

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.inversion.model import load
from artinv.learn.batches import Pool
from artinv.measure import metrics
from artinv.measure.bootstrap import interval, resample
from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track
from experiments.adapt_by_tract import Bench, pearson, predicted, unlabelled
from experiments.refine_by_tract import COILS, real
from experiments.tract_distance import Recording, recording
from experiments.tract_encoder import COLUMNS, FOLDER, Head, adapted, encoder_of, pairs, trained, write_pairs

SEEDS = (0, 1, 2)
WEIGHTS = {"without": 0.0, "light": 0.1, "middle": 0.3, "heavy": 1.0}
"""Weights of the spectral distance, a natural logarithm, beside the loss of the synthetic pairs."""

STEPS, SOUNDS = 120, 120
"""Steps; files of a folder of speech."""


@torch.no_grad()
def scores(network: nn.Module, model: nn.Module, tests: Sequence[Recording]) -> tuple[float, float]:
    """Return the mean Pearson over the coils of recordings of a speaker: of an encoder, and of its mean with the model."""
    rows = []
    for one in tests:
        assert one.motion is not None
        own = Head.of(one.woman).coils(predicted(network, one.acoustics)[:, COLUMNS])
        both = (own + predicted(model, one.acoustics)[:, COILS]) / 2
        frames = min(len(own), len(one.motion))
        rows.append([np.nanmean(metrics.pearson(one.motion[:frames, COILS], guess[:frames].numpy())) for guess in (own, both)])
    alone, mean = np.mean(rows, axis=0)
    return float(alone), float(mean)


class Part(NamedTuple):
    """Unlabelled sounds, groups of recordings with known motion, one for each speaker, and what is compared."""

    sounds: list[Recording]
    groups: list[list[Recording]]
    weights: tuple[str, ...]
    seeds: tuple[int, ...]


def part_of(name: str, bench: Bench, sound: Path, chosen: str) -> Part:
    """Return the material of a part."""
    if name == "real":
        groups = [[recording(case.sound, bench.features, bench.rate, case.motion)] for case in real(load(), bench.workspace)]
        return Part(unlabelled(sound, bench, SOUNDS), groups, tuple(WEIGHTS), SEEDS)
    speakers = bench.speakers(slice(6) if name == "choose" else slice(6, None))
    sounds, groups = [one for _, others in speakers for one in others], [tests for tests, _ in speakers]
    if name == "choose":
        return Part(sounds, groups, tuple(WEIGHTS), SEEDS[:1])
    return Part(sounds, groups, ("without", chosen), SEEDS)


def of_seed(workspace: Workspace, part: Part, model: nn.Module, work: tuple[int, str]) -> tuple[np.ndarray, list[float]]:
    """Return scores (before and after, speakers, alone and mean) of the encoder of a seed and a weight, and the distances in dB."""
    torch.set_num_threads(1)
    seed, weight = work
    before, known = encoder_of(workspace, seed), Pool(pairs(workspace, valid=False))
    after, history = adapted(before, known, part.sounds, weight=WEIGHTS[weight], seed=seed, steps=STEPS)
    return np.array([[scores(network, model, tests) for tests in part.groups] for network in (before, after)]), history


def measured(workspace: Workspace, part: Part, model: nn.Module) -> dict[str, dict]:
    """Return the results of one part: of the model, of the encoders before, and after steps with each weight."""
    work = [(seed, weight) for weight in part.weights for seed in part.seeds]
    made = list(track(imap(partial(of_seed, workspace, part, model), work), "steps", len(work)))
    found = {"model": {"pearson": float(np.mean([pearson(model, tests) for tests in part.groups]))}}
    without = np.array([rows[1] for rows, _ in made[: len(part.seeds)]])
    found["pairs"] = summary(np.array([rows[0] for rows, _ in made[: len(part.seeds)]]), without)
    for number, weight in enumerate(part.weights):
        own = made[number * len(part.seeds):(number + 1) * len(part.seeds)]
        found[weight] = summary(np.array([rows[1] for rows, _ in own]), without) | distances([history for _, history in own])
    return found


def summary(rows: np.ndarray, without: np.ndarray, draws: int = 2000) -> dict[str, object]:
    """Return means of scores (seeds, speakers, alone and mean), and gains over those without re-synthesis, with intervals."""
    gain = (rows - without).mean(0)
    low, high = interval(resample(gain, draws, 0), len(gain))
    gains = [{"mean": float(gain[:, column].mean()), "low": float(low[column]), "high": float(high[column])} for column in (0, 1)]
    return {"pearson": float(rows[..., 0].mean()), "mean": float(rows[..., 1].mean()), "gain": gains[0], "gain_of_mean": gains[1],
            "by_seed": rows[..., 0].mean(1).tolist(), "speakers": rows.shape[1]}


def distances(histories: Sequence[Sequence[float]]) -> dict[str, float]:
    """Return the mean distance in dB of the first and of the last fifth of the steps; nothing without re-synthesis."""
    table = np.array(histories)
    fifth = max(table.shape[1] // 5, 1)
    return {} if np.isnan(table).all() else {"db_first": float(table[:, :fifth].mean()), "db_last": float(table[:, -fifth:].mean())}


def main(name: str, sound: Path, workspace: Workspace) -> None:
    """Measure one part, add it to the metrics file and print it; after `choose`, the weight with the largest gain is chosen."""
    torch.set_num_threads(1)
    path = workspace.metrics / "encoder_by_tract.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if name == "train":
        write_pairs(workspace, workspace.root / FOLDER / "pairs")
        content |= {"valid_loss": list(imap(partial(trained, workspace), SEEDS)), "steps": STEPS, "sounds": SOUNDS}
    elif name != "choose" and "choose" not in content:
        raise BadData(f"{path}: holds no choice of a weight; run `python -m experiments.encoder_by_tract choose` first")
    else:
        bench = Bench(workspace)
        content[name] = measured(workspace, part_of(name, bench, sound, content.get("chosen", "")), bench.network)
        gains = {weight: content["choose"][weight]["gain"]["mean"] for weight in WEIGHTS if WEIGHTS[weight]}
        content["chosen"] = max(gains, key=gains.__getitem__)
        print("\n".join(aligned([["", "encoder", "mean", "gain"], *map(row, content[name].items())])))
    write_json(path, content | stamp("mixed", seed=0))


def row(item: tuple[str, dict]) -> list[str]:
    """Return a row of the printed table."""
    title, values = item
    gain = values.get("gain")
    between = f"{gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]" if gain else ""
    return [title, f"{values['pearson']:.3f}", f"{values.get('mean', np.nan):.3f}", between]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.encoder_by_tract")
    parser.add_argument("part", choices=("train", "choose", "confirm", "real"))
    parser.add_argument("--sound", type=Path, default=Path("../shared/real/speechocean/sound"), help="folder of real speech")
    given = parser.parse_args()
    with gate():
        main(given.part, given.sound, Workspace())
