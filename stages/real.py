"""Score the universal model, trained on synthetic speakers only, on the real recordings in data/real."""

from artinv.data.clean import CleanParams
from artinv.data.real_recordings import checked_folder
from artinv.evaluate.real import RECORDINGS, on_real
from artinv.evaluate.sim2real import FILES, save, table
from artinv.learn.inverter import Inverter
from artinv.learn.universal import UniversalParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        params, inverter = UniversalParams.load(), Inverter.load("models/universal.safetensors")
        rows, unfit = on_real(inverter, checked_folder(RECORDINGS), CleanParams.load(), params.cutoff)
        scores = save("real", rows, inverter)
        print("".join(f"{name} is not scored: {reason}\n" for name, reason in unfit.items()), end="")
        print(f"{table(scores)}\nwritten to {' and '.join(map(str, FILES['real']))}")
