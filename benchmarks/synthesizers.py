"""Measure synthesizers: sounds of one second per second of processor time on one thread, with and without gradients.

Run as `python -m benchmarks.synthesizers [--seconds 10] [--batch 16] [--names fm23 additive4] [--rate 16384]`. Each figure is the
median over batches. Requirement: 150 sounds of fm23 a second on one core. `--aliasing` prints the aliasing of fm23 instead.
"""

import argparse
import time

import numpy as np
import torch
from torch import Tensor

from artinv.synth.synthesizers import kinds, protocol
from artinv.synth.synthesizers.kinds import fm23
from artinv.synth.synthesizers.protocol import Synthesizer

SECONDS, BATCH, RATE = 10.0, 16, 16384


def settings(synthesizer: Synthesizer, batch: int, seed: int) -> Tensor:
    """Return random settings (batch, P) float32."""
    shares = torch.rand(batch, len(synthesizer.spec), generator=torch.Generator().manual_seed(seed))
    return protocol.of_unit(synthesizer.spec, shares)


def speed(synthesizer: Synthesizer, batch: int, seconds: float, gradient: bool) -> float:
    """Return sounds per second of processor time, rendered for `seconds` after a first batch."""
    costs, begun = [], time.process_time()
    while len(costs) < 4 or time.process_time() - begun < seconds:
        values, start = settings(synthesizer, batch, len(costs)).requires_grad_(gradient), time.process_time()
        sound = synthesizer.render(values, 0)
        if gradient:
            sound.square().sum().backward()
        costs.append(time.process_time() - start)
    return batch / float(np.median(costs[1:]))


def played(wave: str, over: int, frequency: float, deviation: float) -> Tensor:
    """Return two seconds (N,) of one oscillator of fm23, modulated at the highest rate."""
    synthesizer, chosen = fm23.Fm23(RATE, 2 * RATE, over), [float(name == wave) for name in fm23.WAVES]
    table = torch.tensor([[[frequency] * 4, chosen, [deviation] * 4, [30.0] * 4]], dtype=torch.float64)
    return synthesizer.band.sound(synthesizer.band.spectrum(synthesizer.mixed(*table.unbind(1))))[0]


def aliasing(wave: str, over: int, frequency: int) -> tuple[float, float]:
    """Return the strongest alias and the power of all aliases of a static wave, in dB relative to the strongest harmonic.

    Half a second of either end is left out; `frequency` is even, so that the rest has whole cycles.
    """
    sound = played(wave, over, float(frequency), 0.0)[RATE // 2 :][:RATE]
    amplitude = np.abs(np.fft.rfft(sound.numpy()))
    others = np.delete(amplitude, np.arange(0, RATE // 2 + 1, frequency))
    return 20 * np.log10(others.max() / amplitude.max()), 10 * np.log10(np.square(others).sum() / amplitude.max() ** 2)


def modulated(wave: str, over: int) -> float:
    """Return the error of a wave under the strongest modulation, in dB relative to the wave at 16 times the rate."""
    coarse, fine = (played(wave, times, 1046.5, 1500.0)[1000:-1000] for times in (over, 16))
    return float(20 * torch.log10((coarse - fine).norm() / fine.norm()))


def main() -> None:
    """Print one line per synthesizer, or per wave."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--rate", type=int, default=RATE)
    parser.add_argument("--names", nargs="+", default=kinds.names(), choices=kinds.names())
    parser.add_argument("--aliasing", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.aliasing:
        print(f"{'wave':10}{'over':>5}{'strongest alias':>18}{'all aliases':>13}{'under FM':>10}  dB")
        for wave in fm23.WAVES:
            for over in (2, 3, 4):
                strongest, together = aliasing(wave, over, 1046)
                print(f"{wave:10}{over:5}{strongest:18.1f}{together:13.1f}{modulated(wave, over):10.1f}", flush=True)
        return
    print(f"sounds of one second at {arguments.rate} Hz per second, one thread, batches of {arguments.batch}")
    print(f"{'synthesizer':12}{'parameters':>11}{'sounds/s':>10}{'with gradients':>16}")
    for name in arguments.names:
        synthesizer = kinds.build(name, arguments.rate, arguments.rate)
        plain, graded = (speed(synthesizer, arguments.batch, arguments.seconds, gradient) for gradient in (False, True))
        print(f"{name:12}{len(synthesizer.spec):11}{plain:10.0f}{graded:16.0f}", flush=True)


if __name__ == "__main__":
    main()
