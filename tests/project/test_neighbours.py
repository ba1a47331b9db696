"""Both params.yaml of a pipeline, the user's and that of the tests: valid in every profile, with equal keys, each explained."""

import importlib

import pytest

from tests.support.neighbours import explained, file_of_tests, keys, own_file, read

NAMES = "digits", "factors", "live", "matching", "neural"


def choices(name):
    """Return the module that checks the parameters."""
    return importlib.import_module(f"artinv.{name}.choices")


@pytest.mark.parametrize("file", [own_file, file_of_tests])
@pytest.mark.parametrize("name", NAMES)
def test_the_parameters_are_valid_in_every_profile(name, file):
    choices(name).check(file(name))


@pytest.mark.parametrize("name", NAMES)
def test_both_files_have_the_same_keys(name):
    assert keys(own_file(name)) == keys(file_of_tests(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_keys_are_those_that_the_code_reads(name):
    more = ["recordings"] if name == "digits" else []
    assert list(read(own_file(name))) == ["profile", *more, *(kind.section for kind in choices(name).SECTIONS), "profiles"]


@pytest.mark.parametrize(("name", "least"), [("digits", 40), ("factors", 35), ("layers", 15), ("matching", 25), ("neural", 25)])
def test_every_key_is_explained(name, least):
    assert explained(own_file(name)) > least
