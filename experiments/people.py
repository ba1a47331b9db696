"""Compare the vowels of synthetic speakers in sentences with those of real speakers, and write metrics/people.json.

Run as `python -m experiments.people`. The real figures (experiments/real_vowels.csv) are of five speakers of English, three
women and two men, who read sentences: nine vowels at a quarter, half and three quarters of their duration, coil positions in mm
relative to the speaker's own mean over the vowels, and formants in Hz. No sound is synthesized; formants are the resonances of
the tract.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch

from artinv.core import random_draws
from artinv.core.channels import COIL_COLUMNS
from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.records import Label
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.synth.corpus.demo import DemoParams, with_accent
from artinv.synth.speaker.allophones import SCHWA
from artinv.synth.speaker.gestures import gestural_score
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.likeness import REAL_RANGES
from artinv.synth.speaker.recording import said_by
from artinv.synth.speaker.speakers import Speaker, make_speaker, sex_of
from artinv.synth.speaker.timing import Segment, Timed, time_sentence
from artinv.synth.tract.anatomy import ADULTS
from artinv.synth.tract.controls import FRAME_RATE
from artinv.synth.tract.formants import resonances
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.tube import Tube
from tools.deps import ROOT

COLUMNS = tuple(COIL_COLUMNS[:12])
"""Coordinates of tongue, jaw and lips, the first ones of all coils."""

PLACES = (0.25, 0.5, 0.75)
"""Shares of the duration of a vowel."""

CENTRE = PLACES.index(0.5)

SPEAKERS = {"F01": "hprc", "M01": "hprc", "F02": "hprc", "M02": "hprc", "faet0": "mocha", "msak0": "mocha",
            "F1": "usc", "M3": "usc"}
"""Name -> corpus."""

SENTENCES, FORMANT_TOKENS = 40, 14


@dataclass(frozen=True, eq=False)
class Vowels:
    """Vowels in sentences: coil positions relative to the mean over the vowels, and formants."""

    names: tuple[str, ...]
    positions: np.ndarray  # (places, vowels, 12) mm
    formants: dict[str, np.ndarray]  # female, male -> (vowels, 3) Hz, of an adult of average size


@dataclass(frozen=True, eq=False)
class Spoken:
    """What one synthetic speaker does in sentences."""

    positions: np.ndarray  # (places, vowels, 12) mm, relative to the mean over the vowels
    spread: np.ndarray  # (14,) mm, standard deviations of the coils over all frames
    formants: np.ndarray  # (vowels, 3), logarithms of Hz, of an adult of average size

    @staticmethod
    def of(speaker: Speaker, vowels: Sequence[str], sentences: int) -> "Spoken":
        """Let a speaker articulate sentences."""
        geometry, tube = Geometry(speaker.anatomy), Tube(speaker.anatomy, 512)
        places: dict[tuple[str, float], list[np.ndarray]] = {key: [] for key in product(vowels, PLACES)}
        centres: dict[str, list[np.ndarray]] = {vowel: [] for vowel in vowels}
        frames = []
        for timed, controls in articulated(speaker, sentences):
            with torch.no_grad():
                coils = speaker.articulograph.place(geometry.coils(torch.from_numpy(controls.astype(np.float32))).numpy())
            first, last = (round(time * FRAME_RATE) for time in (timed.segments[0].end, timed.segments[-1].start))
            frames.append(coils[first:last])
            for label in timed.phones:
                vowel, full = label.text.rstrip("012"), full_vowel(timed, label)
                if vowel in centres and full:
                    rows = {place: round((full.start + place * (full.end - full.start)) * FRAME_RATE) for place in PLACES}
                    for place, row in rows.items():
                        places[vowel, place].append(coils[row][: len(COLUMNS)])
                    centres[vowel].append(controls[rows[PLACES[CENTRE]]])
        means = np.array([[np.mean(places[vowel, place], axis=0) for vowel in vowels] for place in PLACES])
        base = ADULTS[sex_of(speaker.name)]
        hertz = [resonances(geometry, tube, torch.tensor(np.array(rows[:FORMANT_TOKENS]), dtype=torch.float32)).numpy()
                 for rows in centres.values()]
        formants = np.array([np.nanmean(np.log(values), axis=0) for values in hertz])
        size = np.log(speaker.anatomy.tract_mm / base.tract_mm)
        return Spoken(means - means[CENTRE].mean(axis=0), np.concatenate(frames).std(axis=0), formants + size)


def full_vowel(timed: Timed, label: Label) -> Segment | None:
    """Return the vowel itself within its label, without a glottal stop before it or a schwa after it; None if it is reduced."""
    first = next((part for part in timed.segments if label.start <= part.start < label.end and part.effort > 0), None)
    return first if first and first.sound != SCHWA else None


def articulated(speaker: Speaker, sentences: int) -> Iterator[tuple[Timed, np.ndarray]]:
    """Yield the times of the sounds and the controls (frames, 13) of sentences."""
    for number in range(1, sentences + 1):
        rng = random_draws.rng("vowels", number)
        text = sentence("vowels", number)
        timed = time_sentence(text, speaker.pace, rng, said_by(speaker, text, number))
        yield timed, gestural_score(timed.segments, speaker.habits, rng).controls


def real_vowels(path: Path = ROOT / "experiments/real_vowels.csv") -> Vowels:
    """Read the figures of real speakers."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = tuple(dict.fromkeys(row["phone"] for row in rows))
    table = {(row["phone"], float(row["time"])): row for row in rows}
    positions = [[[float(table[name, place][column]) for column in COLUMNS] for name in names] for place in PLACES]
    formants = {sex: np.array([[float(table[name, 0.5][f"F{number}_{sex[0].upper()}"]) for number in (1, 2, 3)] for name in names])
                for sex in ADULTS}
    return Vowels(names, np.array(positions), formants)


def population(*, accents: bool) -> list[Speaker]:
    """Return the synthetic speakers, half of them women; with `accents`, those of their corpora."""
    people = [make_speaker(name) for name in SPEAKERS]
    return [with_accent(each, SPEAKERS[each.name], 0) for each in people] if accents else people


def synthetic_vowels(
    speakers: Sequence[Speaker], vowels: tuple[str, ...], sentences: int = SENTENCES,
) -> tuple[Vowels, np.ndarray]:
    """Return these vowels of synthetic speakers, means over the speakers, and the spread of their coils (speakers, 14) in mm."""
    spoken = [Spoken.of(speaker, vowels, sentences) for speaker in speakers]
    by_sex = {sex: [each.formants for speaker, each in zip(speakers, spoken, strict=True) if sex_of(speaker.name) == sex]
              for sex in ADULTS}
    formants = {sex: np.exp(np.mean(values, axis=0)) for sex, values in by_sex.items()}
    positions = np.mean([each.positions for each in spoken], axis=0)
    return Vowels(vowels, positions, formants), np.array([each.spread for each in spoken])


def compared(synthetic: Vowels, spread: np.ndarray, real: Vowels) -> dict[str, object]:
    """Return, by coil column, the correlation over the vowels and both spreads, and the errors of the formants."""
    columns = {}
    for index, column in enumerate(COLUMNS):
        pairs = [(synthetic.positions[place, :, index], real.positions[place, :, index]) for place in range(len(PLACES))]
        low, high = REAL_RANGES[column][2:]
        columns[column] = {
            "correlation": float(np.corrcoef(*pairs[CENTRE])[0, 1]),
            "correlation_start": float(np.corrcoef(*pairs[0])[0, 1]), "correlation_end": float(np.corrcoef(*pairs[2])[0, 1]),
            "vowel_spread": float(pairs[CENTRE][0].std()), "real_vowel_spread": float(pairs[CENTRE][1].std()),
            "total_spread": float(spread[:, index].mean()), "real_total_low": low, "real_total_high": high,
        }
    errors = {sex: np.abs(synthetic.formants[sex] / real.formants[sex] - 1).mean(axis=0) for sex in real.formants}
    vowels = {
        name: {column: float(synthetic.positions[CENTRE, row, index]) for index, column in enumerate(COLUMNS)}
        | {sex: {"F1": float(hertz[row, 0]), "F2": float(hertz[row, 1])} for sex, hertz in synthetic.formants.items()}
        for row, name in enumerate(real.names)
    }
    mean = float(np.mean([row["correlation"] for row in columns.values()]))
    return {"columns": columns, "vowels": vowels, "mean_correlation": mean,
            "formant_error": {sex: {f"F{number + 1}": float(value[number]) for number in (0, 1)} for sex, value in errors.items()},
            "speakers": len(spread), "sentences": SENTENCES}


def table(result: dict) -> list[str]:
    """Return the comparison as the lines of a table."""
    rows = [["coil", "r over vowels", "vowels mm", "real", "total mm", "real"]]
    for column, row in result["columns"].items():
        totals = f"{row['real_total_low']:.1f}-{row['real_total_high']:.1f}"
        rows.append([column, f"{row['correlation']:.2f}", f"{row['vowel_spread']:.1f}", f"{row['real_vowel_spread']:.1f}",
                     f"{row['total_spread']:.1f}", totals])
    errors = "; ".join(f"{sex} F1 {error['F1']:.1%}, F2 {error['F2']:.1%}" for sex, error in result["formant_error"].items())
    return [*aligned(rows), f"mean correlation {result['mean_correlation']:.3f}; errors of formants: {errors}"]


def main() -> None:
    """Measure, write metrics/people.json and print the table."""
    torch.set_num_threads(1)
    real = real_vowels()
    people = population(accents=DemoParams.load(Workspace().params).accents)
    synthetic, spread = synthetic_vowels(people, real.names)
    result = compared(synthetic, spread, real)
    write_json(Workspace().root / "metrics/people.json", result | stamp("synthetic", seed=0))
    print("\n".join(table(result)))


if __name__ == "__main__":
    main()
