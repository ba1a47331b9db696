"""Simulate recordings of the brain with a planted truth, and take over those in data/recordings."""

from artinv.neural.files import record_all
from artinv.neural.simulator import SimulateParams
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = NeuralFiles()
        print("\n".join(record_all(files, SimulateParams.load(files.params))))
