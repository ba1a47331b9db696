"""Measure whether digits are still recognized after artinv has inverted them and a synthetic tract has spoken them again.

Run as `python -m experiments.digits_probe` after `make digits`, for its test set, or with a folder of recordings (FSDD) after
`experiments.digits_fsdd`, for the official test set. The ten digits of a take are one recording, so that the statistics of the
speaker are known; the bundled model inverts it, a neutral voice speaks it, and the yardstick judges each digit:

| row | sound |
|---|---|
| recorded | the digit itself |
| inverted, like the recording | pitch, voicing and loudness of the recording |
| still, like the recording | the same with a tract at rest: what these three alone tell about the digit |
| inverted, rule | pitch, voicing and loudness of a rule |

The figures are added to metrics/digits/probe.json.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import soxr
import torch

from artinv.core.provenance import made_by, versions
from artinv.core.trajectory import Trajectory
from artinv.digits.metrics import accuracy
from artinv.digits.results import Probe, ProbeScores
from artinv.digits.sounds import Clips, SampleParams, divide, load, prepare, read, to_float
from artinv.digits.spectra import RATE, SAMPLES
from artinv.digits.words import DIGITS
from artinv.digits.workspace import DigitsFiles
from artinv.digits.yardstick import Yardstick
from artinv.inversion import recording
from artinv.inversion.model import load as load_model
from artinv.inversion.speaker_statistics import average
from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.signal.mfcc import SOUND_RATE
from artinv.speaking import reading
from artinv.speaking.placing import Statistics
from artinv.speaking.speaking import Material, speak
from artinv.synth.fitting.resynthesis import at_level
from artinv.synth.tract.controls import HOP

ROWS = ("inverted, like the recording", "still, like the recording", "inverted, rule")


def lists(test: Clips, most: int) -> list[np.ndarray]:
    """Return numbers of sounds, the ten digits of one speaker each, at most `most` lists, speakers in turn."""
    found = []
    for name in sorted(set(test.speakers.tolist())):
        own = [np.flatnonzero((test.speakers == name) & (test.digits == digit)) for digit in range(DIGITS)]
        found += [(take, name, np.array([numbers[take] for numbers in own])) for take in range(min(map(len, own)))]
    return [numbers for _, _, numbers in sorted(found, key=lambda each: each[:2])[:most]]


def spoken(sounds: np.ndarray) -> np.ndarray:
    """Return what becomes of ten digits (10, 6048), by row of the table: (rows, 10, 6048) int16."""
    torch.set_num_threads(1)
    whole = soxr.resample(sounds.astype(np.float32).ravel() / 32767, RATE, SOUND_RATE)
    original = at_level(whole[: len(whole) // HOP * HOP])
    like, model = (original, float(SOUND_RATE)), load_model()
    trajectory = recording.invert_sound(original, "digits", model, average(model.predictor)).trajectory
    guess = reading.of_trajectory(trajectory, like)
    still = Trajectory(name="still", rate=100.0, motion=np.zeros((len(original) // HOP // 2, 18), np.float32))
    copies = [speak(guess, None, like).sound, speak(Material(still, like, statistics=Statistics(np.zeros(18), np.ones(18), "rest")),
                                                    None, like).sound, speak(guess, None, None).sound]
    return np.stack([_pieces(copy) for copy in copies])


def _pieces(sound: np.ndarray) -> np.ndarray:
    """Return the ten digits (10, 6048) of a sound at 16 kHz."""
    length = SAMPLES * SOUND_RATE // RATE
    padded = np.pad(sound, (0, max(0, DIGITS * length - len(sound))))[: DIGITS * length].reshape(DIGITS, length)
    return np.stack([prepare(piece, SOUND_RATE, "a copy") if np.abs(piece).max() > 0.01 else np.zeros(SAMPLES, np.int16)
                     for piece in padded])


def probe(judge: Yardstick, test: Clips, most: int) -> Probe:
    """Measure the rows of the table."""
    numbers = lists(test, most)
    if not numbers:
        raise BadData("no speaker of the test set says all ten digits; add recordings")
    chosen = test.only(np.concatenate(numbers))
    copies = np.stack(list(imap(spoken, [test.sounds[each] for each in numbers])), 1)
    shares = {"recorded": accuracy(judge.judge(chosen.sound()), chosen.digits)}
    for row, sounds in zip(ROWS, copies, strict=True):
        values = to_float(sounds.reshape(-1, SAMPLES))
        shares[row] = accuracy(judge.judge(values), chosen.digits)
    return Probe(judge.mark, len(chosen), len(set(chosen.speakers.tolist())), shares)


def main() -> None:
    """Measure, add to the file, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="FSDD; default: the test set of the pipeline")
    parser.add_argument("--lists", type=int, default=12, help="takes of ten digits")
    options, files = parser.parse_args(), DigitsFiles()
    if options.folder is None:
        judge, test = Yardstick.load(files.yardstick), load(files.sounds, "test")
    else:
        judge = Yardstick.load(files.data / "fsdd" / files.yardstick.name)
        test = divide(*read(options.folder), SampleParams.load(files.params))["test"]
    before = ProbeScores.from_json(json.loads(files.probe.read_text(encoding="utf-8"))).origins if files.probe.exists() else {}
    result = probe(judge, test, options.lists)
    ProbeScores(made_by(versions()), before | {test.origin: result}).write(files.probe)
    for row, value in result.accuracy.items():
        print(f"{row}: {100 * value:.1f} % of {result.sounds} {test.origin.upper()} digits recognized")


if __name__ == "__main__":
    with gate():
        main()
