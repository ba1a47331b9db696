"""Train generators of digits."""

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.digits.adversarial import AdversarialParams
from artinv.digits.choices import TrainParams
from artinv.digits.fitting import fit_all
from artinv.digits.sounds import load
from artinv.digits.training import AutoencoderParams, FlowParams
from artinv.digits.workspace import DigitsFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = DigitsFiles()
        file, params = files.params, TrainParams.load(files.params)
        settings = AutoencoderParams.load(file), FlowParams.load(file), AdversarialParams.load(file)
        facts = fit_all(files.sounds, files.models, params, settings)
        origin = load(files.sounds, "train").origin
        write_json(files.training, facts | stamp(origin, seed=settings[0].seed))
        print("\n".join(f"{kind}: {own['parameters']} weights" for kind, own in facts.items()))
