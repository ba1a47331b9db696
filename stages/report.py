"""Render what the pipelines have given as one page."""

from pathlib import Path

from artinv.errors import gate
from artinv.report import page

if __name__ == "__main__":
    with gate():
        print(page.told(page.write(Path(), page.OUT), page.OUT))
