"""The pages have the colours of pictures and plots."""

import re
from pathlib import Path

import pytest

from artinv.show import colours
from artinv.show.html import part

LIGHT = {
    "view": {
        "ink": colours.INK, "quiet": colours.QUIET, "even": colours.EVEN, "odd": colours.ODD, "focus": colours.BLUE,
        **{f"{kind}{take + 1}": hue for (kind, take), hue in colours.HUES.items()},
        "skin": colours.SKIN, "skin-edge": colours.SKIN_EDGE, "bone": colours.BONE, "tooth": colours.ENAMEL,
        "tongue": colours.TONGUE, "tongue-edge": colours.TONGUE_EDGE, "velum": colours.VELUM,
    },
    "report": {
        "ink": colours.INK, "quiet": colours.QUIET, "model": colours.BLUE, "ridge": colours.ORANGE, "trivial": colours.GREY,
        "predicted": colours.RED, "measured": colours.BLACK,
    },
}


@pytest.mark.parametrize("page", LIGHT)
def test_the_light_colours_of_a_page_are_those_of_the_pictures(page):
    root = re.search(r":root \{(.*?)\n\}", part(f"artinv.show.{page}", "page.css"), re.DOTALL)[1]
    shown = dict(re.findall(r"--([\w-]+): (#\w+);", root))
    assert LIGHT[page].items() <= shown.items()


def test_no_other_module_repeats_a_colour_of_the_pictures():
    known = set(re.findall(r"#[0-9a-f]{6}", Path(colours.__file__).read_text(encoding="utf-8")))
    others = [path for path in Path(colours.__file__).parent.rglob("*.py") if path != Path(colours.__file__)]
    assert len(others) > 20
    for path in others:
        assert not known & set(re.findall(r"#[0-9a-f]{6}", path.read_text(encoding="utf-8"))), path.name
