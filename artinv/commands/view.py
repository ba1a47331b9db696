"""Make an HTML page that shows and plays articulator motion.

One self-contained file for a sound file or for an utterance of data/cleaned: the head from the side in time with the sound,
spectrogram, phones and all 18 trajectories, measured and predicted. Two takes are drawn on top of each other. docs/view.md explains
the page.
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
    parser.add_argument("targets", metavar="SOUND_OR_UTTERANCE", nargs="+", help=f"a sound file, or {UTTERANCE} "
                        "as in mocha/fsew0/fsew0_001; two of them to compare two takes")
    parser.add_argument("-o", "--out", type=Path, metavar="OUT.html", help="page to write; default: the name of the first sound "
                        "with .html, in this folder")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--from", dest="start", type=_seconds, default=0.0, metavar="S", help="show a sound file from this time "
                        "in s; times on the page count from it")
    parser.add_argument("--to", dest="end", type=_seconds, default=math.inf, metavar="S", help="show a sound file up to this "
                        "time in s")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to use, .onnx or .safetensors; default: the "
                        "model that artinv comes with; for an utterance: models/inverter.safetensors")
    parser.add_argument("--png", type=Path, metavar="SHEET.png", help="also write a still image for print")
    parser.add_argument("--gif", type=Path, metavar="FILM.gif", help="also write a film without sound; needs artinv[plots]")
    parser.add_argument("--mp4", type=Path, metavar="FILM.mp4", help="also write a film with sound; needs artinv[plots] and ffmpeg")
    parser.add_argument("--align", choices=("none", "linear", "dtw"), default="none", help="times of two takes: as recorded, "
                        "from the first to the last sound of speech, or sound by sound; the page opens so and offers all three")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Make the scenes, write the page, the image and the films, print the paths."""
    _check(options)
    out, *more = _outputs(options, workspace)
    films = [path for path in more if path != options.png]
    from artinv.core.files import write_text
    from artinv.show.view import page
    from artinv.show.view.source import scene_of

    if films:
        from artinv.show.view import film  # needs Pillow, which the page does not
    if options.png:
        from artinv.show.view import still  # needs matplotlib, which the page does not
    for path in films:
        film.check(path, ".gif" if path == options.gif else ".mp4")

    scenes = [scene_of(target, workspace, options.model, start=options.start, end=options.end) for target in options.targets]
    for path in films:
        film.check_length(path, scenes[0])
    write_text(out, page.render(*scenes, way=options.align))
    if options.png:
        still.draw(options.png, scenes[0])
    for path in films:
        film.write(path, *scenes, way=options.align)
    for scene in scenes:
        lines = (scene.name, *scene.badges, scene.model, *scene.notes, scene.phone_note)
        print(*(one_line(line) for line in lines if line), sep="\n")
    print(*(one_line(str(path)) for path in (out, *more)), sep="\n")
    if options.open:
        import webbrowser

        if not webbrowser.open(out.resolve().as_uri()):
            print(one_line(f"artinv: no browser was found; open {out} in a browser"), file=sys.stderr)


def _outputs(options: argparse.Namespace, workspace: Workspace) -> list[Path]:
    """Return the page, the image and the films that will be written; reject paths that must not be replaced."""
    from artinv.show.html import START

    inputs = (*map(Path, options.targets), *filter(None, [options.model]))
    page = options.out or workspace.root / f"{Path(options.targets[0]).stem}.html"
    paths: list[Path] = []
    for path, kind in ((page, START.encode()), (options.png, b"\x89PNG"), (options.gif, b""), (options.mp4, b"")):
        if path:
            paths.append(output(path, *paths, *inputs, kind=kind))
    for path in filter(None, (options.gif, options.mp4)):
        if path.exists():  # it may be the video that the sound was taken from
            raise BadParams(f"{path}: exists, and a film replaces no file; name another file, or remove it")
    return paths


def _check(options: argparse.Namespace) -> None:
    """Reject options that cannot be met, before anything slow is imported."""
    if len(options.targets) > 2:
        raise BadParams(f"{options.targets[2]}: is a third take; a page shows one take or two")
    for target in options.targets:
        if not Path(target).exists() and target.count("/") != UTTERANCE.count("/"):
            raise BadData(f"{target}: is missing; correct the name of the sound file")
    if options.model and not options.model.is_file():
        raise BadData(f"{options.model}: is no file; {MODEL_CURE}")
    if options.end <= options.start:
        raise BadParams(f"--to: {options.end:g} s is not later than --from, {options.start:g} s; correct one of them")
    if options.align != "none" and len(options.targets) < 2:
        raise BadParams("--align: there is only one take; name a second one, or leave it out")


def _seconds(text: str) -> float:
    """Convert a time of the command line."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no time; give seconds from the start of the sound, as in 90.5")
    return seconds
