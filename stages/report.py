"""Write the results of the pipelines as one HTML page."""

from artinv.core.workspace import Workspace
from artinv.runtime.errors import gate
from artinv.show.report import page

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        print(page.summary(page.write(workspace.root, workspace.report), workspace.report))
