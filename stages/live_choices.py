"""Check pipelines/live/params.yaml as a whole before any other stage of the pipeline runs."""

from artinv.core.files import write_text
from artinv.live.choices import check
from artinv.live.workspace import LiveWorkspace
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = LiveWorkspace()
        check(workspace.live_params)
        write_text(workspace.live_choices, "pipelines/live/params.yaml has been checked\n")
