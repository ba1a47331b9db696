"""Plant damage into recordings of a synthetic speaker and measure how the pipeline handles it; damage.py prints the tables."""

import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from artinv.checks import clocks
from artinv.checks.profiles import profile
from artinv.core.channels import COIL_COLUMNS, derive
from artinv.core.records import Frames, Rejected, Utterance
from artinv.core.workspace import Workspace
from artinv.corpora.native.source import Source
from artinv.data import ingest
from artinv.data.clean import CleanParams, clean
from artinv.data.clean_report import Report
from artinv.data.normalize import NormalizeParams, estimate
from artinv.data.partition import part_of
from artinv.signal.gaps import false_samples
from artinv.synth.corpus.demo import DemoParams
from artinv.synth.speaker.speakers import make_speaker
from artinv.synth.tract.controls import FRAME_RATE
from tests.support.planted import DAMAGE, late, plant, session

DROPOUTS = (10, 20, 50, 100, 200, 500, 2000)
"""Lengths of gaps in ms."""

SPIKES = (5, 10, 20, 40)
"""Sizes of spikes in mm; they last 5 to 15 ms."""

REGLUED, LATER, SESSION = (3, 8), (0, 10, 30, 60), 3
"""Steps in mm; utterances after the break; repetitions of the demo's session, which is shorter than a real one."""

LAGS = (50, 100, 200, 500)
"""Delays of the motion in ms."""

GAINS = (3, 6, 10, 20)
"""Gains of the sound in dB above full scale."""

RATES = (0.5, 0.9, 1.1, 2.0)
"""Ratio of the rate in the header to the true rate."""

NEAR = 0.05
"""Seconds before and after a spike within which the error is measured."""

CLOCK = COIL_COLUMNS.index("v_x")
"""A channel that is replaced by the time in s, so that each cleaned frame can be matched with its samples."""

Figures = dict[str, list[tuple]]
"""Name of the damage -> one tuple of figures for each planting."""


def dropouts(utterance: Utterance, params: CleanParams, truth: Utterance, add: Callable) -> None:
    """Plant gaps; count frames wrongly lost or kept, and measure the error of bridged gaps."""
    for ms in DROPOUTS:
        rng, coil = _draw(utterance, ms)
        length = max(1, round(ms / 1000 * utterance.coil_rate))
        inside = _moment(utterance, length, rng)
        if inside is None:
            continue
        coils = utterance.coils.copy()
        coils[inside, coil] = np.nan
        record, report = clean(replace(utterance, coils=coils), params)
        if isinstance(record, Rejected):
            add(f"dropout, {ms} ms", 1, 0, 0, 0, 0, ())
            continue
        position = (truth.coils[:, CLOCK] - utterance.coil_start) * utterance.coil_rate
        lost = (position > inside.start - 1 + 1e-3) & (position < inside.stop - 1e-3)
        known = np.isfinite(truth.coils[:, coil]).all(axis=1)
        missing = np.isnan(record.coils[:, coil]).any(axis=1) & known
        bridged = length <= params.max_gap * utterance.coil_rate + 1e-6
        wrong = int((missing if bridged else missing != lost)[known].sum())
        error = np.abs(record.coils[:, coil] - truth.coils[:, coil])[lost & known & ~missing]
        counted = (report.bridged if bridged else report.masked) >= 2 * length
        add(f"dropout, {ms} ms", 0, int(bridged), counted, int((lost & known).sum()), wrong, tuple(error.ravel()))


def spikes(utterance: Utterance, params: CleanParams, truth: Utterance, add: Callable) -> None:
    """Plant spikes; count planted and correct samples that are removed, and measure the remaining error nearby."""
    detect = partial(false_samples, rate=utterance.coil_rate, spike_mm=params.spike_mm, spike_ratio=params.spike_ratio,
                    speed_mm=params.max_speed)
    before = detect(utterance.coils.astype(float))
    for mm in SPIKES:
        rng, coil = _draw(utterance, f"{mm} mm")
        inside = _moment(utterance, max(1, round(rng.uniform(0.005, 0.015) * utterance.coil_rate)), rng)
        if inside is None:
            continue
        jump = mm * np.array([np.cos(angle := rng.uniform(0, 2 * np.pi)), np.sin(angle)], np.float32)
        coils = utterance.coils.copy()
        coils[inside, coil] += jump
        removed = detect(coils.astype(float))
        planted = np.zeros(coils.shape, bool)
        planted[inside, coil] = np.abs(jump) > params.spike_mm
        record, _ = clean(replace(utterance, coils=coils), params)
        near = np.abs(truth.coils[:, CLOCK] - utterance.coil_start - inside.start / utterance.coil_rate) < NEAR
        error = np.abs(record.coils[:, coil] - truth.coils[:, coil])[near]
        wrong = removed & ~before
        wrong[inside, coil] = False
        add(f"spike, {mm} mm", int(planted.sum()), int((removed & planted).sum()), int(wrong.sum()), removed.size,
            float(np.nanmax(error, initial=0)))


def whole(utterance: Utterance, params: CleanParams, add: Callable) -> None:
    """Damage complete utterances; record whether cleaning rejects them."""
    loudest = np.abs(utterance.sound).max()
    for gain in GAINS:
        loud = np.clip(utterance.sound / loudest * np.float32(10 ** (gain / 20)), -1, 1)
        add(f"sound {gain} dB above full scale", *_outcome(replace(utterance, sound=loud), params))
    for ratio in RATES:
        wrong = replace(utterance, sound_rate=utterance.sound_rate * ratio)
        add(f"rate in the sound's header x {ratio:g}", *_outcome(wrong, params))


def _outcome(utterance: Utterance, params: CleanParams) -> tuple[str]:
    """Return the fault for which the utterance is rejected, or that its labels are left out; empty if it is used."""
    record, report = clean(utterance, params)
    return (report.fault or ("labels left out" if utterance.phones and not record.phones else ""),)


def check_damage(corpus: str, utterances: Sequence[Utterance], params: CleanParams, add: Callable) -> None:
    """Record how cleaning handles the damage of the `check` tests, and the lags reported before and after correction."""
    for name, (kind, _, _) in DAMAGE.items():
        for place, damaged in plant(name, utterances).items() if utterances[0].phones or "labels" not in kind else ():
            if place % 6 == 0:
                add(name, *_outcome(damaged, params))
    for ms in LAGS:
        damaged = [late(ms / 1000)(utterance, utterance) for utterance in utterances]
        seconds, _ = _reported_lag(corpus, damaged, params)
        cured = params.model_copy(update={"lags": {utterances[0].speaker_id: seconds}})
        left, rejected = _reported_lag(corpus, damaged, cured) if seconds else (0.0, 0)
        add(f"lag, {ms} ms", bool(seconds), 1000 * seconds - ms if seconds else np.nan, bool(left), rejected)


def _reported_lag(corpus: str, utterances: Sequence[Utterance], params: CleanParams) -> tuple[float, int]:
    """Return the reported lag in s, 0 if none is reported, and the number of rejected utterances."""
    profiles = [profile(utterance, (utterance.name,), params) for utterance in utterances]
    lags = [finding for finding in clocks.lags(session(corpus, profiles, params)) if finding.kind == "lag"]
    seconds = float(lags[0].cure.partition(": ")[2].partition("`")[0]) if lags else 0.0
    return seconds, sum(bool(checked.report.reason) for checked in profiles)


def reglued(records: Sequence[Utterance], add: Callable) -> None:
    """Move one coil from an utterance on; measure the error of the speaker's mean there and later, in mm and deviations."""
    session_frames = [_silent(record, number) for number, record in enumerate([*records] * SESSION)]
    choice = NormalizeParams.load(Workspace().params)
    reference = estimate(session_frames, choice)
    add("not reglued", len(reference.reglued), int(np.isfinite(reference.motion_std).sum()))
    for mm in REGLUED:
        for coil in range(6):
            rng = np.random.default_rng([coil, mm, zlib.crc32(records[0].person.encode())])
            start = len(records) + int(rng.integers(len(records)))
            step = mm * np.array([np.cos(angle := rng.uniform(0, 2 * np.pi)), np.sin(angle)])
            where = slice(2 * coil, 2 * coil + 2)
            moved = [_moved(frames, where, step) if frames.order >= start else frames for frames in session_frames]
            stats = estimate(moved, choice)
            followed = (stats.motion_mean - reference.motion_mean)[:, where]
            left = np.abs([step - followed[start + later] for later in LATER])
            before = np.abs(followed[start - 1])
            detected = [bool(np.any((np.abs(stats.reglued[:, 0] - start) <= 3) & (stats.reglued[:, 1] == channel)))
                    for channel in range(2 * coil, 2 * coil + 2)]
            deviations = np.abs(step) / reference.motion_std[where]
            for axis in range(2):
                which = "" if session_frames[start].part == "train" else ", at a validation or test utterance"
                name = f"reglued, {mm} mm{which}"
                add(name, float(deviations[axis]), detected[axis], abs(float(step[axis])), float(before[axis]),
                    *map(float, left[:, axis]), *map(float, left[:, axis] / reference.motion_std[where][axis]))


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
    """Count samples removed from recordings without and with a spike planted by the demo."""
    choice = DemoParams.load(Workspace().params)
    session_seed = make_speaker(utterances[0].speaker, choice.variability, choice.seed).session
    for report, utterance in zip(reports, utterances, strict=True):
        still = np.zeros((round(len(utterance.coils) / utterance.coil_rate * FRAME_RATE), len(COIL_COLUMNS)), np.float32)
        spike = np.nanmax(np.ptp(choice.damage.afflict(still, session_seed, utterance.order), axis=0)) > 1
        add("spikes of the demo" if spike else "nothing", report.false, report.samples)


def trial(params: CleanParams, count: int, item: tuple[str, list[Source]]) -> Figures:
    """Plant all damage into one speaker and return the figures."""
    corpus, sources = item
    figures: Figures = defaultdict(list)

    def add(name: str, *values: object) -> None:
        figures[name].append(values)

    utterances = [utterance for source in sources for utterance in ingest.read(corpus, "synthetic", source)]
    records, reports = zip(*(clean(utterance, params) for utterance in utterances), strict=True)
    false_alarms(reports, utterances, add)
    reglued([record for record in records if isinstance(record, Utterance)], add)
    for utterance in utterances[:count:2]:
        clock = utterance.coil_start + np.arange(len(utterance.coils)) / utterance.coil_rate
        timed = replace(utterance, coils=np.column_stack([utterance.coils[:, :CLOCK], clock, clock]).astype(np.float32))
        truth, _ = clean(timed, params)
        if isinstance(truth, Utterance):
            dropouts(timed, params, truth, add)
            spikes(timed, params, truth, add)
        whole(utterance, params, add)
    check_damage(corpus, utterances[:count], params, add)
    return dict(figures)


def _draw(utterance: Utterance, key: object) -> tuple[np.random.Generator, slice]:
    """Return a generator seeded by the utterance, and the columns of one of the six coils that all speakers have."""
    rng = np.random.default_rng(zlib.crc32(f"{utterance.id}/{key}".encode()))
    coil = int(rng.integers(6))
    return rng, slice(2 * coil, 2 * coil + 2)


def _moment(utterance: Utterance, length: int, rng: np.random.Generator) -> slice | None:
    """Return a slice of `length` samples with motion on both sides, or None where the utterance is too short."""
    margin = round(NEAR * utterance.coil_rate)
    if len(utterance.coils) < length + 2 * margin + 2:
        return None
    start = int(rng.integers(margin, len(utterance.coils) - length - margin))
    return slice(start, start + length)
