"""Area functions and outlines are those of the tract that the settings describe, and are written for a vocal tract alone."""

import csv

import numpy as np
import pytest
import soundfile
import torch

from artinv.core.channels import COIL_COLUMNS
from artinv.matching.files import write_tract
from artinv.matching.match import match
from artinv.matching.refinement import quick
from artinv.matching.tract import PARTS, shapes_of
from artinv.show import match_tract
from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.kinds import tract7
from artinv.synth.tract.anatomy import MALE
from artinv.synth.tract.formants import resonances
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.tube import Tube
from tests.support import matched
from tests.support.matched import tones

C = 35000.0  # cm/s
OPEN = [2.2, 6.0, 12.0, 0.0, 0.3, 120.0, 3500.0]
"""Values of tract7: a front constriction that is not narrow, open lips, a raised velum."""


def shapes(*rows):
    return shapes_of(kinds.build("tract7", 16000, 1600), np.array(rows))


def lossless_formants(length, area, count=2):
    """Return the resonances in Hz of a tube of sections, closed at the glottis and open at the lips, without losses."""
    hertz = np.arange(50.0, 4000.0, 1.0)
    matrix = np.tile(np.eye(2), (len(hertz), 1, 1))
    for cm, cm2 in zip(length, area, strict=True):
        turn = 2 * np.pi * hertz * cm / C
        step = np.stack([np.cos(turn), -np.sin(turn) / cm2, np.sin(turn) * cm2, np.cos(turn)], -1).reshape(-1, 2, 2)
        matrix = matrix @ step
    poles = matrix[:, 1, 1]  # flow at the lips per flow at the glottis is infinite where this is 0
    return hertz[:-1][poles[:-1] * poles[1:] < 0][:count]


def test_the_resonances_of_the_area_function_are_those_of_the_tract():
    rows = [OPEN, [0.9, 4.0, 14.0, 0.0, 0.3, 120.0, 3500.0], [1.6, 12.0, 9.0, 5.0, 0.3, 120.0, 3500.0]]
    found, controls = shapes(*rows), tract7.expanded(torch.tensor(rows, dtype=torch.float64))[:, :13]
    expected = resonances(Geometry(MALE, torch.float64), Tube(MALE, dtype=torch.float64), controls, 2).numpy()
    for number in range(len(rows)):
        end = 0.8 * np.sqrt(found.area[number, -1] / np.pi)  # radiation adds length to the opening
        length = found.length[number] + np.append(np.zeros(len(PARTS) - 1), end)
        np.testing.assert_allclose(lossless_formants(length, found.area[number]), expected[number], rtol=0.1)


def test_lengths_add_up_to_the_tract_and_follow_its_parameter():
    usual, longer = shapes(OPEN, [*OPEN[:3], 8.0, *OPEN[4:]]).length.sum(1)
    assert usual == pytest.approx(MALE.tract_mm / 10, abs=0.3)
    assert longer - usual == pytest.approx(0.8, abs=0.1)
    assert shapes(OPEN).distance[0, -1] == pytest.approx(usual - shapes(OPEN).length[0, -1] / 2)


@pytest.mark.parametrize(("place", "part"), [(0.85, "pharynx"), (1.6, "bend"), (2.6, "mouth")])
def test_a_constriction_lies_where_its_place_says_and_is_as_narrow_as_its_degree(place, part):
    wide, narrow = shapes(*([place, degree, 14.0, 0.0, 0.3, 120.0, 3500.0] for degree in (10.0, 2.0))).area[:, 1:-1]
    assert PARTS[int(narrow.argmin()) + 1] == part
    assert narrow.min() < 0.3 * wide.min()


def test_the_velum_opens_the_port():
    port = shapes(OPEN, [*OPEN[:4], 1.0, *OPEN[5:]]).port
    assert port[0] < 0.05
    assert port[1] > 0.5


def test_the_tongue_is_below_the_palate_and_the_coils_lie_on_it():
    found = shapes(OPEN)
    assert (found.tongue[0, 30:, 1] < found.wall[30:, 1]).all()
    for coil in ("tt", "tb", "td"):
        first = COIL_COLUMNS.index(f"{coil}_x")
        assert np.linalg.norm(found.tongue[0] - found.coils[0, first:first + 2], axis=1).min() < 3


def test_other_synthesizers_have_no_tract():
    assert shapes_of(kinds.build("fm23", 16384, 4096), np.zeros((1, 23))) is None


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "a.wav"
    soundfile.write(path, tones(0.27, 200.0, 16384), 16384, subtype="FLOAT")
    return path


@pytest.mark.parametrize(("synth", "points"), [("tract7", 1), ("tract", 3)])
def test_files_have_a_row_for_each_section_and_equal_bytes(tmp_path, sound, synth, points):
    matcher = matched.untrained(tmp_path / "model.safetensors", synth, points)
    found = match(sound, matcher, None, quick(1), workers=1)
    contents = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        table, picture = write_tract(folder, "a", found, matcher), match_tract.draw(folder / "a.png", "a", found, matcher)
        contents.append([path.read_bytes() for path in (*table, *picture)])
    assert contents[0] == contents[1]
    assert contents[0][1].startswith(b"\x89PNG")
    rows = list(csv.DictReader(contents[0][0].decode().splitlines()))
    assert len(rows) == len(found.pieces) * points * len(PARTS)
    first = [row for row in rows if row["time_s"] == "0.0000"]
    assert [row["part"] for row in first] == list(PARTS)
    expected = shapes_of(matcher.synthesizer, found.pieces[0].values)
    np.testing.assert_allclose([float(row["area_cm2"]) for row in first], expected.area[0], atol=6e-5)
    np.testing.assert_allclose([float(row["distance_cm"]) for row in first], expected.distance[0], atol=6e-5)
    assert {row["time_s"] for row in rows if row["start_s"] == "0.0000"} == {f"{0.25 * k / max(points - 1, 1):.4f}"
                                                                         for k in range(points)}


def test_nothing_is_written_without_a_tract(tmp_path, sound):
    matcher = matched.untrained(tmp_path / "model.safetensors")
    found = match(sound, matcher, None, quick(1), workers=1)
    assert write_tract(tmp_path / "out", "a", found, matcher) == []
    assert match_tract.draw(tmp_path / "out/a.png", "a", found, matcher) == []
    assert not (tmp_path / "out").exists()
