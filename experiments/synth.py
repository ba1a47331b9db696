"""Measure the synthesizer: CPU seconds per second of speech, and formants of isolated vowels in comparison with those aimed at.

Run as `python -m experiments.synth`.
"""

import time

import numpy as np
import torch

from artinv.synth.speaker.equivalence import compensate, scaled
from artinv.synth.speaker.vowels import FORMANTS, VOWELS
from artinv.synth.tract.anatomy import ADULTS, FEMALE, MALE
from artinv.synth.tract.controls import FRAME_RATE
from artinv.synth.tract.formants import spoken_formants
from artinv.synth.tract.render import Synth

TOLERANCE = 0.15
PITCH = {"male": 115.0, "female": 190.0}
LPC_ORDER = {"male": 16, "female": 10}


def targets(sex: str) -> np.ndarray:
    """Return controls (10, 13) of the vowels; the female ones are the male ones, scaled and fitted to the female formants."""
    male = np.array(list(VOWELS.values()))
    if sex == "male":
        return male
    return compensate(FEMALE, scaled(male, FEMALE.size), np.array(list(FORMANTS[sex].values()), float))


def spoken(sex: str) -> dict[str, np.ndarray]:
    """Return vowel -> F1, F2, F3 in Hz, by linear prediction on 0.6 s of sound with falling pitch."""
    formants = spoken_formants(Synth(ADULTS[sex]), targets(sex), PITCH[sex], LPC_ORDER[sex])
    return dict(zip(VOWELS, formants, strict=True))


def cost(seconds: float = 3.0, repeats: int = 5) -> dict[str, float]:
    """Return the CPU seconds per second of speech, the smallest of several runs."""
    frames = int(seconds * FRAME_RATE)
    vowels = torch.tensor(np.array(list(VOWELS.values())), dtype=torch.float32)
    controls = vowels[torch.arange(frames) * len(vowels) // frames]
    ag, ps, pitch = torch.full((frames,), 0.05), torch.full((frames,), 8000.0), np.full(frames, 110.0)
    synth = Synth(MALE)

    def backward() -> None:
        moving = controls.clone().requires_grad_()
        synth(moving, ag, ps, pitch, np.random.default_rng(0))[0].square().mean().backward()

    def measured(work: object) -> float:
        least = np.inf
        for _ in range(repeats):
            start = time.process_time()
            work()
            least = min(least, time.process_time() - start)
        return least / seconds

    with torch.no_grad():
        result = {
            "sound": measured(lambda: synth(controls, ag, ps, pitch, np.random.default_rng(0))),
            "coils": measured(lambda: synth.geometry.coils(controls)),
        }
    return result | {"sound and gradients": measured(backward)}


def main() -> None:
    """Print the costs and the formants."""
    torch.set_num_threads(1)
    for name, seconds in cost().items():
        print(f"{name:20s} {seconds:.4f} CPU s per s of speech")
    for sex in FORMANTS:
        errors = []
        for vowel, measured in spoken(sex).items():
            errors.append(np.abs(measured / FORMANTS[sex][vowel] - 1))
            print(f"{sex:6s} {vowel}  measured {measured.round().astype(int)}  aimed at {FORMANTS[sex][vowel]}")
        close = int((np.array(errors) < TOLERANCE).all(1).sum())
        print(f"{sex}: {close} of 10 vowels within {TOLERANCE:.0%} on F1, F2 and F3; mean errors {np.mean(errors, 0).round(3)}")


if __name__ == "__main__":
    main()
