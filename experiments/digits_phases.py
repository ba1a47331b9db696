"""Compare ways to get the phases of generated digits, over several trainings: whether `cwgan2` gains by its own ones.

Run as `python -m experiments.digits_phases [--kinds cwgan1 cwgan2] [--seeds 5] [--variants weight consistency]` after
`experiments.digits_seeds`, whose models it judges; `--pipeline` judges those of `make digits` instead, one seed, and trains
variants as long as they were. Ways:

| way | phases |
|---|---|
| own | integrated from the generated advances, as the pipeline does |
| locked | the same after advances were averaged over neighbouring frequencies, weighted by power |
| own + N, locked + N | N iterations of Griffin-Lim that start from these |
| random + N | N iterations that start from random phases, as the pipeline does for generators without phases |

`--variants` trains `cwgan2` again with the seeds, sounds and steps of `experiments.digits_seeds`: `weight` shows the critic
advances of a smaller weight, `consistency` adds the disagreement of generated levels and phases to the loss, as `cwgan4` does with
real phases. Everything measured is added to metrics/digits/phases.json.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.digits import adversarial, spectra
from artinv.digits.choices import EvaluationParams
from artinv.digits.evaluation import References
from artinv.digits.generators import Drawn, Kind, Model
from artinv.digits.sounds import Clips, load
from artinv.digits.words import DIGITS
from artinv.digits.workspace import DigitsFiles
from artinv.digits.yardstick import Yardstick
from artinv.runtime.errors import BadData, gate
from experiments.digits_seeds import model_of, settings_of

ITERATIONS = 4, 32
WEIGHT = 0.3
"""Weight of the advances in the images of the variant `weight`."""
SHARE = 10.0
"""Weight of the disagreement in the loss of the variant `consistency`, as `adversarial.consistency` of cwgan4."""

VARIANTS = "weight", "consistency"
REFERENCE = "cwgan1, random + 32"
"""The row that own phases should not be worse than."""

_MOMENTUM = 0.99
_TINY = 1e-9
_NEIGHBOURS = 2  # frequencies on either side that belong to one partial: the main lobe of a Hann window has four


def refined(amplitude: Tensor, phase: Tensor, iterations: int) -> Tensor:
    """Return sounds (B, 6048) by the fast Griffin-Lim algorithm from given phases; 0 iterations: with these phases."""
    estimate = before = spectra.combined(amplitude, phase)
    for _ in range(iterations):
        consistent = spectra.spectrum(spectra.inverse(estimate))
        pushed = consistent + _MOMENTUM * (consistent - before)
        before = consistent
        estimate = amplitude * pushed / pushed.abs().clamp(min=_TINY)
    return spectra.at_peak(spectra.inverse(estimate))


def locked(phase: Tensor, amplitude: Tensor) -> Tensor:
    """Return phases (B, 129, 64) whose steps from frame to frame are averaged over neighbouring frequencies, weighted by power.

    The frequencies of one partial then keep their relation, which independent errors of the steps destroy over many frames.
    """
    steps = torch.polar(amplitude[..., 1:] * amplitude[..., :-1], phase.diff(dim=-1))
    window = torch.hann_window(2 * _NEIGHBOURS + 3, periodic=False)[1:-1].repeat(1, 1, 1)
    parts = torch.view_as_real(steps).movedim(-1, 0).movedim(-2, -1)  # (2, B, 63, 129)
    smooth = functional.conv1d(parts.reshape(-1, 1, parts.shape[-1]), window, padding=_NEIGHBOURS).reshape(parts.shape)
    total = functional.pad(torch.atan2(smooth[1], smooth[0]).movedim(-1, -2), (1, 0)).cumsum(-1)
    loudest = amplitude.square().sum(1).argmax(-1)[:, None, None].expand(-1, phase.shape[1], 1)
    return total + (phase - total).gather(2, loudest)


def ways_of(drawn: Drawn) -> Iterator[tuple[str, Tensor]]:
    """Yield the name and the sounds (B, 6048) of each way."""
    amplitude = spectra.amplitudes(drawn.levels)
    for count in ITERATIONS:
        yield f"random + {count}", spectra.griffin_lim(amplitude, count)
    if drawn.phase is not None:
        for name, phase in (("own", drawn.phase), ("locked", locked(drawn.phase, amplitude))):
            for count in (0, *ITERATIONS):
                yield f"{name} + {count}" if count else name, refined(amplitude, phase, count)


def measured(model: Model, references: References, params: EvaluationParams, seed: int) -> dict[str, dict[str, float]]:
    """Return the scores of a model's sounds by way."""
    digits = np.tile(np.arange(DIGITS), params.sounds)
    drawn = model.draw(digits, seed)
    scores = {}
    for name, sound in ways_of(drawn):
        own = references.phase_scores(drawn, sound, digits)
        scores[name] = {"accuracy": own.accuracy, "disagreement": own.disagreement, "to_real": own.to_real}
    return scores


class Lighter(adversarial._Images):  # noqa: SLF001 -- a variant of that class
    """Real images whose advances have a smaller weight; their angles, and so the phases, stay the same."""

    def __init__(self, clips: Clips, experiment: int, device: torch.device) -> None:
        super().__init__(clips, experiment, device)
        self.images[:, 1:] *= WEIGHT


def own_disagreement(fake: Tensor, *_: object) -> Tensor:
    """Return how far generated levels with generated phases are from the spectrum of a sound, mean over the batch."""
    amplitude = spectra.amplitudes(fake[:, 0])
    return spectra.inconsistency(amplitude, spectra.integrated(fake[:, 1:] + _TINY, amplitude)).mean()


@contextmanager
def variant(name: str) -> Iterator[None]:
    """Train `cwgan2` in another way within this context."""
    if name == "weight":
        with mock.patch.object(adversarial, "_Images", Lighter):
            yield
        return

    def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        own(optimizer, loss + SHARE * missed.pop() if missed else loss)

    def disagreement(fake: Tensor, *_: object) -> Tensor:
        missed.append(own_disagreement(fake))
        return missed[0]

    own, missed = adversarial._descend, list[Tensor]()  # noqa: SLF001
    with mock.patch.object(adversarial, "_descend", descend), mock.patch.object(adversarial, "_disagreement", disagreement):
        yield


def trained(files: DigitsFiles, name: str, seed: int, train: Clips, facts: dict) -> Model:
    """Return `cwgan2` as a variant, trained or read; `facts` are the sounds and the share of the steps."""
    path = model_of(files, f"cwgan2-{name}", facts["sounds"], facts["share"], seed)
    if not path.exists():
        chosen = train.only(np.linspace(0, len(train) - 1, min(facts["sounds"], len(train))).astype(int))
        with variant(name):
            adversarial.fit("cwgan2", chosen, settings_of(files, facts["share"], seed)[2])[0].save(path)
    return Model.load(path, "cwgan2")


def summary(rows: list[dict]) -> dict[str, dict]:
    """Return median and range of each row over the seeds, and the number of seeds that are no worse than the reference.

    `no_worse` counts accuracy and distance from test sounds, `no_worse_in_all` also the distance from the generated levels.
    """
    values: dict[str, dict[int, dict[str, float]]] = {}
    for row in rows:
        for name, scores in row["ways"].items():
            values.setdefault(f"{row['model']}, {name}", {})[row["seed"]] = scores
    reference, table = values.get(REFERENCE, {}), {}
    for name, own in values.items():
        spreads = {key: {"median": float(np.median(each)), "low": min(each), "high": max(each)}
                   for key in ("accuracy", "disagreement", "to_real") for each in [[scores[key] for scores in own.values()]]}
        heard = [seed for seed in own if seed in reference and own[seed]["accuracy"] >= reference[seed]["accuracy"]
                 and own[seed]["to_real"] <= reference[seed]["to_real"]]
        agreeing = [seed for seed in heard if own[seed]["disagreement"] <= reference[seed]["disagreement"]]
        table[name] = spreads | {"seeds": len(own), "no_worse": len(heard), "no_worse_in_all": len(agreeing)}
    return table


def text_of(table: dict[str, dict], origin: str) -> str:
    """Return the comparison as text."""
    rows = [["", "accuracy", "from its levels, dB", "from a test sound, dB", "seeds", "no worse than cwgan1", "in all three"]]
    for name, own in table.items():
        cells = [f"{own[key]['median']:.{digits}f} [{own[key]['low']:.{digits}f}, {own[key]['high']:.{digits}f}]"
                 for key, digits in (("accuracy", 3), ("disagreement", 2), ("to_real", 2))]
        rows.append([name, *cells, str(own["seeds"]), str(own["no_worse"]), str(own["no_worse_in_all"])])
    return "\n".join([f"{origin.upper()} sounds, medians [least, greatest]", *aligned(rows)])


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", nargs="*", default=["cwgan1", "cwgan2"], choices=["cwgan1", "cwgan2"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--variants", nargs="*", default=[], choices=VARIANTS)
    parser.add_argument("--pipeline", action="store_true")
    options, files = parser.parse_args(), DigitsFiles()
    key = "pipeline" if options.pipeline else "seeds"
    path, own = files.seeds.with_name("phases.json"), files.data / "seeds.json"
    if not options.pipeline and not own.exists():
        raise BadData(f"{own}: is missing; run `python -m experiments.digits_seeds` first")
    judge, train, test = Yardstick.load(files.yardstick), load(files.sounds, "train"), load(files.sounds, "test")
    facts = {"sounds": len(train), "share": 1} if options.pipeline else json.loads(own.read_text(encoding="utf-8"))["facts"]
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    before = content.get(key, {})
    rows = before["rows"] if (before.get("facts"), before.get("yardstick")) == (facts, judge.mark) else []
    done = {(row["model"], row["seed"]) for row in rows}
    references, params = References.of(judge, train, test), EvaluationParams.load(files.params)
    names = [*options.kinds, *(f"cwgan2 {name}" for name in options.variants)]
    for seed, name in product(range(1 if options.pipeline else options.seeds), names):
        if (name, seed) not in done:
            kind, _, changed = name.partition(" ")
            path_of_kind = _file(files, kind, seed, facts, key)
            model = trained(files, changed, seed, train, facts) if changed else Model.load(path_of_kind, kind)
            rows = [*rows, {"model": name, "seed": seed, "ways": measured(model, references, params, seed)}]
            own_part = {"facts": facts, "yardstick": judge.mark, "rows": rows, "table": summary(rows)}
            content = {**content, key: own_part, **stamp(train.origin, seed=params.seed)}
            write_json(path, content)
            print(f"{name}, seed {seed}: done", flush=True)
    print(text_of(summary(rows), train.origin))


def _file(files: DigitsFiles, kind: Kind, seed: int, facts: dict, key: str) -> Path:
    return files.model(kind) if key == "pipeline" else model_of(files, kind, facts["sounds"], facts["share"], seed)


if __name__ == "__main__":
    with gate():
        main()
