"""Adapt the model to people from recordings of their speech alone: without motion, and without words.

FOLDER is searched for sound files: the speech of one person, or of many. The motion that the model infers with recognized phones
teaches it what to infer from the sound alone; so its results without a recognizer approach those with one, and need none of its
time. FILE (.onnx) is then a model for --model of `artinv invert` and `artinv view`. Adaptation itself needs the recognizer and
torch: `pip install 'artinv[phones,train]'`. docs/adapt.md has what it is worth, and where it does harm.
"""

import argparse
import os
from importlib.util import find_spec
from pathlib import Path

from artinv.commands import MODEL_CURE, output, say
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadData, BadParams, one_line

LEAST, ENOUGH = 10.0, 120.0
"""s of sound: less is refused, less gets a note."""

FEW = 10
"""Recordings below which one process is faster than several."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of speech; the folders in it are searched, too")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE.onnx", help="adapted model to write")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to adapt, .onnx or .safetensors; default: the "
                        "model that artinv comes with")
    parser.add_argument("--text-files", action="store_true", help="the words are in a.txt beside a.wav, where there is one")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the order of the recordings; default: %(default)s")


def run(options: argparse.Namespace, _: Workspace) -> None:
    """Check the arguments, listen to the recordings, train, write the model."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # read when numpy is imported; one thread, so that equal sound gives equal bytes
    _check(options)
    from artinv.core.files import replacing
    from artinv.inversion.bulk import sounds_in
    from artinv.inversion.heard import heard
    from artinv.inversion.model import load
    from artinv.learn.export import graph_of
    from artinv.learn.graph_weights import inverter_of
    from artinv.learn.unlabelled import adapt
    from artinv.phones.evidence import Heard
    from artinv.runtime.progress import track

    model, sounds = load(options.model), sounds_in(options.folder)
    inverter = inverter_of(model.predictor, model.path)
    recordings = []
    found_in = heard(sounds, model, text_files=options.text_files, workers=1 if len(sounds) < FEW else 0)
    for found in track(found_in, "listen", len(sounds)):
        if isinstance(found, Heard):
            recordings.append(found)
        else:
            say(found)
    seconds = sum(len(one.acoustics) for one in recordings) / model.facts.rate
    if seconds < LEAST or len(recordings) < 2:
        fault = f"{len(recordings)} recordings with {seconds:.0f} s of speech"
        raise BadData(f"{options.folder}: {fault}; give at least two, {LEAST:.0f} s together")
    if seconds < ENOUGH:
        say(f"{seconds:.0f} s of sound; two minutes or more adapt better")
    adapted = adapt(inverter, recordings, seed=options.seed, adapted_to=f"{len(recordings)} recordings, {seconds:.0f} s")
    with replacing(options.out) as temporary:
        temporary.write_bytes(graph_of(adapted.inverter))
    print(one_line(f"{options.out}: adapted to {len(recordings)} recordings, {seconds:.0f} s"))
    print(f"without phones it follows its motion with phones with Pearson {adapted.after:.2f} instead of {adapted.before:.2f} "
          f"({adapted.kept_out} recordings kept out)")


def _check(options: argparse.Namespace) -> None:
    """Reject missing packages, folders and files before the first slow import."""
    from artinv.phones import recognizer
    from artinv.predict.predictor import START

    if not options.folder.is_dir():
        raise BadData(f"{options.folder}: is no folder; give a folder of speech")
    if options.out.suffix != ".onnx":
        raise BadParams(f"{options.out}: does not end in .onnx; correct the name")
    if options.model and not options.model.is_file():
        raise BadData(f"{options.model}: is no file; {MODEL_CURE}")
    if not 0 <= options.seed < 2**31:
        raise BadParams(f"--seed: {options.seed} is not within 0 to 2147483647; correct it")
    output(options.out, *filter(None, [options.model]), kind=START)
    if not all(map(find_spec, ("onnx", "torch"))):
        raise BadParams("artinv adapt-to: needs torch; `pip install 'artinv[train]'`")
    recognizer.check_installed("artinv adapt-to")

