"""Compare live models with different look-ahead on synthetic speakers, to see what a shorter delay costs in accuracy.

Run as `python -m experiments.live_look_ahead [--settings 0,0 1,1 3,1 5,2 10,2] [--epochs 8]` after `make live`. Each setting is
frames of look-ahead and of smoothing; the rest is that of pipelines/live/params.yaml. Each model is scored on the validation
speakers, sentence by sentence within their sessions, as `make live` scores its own. The results are written to
metrics/live/look_ahead.json.
"""

import argparse
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from artinv.core import store
from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.records import Frames
from artinv.core.text import aligned
from artinv.evaluate.sim2real import POSITION_COLUMNS
from artinv.live.features import FrontParams
from artinv.live.model import LiveModel
from artinv.live.scores import live_motion
from artinv.live.sessions import last_speakers, sentences
from artinv.live.training import LiveFitParams, fit, population
from artinv.live.workspace import LiveWorkspace
from artinv.measure import metrics
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap

SETTINGS = ("0,0", "1,1", "3,1", "5,2", "10,2")
"""Frames of look-ahead and of smoothing."""


class Sizes(NamedTuple):
    """What differs between the models."""

    delay: int  # frames between a frame and its motion
    smooth: int  # frames on each side over which motion is smoothed


def sizes_of(text: str) -> Sizes:
    """Read a setting of the command line.

    >>> sizes_of("5,2")
    Sizes(delay=5, smooth=2)
    """
    delay, smooth = text.split(",")
    return Sizes(int(delay), int(smooth))


def pearson(model: LiveModel, sessions: list[Frames]) -> float:
    """Return the mean Pearson correlation of the positions over the sentences of sessions (motion in mm)."""
    each = []
    for session in sessions:
        motion = live_motion(model, session)
        each += [metrics.pearson(session.motion[part], motion[part])[POSITION_COLUMNS] for part in sentences(session)]
    return float(np.nanmean(metrics.average(np.stack(each))))


def measure(folder: Path, front: FrontParams, params: LiveFitParams, sizes: Sizes) -> dict[str, object]:
    """Train and score one model, in a process of its own."""
    chosen = params.model_copy(update={"sizes": params.sizes.model_copy(update=sizes._asdict())})
    model, trained = fit(population(folder, front, chosen), front, chosen)
    speakers = {name: list(store.read(folder, Frames, name.__eq__)) for name in
                last_speakers(store.speakers(folder), chosen.valid_speakers)}
    own = {name: round(pearson(model, sessions), 6) for name, sessions in speakers.items()}
    return {**sizes._asdict(), "look_ahead": model.look_ahead, "latency": model.latency, "valid_loss": trained.best.valid,
            "pearson": float(np.mean(list(own.values()))), "speakers": own}


def main(settings: list[Sizes], epochs: int, workspace: LiveWorkspace) -> None:
    """Measure all settings, write the metrics file and print the table."""
    front, params = FrontParams.load(workspace.live_params), LiveFitParams.load(workspace.live_params)
    params = params.model_copy(update={"epochs": epochs})
    rows = list(imap(partial(measure, workspace.live_frames, front, params), settings))
    write_json(workspace.root / "metrics/live/look_ahead.json",
               {"epochs": epochs, "models": {f"{row['delay']}_{row['smooth']}": row for row in rows}}
               | stamp("synthetic", seed=params.seed))
    titles = ["look-ahead frames", "smoothing frames", "look-ahead ms", "latency ms", "Pearson"]
    print("\n".join(aligned([titles, *([str(row["delay"]), str(row["smooth"]), f"{1000 * row['look_ahead']:.0f}",
                                        f"{1000 * row['latency']:.0f}", f"{row['pearson']:.3f}"] for row in rows)])))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.live_look_ahead")
    parser.add_argument("--settings", nargs="+", type=sizes_of, default=[sizes_of(text) for text in SETTINGS])
    parser.add_argument("--epochs", type=int, default=8)
    given = parser.parse_args()
    with gate():
        main(given.settings, given.epochs, LiveWorkspace())
