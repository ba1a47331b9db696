"""Make a page that shows and plays how the mouth moved.

One self-contained HTML file for a sound file, or for an utterance corpus/speaker/name of data/cleaned: the mouth from the side in
step with the sound, spectrogram, phones and all 18 trajectories, measured and predicted.
"""

import argparse
from pathlib import Path

from artinv.commands import output


def add(parser: argparse.ArgumentParser) -> None:
    """What to show, how, and where to put it."""
    parser.add_argument("target", metavar="SOUND_OR_UTTERANCE", help="a sound file, or corpus/speaker/name")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT.html", help="the page to write")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to use; default: for a sound file "
                        "models/universal.safetensors, else models/inverter.safetensors; for an utterance the latter")
    parser.add_argument("--png", type=Path, metavar="SHEET.png", help="write a still sheet too")


def run(options: argparse.Namespace) -> None:
    """Gather, render, write."""
    from artinv.files import write_text
    from artinv.view import page, still
    from artinv.view.source import scene_of

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
