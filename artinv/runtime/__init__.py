"""How work is spread and faults are reported; nothing in here changes a result, and no stage depends on it."""

import sys

from artinv.runtime.errors import early

if sys.argv[0] == "-m" and any(word.startswith(f"{__name__}.") for word in sys.orig_argv):
    early()  # from here on, while Python looks for the module of this folder that is to run
