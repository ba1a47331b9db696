"""Measure derivatives of the coils by the controls, and the searches from coils to controls that use them.

Run as `python -m benchmarks.coil_slopes [--frames 1000] [--repeats 10]`. `cost` is processor time on one thread relative to one
evaluation of the coils. Searches are measured on a sentence with noise of 0.5 mm; their cost grows with the number of frames.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.func import jvp, vmap

from artinv.speaking.voices import voice
from artinv.synth.fitting.coil_slopes import CoilSlopes
from artinv.synth.fitting.pose import pose
from artinv.synth.fitting.tracking import track
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose
from artinv.synth.tract.controls import CONTROLS
from artinv.synth.tract.geometry import Geometry

_STEP = 0.01


def finite(geometry: Geometry, controls: Tensor) -> Tensor:
    """Return finite differences (13, T, 14), all controls in one batch."""
    moved = controls + _STEP * torch.eye(len(CONTROLS)).unsqueeze(1)
    return (geometry.coils(moved) - geometry.coils(controls)) / _STEP


def forward(geometry: Geometry, controls: Tensor) -> Tensor:
    """Return the derivatives (13, T, 14) by forward differentiation, all controls in one batch."""
    return vmap(lambda unit: jvp(geometry.coils, (controls,), (unit.expand_as(controls),))[1])(torch.eye(len(CONTROLS)))


def backward(geometry: Geometry, controls: Tensor) -> Tensor:
    """Return the derivatives (14, T, 13) by backpropagation, all coordinates in one batch."""
    inputs = controls.clone().requires_grad_()
    values = geometry.coils(inputs)
    units = torch.eye(values.shape[1]).unsqueeze(1).expand(-1, *values.shape)
    return torch.autograd.grad(values, inputs, units, is_grads_batched=True)[0]


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median processor time."""
    work()
    costs = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        costs.append(time.process_time() - start)
    return float(np.median(costs))


def main() -> None:
    """Print one line per way to differentiate, and per search."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    person, draws = voice("woman"), torch.Generator().manual_seed(0)
    geometry, prior = person.synth.geometry, person.prior
    controls = prior.controls(torch.randn(arguments.frames, len(CONTROLS), generator=draws))
    slopes = CoilSlopes(geometry)
    own = seconds(lambda: geometry.coils(controls), arguments.repeats)
    print(f"{arguments.frames} frames: coils {1000 * own:.1f} ms\n{'derivatives':20}{'ms':>8}{'cost':>8}")
    ways: dict[str, Callable[[], Tensor]] = {
        "closed form": lambda: slopes(controls), "finite differences": lambda: finite(geometry, controls),
        "forward": lambda: forward(geometry, controls), "backward": lambda: backward(geometry, controls),
    }
    for name, way in ways.items():
        cost = seconds(way, arguments.repeats)
        print(f"{name:20}{1000 * cost:8.1f}{cost / own:8.1f}", flush=True)
    said = compose(person.speaker, sentence("benchmark", 1), 1)[1].controls[::2]
    coils = geometry.coils(torch.from_numpy(said.astype(np.float32)))
    coils = coils + 0.5 * torch.randn(coils.shape, generator=draws)
    for search in (track, pose):
        cost = seconds(lambda: search(coils, geometry, prior), 3)  # noqa: B023 -- called at once
        print(f"{search.__name__}: {1e6 * cost / len(coils):.0f} us per frame")


if __name__ == "__main__":
    main()
