"""No page of the project violates a rule of axe-core or is wider than its window, in any size and colour scheme."""

import pytest

from tests.support import axe, chromium
from tests.support.pages import BUILT, PAGES


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a function that writes the example of a kind of page once."""
    files = {}

    def write(kind):
        if kind not in files:
            files[kind] = PAGES[kind].write(tmp_path_factory.mktemp("page"))
        return files[kind]

    return write


@axe.needed
@pytest.mark.parametrize("medium", axe.MEDIA)
@pytest.mark.parametrize("kind", PAGES)
def test_a_page_follows_the_rules(browser, written, kind, medium):
    assert axe.violations(browser, written(kind), axe.MEDIA[medium], marked=PAGES[kind].marked) == []
    assert browser.faults() == []


@chromium.needed
@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_not_wider_than_its_window(browser, written, kind):
    for medium in (axe.MEDIA | axe.SIZES).values():
        assert axe.shown(browser, written(kind), medium, marked=PAGES[kind].marked) <= medium.width, medium


@axe.needed
def test_a_violation_is_reported_with_its_element(browser, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text('<!doctype html><html lang="en"><title>x</title><main><h1>x</h1><img src="data:," id="a">', encoding="utf-8")
    assert axe.violations(browser, path, axe.MEDIA["wide"], marked=False) == ['image-alt (critical): #a <img src="data:," id="a">']


@axe.needed
@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.stem)
def test_a_page_of_the_documentation_follows_the_rules(browser, path):
    """The pages exist only after `make docs`."""
    assert axe.violations(browser, path, axe.MEDIA["narrow"], marked=False) == []
