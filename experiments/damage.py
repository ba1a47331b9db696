"""What the pipeline does with damage planted into every synthetic speaker: what it mends, what it gives up, what is left.

Run as `python -m experiments.damage [--demo data/demo] [--count 24] [--speakers F01 fsew0]`. What `artinv check` says of damage
stands in experiments/checks.py. The truth is what cleaning makes of the recording without the damage.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from artinv.data.clean import CleanParams
from artinv.runtime import parallel
from artinv.runtime.progress import track
from experiments.checks import people
from experiments.plantings import DROPOUTS, GAINS, LAGS, LATER, RATES, REGLUED, SPIKES, Figures, trial
from tests.support.planted import DAMAGE


def _columns(rows: list[tuple]) -> tuple[np.ndarray, ...]:
    return tuple(np.array(column, float) for column in zip(*rows, strict=True))


def dropout_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """By the length of the gap."""
    yield ("lost, of one coil", "plantings", "told in the counts", "bridged", "frames lost", "wrongly lost or known",
           "error, mm: rms", "95 % below", "largest")
    for ms in (ms for ms in DROPOUTS if figures[f"dropout, {ms} ms"]):
        rejected, mended, counted, frames, wrong, errors = zip(*figures[f"dropout, {ms} ms"], strict=True)
        error = np.concatenate([np.asarray(each) for each in errors])
        spread = (np.sqrt(np.square(error).mean()), np.percentile(error, 95), error.max()) if len(error) else ()
        fate = f"{sum(mended)}" + (f", {sum(rejected)} rejected" if sum(rejected) else "")
        yield (f"{ms} ms", len(mended), sum(counted), fate, sum(frames), sum(wrong), *(f"{x:.2f}" for x in spread),
               *[""] * (3 - len(spread)))


def spike_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """By the size of the leap."""
    yield ("leap of one coil, 5 to 15 ms", "plantings", "planted samples taken out", "true samples taken out besides",
           "error left, mm: median", "95 % below", "largest")
    for mm in SPIKES:
        planted, found, more, size, error = _columns(figures[f"spike, {mm} mm"])
        spread = np.median(error), np.percentile(error, 95), error.max()
        yield (f"{mm} mm", len(planted), f"{found.sum() / planted.sum():.1%} of {planted.sum():.0f}",
               f"{more.sum():.0f} of {size.sum():.0f}", *(f"{x:.2f}" for x in spread))
    false, samples = _columns(figures["nothing"])
    yield f"none, {len(false)} recordings", 0, "", f"{false.sum():.0f} of {samples.sum():.0f}", "", "", ""


def reglued_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """By the size of the step, and by that of the jump of a channel's level."""
    yield "reglued", "jump", "channels", "break found", "off before", *(f"{n} later" for n in LATER), "in deviations"
    for title in (f"{mm} mm{where}" for mm in REGLUED for where in ("", ", at an utterance that is not learned from")):
        rows = np.array(figures[f"reglued, {title}"], float).reshape(-1, 4 + 2 * len(LATER))
        for low, high in ((0, 1), (1, 1.5), (1.5, np.inf)):
            mask = (rows[:, 0] >= low) & (rows[:, 0] < high)
            if mask.any():
                _, found, jump, before, *left = rows[mask].mean(axis=0)
                size = f"{low:g} to {high:g} deviations ({jump:.1f} mm)"
                yield (title, size, mask.sum(), f"{found:.0%}", f"{before:.2f} mm",
                       *(f"{x:.2f} mm" for x in left[:len(LATER)]), ", ".join(f"{x:.2f}" for x in left[len(LATER):]))
    told, channels = _columns(figures["not reglued"])
    yield "nothing but what the demo does", "", int(channels.sum()), f"{told.sum():.0f} breaks", *[""] * (2 + len(LATER))


def lag_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """By the lag."""
    yield "motion late by", "speakers told", "figure off by, ms: mean", "largest", "told when taken off", "utterances rejected then"
    for ms in LAGS:
        told, error, left, rejected = _columns(figures[f"lag, {ms} ms"])
        off = np.abs(error[told > 0])
        errors = (f"{off.mean():.0f}", f"{off.max():.0f}") if len(off) else ("", "")
        yield f"{ms} ms", f"{told.sum():.0f} of {len(told)}", *errors, f"{left.sum():.0f}", f"{rejected.sum():.0f}"


def fate_rows(figures: Figures) -> Iterator[Sequence[object]]:
    """Of whole utterances."""
    yield "the whole utterance", "plantings", "what cleaning does"
    loud = (f"sound {gain} dB above full scale" for gain in GAINS)
    rates = (f"rate in the sound's header x {ratio:g}" for ratio in RATES)
    for name in (*loud, *rates, *DAMAGE):
        fates = Counter(fate for fate, in figures.get(name, []))
        yield name, fates.total(), ", ".join(f"{fate or 'used'} {count / fates.total():.0%}" for fate, count in fates.most_common())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", type=Path, default=Path("data/demo"))
    parser.add_argument("--count", type=int, default=24, help="utterances of a speaker")
    parser.add_argument("--speakers", nargs="+", default=[])
    options = parser.parse_args()
    everybody = list(people(options.demo, options.speakers))
    work = partial(trial, CleanParams.load(), options.count)
    together: Figures = defaultdict(list)
    for figures in track(parallel.imap(work, everybody), "trials", len(everybody)):
        for name, rows in figures.items():
            together[name] += rows
    for table in (dropout_rows, spike_rows, reglued_rows, lag_rows, fate_rows):
        head, *rows = table(together)
        print("\n".join(["", *(f"| {' | '.join(map(str, row))} |" for row in (head, ["---"] * len(head), *rows))]))
