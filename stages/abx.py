"""Measure ABX phone discrimination of measured and predicted articulation and of acoustic features on the test utterances."""

from artinv.abx.export import export
from artinv.abx.report import as_text, report
from artinv.abx.representations import AbxParams, ListParams, collect, measure
from artinv.core.files import write_json
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import Split, speakers_of
from artinv.learn.inverter import Inverter
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        params, inverter, data = AbxParams.load(workspace.params), Inverter.load(workspace.inverter), Dataset(workspace)
        ids = [entry.id for entry in data.index(ListParams.load(workspace.params).corpora) if entry.part == "test"]
        material = collect(data.load(ids), data.stats(speakers_of(ids)), inverter, params)
        scores = report(measure(material, params), material, Split.load(workspace.split), inverter.model, params)
        export(material, workspace.abx)
        scores.write(workspace.abx_details)
        write_json(workspace.abx_scores, scores.headline)
        print(as_text(scores, [workspace.abx_scores, workspace.abx_details, workspace.abx]))
