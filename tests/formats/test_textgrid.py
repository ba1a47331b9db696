"""Reader and writer of TextGrids: golden files of both forms, encodings, quotes, gaps, round trip, rejection of broken files."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artinv.core.records import Label
from artinv.formats import textgrid
from artinv.formats.textgrid import TextGrid, Tier
from artinv.runtime.errors import BadData
from tests.support.damage import readings

LONG = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0 
xmax = 2.3 
tiers? <exists> 
size = 3 
item []: 
    item [1]:
        class = "IntervalTier" 
        name = "phones" 
        xmin = 0 
        xmax = 2.3 
        intervals: size = 3 
        intervals [1]:
            xmin = 0 
            xmax = 0.7 
            text = "" 
        intervals [2]:
            xmin = 0.7 
            xmax = 1.5 
            text = "say ""ah"", 3 times" 
        intervals [3]:
            xmin = 1.5 
            xmax = 2.3 
            text = " ŋ!" 
    item [2]:
        class = "TextTier" 
        name = "tones" 
        xmin = 0 
        xmax = 2.3 
        points: size = 1 
        points [1]:
            number = 1e-05 
            mark = "H*""" 
    item [3]:
        class = "IntervalTier" 
        name = "" 
        xmin = 0 
        xmax = 2.3 
        intervals: size = 1 
        intervals [1]:
            xmin = 0 
            xmax = 2.3 
            text = "" 
'''  # noqa: W291 -- Praat writes these blanks
SHORT = '''File type = "ooTextFile"
Object class = "TextGrid"

0
2.3
<exists>
3
"IntervalTier"
"phones"
0
2.3
3
0
0.7
""
0.7
1.5
"say ""ah"", 3 times"
1.5
2.3
" ŋ!"
"TextTier"
"tones"
0
2.3
1
1e-05
"H*"""
"IntervalTier"
""
0
2.3
1
0
2.3
""
'''
GRID = TextGrid(0.0, 2.3, (
    Tier("phones", (Label("", 0.0, 0.7), Label('say "ah", 3 times', 0.7, 1.5), Label(" ŋ!", 1.5, 2.3))),
    Tier("tones", (Label('H*"', 1e-05, 1e-05),), points=True),
    Tier("", (Label("", 0.0, 2.3),)),
))


def put(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("text", [LONG, SHORT, SHORT.replace('"ooTextFile"', '"ooTextFile short"').replace("Object class = ", "")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_reads_both_forms_in_every_encoding(tmp_path, text, encoding, line_end):
    assert textgrid.read(put(tmp_path / "a.TextGrid", text.replace("\n", line_end), encoding)) == GRID


def test_reads_big_endian_utf_16_and_latin_1(tmp_path):
    assert textgrid.read(put(tmp_path / "a.TextGrid", "\ufeff" + LONG, "utf-16-be")) == GRID
    got = textgrid.read(put(tmp_path / "a.TextGrid", LONG.replace("ŋ", "ö"), "latin-1"))
    assert got.tiers[0].labels[2].text == " ö!"


def test_writes_golden_bytes(tmp_path):
    textgrid.write(tmp_path / "a.TextGrid", GRID)
    assert (tmp_path / "a.TextGrid").read_bytes() == LONG.encode()


def test_comments_and_lines_within_labels(tmp_path):
    text = SHORT.replace("0.7\n1.5", '0.7 ! 12 "no\nend 1.5').replace("3 times", "3\r\ntimes")
    labels = textgrid.read(put(tmp_path / "a.TextGrid", text)).tiers[0].labels
    assert labels[1] == Label('say "ah", 3\ntimes', 0.7, 1.5)


def test_labels_that_look_like_the_format_and_times_before_zero(tmp_path):
    text = 'intervals [1]:\nxmin = 3 "item [2]" <exists> ! class = "TextTier"'
    points = Tier("p", (Label("", -0.5, -0.5),), points=True)
    grid = TextGrid(-1.0, 2.0, (Tier("item [1]:", (Label(text, -1.0, -0.5), Label("", -0.5, 2.0))), points))
    textgrid.write(tmp_path / "a.TextGrid", grid)
    assert textgrid.read(tmp_path / "a.TextGrid") == grid


def test_finds_a_tier_by_name_and_reads_a_grid_without_tiers(tmp_path):
    assert GRID.tier("tones") == GRID.tiers[1]
    assert GRID.tier("words") is None
    text = SHORT[: SHORT.index("<")] + "<absent>\n"
    assert textgrid.read(put(tmp_path / "a.TextGrid", text)) == TextGrid(0.0, 2.3, ())


def test_gaps_become_empty_intervals_and_rounding_leaves_none(tmp_path):
    labels = Label("b", 0.5, 0.8), Label("a", 0.1, 0.2), Label("c", 0.8 + 1e-12, 1 - 1e-12)
    textgrid.write(tmp_path / "a.TextGrid", TextGrid(0.0, 1.0, (Tier("x", labels),)))
    assert textgrid.read(tmp_path / "a.TextGrid").tiers[0].labels == (
        Label("", 0.0, 0.1), Label("a", 0.1, 0.2), Label("", 0.2, 0.5), Label("b", 0.5, 0.8), Label("c", 0.8, 1.0))


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('"\n'), max_size=8)


@st.composite
def grids(draw):
    start, end = sorted(draw(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=2, unique=True)))
    tiers = []
    for points in draw(st.lists(st.booleans(), max_size=3)):
        times = sorted(draw(st.lists(st.floats(start, end), max_size=6, unique=True)))
        if points:
            labels = tuple(Label(draw(TEXTS), time, time) for time in times)
        else:
            labels = tuple(Label(draw(TEXTS), first, last) for first, last in pairwise(times) if last - first > 1e-6)
        tiers.append(Tier(draw(TEXTS), labels, points))
    return TextGrid(start, end, tuple(tiers))


@given(grids())
def test_what_is_written_is_read_and_intervals_are_contiguous(tmp_path_factory, grid):
    path = tmp_path_factory.mktemp("grid") / "a.TextGrid"
    textgrid.write(path, grid)
    got = textgrid.read(path)
    assert (got.start, got.end, [tier.name for tier in got.tiers]) == (grid.start, grid.end, [tier.name for tier in grid.tiers])
    for tier, written in zip(got.tiers, grid.tiers, strict=True):
        assert tier.points == written.points
        if tier.points:
            assert tier.labels == written.labels
        else:
            edges = [time for label in tier.labels for time in (label.start, label.end)]
            assert edges[0] == grid.start
            assert edges[-1] == grid.end
            assert edges[1:-1:2] == edges[2::2]
            texts = [label for label in tier.labels if label.text]
            expected = [label for label in written.labels if label.text]
            assert [label.text for label in texts] == [label.text for label in expected]
            np.testing.assert_allclose([label.start for label in texts], [label.start for label in expected], atol=1e-9, rtol=0)


@pytest.mark.parametrize(("grid", "words"), [
    (TextGrid(0.0, 1.0, (Tier("x", (Label("a", 0.1, 0.4), Label("b", 0.3, 0.5))),)), "interval 'b' of tier 'x' from 0.3 to 0.5 s"),
    (TextGrid(0.0, 1.0, (Tier("x", (Label("a\nb", 0.1, 0.1),)),)), r"interval 'a\\nb' .* is empty"),
    (TextGrid(0.0, 1.0, (Tier("x", (Label("a", 0.1, 1.1),)),)), "lies outside"),
    (TextGrid(0.0, 1.0, (Tier("x", (Label("a", np.nan, 1.0),)),)), "from nan to 1 s"),
    (TextGrid(0.0, 1.0, (Tier("x", (Label("a", 0.1, 0.1), Label("b", 0.1, 0.1)), points=True),)), "two points at one time"),
    (TextGrid(0.0, 1.0, (Tier("x", (Label("a", 2.0, 2.0),), points=True),)), "a point outside"),
    (TextGrid(1.0, 1.0, ()), "from 1 to 1 s has no duration"), (TextGrid(0.0, np.inf, ()), "has no duration"),
])
def test_refuses_to_write_what_praat_refuses(tmp_path, grid, words):
    with pytest.raises(BadData, match=words) as caught:
        textgrid.write(tmp_path / "a.TextGrid", grid)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("text", "words"), [
    (SHORT[: SHORT.index('"H*')], "ends where a label should stand"), (SHORT[:-2], "the quotation mark in line 36 is not closed"),
    (SHORT[: SHORT.index("1.5\n2.3")], "ends where a time should stand"),
    (LONG[: LONG.index("        intervals [2]")], "ends where a time should stand"),
    (LONG.replace("intervals: size = 3", "intervals: size = 2"), "holds '0?1.5' where the class of a tier should stand"),
    (SHORT.replace("<exists>\n3", "<exists>\n2"), "holds more than its sizes announce"),
    (SHORT.replace("<exists>\n3", "<exists>\n2.5"), "the number of tiers is 2.5"),
    (SHORT.replace("<exists>\n3", "<exists>\n-1"), "the number of tiers is -1"),
    (SHORT.replace("<exists>", "<what>"), "holds '<what'"), (SHORT.replace('"tones"', "tones"), "the name of a tier"),
    (SHORT.replace('"TextTier"', '"PitchTier"'), "a tier is 'PitchTier'"), (SHORT.replace("0.7\n1.5", "0.7\n1e999"), "holds 'inf'"),
    (SHORT.replace("1.5\n2.3", "1.1\n2.3"), "the times of tier 'phones' decrease at 1.1 s"),
    (SHORT.replace('"TextGrid"', '"Sound"'), "its header does not say"), ("", "ends where the file type should stand"),
    (SHORT.replace("\n0\n", '\n"0"\n', 1), "where the start should stand"),
])
def test_reports_a_broken_file_in_one_line(tmp_path, text, words):
    path = put(tmp_path / "a.TextGrid", text)
    with pytest.raises(BadData, match=words) as caught:
        textgrid.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_reports_a_binary_and_a_missing_file(tmp_path):
    (tmp_path / "a.TextGrid").write_bytes(b"ooBinaryFile\x08TextGrid")
    with pytest.raises(BadData, match="is a binary TextGrid; open it in Praat"):
        textgrid.read(tmp_path / "a.TextGrid")
    with pytest.raises(BadData, match="cannot be read"):
        textgrid.read(tmp_path / "b.TextGrid")


@pytest.mark.parametrize(("text", "encoding"), [(LONG, "utf-8"), (SHORT, "utf-8"), (LONG, "utf-16")])
def test_damaged_files_are_read_or_rejected_in_one_line(tmp_path, text, encoding):
    for got in readings(tmp_path / "a.TextGrid", text.encode(encoding), textgrid.read, 500):
        assert isinstance(got, TextGrid)


def test_every_truncation_is_noticed(tmp_path):
    content = SHORT.rstrip().encode()
    for size in range(len(content)):
        (tmp_path / "a.TextGrid").write_bytes(content[:size])
        with pytest.raises(BadData):
            textgrid.read(tmp_path / "a.TextGrid")
