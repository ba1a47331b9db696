"""Put sentences of synthetic speakers into sessions with one microphone each, and compute their spectra."""

from artinv.live.features import FrontParams
from artinv.live.sessions import SessionParams, write
from artinv.live.workspace import LiveWorkspace
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = LiveWorkspace()
        front, params = FrontParams.load(workspace.live_params), SessionParams.load(workspace.live_params)
        print(f"{write(workspace.people, workspace.live_frames, front, params)} frames")
