"""Follow synthetic speakers whom training has not heard with the model for everybody."""

from pathlib import Path

from artinv.errors import gate
from artinv.predict import Inverter
from artinv.sim2real import FILES, Sim2RealParams, on_synthetic, save, table
from artinv.universal import held_out

if __name__ == "__main__":
    with gate():
        inverter = Inverter.load("models/universal.safetensors")
        others = held_out(Path("data/sim2real/people"), Sim2RealParams.load().universal)
        scores = save("synthetic", on_synthetic(inverter, others), inverter)
        print(f"{table(scores)}\nwritten to {' and '.join(map(str, FILES['synthetic']))}; `make real` scores real recordings")
