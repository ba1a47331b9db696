"""Score a model on real recordings, straight from their native files; no intermediate file is written."""

from pathlib import Path

import numpy as np

from artinv.core.channels import derive
from artinv.core.records import Rejected
from artinv.data.clean import CleanParams, clean
from artinv.data.real_recordings import recordings
from artinv.evaluate.sim2real import POSITION_COLUMNS
from artinv.learn.inverter import Inverter
from artinv.measure import metrics
from artinv.runtime.errors import BadData
from artinv.signal.features import FeatureParams
from artinv.signal.streaming import normalized_features


def on_real(inverter: Inverter, folder: Path, cleaning: CleanParams, cutoff: float) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return Pearson of the 14 positions by recording, after cleaning; and the rejected recordings with their reasons."""
    cleaning = CleanParams.of(cleaning.model_dump() | {"rate": round(inverter.rate), "lowpass": cutoff}, "params.yaml")
    features = FeatureParams.of(inverter.features, "the model's metadata")
    scored: dict[str, np.ndarray] = {}
    unfit: dict[str, str] = {}
    for utterance in recordings(folder) if folder.is_dir() else ():
        record, _ = clean(utterance, cleaning)
        if isinstance(record, Rejected):
            unfit[record.id] = record.reason
        else:
            motion = inverter.predict(normalized_features(record.sound, inverter.rate, features))
            scored[record.id] = metrics.pearson(derive(record.coils), motion)[POSITION_COLUMNS]
    if not scored:
        fault = f"{len(unfit)} recordings, all rejected" if unfit else "holds no recording"
        raise BadData(f"{folder}: {fault}; put corpora or EMU bundles there, or a link to them (docs/sim2real.md)")
    return scored, unfit
