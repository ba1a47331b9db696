"""Measure how the pipeline handles damage planted into each synthetic speaker: repaired, rejected, and the remaining error.

Run as `python -m experiments.damage [--demo data/demo] [--count 24] [--speakers F01 fsew0]`. experiments/checks.py measures which
damage `artinv check` detects. The reference is the cleaned recording without the damage.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams
from artinv.runtime import parallel
from artinv.runtime.progress import track
from experiments.checks import sources_by_speaker
from experiments.plantings import DROPOUTS, GAINS, LAGS, LATER, RATES, REGLUED, SPIKES, Figures, trial
from tests.support.planted import DAMAGE


def _columns(rows: list[tuple]) -> tuple[np.ndarray, ...]:
    return tuple(np.array(column, float) for column in zip(*rows, strict=True))


def dropout_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """Yield the header and one row for each length of the gap."""
    yield ("gap in one coil", "plantings", "correctly counted", "bridged", "frames lost", "wrongly lost or kept",
           "error, mm: rms", "95 % below", "largest")
    for ms in (ms for ms in DROPOUTS if figures[f"dropout, {ms} ms"]):
        rejected, bridged, counted, frames, wrong, errors = zip(*figures[f"dropout, {ms} ms"], strict=True)
        error = np.concatenate([np.asarray(values) for values in errors])
        spread = (np.sqrt(np.square(error).mean()), np.percentile(error, 95), error.max()) if len(error) else ()
        outcome = f"{sum(bridged)}" + (f", {sum(rejected)} rejected" if sum(rejected) else "")
        yield (f"{ms} ms", len(bridged), sum(counted), outcome, sum(frames), sum(wrong), *(f"{x:.2f}" for x in spread),
               *[""] * (3 - len(spread)))


def spike_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """Yield the header and one row for each size of the spike."""
    yield ("spike of one coil, 5 to 15 ms", "plantings", "planted samples removed", "correct samples removed",
           "remaining error, mm: median", "95 % below", "largest")
    for mm in SPIKES:
        planted, removed, wrong, size, error = _columns(figures[f"spike, {mm} mm"])
        spread = np.median(error), np.percentile(error, 95), error.max()
        yield (f"{mm} mm", len(planted), f"{removed.sum() / planted.sum():.1%} of {planted.sum():.0f}",
               f"{wrong.sum():.0f} of {size.sum():.0f}", *(f"{x:.2f}" for x in spread))
    false, samples = _columns(figures["nothing"])
    yield f"none, {len(false)} recordings", 0, "", f"{false.sum():.0f} of {samples.sum():.0f}", "", "", ""


def reglued_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """Yield the header and one row for each step size and each range of the jump of a channel's level."""
    yield "reglued", "jump", "channels", "break detected", "error before", *(f"{n} later" for n in LATER), "in deviations"
    for title in (f"{mm} mm{where}" for mm in REGLUED for where in ("", ", at a validation or test utterance")):
        rows = np.array(figures[f"reglued, {title}"], float).reshape(-1, 4 + 2 * len(LATER))
        for low, high in ((0, 1), (1, 1.5), (1.5, np.inf)):
            mask = (rows[:, 0] >= low) & (rows[:, 0] < high)
            if mask.any():
                _, detected, jump, before, *left = rows[mask].mean(axis=0)
                size = f"{low:g} to {high:g} deviations ({jump:.1f} mm)"
                yield (title, size, mask.sum(), f"{detected:.0%}", f"{before:.2f} mm",
                       *(f"{x:.2f} mm" for x in left[:len(LATER)]), ", ".join(f"{x:.2f}" for x in left[len(LATER):]))
    breaks, channels = _columns(figures["not reglued"])
    yield "no planted break", "", int(channels.sum()), f"{breaks.sum():.0f} breaks", *[""] * (2 + len(LATER))


def lag_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """Yield the header and one row for each lag."""
    yield ("motion delayed by", "speakers reported", "error of the estimate, ms: mean", "largest", "reported after correction",
           "rejected after correction")
    for ms in LAGS:
        reported, error, left, rejected = _columns(figures[f"lag, {ms} ms"])
        off = np.abs(error[reported > 0])
        errors = (f"{off.mean():.0f}", f"{off.max():.0f}") if len(off) else ("", "")
        yield f"{ms} ms", f"{reported.sum():.0f} of {len(reported)}", *errors, f"{left.sum():.0f}", f"{rejected.sum():.0f}"


def fate_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """Yield the header and one row for each kind of damage to a complete utterance."""
    yield "damage to the complete utterance", "plantings", "result of cleaning"
    loud = (f"sound {gain} dB above full scale" for gain in GAINS)
    rates = (f"rate in the sound's header x {ratio:g}" for ratio in RATES)
    for name in (*loud, *rates, *DAMAGE):
        outcomes = Counter(outcome for outcome, in figures.get(name, []))
        shares = (f"{outcome or 'used'} {count / outcomes.total():.0%}" for outcome, count in outcomes.most_common())
        yield name, outcomes.total(), ", ".join(shares)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", type=Path, default=Workspace().demo)
    parser.add_argument("--count", type=int, default=24, help="utterances per speaker")
    parser.add_argument("--speakers", nargs="+", default=[])
    options = parser.parse_args()
    speakers = list(sources_by_speaker(options.demo, options.speakers))
    work = partial(trial, CleanParams.load(Workspace().params), options.count)
    pooled: Figures = defaultdict(list)
    for figures in track(parallel.imap(work, speakers), "trials", len(speakers)):
        for name, rows in figures.items():
            pooled[name] += rows
    for table in (dropout_rows, spike_rows, reglued_rows, lag_rows, fate_rows):
        head, *rows = table(pooled)
        print("\n".join(["", *(f"| {' | '.join(map(str, row))} |" for row in (head, ["---"] * len(head), *rows))]))
