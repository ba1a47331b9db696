"""Check that each speaker of leave-one-speaker-out belongs to a listed corpus; `make loso` runs this before any fold."""

from artinv.core.workspace import Workspace
from artinv.runtime.errors import gate
from artinv.runtime.placeholders import replace_libraries

if __name__ == "__main__":
    with gate():
        replace_libraries()
        from artinv.checks.choices import check

        check(Workspace(), folds=True)
