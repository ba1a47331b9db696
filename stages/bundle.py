"""Convert the universal model to the ONNX file that artinv comes with."""

from artinv.core.files import replacing
from artinv.core.workspace import Workspace
from artinv.inversion.model import BUNDLED
from artinv.learn.export import graph_of
from artinv.learn.inverter import Inverter
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        graph = graph_of(Inverter.load(Workspace().universal))
        with replacing(BUNDLED) as temporary:
            temporary.write_bytes(graph)
        print(f"{BUNDLED.name}: {len(graph):,} bytes")
