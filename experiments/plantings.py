"""Damage planted into recordings of a synthetic speaker, and what the pipeline does with it; the tables are in damage.py."""

import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from artinv.checks import clocks
from artinv.checks.look import look
from artinv.core.channels import COIL_COLUMNS, derive
from artinv.core.records import Frames, Rejected, Utterance
from artinv.corpora.native.source import Source
from artinv.data import ingest
from artinv.data.clean import CleanParams, clean
from artinv.data.clean_report import Report
from artinv.data.normalize import NormalizeParams, estimate
from artinv.data.partition import part_of
from artinv.signal.gaps import false_samples
from artinv.synth.corpus.demo import DemoParams
from artinv.synth.speaker.speakers import make
from artinv.synth.tract.controls import FRAME_RATE
from tests.support.planted import DAMAGE, late, plant, session

DROPOUTS = (10, 20, 50, 100, 200, 500, 2000)
"""ms"""

SPIKES = (5, 10, 20, 40)
"""mm, for 5 to 15 ms"""

REGLUED, LATER, SESSION = (3, 8), (0, 10, 30, 60), 3
"""mm; utterances after the break; how often the demo's session is said on end, for it is shorter than a real one."""

LAGS = (50, 100, 200, 500)
"""ms"""

GAINS = (3, 6, 10, 20)
"""dB above full scale"""

RATES = (0.5, 0.9, 1.1, 2.0)
"""Rate in the header over the true one."""

NEAR = 0.05
"""s on either side of a damage in which an error is looked for."""

CLOCK = COIL_COLUMNS.index("v_x")
"""A channel that holds the time, so that the frames of what is cleaned are known by it."""

Figures = dict[str, list[tuple]]
"""What was planted -> the figures of each planting."""


def dropouts(one: Utterance, params: CleanParams, truth: Utterance, add: Callable) -> None:
    """Frames lost where they should not be or known where they cannot be; error of what is bridged."""
    for ms in DROPOUTS:
        rng, coil = _dice(one, ms)
        length = max(1, round(ms / 1000 * one.coil_rate))
        inside = _moment(one, length, rng)
        if inside is None:
            continue
        coils = one.coils.copy()
        coils[inside, coil] = np.nan
        record, report = clean(replace(one, coils=coils), params)
        if isinstance(record, Rejected):
            add(f"dropout, {ms} ms", 1, 0, 0, 0, 0, ())
            continue
        position = (truth.coils[:, CLOCK] - one.coil_start) * one.coil_rate
        lost = (position > inside.start - 1 + 1e-3) & (position < inside.stop - 1e-3)
        known = np.isfinite(truth.coils[:, coil]).all(axis=1)
        gone = np.isnan(record.coils[:, coil]).any(axis=1) & known
        mended = length <= params.max_gap * one.coil_rate + 1e-6
        wrong = int((gone if mended else gone != lost)[known].sum())
        error = np.abs(record.coils[:, coil] - truth.coils[:, coil])[lost & known & ~gone]
        counted = (report.bridged if mended else report.masked) >= 2 * length
        add(f"dropout, {ms} ms", 0, int(mended), counted, int((lost & known).sum()), wrong, tuple(error.ravel()))


def spikes(one: Utterance, params: CleanParams, truth: Utterance, add: Callable) -> None:
    """Planted samples that are taken out, true ones that are taken out with them, and the error left around."""
    judge = partial(false_samples, rate=one.coil_rate, spike_mm=params.spike_mm, spike_ratio=params.spike_ratio,
                    speed_mm=params.max_speed)
    before = judge(one.coils.astype(float))
    for mm in SPIKES:
        rng, coil = _dice(one, f"{mm} mm")
        inside = _moment(one, max(1, round(rng.uniform(0.005, 0.015) * one.coil_rate)), rng)
        if inside is None:
            continue
        leap = mm * np.array([np.cos(angle := rng.uniform(0, 2 * np.pi)), np.sin(angle)], np.float32)
        coils = one.coils.copy()
        coils[inside, coil] += leap
        found = judge(coils.astype(float))
        planted = np.zeros(coils.shape, bool)
        planted[inside, coil] = np.abs(leap) > params.spike_mm
        record, _ = clean(replace(one, coils=coils), params)
        near = np.abs(truth.coils[:, CLOCK] - one.coil_start - inside.start / one.coil_rate) < NEAR
        error = np.abs(record.coils[:, coil] - truth.coils[:, coil])[near]
        more = found & ~before
        more[inside, coil] = False
        add(f"spike, {mm} mm", int(planted.sum()), int((found & planted).sum()), int(more.sum()), found.size,
            float(np.nanmax(error, initial=0)))


def whole(one: Utterance, params: CleanParams, add: Callable) -> None:
    """Damage to all of an utterance: whether it is given up."""
    loudest = np.abs(one.sound).max()
    for gain in GAINS:
        loud = np.clip(one.sound / loudest * np.float32(10 ** (gain / 20)), -1, 1)
        add(f"sound {gain} dB above full scale", *_fate(replace(one, sound=loud), params))
    for ratio in RATES:
        add(f"rate in the sound's header x {ratio:g}", *_fate(replace(one, sound_rate=one.sound_rate * ratio), params))


def _fate(one: Utterance, params: CleanParams) -> tuple[str]:
    """The fault for which it is rejected, or what becomes of its labels."""
    record, report = clean(one, params)
    return (report.fault or ("labels left out" if one.phones and not record.phones else ""),)


def known_to_check(corpus: str, utterances: Sequence[Utterance], params: CleanParams, add: Callable) -> None:
    """What cleaning makes of the damage that `check` is tried on; lags and what is left of them when they are taken off."""
    for name, (kind, _, _) in DAMAGE.items():
        for place, damaged in plant(name, utterances).items() if utterances[0].phones or "labels" not in kind else ():
            if place % 6 == 0:
                add(name, *_fate(damaged, params))
    for ms in LAGS:
        damaged = [late(ms / 1000)(one, one) for one in utterances]
        seconds, _ = _lag_told(corpus, damaged, params)
        cured = params.model_copy(update={"lags": {utterances[0].person: seconds}})
        left, rejected = _lag_told(corpus, damaged, cured) if seconds else (0.0, 0)
        add(f"lag, {ms} ms", bool(seconds), 1000 * seconds - ms if seconds else np.nan, bool(left), rejected)


def _lag_told(corpus: str, utterances: Sequence[Utterance], params: CleanParams) -> tuple[float, int]:
    """s, 0 where none is told; utterances that are given up."""
    looks = [look(one, (one.name,), params) for one in utterances]
    told = [one for one in clocks.lags(session(corpus, looks, params)) if one.kind == "lag"]
    return float(told[0].cure.partition(": ")[2].partition("`")[0]) if told else 0.0, sum(bool(one.report.reason) for one in looks)


def reglued(records: Sequence[Utterance], add: Callable) -> None:
    """One coil elsewhere from an utterance on: how far the normalization is off there and later, in mm and deviations."""
    said = [_silent(record, lap * len(records) + number) for lap in range(SESSION) for number, record in enumerate(records)]
    choice = NormalizeParams.load()
    usual = estimate(said, choice)
    add("not reglued", len(usual.reglued), int(np.isfinite(usual.motion_std).sum()))
    for mm in REGLUED:
        for coil in range(6):
            rng = np.random.default_rng([coil, mm, zlib.crc32(records[0].person.encode())])
            start = len(records) + int(rng.integers(len(records)))
            step = mm * np.array([np.cos(angle := rng.uniform(0, 2 * np.pi)), np.sin(angle)])
            where = slice(2 * coil, 2 * coil + 2)
            moved = [_moved(frames, where, step) if frames.order >= start else frames for frames in said]
            stats = estimate(moved, choice)
            followed = (stats.motion_mean - usual.motion_mean)[:, where]
            left = np.abs([step - followed[start + later] for later in LATER])
            before = np.abs(followed[start - 1])
            told = [bool(np.any((np.abs(stats.reglued[:, 0] - start) <= 3) & (stats.reglued[:, 1] == channel)))
                    for channel in range(2 * coil, 2 * coil + 2)]
            deviations = np.abs(step) / usual.motion_std[where]
            for axis in range(2):
                name = f"reglued, {mm} mm" + ("" if said[start].part == "train" else ", at an utterance that is not learned from")
                add(name, float(deviations[axis]), told[axis], abs(float(step[axis])), float(before[axis]),
                    *map(float, left[:, axis]), *map(float, left[:, axis] / usual.motion_std[where][axis]))


def _silent(record: Utterance, order: int) -> Frames:
    return Frames(
        corpus=record.corpus, speaker=record.speaker, name=f"{order:04d}", order=order, sentence=record.sentence,
        part=part_of(record), rate=record.coil_rate, acoustics=np.zeros((len(record.coils), 1), np.float32),
        motion=derive(record.coils),
    )


def _moved(frames: Frames, where: slice, step: np.ndarray) -> Frames:
    motion = frames.motion.copy()
    motion[:, where] += step.astype(np.float32)
    return replace(frames, motion=motion)


def false_alarms(reports: Sequence[Report], utterances: Sequence[Utterance], add: Callable) -> None:
    """Samples taken out of recordings into which the demo has planted no leap."""
    choice = DemoParams.load()
    drawn = make(utterances[0].speaker, choice.variability, choice.seed).session
    for report, one in zip(reports, utterances, strict=True):
        nothing = np.zeros((round(len(one.coils) / one.coil_rate * FRAME_RATE), len(COIL_COLUMNS)), np.float32)
        leap = np.nanmax(np.ptp(choice.damage.afflict(nothing, drawn, one.order), axis=0)) > 1
        add("leaps of the demo" if leap else "nothing", report.false, report.samples)


def trial(params: CleanParams, count: int, item: tuple[str, list[Source]]) -> Figures:
    """All of it for one speaker."""
    corpus, sources = item
    figures: Figures = defaultdict(list)

    def add(name: str, *values: object) -> None:
        figures[name].append(values)

    everything = [one for source in sources for one in ingest.read(corpus, "synthetic", source)]
    records, reports = zip(*(clean(one, params) for one in everything), strict=True)
    false_alarms(reports, everything, add)
    reglued([record for record in records if isinstance(record, Utterance)], add)
    for one in everything[:count:2]:
        clock = one.coil_start + np.arange(len(one.coils)) / one.coil_rate
        timed = replace(one, coils=np.column_stack([one.coils[:, :CLOCK], clock, clock]).astype(np.float32))
        truth, _ = clean(timed, params)
        if isinstance(truth, Utterance):
            dropouts(timed, params, truth, add)
            spikes(timed, params, truth, add)
        whole(one, params, add)
    known_to_check(corpus, everything[:count], params, add)
    return dict(figures)


def _dice(one: Utterance, key: object) -> tuple[np.random.Generator, slice]:
    """Chance that is the same in every run, and one of the six coils that everybody has."""
    rng = np.random.default_rng(zlib.crc32(f"{one.id}/{key}".encode()))
    coil = int(rng.integers(6))
    return rng, slice(2 * coil, 2 * coil + 2)


def _moment(one: Utterance, length: int, rng: np.random.Generator) -> slice | None:
    """So many samples with motion on both sides, or nothing where the utterance is too short."""
    margin = round(NEAR * one.coil_rate)
    if len(one.coils) < length + 2 * margin + 2:
        return None
    start = int(rng.integers(margin, len(one.coils) - length - margin))
    return slice(start, start + length)
