"""What the pages of the view and of the report have in common."""

import base64
import hashlib

import pytest

from artinv.show.html import head, part


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_its_own_style_and_script_are_obeyed_and_nothing_else():
    assert f'content="default-src \'none\'; style-src {digest("a{}")}">' in head("x", "a{}")
    rules = f"default-src 'none'; script-src {digest('b()')}; style-src {digest('a{}')}; media-src blob:"
    assert f'content="{rules}">' in head("x", "a{}", "b()", ["media-src blob:"])


def test_a_title_stays_text():
    assert "<title>&lt;/title&gt;&amp;</title>" in head("</title>&", "")


@pytest.mark.parametrize("package", ["artinv.show.view", "artinv.show.report"])
def test_no_template_has_a_head_of_its_own(package):
    text = part(package, "page.html")
    assert text.replace(" ", "").startswith("{{head}}\n")
    assert [tag for tag in ("<head>", "<meta", "<title", "<style") if tag in text] == []
