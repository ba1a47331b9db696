"""Check pipelines/matching/params.yaml as a whole before any other stage of the pipeline runs."""

from artinv.core.files import write_text
from artinv.core.workspace import Workspace
from artinv.matching.choices import check
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        check(workspace.matching_params)
        write_text(workspace.matching_choices, "pipelines/matching/params.yaml has been checked\n")
