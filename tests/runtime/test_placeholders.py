"""Placeholders of libraries allow the definitions that modules of this project contain, and nothing else is replaced."""

import importlib
import sys

import pytest

from artinv.runtime.placeholders import Placeholder, replace_libraries

MODULE = """
import a_library
import a_library.deep.er
from a_library import nn, Tensor
from a_library.nn.functional import pad

FASTEST = a_library.limits.fastest

class Net(nn.Module):
    forward = a_library.jit.script

    @a_library.no_grad()
    def sizes(self, values: Tensor | None = None) -> "dict[str, Tensor]":
        return {"width": 3}
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Import a module that uses a library, which is not installed."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    before = set(sys.modules)
    replace_libraries(["a_library"])
    (tmp_path / "uses_a_library.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("uses_a_library")
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_placeholders_are_bases_decorators_and_annotations(module):
    network = module.Net()
    assert network.sizes() == {"width": 3}
    assert isinstance(network, Placeholder)
    assert module.pad is module.Tensor is Placeholder
    assert module.FASTEST is Placeholder


@pytest.mark.usefixtures("module")
def test_other_modules_are_not_replaced():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("another_library")
    assert importlib.import_module("json").loads("[1]") == [1]


def test_private_names_of_a_placeholder_do_not_exist(module):
    for thing in (Placeholder, Placeholder(), sys.modules["a_library"]):
        assert not hasattr(thing, "__array__")
