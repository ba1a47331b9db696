"""Divide the utterances into train, validation and test sets."""

from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import SplitParams, split
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        params = SplitParams.load(workspace.params)
        result = split(Dataset(workspace).index(params.corpora), params)
        result.save(workspace.split)
        sizes = f"{len(result.train)} train, {len(result.valid)} valid, {len(result.test)} test"
        print(f"{result.split} {result.test_speaker}: {sizes} utterances")
