"""Add prediction intervals to a model, calibrated on utterances that it was not trained on."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from artinv.core.records import Frames
from artinv.learn.inverter import Inverter
from artinv.measure.intervals import ErrorHistogram, Interval, Width, factors


def with_intervals(inverter: Inverter, valid: Sequence[Frames], level: float) -> Inverter:
    """Return the model with margins that contain the share `level` of its errors on these utterances; speakers weigh equally.

    The width is learned on one half of the speakers and the coverage is measured on the other half, then the reverse. With a
    single speaker, halves of the utterances are used.
    """
    valid = sorted(valid, key=lambda frames: frames.id)
    speakers = list(dict.fromkeys(frames.speaker_id for frames in valid))
    groups = speakers if len(speakers) > 1 else [frames.id for frames in valid]
    half = {group: at % 2 for at, group in enumerate(groups)}
    halves = [[frames for frames in valid if half[frames.speaker_id if len(speakers) > 1 else frames.id] == at] for at in (0, 1)]
    calibration = []
    for own, others in (halves, halves[::-1]):
        width = _width(inverter, others or own)
        calibration += [errors(inverter, width, list(frames)) for _, frames in groupby(own, attrgetter("speaker_id"))]
    interval = Interval(_width(inverter, valid), factors(calibration, level), level)
    return replace(inverter, statistics=inverter.statistics | interval.arrays())


def _width(inverter: Inverter, known: Sequence[Frames]) -> Width:
    acoustics = [frames.acoustics for frames in known]
    motion, speakers = [frames.motion for frames in known], [frames.speaker_id for frames in known]
    return Width.fit(acoustics, inverter.predict_many(acoustics), motion, speakers)


def errors_by_width(inverter: Inverter, truths: Sequence[Frames]) -> dict[str, ErrorHistogram]:
    """Return errors of one speaker relative to the `learned` and to a `constant` width; empty for a model without intervals."""
    interval = Interval.of(inverter.statistics)
    if not interval:
        return {}
    widths = {"learned": interval.width, "constant": Width.constant(inverter.n_in)}
    return {kind: errors(inverter, width, truths) for kind, width in widths.items()}


def errors(inverter: Inverter, width: Width, truths: Sequence[Frames]) -> ErrorHistogram:
    """Return the errors on one speaker's utterances relative to a width."""
    predicted = inverter.predict_many([frames.acoustics for frames in truths])
    level = width.level(predicted)
    widths = [width.of(frames.acoustics, motion, level) for frames, motion in zip(truths, predicted, strict=True)]
    return ErrorHistogram.of(widths, predicted, [frames.motion for frames in truths])
