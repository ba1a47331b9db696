"""Turn one corpus' cleaned utterances into frames of acoustics and motion."""

from functools import partial
from pathlib import Path

from artinv.acoustics import FeatureParams
from artinv.errors import arguments, gate
from artinv.features import features
from artinv.flow import transform
from artinv.utterance import Utterance

if __name__ == "__main__":
    with gate():
        (corpus,), params, data = arguments("CORPUS"), FeatureParams.load(), Path("data")
        work = partial(features, params=params)
        transform(data / "cleaned" / corpus, data / "features" / corpus, Utterance, work, f"features {corpus}")
