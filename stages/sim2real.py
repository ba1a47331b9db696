"""Score the universal model on synthetic speakers that were not used in training."""

from pathlib import Path

from artinv.evaluate.sim2real import FILES, on_synthetic, save, table
from artinv.learn.inverter import Inverter
from artinv.learn.universal import UniversalParams, held_out
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        inverter = Inverter.load("models/universal.safetensors")
        others = held_out(Path("data/sim2real/people"), UniversalParams.load())
        scores = save("synthetic", on_synthetic(inverter, others), inverter)
        print(f"{table(scores)}\nwritten to {' and '.join(map(str, FILES['synthetic']))}; `make real` scores real recordings")
