"""Make an HTML page that shows and plays articulator motion.

One self-contained file for a sound file or for an utterance of data/cleaned: the vocal tract from the side in time with the sound,
spectrogram, phones and all 18 trajectories, measured and predicted. docs/view.md explains the page.
"""

import argparse
import math
import sys
from pathlib import Path

from artinv.commands import MODEL_CURE, output
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadData, BadParams, one_line

UTTERANCE = "corpus/speaker/name"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", metavar="SOUND_OR_UTTERANCE", help=f"a sound file, or {UTTERANCE} "
                        "as in mocha/fsew0/fsew0_001")
    parser.add_argument("-o", "--out", type=Path, metavar="OUT.html", help="page to write; default: the name of the sound with "
                        ".html, in this folder")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--from", dest="start", type=_seconds, default=0.0, metavar="S", help="show a sound file from this time "
                        "in s; times on the page count from it")
    parser.add_argument("--to", dest="end", type=_seconds, default=math.inf, metavar="S", help="show a sound file up to this "
                        "time in s")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to use, .onnx or .safetensors; default: the "
                        "model that artinv comes with; for an utterance: models/inverter.safetensors")
    parser.add_argument("--png", type=Path, metavar="SHEET.png", help="also write a still image for print")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Make the scene, write the page and the image, print the paths."""
    if not Path(options.target).exists() and options.target.count("/") != UTTERANCE.count("/"):
        raise BadData(f"{options.target}: is missing; correct the name of the sound file")
    if options.model and not options.model.is_file():
        raise BadData(f"{options.model}: is no file; {MODEL_CURE}")
    if options.end <= options.start:
        raise BadParams(f"--to: {options.end:g} s is not later than --from, {options.start:g} s; correct one of them")
    from artinv.show.html import START

    out = options.out or workspace.root / f"{Path(options.target).stem}.html"
    inputs = (Path(options.target), *filter(None, [options.model]))
    output(out, *inputs, kind=START.encode())
    if options.png:
        output(options.png, out, *inputs, kind=b"\x89PNG")
    from artinv.core.files import write_text
    from artinv.show.view import page
    from artinv.show.view.source import scene_of

    if options.png:
        from artinv.show.view import still  # needs matplotlib, which the page does not

    scene = scene_of(options.target, workspace, options.model, start=options.start, end=options.end)
    write_text(out, page.render(scene))
    if options.png:
        still.draw(options.png, scene)
    for line in (scene.name, *scene.badges, scene.model, *scene.notes, *filter(None, (out, options.png))):
        print(one_line(str(line)))
    if options.open:
        import webbrowser

        if not webbrowser.open(out.resolve().as_uri()):
            print(one_line(f"artinv: no browser was found; open {out} in a browser"), file=sys.stderr)


def _seconds(text: str) -> float:
    """Convert a time of the command line."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no time; give seconds from the start of the sound, as in 90.5")
    return seconds
