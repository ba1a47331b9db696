"""Make a page that shows and plays how the mouth moved.

One HTML file that needs nothing else, for a sound file or for an utterance of data/cleaned: the mouth from the side in step with
the sound, spectrogram, phones and all 18 trajectories, measured and predicted. docs/view.md explains what is drawn.
"""

import argparse
from pathlib import Path

from artinv.commands import output


def add(parser: argparse.ArgumentParser) -> None:
    """What to show, how, and where to put it."""
    parser.add_argument("target", metavar="SOUND_OR_UTTERANCE", help="a sound file, or corpus/speaker/name "
                        "as in mocha/fsew0/fsew0_001")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT.html", help="page to write")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to use; default: models/universal.safetensors (of "
                        "`make sim2real`), else models/inverter.safetensors (of `make repro`); for an utterance always the latter")
    parser.add_argument("--png", type=Path, metavar="SHEET.png", help="write a still sheet for paper too")


def run(options: argparse.Namespace) -> None:
    """Gather, render, write."""
    from artinv.core.files import write_text
    from artinv.show.view import page, still
    from artinv.show.view.source import scene_of

    read = (Path(options.target), *filter(None, [options.model]))
    output(options.out, *read, kind=b"<!doctype html>")
    if options.png:
        output(options.png, options.out, *read, kind=b"\x89PNG")
    scene = scene_of(options.target, options.model)
    write_text(options.out, page.render(scene))
    if options.png:
        still.draw(options.png, scene)
    for line in (scene.name, *scene.badges, scene.model, *scene.notes, *filter(None, (options.out, options.png))):
        print(line)
