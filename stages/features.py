"""Turn one corpus' cleaned utterances into frames of acoustics and motion, in the one frame of coordinates."""

from artinv.data.frames import build
from artinv.runtime.errors import arguments, gate
from artinv.signal.features import FeatureParams

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        build(corpus, FeatureParams.load())
