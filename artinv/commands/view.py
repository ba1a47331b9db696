"""Make an HTML page that shows and plays articulator motion.

One self-contained file for a sound file or for an utterance of data/cleaned: the vocal tract from the side in time with the sound,
spectrogram, phones and all 18 trajectories, measured and predicted. docs/view.md explains the page.
"""

import argparse
from pathlib import Path

from artinv.commands import MODEL_CURE, output
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadData

UTTERANCE = "corpus/speaker/name"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", metavar="SOUND_OR_UTTERANCE", help=f"a sound file, or {UTTERANCE} "
                        "as in mocha/fsew0/fsew0_001")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT.html", help="page to write")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to use, .onnx or .safetensors; default: the "
                        "model that artinv comes with; for an utterance: models/inverter.safetensors")
    parser.add_argument("--png", type=Path, metavar="SHEET.png", help="also write a still image for print")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Make the scene, write the page and the image, print the paths."""
    if not Path(options.target).is_file() and options.target.count("/") != UTTERANCE.count("/"):
        raise BadData(f"{options.target}: is no file; check its name")
    if options.model and not options.model.is_file():
        raise BadData(f"{options.model}: is no file; {MODEL_CURE}")
    inputs = (Path(options.target), *filter(None, [options.model]))
    output(options.out, *inputs, kind=b"<!doctype html>")
    if options.png:
        output(options.png, options.out, *inputs, kind=b"\x89PNG")
    from artinv.core.files import write_text
    from artinv.show.view import page
    from artinv.show.view.source import scene_of

    scene = scene_of(options.target, workspace, options.model)
    write_text(options.out, page.render(scene))
    if options.png:
        from artinv.show.view import still  # needs matplotlib, which the page does not

        still.draw(options.png, scene)
    for line in (scene.name, *scene.badges, scene.model, *scene.notes, *filter(None, (options.out, options.png))):
        print(line)
