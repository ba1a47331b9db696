"""Measure ABX phone discrimination of measured and predicted articulation and of acoustic features on the test utterances."""

from pathlib import Path

from artinv.abx.export import export
from artinv.abx.report import DETAILS, HEADLINE, as_text, report
from artinv.abx.representations import AbxParams, ListParams, collect, measure
from artinv.core.files import write_json
from artinv.data.dataset import Dataset
from artinv.data.splits import Split, speakers_of
from artinv.learn.inverter import Inverter
from artinv.runtime.errors import gate

OUT = Path("data/abx")

if __name__ == "__main__":
    with gate():
        params, inverter, data = AbxParams.load(), Inverter.load("models/inverter.safetensors"), Dataset()
        ids = [entry.id for entry in data.index(ListParams.load().corpora) if entry.part == "test"]
        material = collect(data.load(ids), data.stats(speakers_of(ids)), inverter, params)
        scores = report(measure(material, params), material, Split.load("data/split.json"), inverter.model, params)
        export(material, OUT)
        scores.write(DETAILS)
        write_json(HEADLINE, scores.headline)
        print(as_text(scores, [HEADLINE, DETAILS, OUT]))
