"""The pages have the colours of pictures and plots."""

import re

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
