"""Words of the player page: names of curves, silences, notes, and the moment at which it opens."""

import html

import pytest

from artinv.core.channels import CHANNELS
from artinv.core.records import Label
from artinv.show.view import page, words
from tests.support.scenes import scene


def test_curves_have_names_without_axes():
    names = [words.curve(channel) for channel in CHANNELS]
    assert len(set(names)) == len(CHANNELS)
    assert not any(name.split()[-1] in ("x", "y") for name in names)
    assert names[CHANNELS.index("td_y")] == "tongue dorsum height"
    assert [channel["title"] for channel in page.content(scene())["channels"]] == names


@pytest.mark.parametrize(("start", "opens"), [(0.2, 0.2), (0.2034, 0.21), (0.0, 0.0)])
def test_the_page_opens_in_the_first_phone_that_is_no_silence(start, opens):
    phones = (Label("sil", 0.0, start), Label("aa1", start, 1.0), Label("sp", 1.0, 2.0))[0 if start else 1:]
    data = page.content(scene(phones=phones))
    assert data["opens"] == opens
    assert data["silences"] == (["sil", "sp"] if start else ["sp"])


def test_terms_that_the_page_does_not_use_are_not_explained():
    def explained(text):
        return {term for term, explanation in words.TERMS.items() if explanation in html.unescape(text)}

    assert explained(page.render(scene())) == set(words.TERMS)
    assert set(words.TERMS) - explained(page.render(scene(measured=None, phones=()))) == {"measured", "r", "phones"}
    assert set(words.TERMS) - explained(page.render(scene(predicted=None))) == {words.ESTIMATE, "likely range", "r"}
    assert set(words.TERMS) - explained(page.render(scene(), scene())) == {"r"}


def test_the_source_of_the_phones_is_no_warning():
    note, warning = "phones: labels of a.lab", "phones: a note that begins as that on the phones does"
    text = page.render(scene(notes=(warning,), phone_source="labels of a.lab"))
    above, below = (text.split(f'<ul class="{name}">')[1].split("</ul>")[0] for name in ("caveats", "notes"))
    assert (warning in above, note in above) == (True, False)
    assert (warning in below, note in below) == (False, True)
