"""The report on all results, a browser for the tests of a module, and the page `plain.html` of its fixture `folder` in it."""

import pytest

from tests.support import results_for_tests as results
from tests.support.chromium import Browser


@pytest.fixture(scope="module")
def report(everything, tmp_path_factory):
    return results.page_of(everything[0], tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def plain(browser, folder):
    browser.open(folder / "plain.html", 1400, 900)
    yield browser
    assert browser.faults() == []
