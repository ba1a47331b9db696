"""Compare how far the coils of synthetic speakers move with eight real speakers. Run as `python -m experiments.synth_motion`."""

import numpy as np
import torch
from scipy.signal import butter, sosfiltfilt

from artinv.core.channels import COIL_COLUMNS, COILS
from artinv.synth.speaker import lexicon, recording, speakers
from artinv.synth.tract.controls import FRAME_RATE

SPEAKERS = ("M01", "F01", "msak0", "fsew0", "F03", "M3", "MNGU0", "F1")
SENTENCES = 10
REAL = {"tt": (4.5, 4.7), "td": (3.7, 4.4), "tb": (4.1, 4.9), "li": (1.5, 3.0), "ul": (1.5, 1.5), "ll": (2.0, 4.0)}
"""Standard deviations x and y in mm, means over the 8 speakers of the Haskins production rate comparison."""

PAIRS = (("tt_x", "tb_x"), ("tb_x", "td_x"), ("li_x", "li_y"), ("li_x", "ll_x"), ("li_y", "ll_y"), ("v_x", "v_y"))


def moving(speaker: speakers.Speaker) -> np.ndarray:
    """Coils (frames, 14) in mm of some sentences, below 12 Hz, without the silence around them."""
    smooth = butter(4, 12.0, fs=FRAME_RATE, output="sos")
    parts = []
    for number in range(1, SENTENCES + 1):
        said = recording.speak(speaker, lexicon.sentence("mocha", number), number)
        first, last = int(said.phones[0].end * FRAME_RATE), int(said.phones[-1].start * FRAME_RATE)
        parts.append(sosfiltfilt(smooth, said.coils.astype(float), axis=0)[first:last])
    return np.concatenate(parts)


def main() -> None:
    """Print spreads, means and correlations."""
    torch.set_num_threads(1)
    everyone = [moving(speakers.make(name)) for name in SPEAKERS]
    spread, mean = (np.mean([of(coils, axis=0) for coils in everyone], axis=0).reshape(-1, 2) for of in (np.std, np.mean))
    for coil, std, place in zip(COILS, spread, mean, strict=True):
        print(f"{coil:2s} std {std[0]:.1f} {std[1]:.1f} mm, real {REAL.get(coil, '-')}, mean {place[0]:.0f} {place[1]:.0f} mm")
    together = np.mean([np.corrcoef(coils.T) for coils in everyone], axis=0)
    for one, other in PAIRS:
        print(f"correlation {one} {other} {together[COIL_COLUMNS.index(one), COIL_COLUMNS.index(other)]:.2f}")
    for front, rear in (("tt", "tb"), ("tb", "td")):
        at = {coil: slice(2 * COILS.index(coil), 2 * COILS.index(coil) + 2) for coil in (front, rear)}
        apart = [np.linalg.norm(coils[:, at[front]] - coils[:, at[rear]], axis=1) for coils in everyone]
        usual, varying = np.mean([(each.mean(), each.std()) for each in apart], axis=0)
        print(f"distance {front} {rear} {usual:.1f} mm, std {varying:.1f} mm")


if __name__ == "__main__":
    main()
