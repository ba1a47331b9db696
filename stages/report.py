"""Render what the pipelines have given as one page."""

from pathlib import Path

from artinv.runtime.errors import gate
from artinv.show.report import page

if __name__ == "__main__":
    with gate():
        print(page.told(page.write(Path(), page.OUT), page.OUT))
