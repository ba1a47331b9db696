"""Copy the live model to the file that artinv comes with."""

from artinv.live.model import BUNDLED, load
from artinv.live.workspace import LiveWorkspace
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        load(LiveWorkspace().live_model).save(BUNDLED)
        print(f"{BUNDLED.name}: {BUNDLED.stat().st_size:,} bytes")
