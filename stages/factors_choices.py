"""Check pipelines/factors/params.yaml as a whole before any other stage of the pipeline runs."""

from artinv.core.files import write_text
from artinv.core.workspace import Workspace
from artinv.factors.choices import check
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = FactorFiles(Workspace())
        check(files.params)
        write_text(files.choices, "pipelines/factors/params.yaml has been checked\n")
