"""Adapt the model to people from recordings of their speech alone: without motion, and without words.

FOLDER is searched for sound files: the speech of one person, or of many. The motion that the model infers with recognized phones
becomes the target of what it infers from the sound alone; so its results without a recognizer approach those with one, and need
none of its time. FILE.onnx is then a model for --model of `artinv invert` and `artinv view`. Adaptation itself needs the recognizer
and torch: `pip install 'artinv[phones,train]'`. docs/adapt.md says what it is worth, and where it does harm.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from artinv.commands import MODEL_CURE, one_thread, output, tell
from artinv.core.workspace import Workspace
from artinv.inversion.endings import MODEL_START
from artinv.runtime.errors import BadData, BadParams, one_line

if TYPE_CHECKING:
    from artinv.inversion.model import Model
    from artinv.learn.inverter import Inverter
    from artinv.phones.evidence import Heard

LEAST, ENOUGH, MOST = 10.0, 120.0, 3600.0
"""s of sound: less is refused, less gets a note, more is not used."""

FEW = 10
"""Recordings below which one process is faster than several."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of speech; the folders in it are searched, too")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE.onnx", help="adapted model to write")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to adapt, .onnx or .safetensors; default: the "
                        "model that artinv comes with")
    parser.add_argument("--text-files", action="store_true", help="the words are in a.txt beside a.wav, where there is one")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the order of the recordings, and of those that are "
                        "used if there is more than an hour; default: %(default)s")


def run(options: argparse.Namespace, _: Workspace) -> None:
    """Check the arguments, listen to the recordings, train, write the model."""
    one_thread()
    _check(options)
    from artinv.core.files import replacing
    from artinv.inversion.bulk import sounds_in
    from artinv.inversion.model import load
    from artinv.learn.export import graph_of
    from artinv.learn.unlabelled import adapt_to_sound, check

    model, sounds = load(options.model), sounds_in(options.folder)
    if not sounds:
        raise BadData(f"{options.folder}: holds no sound file; name a folder of speech")
    output(options.out, model.path, kind=MODEL_START)
    check(model.facts, model.path)
    inverter, recordings = _trainable(model), _recordings(sounds, model, options)
    seconds = sum(len(recording.acoustics) for recording in recordings) / model.facts.rate
    if seconds < LEAST:
        raise BadData(f"{options.folder}: {seconds:.1f} s of sound with speech; at least {LEAST:.0f} s are needed")
    if seconds < ENOUGH:
        tell(f"{seconds:.0f} s of sound; two minutes or more adapt better")
    count = f"{len(recordings)} recording{'s' * (len(recordings) > 1)}"
    adapted = adapt_to_sound(inverter, recordings, description=f"{count}, {seconds:.0f} s", seed=options.seed)
    with replacing(options.out) as temporary:
        temporary.write_bytes(graph_of(adapted.inverter))
    print(one_line(f"{options.out}: adapted to {count}, {seconds:.0f} s; for `artinv invert --no-phones --model {options.out}`"))
    print(f"Pearson of its motion without phones with that with phones: {adapted.after:.2f} instead of {adapted.before:.2f}")


def _check(options: argparse.Namespace) -> None:
    """Reject missing packages, folders and files before the first slow import."""
    if not options.folder.is_dir():
        raise BadData(f"{options.folder}: is no folder; give a folder of speech")
    if options.out.suffix != ".onnx":
        raise BadParams(f"{options.out}: does not end in .onnx; correct the name")
    if options.model and not options.model.is_file():
        raise BadData(f"{options.model}: is no file; {MODEL_CURE}")
    if not 0 <= options.seed < 2**31:
        raise BadParams(f"--seed: {options.seed} is not within 0 to 2147483647; correct it")
    if not all(map(find_spec, ("onnx", "pocketsphinx", "torch"))):
        raise BadParams("adapt-to: needs torch and the recognizer of phones; `pip install 'artinv[phones,train]'`")


def _trainable(model: "Model") -> "Inverter":
    """Return the network of a model for training."""
    from artinv.inversion.model import TRAINED
    from artinv.learn.graph_weights import inverter_of
    from artinv.learn.inverter import Inverter

    return Inverter.load(model.path) if model.path.suffix == TRAINED else inverter_of(model.predictor, model.path)


def _recordings(sounds: list[Path], model: "Model", options: argparse.Namespace) -> "list[Heard]":
    """Listen to recordings in random order until there is an hour of sound; name those that cannot be used."""
    import numpy as np

    from artinv.inversion.heard import listen
    from artinv.runtime.progress import track

    shuffled = [sounds[number] for number in np.random.default_rng(options.seed).permutation(len(sounds))]
    heard = listen(shuffled, model, text_files=options.text_files, workers=1 if len(sounds) < FEW else 0)
    recordings: list[Heard] = []
    frames, left_out = 0, 0
    for number, (recording, note) in enumerate(track(heard, "listen", len(sounds)), 1):
        if note:
            tell(note)
        if recording is None:
            left_out += 1
            continue
        recordings.append(recording)
        frames += len(recording.acoustics)
        if frames >= MOST * model.facts.rate and number < len(sounds):
            tell(f"an hour of sound is enough: {len(recordings)} of {len(sounds)} recordings are used")
            break
    if left_out:
        tell(f"{left_out} recording{'s' * (left_out > 1)} left out; the lines above give the reasons")
    return recordings
