"""Parallel work, parameters, progress and error reports; nothing in this folder changes a result, and no stage depends on it."""

import sys

from artinv.runtime.errors import exit_quietly_on_interrupt

if sys.argv[0] == "-m" and any(word.startswith(f"{__name__}.") for word in sys.orig_argv):
    exit_quietly_on_interrupt()  # Ctrl-C prints one line already while `python -m` imports a module of this folder
