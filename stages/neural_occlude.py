"""Measure how much each electrode matters, and draw it on the grid."""

from artinv.neural.choices import OccludeParams
from artinv.neural.occlusion import occlude_all, write_table
from artinv.neural.results import occlusion_table
from artinv.neural.session import SplitParams
from artinv.neural.training import TrainParams
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate
from artinv.show.electrodes import draw

if __name__ == "__main__":
    with gate():
        files = NeuralFiles()
        file = files.params
        maps, result = occlude_all(files, TrainParams.load(file), SplitParams.load(file), OccludeParams.load(file))
        result.write(files.occlusion)
        write_table(files.map_table, maps)
        draw(files.map_picture, maps)
        print(f"{occlusion_table(result)}\nwritten:  {files.occlusion} {files.map_table} {files.map_picture}")
