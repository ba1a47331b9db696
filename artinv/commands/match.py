"""Find the settings of a synthesizer that imitate a sound.

Each SOUND is resampled and cut into pieces of the synthesizer's length, usually one second. A network estimates settings of each
piece, which are then refined through the synthesizer. For a.wav the folder OUT gets a_match.json and a_match.csv (settings and
distances), a_match.wav (the imitation) and a_match.png (both spectrograms, settings as dials). A line on stderr names what cannot
be matched. The model comes from the pipeline `matching` of a project, or from --model. docs/matching.md explains the values.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from artinv.commands import output, output_folder
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadData, BadParams, expected, one_line

if TYPE_CHECKING:
    from artinv.matching.matcher import Matcher

METHODS = ("gradient", "cma", "none")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("sounds", nargs="+", type=Path, metavar="SOUND", help="a sound file")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--synth", default="", metavar="NAME", help="synthesizer; default: that of the model")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to use; default: the first network that the "
                        "pipeline of this project has trained")
    parser.add_argument("--refine", default=METHODS[0], metavar="METHOD", help="gradient, cma (without gradient, slower) or none; "
                        "default: %(default)s")
    parser.add_argument("--steps", type=int, default=150, metavar="N", help="gradient steps, or generations of cma; default: "
                        "%(default)s")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Check the arguments, match each sound, write the results, print the distances."""
    if options.refine not in METHODS:
        raise BadParams(f"--refine: unknown method '{options.refine}'; {expected(options.refine, METHODS)}")
    if not 1 <= options.steps <= 100_000:
        raise BadParams(f"--steps: {options.steps} is not within 1 to 100000; correct it")
    output_folder(options.out)
    stems: dict[str, Path] = {}
    for sound in options.sounds:
        if not sound.is_file():
            raise BadData(f"{sound}: is no file; check its name")
        if (other := stems.setdefault(sound.stem, sound)) != sound:
            raise BadParams(f"{sound}: has the same name as {other}; match them into different folders")
    if options.model and not options.model.is_file():
        raise BadData(f"{options.model}: is no file; name a model with --model")
    _check_outputs(options)
    matcher = _matcher(options, workspace)
    from artinv.matching.files import write
    from artinv.matching.match import match
    from artinv.matching.refinement import quick
    from artinv.show.match import draw

    spec = matcher.synthesizer.spec
    for sound in options.sounds:
        matched = match(sound, matcher, None if options.refine == "none" else options.refine, quick(options.steps))
        for note in matched.notes:
            print(one_line(f"artinv: {sound}: {note}"), file=sys.stderr)
        written = write(options.out, sound.stem, matched, matcher)
        picture = options.out / f"{sound.stem}_match.png"
        draw(picture, sound.stem, matched, spec)
        for piece in matched.pieces:
            change = f"{piece.before:.1f} dB from the sound, {piece.after:.1f} dB after refinement"
            print(one_line(f"{sound} from {piece.start:g} s: {change}, correlation {piece.correlation:.2f}"))
        print(one_line(f"written: {' '.join(map(str, [*written, picture]))}"))


def _check_outputs(options: argparse.Namespace) -> None:
    """Reject results that would replace a sound or the model."""
    for sound in options.sounds:
        for ending in ("json", "csv", "wav", "png"):
            output(options.out / f"{sound.stem}_match.{ending}", *options.sounds, *filter(None, [options.model]))


def _matcher(options: argparse.Namespace, workspace: Workspace) -> "Matcher":
    """Return the model that the options name, or that of the project."""
    path = options.model
    if path is None:
        from artinv.matching.choices import FitParams

        if not workspace.matching_params.is_file():
            raise BadParams("no model: name one with --model, or run `make matching`")
        path = workspace.matching_models / f"{FitParams.load(workspace.matching_params).networks[0]}.safetensors"
        if not path.is_file():
            raise BadData(f"{path}: is missing; name a model with --model, or run `make matching`")
    from artinv.synth.synthesizers import kinds

    if options.synth and options.synth not in kinds.names():
        raise BadParams(f"--synth: unknown synthesizer '{options.synth}'; {expected(options.synth, kinds.names())}")
    from artinv.matching.matcher import Matcher

    return Matcher.load(path, options.synth)
