"""Follow the real recordings under data/real with the model for everybody, which has heard synthetic speakers only."""

from artinv.clean import CleanParams
from artinv.errors import gate
from artinv.predict import Inverter
from artinv.real import given
from artinv.sim2real import FILES, RECORDINGS, Sim2RealParams, on_real, save, table

if __name__ == "__main__":
    with gate():
        params, inverter = Sim2RealParams.load(), Inverter.load("models/universal.safetensors")
        rows, unfit = on_real(inverter, given(RECORDINGS), CleanParams.load(), params.universal.cutoff)
        scores = save("real", rows, inverter)
        print("".join(f"{name} is not scored: {reason}\n" for name, reason in unfit.items()), end="")
        print(f"{table(scores)}\nwritten to {' and '.join(map(str, FILES['real']))}")
