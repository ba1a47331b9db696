"""Make a page that shows and plays how the mouth moved.

One self-contained HTML file for a sound file, or for an utterance corpus/speaker/name of data/cleaned: the mouth from the side in
step with the sound, spectrogram, phones and all 18 trajectories, measured and predicted.
"""

import argparse
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """What to show, how, and where to put it."""
    parser.add_argument("target", metavar="SOUND_OR_UTTERANCE", help="a sound file of one channel, or corpus/speaker/name")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.html", help="the page to write")
    parser.add_argument("--model", type=Path, metavar="FILE", help="default: models/universal.safetensors for a sound file, "
                        "models/inverter.safetensors for an utterance")
    parser.add_argument("--png", type=Path, metavar="SHEET.png", help="write a still sheet too")


def run(options: argparse.Namespace) -> None:
    """Gather, render, write."""
    from artinv.errors import BadParams
    from artinv.files import write_text
    from artinv.view import page, still
    from artinv.view.source import scene_of

    target = Path(options.target)
    for path in filter(None, (options.output, options.png)):
        if path.is_dir() or (path.exists() and target.exists() and path.samefile(target)):
            raise BadParams(f"{path}: is a folder, or the sound itself; name another file to write")
    scene = scene_of(options.target, options.model)
    write_text(options.output, page.render(scene))
    if options.png:
        still.draw(options.png, scene)
    for line in (scene.name, *scene.badges, scene.model, *scene.notes, *filter(None, (options.output, options.png))):
        print(line)
