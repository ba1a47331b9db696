"""Compare the coil movements of synthetic speakers with those of eight real speakers: `python -m experiments.synth_motion`."""

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


def coils_of(speaker: speakers.Speaker) -> np.ndarray:
    """Return the coils (frames, 14) in mm of ten sentences, low-pass filtered at 12 Hz, without initial and final silence."""
    smooth = butter(4, 12.0, fs=FRAME_RATE, output="sos")
    parts = []
    for number in range(1, SENTENCES + 1):
        utterance = recording.speak(speaker, lexicon.sentence("mocha", number), number)
        first, last = int(utterance.phones[0].end * FRAME_RATE), int(utterance.phones[-1].start * FRAME_RATE)
        parts.append(sosfiltfilt(smooth, utterance.coils.astype(float), axis=0)[first:last])
    return np.concatenate(parts)


def main() -> None:
    """Print standard deviations, means, correlations and distances."""
    torch.set_num_threads(1)
    speakers_coils = [coils_of(speakers.make_speaker(name)) for name in SPEAKERS]
    spread, mean = (np.mean([statistic(coils, axis=0) for coils in speakers_coils], axis=0).reshape(-1, 2)
                    for statistic in (np.std, np.mean))
    for coil, std, place in zip(COILS, spread, mean, strict=True):
        print(f"{coil:2s} std {std[0]:.1f} {std[1]:.1f} mm, real {REAL.get(coil, '-')}, mean {place[0]:.0f} {place[1]:.0f} mm")
    correlations = np.mean([np.corrcoef(coils.T) for coils in speakers_coils], axis=0)
    for first, second in PAIRS:
        print(f"correlation {first} {second} {correlations[COIL_COLUMNS.index(first), COIL_COLUMNS.index(second)]:.2f}")
    for front, rear in (("tt", "tb"), ("tb", "td")):
        columns = {coil: slice(2 * COILS.index(coil), 2 * COILS.index(coil) + 2) for coil in (front, rear)}
        distances = [np.linalg.norm(coils[:, columns[front]] - coils[:, columns[rear]], axis=1) for coils in speakers_coils]
        distance, deviation = np.mean([(values.mean(), values.std()) for values in distances], axis=0)
        print(f"distance {front} {rear} {distance:.1f} mm, std {deviation:.1f} mm")


if __name__ == "__main__":
    main()
