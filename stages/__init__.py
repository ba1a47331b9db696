"""One thin script per stage of dvc.yaml."""

import sys

from artinv.runtime.errors import exit_quietly_on_interrupt

if sys.argv[0] == "-m":  # true while `python -m stages.<name>` looks for the module, false when another module imports it
    exit_quietly_on_interrupt()
