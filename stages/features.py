"""Turn one corpus' cleaned utterances into frames of acoustics and motion, in the one frame of coordinates."""

from artinv.acoustics import FeatureParams
from artinv.errors import arguments, gate
from artinv.features import build

if __name__ == "__main__":
    with gate():
        build(*arguments("CORPUS"), FeatureParams.load())
