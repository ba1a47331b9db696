"""Score a model on real recordings, straight from their native files; no intermediate file is written."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from artinv.core.channels import derive
from artinv.core.records import Rejected, Utterance
from artinv.data.clean import CleanParams, clean
from artinv.data.real_recordings import recordings
from artinv.evaluate import known_phones
from artinv.evaluate.sim2real import LABELS, POSITION_COLUMNS, RECOGNIZED, WORDS, Rows, predict
from artinv.learn.inverter import Inverter
from artinv.measure import metrics
from artinv.phones import evidence, recognizer
from artinv.phones.recognition import recognized
from artinv.runtime.errors import BadData
from artinv.signal.features import FeatureParams
from artinv.signal.streaming import normalized_features


def on_real(inverter: Inverter, folder: Path, cleaning: CleanParams, cutoff: float) -> tuple[dict[str, Rows], dict[str, str]]:
    """Return, by source, Pearson of each recording after cleaning; and the rejected recordings with their reasons."""
    features = FeatureParams.of(inverter.features, "the model's metadata")
    scored: dict[str, Rows] = {}
    unfit: dict[str, str] = {}
    if inverter.evidence:
        recognizer.check_installed("make real")
    bundles = known_phones.bundle_labels(folder) if inverter.evidence and folder.is_dir() else {}
    for record, utterance in cleaned(folder, cleaning, round(inverter.rate), cutoff, unfit):
        acoustics = normalized_features(record.sound, inverter.rate, features)
        truth = derive(record.coils)
        for source, phones in _known(record, utterance, inverter, len(acoustics), bundles).items():
            motion = predict(inverter, acoustics, phones)
            scored.setdefault(source, {})[record.id] = metrics.pearson(truth, motion)[POSITION_COLUMNS]
    return scored, unfit


def cleaned(
    folder: Path, cleaning: CleanParams, rate: int, cutoff: float, unfit: dict[str, str],
) -> Iterator[tuple[Utterance, Utterance]]:
    """Yield each recording in a folder after and before cleaning; the motion has `rate` frames per second, up to `cutoff` Hz.

    Rejected recordings are added to `unfit` with their reasons; a folder without any other is rejected at the end.
    """
    cleaning = CleanParams.of(cleaning.model_dump() | {"rate": rate, "lowpass": cutoff}, "params.yaml")
    empty = True
    for utterance in recordings(folder) if folder.is_dir() else ():
        record, _ = clean(utterance, cleaning)
        if isinstance(record, Rejected):
            unfit[record.id] = record.reason
        else:
            empty = False
            yield record, utterance
    if empty:
        fault = f"{len(unfit)} recordings, all rejected" if unfit else "holds no recording"
        raise BadData(f"{folder}: {fault}; put corpora or EMU bundles there, or a link to them (docs/sim2real.md)")


def _known(
    record: Utterance, whole: Utterance, inverter: Inverter, frames: int, bundles: Mapping[str, tuple],
) -> dict[str, np.ndarray | None]:
    """Return source -> evidence of phones, for all that is known of a recording."""
    known: dict[str, np.ndarray | None] = {evidence.ACOUSTICS: None}
    if inverter.evidence:
        heard = recognized(record.sound, frames, inverter.rate)
        known[RECOGNIZED] = heard
        for source, labels in ((WORDS, known_phones.words_of(record)), (LABELS, known_phones.labels_of(record, whole, bundles))):
            if labels:
                known[source] = evidence.blended(evidence.from_labels(labels, frames, inverter.rate, record.id), heard)
    return known
