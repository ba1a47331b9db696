"""Save the errors on each speaker of a group that a model was not trained on: `python -m stages.strangers_score MODEL GROUP`."""

from itertools import groupby
from operator import attrgetter

from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.evaluate.calibration_groups import save
from artinv.learn.calibration import errors_by_width, with_intervals
from artinv.learn.inverter import Inverter
from artinv.measure.intervals import IntervalParams
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        model, group = arguments("MODEL", "GROUP")
        workspace = Workspace()
        data, folder = Dataset(workspace), workspace.stranger_models / model / group
        divided = Split.load(folder / "split.json")
        bare = Inverter.load(folder / "inverter.safetensors")
        inverter = with_intervals(bare, data.load(divided.valid), IntervalParams.load(workspace.params).level)
        speakers = groupby(data.load(divided.test), attrgetter("speaker_id"))
        errors = {speaker_id: errors_by_width(inverter, list(own)) for speaker_id, own in speakers}
        save(errors, model, group, workspace.stranger_errors)
