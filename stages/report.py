"""Write the results of the pipelines as one HTML page."""

from pathlib import Path

from artinv.runtime.errors import gate
from artinv.show.report import page

if __name__ == "__main__":
    with gate():
        print(page.summary(page.write(Path(), page.OUT), page.OUT))
