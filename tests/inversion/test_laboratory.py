"""Test trajectories as files of Praat and MVIEW: an AG501 `.pos`, a `.mat` with the sound, a TextGrid."""

import json

import numpy as np
import pytest

from artinv.api import Trajectory, read
from artinv.core.channels import CHANNELS
from artinv.formats import ag50x, mview, textgrid
from artinv.inversion import export
from artinv.runtime.errors import BadData, BadParams
from tests.inversion.test_export import NAMES, SOUND, trajectory


@pytest.mark.parametrize("name", NAMES)
def test_a_textgrid_states_its_origin(tmp_path, name):
    path = tmp_path / "a.TextGrid"
    export.write(path, trajectory(3, name=name), "abc", SOUND)
    known = export.facts(path)
    assert (known["name"], known["made"], known["frames"], known["trained_on"]) == (name, "abc", "3", "SYNTHETIC speakers")
    assert [tier.name for tier in textgrid.read(path).tiers] == ["speech", "artinv"]
    with pytest.raises(BadData, match="holds labels, not trajectories"):
        export.read(path)


def test_a_pos_holds_the_coils_of_an_ag501(tmp_path):
    original = trajectory()
    export.write(tmp_path / "a.pos", original)
    sweep = ag50x.read(tmp_path / "a.pos")
    assert (sweep.rate, sweep.version, sweep.positions.shape) == (100.0, "V003", (37, 7, 3))
    assert sweep.facts["artinv_coils"] == "tt td tb li ul ll v"
    assert "z up" in sweep.facts["artinv_units"]
    for number, coil in enumerate(("tt", "td", "tb", "li", "ul", "ll")):
        assert np.array_equal(sweep.positions[:, number, 0], original.motion[:, CHANNELS.index(f"{coil}_x")])
        assert np.array_equal(sweep.positions[:, number, 2], original.motion[:, CHANNELS.index(f"{coil}_y")])
        assert not sweep.positions[:, number, 1].any()
    assert np.isnan(sweep.positions[:, 6]).all()


def test_a_mat_holds_the_sound_and_all_trajectories(tmp_path):
    original = trajectory()
    export.write(tmp_path / "a.mat", original, sound=SOUND)
    got = mview.read(tmp_path / "a.mat")
    assert got.sound_rate == 16000.0
    assert np.array_equal(got.sound, SOUND)
    assert list(got.sensors) == ["TT", "TD", "TB", "LI", "UL", "LL", "V", "LA", "LP", "TTCL", "TBCL"]
    assert {sensor.rate for sensor in got.sensors.values()} == {100.0}
    assert np.array_equal(got.sensors["TB"].values[:, [0, 2]], original.motion[:, 4:6])
    assert not got.sensors["TB"].values[:, 1].any()
    assert np.isnan(got.sensors["V"].values[:, [0, 2]]).all()
    assert np.array_equal(got.sensors["LA"].values[:, 0], original.motion[:, 12])
    assert got.sensors["TBCL"].values.shape == (37, 1)
    assert json.loads(got.source)["trained_on"] == "SYNTHETIC speakers"


def test_a_trajectory_saves_its_own_sound(tmp_path):
    original = Trajectory.of(trajectory(), SOUND)
    for kind in export.FORMATS:
        original.save(str(tmp_path / f"a.{kind}"))
    assert np.array_equal(mview.read(tmp_path / "a.mat").sound, SOUND)
    assert np.array_equal(read(str(tmp_path / "a.mat")).motion, original.motion, equal_nan=True)
    assert textgrid.read(tmp_path / "a.TextGrid").end == 0.375
    for kind in export.WITH_SOUND:
        with pytest.raises(BadParams, match=f"b.{kind}: a {kind} file needs the sound, which"):
            Trajectory.of(trajectory()).save(tmp_path / f"b.{kind}")


def test_files_of_other_programs_are_no_trajectories(tmp_path):
    ag50x.write(tmp_path / "a.pos", np.zeros((3, 7, 3)), 250.0)
    mview.write(tmp_path / "a.mat", mview.Recording(SOUND, 16000.0, {"TT": mview.Sensor(100.0, np.zeros((3, 3)))}))
    textgrid.write(tmp_path / "a.TextGrid", textgrid.TextGrid(0.0, 1.0, (textgrid.Tier("artinv", ()),)))
    for name in ("a.pos", "a.mat", "a.TextGrid"):
        assert export.facts(tmp_path / name) == {}
        with pytest.raises(BadData, match="is not a trajectory of artinv"):
            export.read(tmp_path / name)
