"""Check params.yaml as a whole before any other stage runs."""

from artinv.core.files import write_text
from artinv.core.workspace import Workspace
from artinv.runtime.errors import gate
from artinv.runtime.placeholders import replace_libraries

if __name__ == "__main__":
    with gate():
        replace_libraries()
        from artinv.checks.choices import check

        workspace = Workspace()
        check(workspace)
        write_text(workspace.split.with_name("choices.txt"), "params.yaml has been checked\n")
