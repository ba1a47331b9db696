"""Estimate from the sound of recordings what decoders learn."""

from artinv.neural.inference import infer_all
from artinv.neural.session import SplitParams
from artinv.neural.targets import TargetParams
from artinv.neural.workspace import Places
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        places = Places()
        print("\n".join(infer_all(places, TargetParams.load(places.params), SplitParams.load(places.params))))
