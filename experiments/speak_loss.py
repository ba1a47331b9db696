"""Measure what is lost when trajectories are spoken; write metrics/speak.json.

Run as `python -m experiments.speak_loss --real data/real`. Each row compares original sounds with sounds of the same length:

| row | sound |
|---|---|
| controls | the true controls and sources with other noise: the least distance that can be expected |
| own voice | true trajectories and the statistics of the speaker, in the speaker's own voice, like the original |
| true | true or measured trajectories in a neutral voice, like the original: `artinv speak` with its default options |
| true, rule | the same with pitch, voicing and loudness of the rule |
| inferred | trajectories that the bundled model infers from the original, in a neutral voice, like the original |
| inferred, rule | the same with the rule |
| still | a tract at rest, like the original |
| other | another sentence of the same speaker, stretched to the same length |

Distances are in dB. Recognized phones need pocketsphinx (`pip install pocketsphinx`, on the path): `phones` is the number of
substituted, missing and added phones per phone of the original's labels, `phones_of_original` per phone recognized in the original.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from scipy.stats import wilcoxon

from artinv.core.channels import derive
from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.records import Utterance
from artinv.core.trajectory import Trajectory
from artinv.data.real_recordings import recordings
from artinv.formats import stream
from artinv.inversion import recording
from artinv.inversion.model import Model, load
from artinv.inversion.speaker_statistics import average
from artinv.runtime.errors import gate
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz
from artinv.speaking import reading
from artinv.speaking.placing import Statistics
from artinv.speaking.speaking import Material, speak
from artinv.speaking.voices import voice
from artinv.synth.fitting.breath import breath_of_score
from artinv.synth.fitting.pitch import source_features
from artinv.synth.fitting.resynthesis import Distances, at_level, measured, spoken
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose
from artinv.synth.speaker.recording import speak as say
from artinv.synth.speaker.speakers import sex_of
from artinv.synth.tract.controls import HOP
from experiments.recognized_phones import Recognizer, error_rate

SPEAKERS = ("F01", "F02", "F1", "fsew0", "M01", "M02", "M3", "msak0")
SESSION = range(1, 13)
HELD_OUT, OTHER = 201, 100  # number of the first sentence of the reading list, and distance of the other sentence
PAIRS = (("inferred", "still"), ("inferred", "true"), ("true", "own voice"), ("inferred, rule", "other"))
"""Rows that are compared by a two-sided Wilcoxon test over speakers."""


class Original(NamedTuple):
    """A sound that is repeated."""

    speaker: str
    sound: np.ndarray  # (samples,) at 16 kHz
    labels: tuple[str, ...] = ()  # phones, if they are known

    @property
    def like(self) -> tuple[np.ndarray, float]:
        """Return the sound and its rate."""
        return self.sound, float(SOUND_RATE)


class Table:
    """Results by row and speaker."""

    def __init__(self, recognizer: Recognizer | None) -> None:
        self.recognizer = recognizer
        self.values: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
        self.seconds = self.speech = 0.0

    def add(self, row: str, original: Original, copy: np.ndarray) -> None:
        """Compare a copy with the original."""
        length = min(len(original.sound), len(copy))
        values = asdict(Distances.between(original.sound[:length], copy[:length]))
        if self.recognizer is not None:
            heard = self.recognizer.phones(copy)
            if original.labels:
                values["phones"] = error_rate(original.labels, heard)
            values["phones_of_original"] = error_rate(self.recognizer.phones(original.sound), heard)
        self.values[row][original.speaker].append(values)

    def speak(self, row: str, original: Original, material: Material, voice_name: str | None, *, by_rule: bool = False) -> None:
        """Speak and compare."""
        start = time.process_time()
        copy = speak(material, voice_name, None if by_rule else material.sound).sound
        self.seconds, self.speech = self.seconds + time.process_time() - start, self.speech + len(copy) / SOUND_RATE
        self.add(row, original, copy)

    def figures(self) -> dict:
        """Return means and standard deviations over speakers of the means of each speaker, and tests."""
        by_speaker = {row: {name: {key: float(np.mean([entry[key] for entry in entries])) for key in entries[0]}
                            for name, entries in people.items()} for row, people in self.values.items()}
        rows = {}
        for row, people in by_speaker.items():
            columns = {key: np.array([entry[key] for entry in people.values()]) for key in next(iter(people.values()))}
            rows[row] = {key: {"mean": float(column.mean()), "sd": float(column.std(ddof=1)) if len(column) > 1 else None}
                         for key, column in columns.items()}
        tests = {}
        for first, second in PAIRS:
            if first in by_speaker and second in by_speaker and len(by_speaker[first]) > 5:
                pairs = [(by_speaker[first][name]["cepstral"], by_speaker[second][name]["cepstral"]) for name in by_speaker[first]]
                tests[f"{first}; {second}"] = float(wilcoxon(*zip(*pairs, strict=True)).pvalue)
        counts = {"speakers": len(next(iter(by_speaker.values()))),
                  "recordings": sum(map(len, next(iter(self.values.values())).values()))}
        return counts | {"rows": rows, "wilcoxon_p_of_cepstral": tests, "cpu_s_per_s": self.seconds / self.speech}


def plain(utterance: Utterance) -> tuple[str, ...]:
    """Return the labels of an utterance as phones of the recognizer, without stress and silence."""
    texts = (label.text.upper().rstrip("012") for label in utterance.phones)
    return tuple(text for text in texts if text.isalpha() and text not in ("SIL", "SP", "BREATH"))


def whole(sound: np.ndarray) -> np.ndarray:
    """Return a sound at the usual level, cut to whole frames."""
    return at_level(sound[: len(sound) // HOP * HOP])


def stretched(sound: np.ndarray, length: int) -> np.ndarray:
    """Return a sound of `length` samples that repeats or leaves out pieces of 20 ms; its pitch stays nearly the same."""
    piece = SOUND_RATE // 50
    pieces = np.resize(sound, (-(-len(sound) // piece), piece))
    chosen = np.linspace(0, len(pieces) - 1, -(-length // piece)).astype(int)
    return pieces[chosen].ravel()[:length]


def synthetic(table: Table, sentences: int) -> None:
    """Add sentences of synthetic speakers, whose controls are known."""
    model = load()
    for name in SPEAKERS:
        person = voice(name)
        session = np.concatenate([derive(say(person.speaker, sentence("session", number), number).coils) for number in SESSION])
        statistics = Statistics(*measured(session.astype(np.float64)), name)
        neutral = "woman" if sex_of(name) == "female" else "man"
        for number in range(HELD_OUT, HELD_OUT + sentences):
            line = sentence("speak", number)
            utterance = say(person.speaker, line, number)
            score = compose(person.speaker, line, number)[1]
            original = Original(name, whole(utterance.sound), plain(utterance))
            frames = len(original.sound) // HOP
            controls = torch.from_numpy(score.controls[:frames].astype(np.float32))
            breath, level = breath_of_score(score).part(slice(0, frames)), source_features(original.sound).level
            table.add("controls", original, spoken(person.synth, controls, breath, level, seed=1))
            table.add("original", original, original.sound)
            trajectory = Trajectory(name=name, rate=utterance.coil_rate, motion=derive(utterance.coils).astype(np.float32))
            true = Material(trajectory, original.like)
            table.speak("own voice", original, replace(true, statistics=statistics), name)
            table.speak("true", original, true, neutral)
            table.speak("true, rule", original, true, neutral, by_rule=True)
            _inferred(table, original, model, neutral)
            other = say(person.speaker, sentence("speak", number + OTHER), number + OTHER)
            _floors(table, original, whole(other.sound))


def _inferred(table: Table, original: Original, model: Model, voice_name: str | None = None) -> None:
    """Add what a model infers from the sound."""
    trajectory = recording.invert_sound(original.sound, original.speaker, model, average(model.predictor)).trajectory
    guess = reading.of_trajectory(trajectory, original.like)
    table.speak("inferred", original, guess, voice_name)
    table.speak("inferred, rule", original, guess, voice_name, by_rule=True)


def _floors(table: Table, original: Original, other: np.ndarray) -> None:
    """Add a tract at rest, and another sentence."""
    still = Trajectory(name="still", rate=100.0, motion=np.zeros((len(original.sound) // HOP // 2, 18), np.float32))
    rest = Material(still, original.like, statistics=Statistics(np.zeros(18), np.ones(18), "rest"))
    table.speak("still", original, rest, None)
    table.add("other", original, stretched(other, len(original.sound)))


def real(table: Table, root: Path) -> None:
    """Add the real recordings with measured motion."""
    model, utterances = load(), recordings(root)
    sounds = [whole(at_16_khz(utterance.sound, utterance.sound_rate)) for utterance in utterances]
    for number, utterance in enumerate(utterances):
        original = Original(utterance.name, sounds[number])
        trajectory = Trajectory(name=utterance.name, rate=utterance.coil_rate, motion=derive(utterance.coils).astype(np.float32))
        table.speak("true", original, Material(trajectory, original.like, utterance.coil_start), None)
        _inferred(table, original, model)
        _floors(table, original, sounds[number - 1])


def real_sounds(table: Table, folder: Path, count: int) -> None:
    """Add real recordings without measured motion, one of each of `count` speakers."""
    model, sounds = load(), [whole(sound) for sound in _first_of_each_speaker(folder, count)]
    for number, sound in enumerate(sounds):
        original = Original(str(number), sound)
        _inferred(table, original, model)
        _floors(table, original, sounds[number - 1])


def _first_of_each_speaker(folder: Path, count: int) -> Iterator[np.ndarray]:
    """Yield sounds; the first five characters of a file name are the speaker."""
    seen: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        seen.setdefault(path.name[:5], path)
    for path in list(seen.values())[:count]:
        yield np.concatenate(list(stream.blocks(path, SOUND_RATE)))


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=6, help="of each synthetic speaker")
    parser.add_argument("--real", type=Path, help="folder of real recordings: mocha, emu, speechocean/sound")
    parser.add_argument("--out", type=Path, default=Path("metrics/speak.json"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    recognizer = Recognizer.load()
    tables = {"synthetic": Table(recognizer)}
    synthetic(tables["synthetic"], args.sentences)
    if args.real:
        tables |= {"real": Table(recognizer), "real_sounds": Table(recognizer)}
        real(tables["real"], args.real)
        real_sounds(tables["real_sounds"], args.real / "speechocean/sound", 20)
    results = {name: table.figures() for name, table in tables.items()}
    for name, figures in results.items():
        print(f"{name}: {figures['recordings']} recordings, {figures['cpu_s_per_s']:.3f} CPU s per s")
        print("  p", figures["wilcoxon_p_of_cepstral"])
        for row, columns in figures["rows"].items():
            print(f"  {row:15}", "  ".join(f"{key} {value['mean']:.2f}" for key, value in columns.items()))
    origin = "synthetic and real" if args.real else "synthetic"
    write_json(args.out, stamp(origin, seed=0) | {"recognizer": recognizer.title if recognizer else ""} | results)


if __name__ == "__main__":
    with gate():
        main()
