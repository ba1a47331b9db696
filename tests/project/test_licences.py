"""docs/licences.md lists the packages of requirements.txt, and none of them is under the GPL alone."""

import re

import pytest
import yaml

from artinv import __version__
from tools import licences
from tools.deps import ROOT

ROWS = dict(re.findall(r"^\| (\S+) \| \S+ \| (.+) \|$", licences.PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_page_lists_the_pinned_packages():
    text = licences.PAGE.read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| (\S+) \| (\d\S*) \|", text, re.MULTILINE)) == licences.pinned(), "run `python -m tools.licences`"
    assert text.startswith(licences.HEAD)


@pytest.mark.parametrize("package", ROWS)
def test_each_package_has_a_licence_other_than_the_gpl_alone(package):
    words = ROWS[package]
    assert words
    if re.search(r"(?<!L)GPL|General Public", words):
        assert re.search(r" (?:or|OR) |exception", words)


@pytest.mark.parametrize("package", ["grandalf", "numpy", "pygit2", "soxr", "torch"])
def test_the_licences_match_the_installed_packages(package):
    assert ROWS[package] == licences.licence(package)


def test_the_citation_file_names_version_and_licence():
    cite = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "title", "message", "authors"} <= set(cite)
    assert (cite["cff-version"], cite["version"], cite["license"]) == ("1.2.0", __version__, "MIT")
    assert cite["authors"] == [{"name": "The artinv authors"}]
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
