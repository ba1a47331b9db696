"""Register the synthesizer `tones` for the experiments on matching."""

import pytest

from tests.support import matched


@pytest.fixture
def tones_registered():
    """Let the registry find the synthesizer `tones`."""
    with matched.tones_registered():
        yield
