"""Follow real recordings, and synthetic speakers whom training has not heard, with the model for everybody."""

from pathlib import Path

from artinv.clean import CleanParams
from artinv.errors import gate
from artinv.files import write_json
from artinv.predict import Inverter
from artinv.provenance import made_by, versions
from artinv.sim2real import Sim2RealParams, on_real, on_synthetic, report, table
from artinv.universal import held_out

METRICS, DETAILS = Path("metrics/sim2real.json"), Path("metrics/sim2real_details.json")

if __name__ == "__main__":
    with gate():
        params, inverter = Sim2RealParams.load(), Inverter.load("models/universal.safetensors")
        crowd = held_out(Path("data/sim2real/people"), params.universal)
        scores, folder = {"synthetic": report(on_synthetic(inverter, crowd))}, Path(params.real)
        if folder.exists():
            real, unfit = on_real(inverter, folder, CleanParams.load(), params.universal.cutoff)
            scores |= {"real": report(real)} if real else {}
            print("\n".join(f"{name} is not scored: {reason}" for name, reason in unfit.items()))
        else:
            print(f"{folder} (sim2real.real in params.yaml) is not there: synthetic speakers alone are scored")
        made = {"trained_on": inverter.provenance["origin"], "made_by": made_by(versions() | inverter.provenance)}
        write_json(DETAILS, scores | made)
        write_json(METRICS, {kind: {"pearson": figures["pearson"]} for kind, figures in scores.items()} | made)
        print(f"{table(scores)}\nwritten to {METRICS} and {DETAILS}")
