"""One thin script per stage of dvc.yaml."""

import sys

from artinv.runtime.errors import early

if sys.argv[0] == "-m":  # so it is while Python looks for the one to run; who imports one decides for itself
    early()
