"""Synthesize the sentences of a population of synthetic speakers."""

from pathlib import Path

from artinv.runtime.errors import gate
from artinv.synth.corpus.population import PopulationParams, write_population

if __name__ == "__main__":
    with gate():
        params = PopulationParams.load()
        hours = write_population(Path("data/sim2real/people"), params)
        print(f"{params.speakers} synthetic speakers, {60 * hours:.0f} minutes")
