"""Save the errors on each speaker of a group that a model was not trained on: `python -m stages.strangers_score MODEL GROUP`."""

from itertools import groupby
from operator import attrgetter

from artinv.data.dataset import Dataset
from artinv.data.groups import MODELS
from artinv.data.splits import Split
from artinv.evaluate.calibration_groups import save
from artinv.learn.calibration import errors_by_width, with_intervals
from artinv.learn.inverter import Inverter
from artinv.measure.intervals import IntervalParams
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        model, group = arguments("MODEL", "GROUP")
        data = Dataset()
        divided = Split.load(MODELS / model / group / "split.json")
        bare = Inverter.load(MODELS / model / group / "inverter.safetensors")
        inverter = with_intervals(bare, data.load(divided.valid), IntervalParams.load().level)
        speakers = groupby(data.load(divided.test), attrgetter("speaker_id"))
        save({speaker_id: errors_by_width(inverter, list(own)) for speaker_id, own in speakers}, model, group)
