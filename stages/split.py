"""Divide the utterances into train, validation and test sets."""

from artinv.data.dataset import Dataset
from artinv.data.splits import SplitParams, split
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        params = SplitParams.load()
        result = split(Dataset().index(params.corpora), params)
        result.save("data/split.json")
        sizes = f"{len(result.train)} train, {len(result.valid)} valid, {len(result.test)} test"
        print(f"{result.split} {result.test_speaker}: {sizes} utterances")
