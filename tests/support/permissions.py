"""Run commands so that they respect file permissions, also as root."""

import os
import shutil

import pytest

BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""Words before such a command."""

counting = pytest.mark.skipif(BOUND != [] and not shutil.which("setpriv"),
                              reason="root ignores file permissions, and setpriv, which could enforce them, is missing")
