"""Decode a recording of the brain: from signals to parameters of speech, the motion of the mouth, and sound.

RECORDING: an .h5 file with high-gamma envelopes, or a subject's folder of BIDS-iEEG. For the subject S the folder OUT gets
S_decoded.csv (parameters, 125 a second), S_decoded.npz (trajectories), S_decoded.wav, S_decoded.html (the page of `artinv view`
with the electrodes below the head) and S_decoded.png (how much each electrode matters). The model comes from the pipeline `neural`
of a project, or from --model. docs/neural.md explains the values.
"""

import argparse
import hashlib
import math
from pathlib import Path
from typing import TYPE_CHECKING

from artinv.commands import output, output_folder
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadData, BadParams, one_line

if TYPE_CHECKING:
    from artinv.neural.model import NeuralModel
    from artinv.neural.recording import Recording

SHOWN = 20.0
"""Seconds of the page where --to is not given."""

ENDINGS = ("csv", "npz", "wav", "html", "png")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("recording", type=Path, metavar="RECORDING", help="an .h5 file, or a subject's folder of BIDS-iEEG")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to use; default: the first one that the pipeline of this "
                        "project has trained for the subject")
    parser.add_argument("--from", dest="start", type=float, metavar="S", help="first second of the page; default: the first trial")
    parser.add_argument("--to", dest="end", type=float, metavar="S", help=f"last second of the page; default: {SHOWN:g} s later")
    parser.add_argument("--shown", action="store_true", help="make only the trials on the page into sound, which is faster")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Check the arguments, decode, write the results, print one line each."""
    for name in ("start", "end"):
        if (value := getattr(options, name)) is not None and not 0 <= value < math.inf:
            raise BadParams(f"--{'from' if name == 'start' else 'to'}: {value:g} is no time; give seconds from the start")
    if not options.recording.exists():
        raise BadData(f"{options.recording}: is missing; name an .h5 file or a subject's folder")
    if options.model and not options.model.is_file():
        raise BadData(f"{options.model}: is no file; name a model with --model")
    output_folder(options.out)
    import torch

    from artinv.core.files import write_text
    from artinv.neural import decode
    from artinv.neural.model import NeuralModel
    from artinv.neural.occlusion import Map
    from artinv.neural.recording import read
    from artinv.show.electrodes import draw
    from artinv.show.view import page, source
    from artinv.show.view.electrodes import Electrodes

    torch.set_num_threads(1)  # equal input gives equal bytes
    recording = read(options.recording)
    path = options.model or _model(workspace, recording.subject)
    paths = {ending: options.out / f"{recording.subject}_decoded.{ending}" for ending in ENDINGS}
    for place in paths.values():
        output(place, options.recording, path)
    model = NeuralModel.load(path)
    start, end = _range(options, recording)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    decoded = decode.decode(recording, model, digest, (start, end) if options.shown else None)
    decode.write(options.out, decoded)
    trajectory, sound = decode.part_of(decoded, start, end)
    notes = (decoded.note, f"part of the recording, from {start:.2f} s to {end:.2f} s; times count from the start of this part")
    signals = model.standardized(recording).numpy()[round(start * recording.rate):round(end * recording.rate)]
    beside = Electrodes(recording.channels, model.layout.places, signals, recording.rate)
    write_text(paths["html"], page.render(source.of_trajectory(trajectory, sound, notes), electrodes=beside))
    draw(paths["png"], [Map(recording.subject, model.title, recording.channels, model.layout.places, None, decoded.importance)])
    seconds, delay = recording.frames / recording.rate, _delay(model, recording.rate)
    print(one_line(f"{options.recording}: {seconds:.1f} s, {model.title}, {delay}"))
    print(one_line(f"written: {' '.join(map(str, paths.values()))}"))


def _delay(model: "NeuralModel", rate: float) -> str:
    """Return how much of the signals that follow an output depends on."""
    if model.latency is None or model.weights.mode == "anticausal":
        return "needs the whole recording"
    return f"looks ahead {1000 * model.latency / rate:.0f} ms"


def _range(options: argparse.Namespace, recording: "Recording") -> tuple[float, float]:
    """Return the part that the page shows, in s."""
    seconds = recording.frames / recording.rate
    first = min((trial.start for trial in recording.trials), default=0) / recording.rate
    start = first if options.start is None else options.start
    end = min(seconds, start + SHOWN if options.end is None else options.end)
    if end - start < 0.1:
        raise BadParams(f"--from, --to: {start:g} s to {end:g} s is no part of a recording of {seconds:.1f} s; correct one of them")
    return start, end


def _model(workspace: Workspace, subject: str) -> Path:
    """Return the model of a subject that the pipeline of the project has trained first."""
    from artinv.neural.training import TrainParams
    from artinv.neural.workspace import NeuralFiles

    files = NeuralFiles(workspace.root)
    if not files.params.is_file():
        raise BadParams("no model: name one with --model, or run `make neural`")
    path = files.model(subject, TrainParams.load(files.params).choices[0].name)
    if not path.is_file():
        raise BadData(f"{path}: is missing; name a model with --model, or run `make neural`")
    return path
