"""Commands for which permissions count, root's too."""

import os
import shutil

import pytest

BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""What a command is begun with."""

counting = pytest.mark.skipif(BOUND != [] and not shutil.which("setpriv"),
                              reason="root may read and write anywhere, and setpriv, which could forbid it, is not there")
