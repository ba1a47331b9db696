"""A browser for the tests of a module, and the page `plain.html` of its fixture `folder` in it."""

import pytest

from tests.support.chromium import Browser


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
