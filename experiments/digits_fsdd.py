"""Measure the yardstick and generators of digits on real recordings, the Free Spoken Digit Dataset (FSDD).

Run as `python -m experiments.digits_fsdd FOLDER [--models cvae cwgan1] [--parts official speakers models]` for a folder with
recordings/DIGIT_SPEAKER_TAKE.wav, with the parameters of pipelines/digits/params.yaml. The official test set is takes 0 to 4.
`speakers` trains a classifier without each speaker, in half of the epochs. Each finished part is added to metrics/digits/fsdd.json,
so that an interrupted run of equal parameters resumes; weights and parameters are written to data/digits/fsdd, nothing of the
recordings is.
"""

import argparse
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from artinv.core.files import write_json
from artinv.core.provenance import made_by, versions
from artinv.digits.adversarial import AdversarialParams
from artinv.digits.choices import EvaluationParams
from artinv.digits.evaluation import References, noise, say_all
from artinv.digits.fitting import Settings, fit
from artinv.digits.generators import KINDS, Kind
from artinv.digits.metrics import accuracy
from artinv.digits.results import CEILING, FLOOR, PhaseScores, RecordingsScores, Scores
from artinv.digits.sounds import Clips, SampleParams, divide, read
from artinv.digits.training import AutoencoderParams, FlowParams
from artinv.digits.words import DIGITS
from artinv.digits.workspace import DigitsFiles
from artinv.digits.yardstick import Yardstick, YardstickParams
from artinv.digits.yardstick import fit as fit_yardstick
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap

Choices = tuple[SampleParams, YardstickParams, AutoencoderParams, FlowParams, AdversarialParams, EvaluationParams]
"""All parameters on which the scores depend."""


def resumed(path: Path, facts: Path, choices: Choices) -> RecordingsScores | None:
    """Return the scores that an interrupted run wrote, if it had these parameters.

    Otherwise remove what it trained, so that no result of other parameters is kept. `facts` holds the parameters of the last run.
    """
    own = {each.section: each.model_dump(exclude={"device", "threads"}) for each in choices}
    if path.exists() and facts.exists() and json.loads(facts.read_text(encoding="utf-8")) == own:
        return RecordingsScores.from_json(json.loads(path.read_text(encoding="utf-8")))
    for file in (path, *facts.parent.glob("*.safetensors")):
        file.unlink(missing_ok=True)
    write_json(facts, own)
    return None


def without(parts: dict[str, Clips], params: YardstickParams, speaker: str) -> float:
    """Return the accuracy on all test sounds of a speaker of a classifier that was trained on the others."""
    torch.set_num_threads(1)
    train, valid = (parts[part].only(parts[part].speakers != speaker) for part in ("train", "valid"))
    test = parts["test"].only(parts["test"].speakers == speaker)
    shorter = params.model_copy(update={"epochs": max(1, params.epochs // 2)})
    return accuracy(fit_yardstick(train, valid, shorter)[0].judge(test.sound()), test.digits)


def official(parts: dict[str, Clips], params: YardstickParams, folder: Path) -> tuple[Yardstick, float]:
    """Train the yardstick on the official training set, or read it, and return it with its accuracy."""
    path = folder / "yardstick.safetensors"
    if not path.exists():
        fit_yardstick(parts["train"], parts["valid"], params)[0].save(path)
    judge = Yardstick.load(path)
    return judge, accuracy(judge.judge(parts["test"].sound()), parts["test"].digits)


def generated(
    references: References, parts: dict[str, Clips], choices: tuple[Settings, EvaluationParams], folder: Path, kind: Kind,
) -> tuple[Scores, dict[str, PhaseScores]]:
    """Train a generator, write it, and return its scores and those of its phases."""
    torch.set_num_threads(1)
    settings, params = choices
    model, _ = fit(kind, parts["train"], parts["valid"], settings, folder / f".{kind}.state")
    model.save(folder / f"{kind}.safetensors")
    digits = np.tile(np.arange(DIGITS), params.sounds)
    drawn = model.draw(digits, params.seed)
    sound = drawn.sound(params.iterations)
    return references.scores(sound, digits), references.phases_of(kind, drawn, sound, digits, params.iterations)


def main() -> None:
    """Measure what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", nargs="*", default=["cvae", "cwgan1"], choices=KINDS)
    parser.add_argument("--parts", nargs="+", default=["official", "speakers", "models"])
    options, files = parser.parse_args(), DigitsFiles()
    file = files.params
    clips, takes = read(options.folder)
    sample = SampleParams.load(file)
    parts = divide(clips, takes, sample)
    params, evaluation = YardstickParams.load(file), EvaluationParams.load(file)
    settings = AutoencoderParams.load(file), FlowParams.load(file), AdversarialParams.load(file)
    path = files.recordings_scores
    before = resumed(path, files.data / "fsdd/parameters.json", (sample, params, *settings, evaluation))
    judge, share = official(parts, params, files.data / "fsdd")
    references = References.of(judge, parts["train"], parts["test"])
    if before is None or before.yardstick != judge.mark:
        digits = np.tile(np.arange(DIGITS), evaluation.sounds)
        said, said_digits, _ = say_all(evaluation.voices, max(1, evaluation.sounds // evaluation.voices))
        rows = {CEILING: references.scores(parts["test"].sound(), parts["test"].digits),
                FLOOR: references.scores(noise(len(digits), evaluation.seed), digits),
                "articulatory": references.scores(said, said_digits)}
        stamp = made_by({**versions(), "seed": params.seed})
        before = RecordingsScores("real", stamp, judge.mark, len(parts["train"]), len(parts["test"]), share, {}, rows, {})
        before.write(path)
    scores = before
    print(f"official test set: {100 * share:.1f} % of {scores.sounds} recognized")
    if "speakers" in options.parts:
        missing = [name for name in sorted(set(clips.speakers.tolist())) if name not in scores.speakers]
        for name, value in zip(missing, imap(partial(without, parts, params), missing), strict=True):
            scores = replace(scores, speakers=scores.speakers | {name: value})
            scores.write(path)
            print(f"without {name} in training: {100 * value:.1f} % of this speaker's test sounds recognized")
    kinds = [kind for kind in options.models if kind not in scores.generators] if "models" in options.parts else []
    work = partial(generated, references, parts, (settings, evaluation), files.data / "fsdd")
    for kind, (row, phases) in zip(kinds, imap(work, kinds), strict=True):
        scores = replace(scores, generators=scores.generators | {kind: row}, phases=scores.phases | phases)
        scores.write(path)
        print(f"{kind}: IS {row.inception:.2f}, accuracy {row.accuracy:.3f}, FID {row.frechet:.1f}, copies {row.copies:.3f}")


if __name__ == "__main__":
    with gate():
        main()
