"""The common head of the HTML pages."""

import base64
import hashlib

import pytest

from artinv.show.html import head, part


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_allows_only_the_style_and_script_of_the_page():
    assert f'content="default-src \'none\'; style-src {digest("a{}")}">' in head("x", "a{}")
    rules = f"default-src 'none'; script-src {digest('b()')}; style-src {digest('a{}')}; media-src blob:"
    assert f'content="{rules}">' in head("x", "a{}", "b()", ["media-src blob:"])


def test_a_title_is_escaped():
    assert "<title>&lt;/title&gt;&amp;</title>" in head("</title>&", "")


@pytest.mark.parametrize("package", ["artinv.show.view", "artinv.show.report"])
def test_templates_have_no_head_of_their_own(package):
    text = part(package, "page.html")
    assert text.replace(" ", "").startswith("{{head}}\n")
    assert [tag for tag in ("<head>", "<meta", "<title", "<style") if tag in text] == []
