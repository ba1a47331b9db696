"""Measure how much each electrode matters, and draw it on the grid."""

from artinv.neural.choices import OccludeParams
from artinv.neural.occlusion import occlude_all, write_table
from artinv.neural.results import occlusion_table
from artinv.neural.session import SplitParams
from artinv.neural.training import TrainParams
from artinv.neural.workspace import Places
from artinv.runtime.errors import gate
from artinv.show.electrodes import draw

if __name__ == "__main__":
    with gate():
        places = Places()
        file = places.params
        maps, result = occlude_all(places, TrainParams.load(file), SplitParams.load(file), OccludeParams.load(file))
        result.write(places.occlusion)
        write_table(places.map_table, maps)
        draw(places.map_picture, maps)
        print(f"{occlusion_table(result)}\nwritten:  {places.occlusion} {places.map_table} {places.map_picture}")
