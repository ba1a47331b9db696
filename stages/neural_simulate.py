"""Simulate recordings of the brain with a planted truth."""

from artinv.neural.files import simulate_all
from artinv.neural.places import Places
from artinv.neural.simulator import SimulateParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        places = Places()
        print("\n".join(simulate_all(places, SimulateParams.load(places.params))))
