"""Measure what fine-tuning on unlabelled sound through the vocal tract adds to the universal model, the sound alone.

Run as `python -m experiments.adapt_by_tract {choose,confirm,pool,real}` after `python -m experiments.speaker_seconds`, which
synthesizes the speakers. The last layers of the network learn to reduce the distance between speech and its re-synthesis: motion ->
posture of a neutral woman or man (a small network that has learned `pose`) -> sound, with sources estimated from the sound;
penalties keep the motion near that of the model as it was and the posture near the mean. `choose` compares settings on six
women, each adapted with other sentences of that speaker; `confirm` repeats the best one on six men; `pool` adapts
with the sound of the first six and tests the other six; `real` adapts with a folder of real speech (`--sound`) and tests the
recordings in data/real. The results are written to metrics/adapt_by_tract.json, which each part completes.
"""

import argparse
import copy
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.formats import stream
from artinv.inversion.model import load
from artinv.learn.inverter import Inverter
from artinv.measure.bootstrap import interval, resample
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import BadData, gate
from artinv.runtime.progress import track
from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.synth.fitting.resynthesis import neutral_head
from experiments import new_speakers
from experiments.refine_by_tract import COILS, real
from experiments.speaker_seconds import TESTS
from experiments.tract_distance import PIECE, Recording, Tract, distance, learned_pose, recording

BATCH, OTHERS, POSED = 4, 20, 8
"""Pieces in a step; sentences of a synthetic speaker for adaptation, and of these for the network that learns postures."""


class Setting(NamedTuple):
    """How the network is adapted."""

    layers: str  # names of the parameters that change contain it
    lr: float
    anchor: float  # weight of the squared distance from the motion before, in standard deviations
    prior: float = 0.02  # weight of the squared distance from the mean posture
    steps: int = 40


SETTINGS = {"readout": Setting("readout", 1e-3, 0.3), "all layers": Setting("", 2e-4, 0.3)}


def predicted(network: nn.Module, acoustics: Tensor) -> Tensor:
    """Return motion (K, 18) in standard deviations."""
    return network(acoustics[None], torch.tensor([len(acoustics)]))[0]


def adapted(
    network: nn.Module, recordings: Sequence[Recording], tracts: Callable[[bool], Tract], setting: Setting, seed: int,
) -> tuple[nn.Module, list[float]]:
    """Return an adapted copy of a network, and the spectral distance in dB of each step."""
    after = copy.deepcopy(network)
    for name, parameter in after.named_parameters():
        parameter.requires_grad_(setting.layers in name)
    with torch.no_grad():
        before = [predicted(network, one.acoustics) for one in recordings]
    chosen = [parameter for parameter in after.parameters() if parameter.requires_grad]
    optimizer, rng, history = torch.optim.Adam(chosen, setting.lr), np.random.default_rng(seed), []
    for _ in range(setting.steps):
        optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for number in rng.integers(len(recordings), size=BATCH):
            one = recordings[number]
            z = predicted(after, one.acoustics)
            first = int(rng.integers(max(len(one.breath.pitch) - PIECE, 0) // 4 + 1)) * 4
            db, posture = distance(tracts(one.woman), z, one, first)
            loss = db + setting.prior * posture + setting.anchor * (z - before[number])[:, COILS].square().mean()
            (loss / BATCH).backward()
            total += db.item() / BATCH
        nn.utils.clip_grad_norm_(chosen, 1.0)
        optimizer.step()
        history.append(total * 10 / np.log(10))
    return after.requires_grad_(requires_grad=False), history


@torch.no_grad()
def pearson(network: nn.Module, tests: Sequence[Recording]) -> float:
    """Return the mean Pearson correlation of the coils over recordings with known motion."""
    return float(np.mean([one.pearson(predicted(network, one.acoustics)[:, COILS].numpy()) for one in tests]))


class Bench:
    """What all parts share: the model, the heads, the speakers."""

    def __init__(self, workspace: Workspace) -> None:
        """Load the model."""
        self.workspace, inverter = workspace, Inverter.load(workspace.universal)
        self.network, self.rate = inverter.network.eval().requires_grad_(requires_grad=False), inverter.rate
        self.features = FeatureParams.of(inverter.features, "the model's metadata")
        self.tracts, self.fit_of_poses = cache(self._tract), {}

    def _tract(self, woman: bool) -> Tract:
        """Return a neutral head with a network that has learned its postures of motion that the model predicts."""
        synth, prior = neutral_head(woman)
        rng, parts = np.random.default_rng(0), []
        for speaker in self.speakers(slice(6)):
            for one in speaker[1][:POSED]:
                with torch.no_grad():
                    z = predicted(self.network, one.acoustics)[::2, COILS]
                parts.append(z + 0.3 * torch.from_numpy(rng.standard_normal(z.shape).astype(np.float32)))
        poser, self.fit_of_poses["woman" if woman else "man"] = learned_pose(torch.cat(parts), synth, prior, 2000)
        return Tract(synth, prior, poser)

    @cache  # noqa: B019 -- one bench lives as long as the command
    def _all(self) -> list[tuple[list[Recording], list[Recording]]]:
        params = PopulationFeatureParams.load(self.workspace.params)
        rows = []
        for _, utterances in new_speakers.read(self.workspace):
            spoken = [recording(one.sound, self.features, self.rate, one.motion)
                      for one in new_speakers.apart(utterances[: TESTS + OTHERS], params)]
            rows.append((spoken[:TESTS], spoken[TESTS:]))
        return rows

    def speakers(self, part: slice) -> list[tuple[list[Recording], list[Recording]]]:
        """Return test sentences and other sentences of some of the new speakers."""
        return self._all()[part]

    def gains(self, setting: Setting, part: slice, seeds: Sequence[int]) -> dict[str, object]:
        """Adapt the network to each speaker with other sentences; return Pearson before and after."""
        rows, histories = [], []
        for tests, others in track(self.speakers(part), "adapt", len(self.speakers(part))):
            made = [adapted(self.network, others, self.tracts, setting, seed) for seed in seeds]
            rows.append([pearson(self.network, tests), np.mean([pearson(network, tests) for network, _ in made])])
            histories += [history for _, history in made]
        return summary(np.array(rows), histories) | {"seeds": len(seeds)}

    def shared(self, others: Sequence[Recording], groups: Sequence[Sequence[Recording]], setting: Setting, seeds: Sequence[int],
               ) -> dict[str, object]:
        """Adapt the network with recordings; return Pearson before and after on groups of other recordings."""
        made = [adapted(self.network, others, self.tracts, setting, seed) for seed in track(seeds, "adapt", len(seeds))]
        rows = [[pearson(self.network, tests), np.mean([pearson(network, tests) for network, _ in made])] for tests in groups]
        return summary(np.array(rows), [history for _, history in made]) | {"seeds": len(seeds)}


def summary(rows: np.ndarray, histories: Sequence[Sequence[float]], draws: int = 2000) -> dict[str, object]:
    """Return the means of rows (speakers, before and after), the gain with an interval over speakers, and mean distances in dB."""
    gain = rows[:, 1] - rows[:, 0]
    low, high = interval(resample(gain[:, None], draws, 0), len(gain))
    fifth = max(len(histories[0]) // 5, 1)
    return {"before": float(rows[:, 0].mean()), "after": float(rows[:, 1].mean()), "speakers": len(rows),
            "gain": {"mean": float(gain.mean()), "low": float(low[0]), "high": float(high[0]), "better": int((gain > 0).sum())},
            "gains": gain.tolist(), "db_first": float(np.mean([history[:fifth] for history in histories])),
            "db_last": float(np.mean([history[-fifth:] for history in histories]))}


def unlabelled(folder: Path, bench: Bench, count: int) -> list[Recording]:
    """Return evenly chosen recordings of a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in stream.ENDINGS)
    if not paths:
        raise BadData(f"{folder}: holds no sound file; name another folder")
    chosen = [paths[number] for number in np.unique(np.linspace(0, len(paths) - 1, count).round().astype(int))]
    sounds = [np.concatenate(list(stream.blocks(path, SOUND_RATE, stream.BLOCK))) for path in chosen]
    return [recording(sound, bench.features, bench.rate) for sound in sounds]


def measured(part: str, bench: Bench, sound: Path, chosen: str) -> dict[str, dict]:
    """Return the results of one part, by setting; `chosen`: the setting of all parts but the choice."""
    setting = SETTINGS[chosen]
    if part == "choose":
        return {name: bench.gains(each, slice(6), [0]) for name, each in SETTINGS.items()}
    if part == "confirm":
        return {"chosen": bench.gains(setting, slice(6, None), [0])}
    longer = setting._replace(steps=2 * setting.steps)
    if part == "pool":
        others = [one for _, own in bench.speakers(slice(6)) for one in own]
        return {"chosen": bench.shared(others, [tests for tests, _ in bench.speakers(slice(6, None))], longer, [0, 1])}
    tests = [[recording(case.sound, bench.features, bench.rate, case.motion)] for case in real(load(), bench.workspace)]
    return {"chosen": bench.shared(unlabelled(sound, bench, 120), tests, longer, [0, 1, 2])}


def main(part: str, sound: Path, workspace: Workspace) -> None:
    """Measure one part, add it to the metrics file and print it; after `choose`, the setting with the largest gain is chosen."""
    torch.set_num_threads(1)
    bench, path = Bench(workspace), workspace.metrics / "adapt_by_tract.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if part != "choose" and "choose" not in content:
        raise BadData(f"{path}: holds no choice of a setting; run `python -m experiments.adapt_by_tract choose` first")
    content |= {part: measured(part, bench, sound, content.get("chosen", next(iter(SETTINGS))))}
    gains = {name: row["gain"]["mean"] for name, row in content["choose"].items()}
    explained = content.get("posture_variance", {}) | bench.fit_of_poses
    facts = {"chosen": max(gains, key=gains.__getitem__), "posture_variance": explained}
    write_json(path, content | facts | stamp("mixed", seed=0))
    table = [[part, "before", "after", "better", "dB first", "dB last"]]
    table += [[name, f"{row['before']:.3f}", f"{row['after']:.3f}", f"{row['gain']['better']} of {row['speakers']}",
               f"{row['db_first']:.2f}", f"{row['db_last']:.2f}"] for name, row in content[part].items()]
    print("\n".join(aligned(table)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.adapt_by_tract")
    parser.add_argument("part", choices=("choose", "confirm", "pool", "real"))
    parser.add_argument("--sound", type=Path, default=Path("../shared/real/speechocean/sound"), help="folder of real speech")
    given = parser.parse_args()
    with gate():
        main(given.part, given.sound, Workspace())
