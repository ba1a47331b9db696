"""Register the synthesizer `tones`, and train one network on it."""

import pytest

from tests.support import matched


@pytest.fixture(autouse=True, scope="package")
def tones_registered():
    """Let the registry find the synthesizer."""
    with matched.tones_registered():
        yield


@pytest.fixture(scope="package")
def trained(tones_registered, tmp_path_factory):
    """Return a trained network and the parts of its sounds."""
    return matched.trained(tmp_path_factory.mktemp("tones"))
