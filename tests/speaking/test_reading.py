"""Reading what is spoken: all formats of trajectories, tables of a user, native files, projects, and faults."""

import shutil

import numpy as np
import pytest

from artinv.api import Trajectory as PublicTrajectory
from artinv.core.channels import CHANNELS
from artinv.core.store import Writer
from artinv.core.workspace import Workspace
from artinv.data.stats import Stats
from artinv.inversion import export, recording
from artinv.inversion.model import load
from artinv.inversion.speaker_statistics import AVERAGE, average
from artinv.runtime.errors import BadData
from artinv.speaking import reading
from tests.support import recordings
from tests.support.moved import moved
from tests.support.toys import frames, utterance

HEADER = "time,tt_x,tt_y,td_x,td_y,tb_x,tb_y,li_x,li_y,ul_x,ul_y,ll_x,ll_y"
NUMBERS = ",".join(["1.5"] * 12)
TONE = (0.3 * np.sin(np.arange(9600) / 9)).astype(np.float32)


def read(path, root=None):
    return reading.read(str(path), Workspace(root or path.parent))


@pytest.mark.parametrize("kind", [*export.COMPLETE, "pos"])
def test_every_format_of_artinv_is_read(kind, tmp_path):
    path = tmp_path / f"a.{kind}"
    export.write(path, moved(), sound=TONE)
    material = read(path)
    assert material.trajectory.rate == 100
    np.testing.assert_allclose(material.trajectory.motion[:, :12], moved().motion[:, :12], atol=1e-3)
    assert (material.sound is not None) == (kind == "mat")
    assert material.average is None


def test_a_mat_holds_the_sound(tmp_path):
    export.write(tmp_path / "a.mat", moved(), sound=TONE)
    sound, rate = read(tmp_path / "a.mat").sound
    assert rate == 16000
    np.testing.assert_allclose(sound, TONE, atol=1e-4)


def test_inferred_trajectories_have_the_statistics_of_the_average_speaker(tmp_path):
    model = load()
    speaker = average(model.predictor)
    trajectory, *_ = recording.invert_sound(TONE, "tone", model, speaker)
    export.write(tmp_path / "a.csv", trajectory)
    material = read(tmp_path / "a.csv")
    assert material.average.title == AVERAGE
    np.testing.assert_array_equal(material.average.mean, speaker.mean)


def test_a_table_of_a_user_is_read(tmp_path):
    path = tmp_path / "drawn.csv"
    rows = [f"{number / 50},{NUMBERS}" for number in range(20)]
    path.write_text("\n".join(["# drawn by hand", HEADER, *rows]))
    trajectory = read(path).trajectory
    assert trajectory.rate == pytest.approx(50)
    assert trajectory.motion.shape == (20, 18)
    np.testing.assert_array_equal(trajectory.motion[:, :12], 1.5)
    np.testing.assert_array_equal(trajectory.motion[:, CHANNELS.index("la")], 0)
    assert np.isnan(trajectory.motion[:, 16:]).all()


@pytest.mark.parametrize(("name", "text", "message"), [
    ("a.csv", "", "is empty"),
    ("a.csv", "hello", "holds no trajectories; its first line"),
    ("a.csv", "time,x\n0,1\n1,2\n", "holds no trajectories; its first line"),
    ("a.csv", f"{HEADER}\n", "has 0 rows"),
    ("a.csv", f"{HEADER}\n0,{NUMBERS}\n", "has 1 rows"),
    ("a.csv", f"{HEADER}\n0,1\n1,2\n", "2 rows of 2 values for 13 columns"),
    ("a.csv", f"{HEADER}\n0,1\n1,2,3\n", "not a table of numbers"),
    ("a.csv", f"{HEADER}\n0,{NUMBERS}\n0.01,{NUMBERS}\n0.5,{NUMBERS}\n", "times do not increase in equal steps"),
    ("a.csv", f"{HEADER}\n0,{NUMBERS}\n0,{NUMBERS}\n", "times do not increase in equal steps"),
    ("a.csv", f"{HEADER}\nx,{NUMBERS}\ny,{NUMBERS}\n", "times do not increase in equal steps"),
    ("a.txt", "hello", "holds no trajectories that artinv can read"),
    ("a.mat", "hello", "a.mat"),
    ("a_001.ema", "hello", "needs .*a_001.wav, which is missing"),
    ("a_bndl.json", "{}", "a_bndl.json"),
    ("a.npz", "PK", "holds no trajectories that artinv can read"),
])
def test_what_holds_no_trajectories_is_rejected_in_one_line(name, text, message, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadData, match=message) as error:
        read(path)
    assert str(error.value).startswith(str(tmp_path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("target", ["absent.csv", "a/b/c", "mocha/fsew0/fsew0_001", "."])
def test_a_target_that_is_no_file_is_rejected(target, tmp_path):
    with pytest.raises(BadData, match="is no file"):
        reading.read(target, Workspace(tmp_path))


def test_an_unfinished_file_is_rejected(tmp_path):
    export.write(tmp_path / "a.csv", moved())
    lines = (tmp_path / "a.csv").read_text().splitlines()
    (tmp_path / "a.csv").write_text("\n".join(lines[:-9]))
    with pytest.raises(BadData, match="its header says 60"):
        read(tmp_path / "a.csv")


@recordings.needed
def test_native_recordings_are_read_with_their_sound(tmp_path):
    mocha = read(recordings.MOCHA / "fsew0/fsew0_001.ema")
    assert mocha.trajectory.rate == 500
    assert mocha.trajectory.motion.shape == (966, 18)
    assert len(mocha.sound[0]) == 35495
    bundle = read(recordings.EMU / "dfgspp_mo1_prosody_0020_bndl.json")
    assert (bundle.trajectory.rate, bundle.sound[1]) == (200, 24000)
    for ending in ("ema", "wav"):
        shutil.copy(recordings.MOCHA / f"fsew0/fsew0_001.{ending}", tmp_path / f"any.{ending}")
    with pytest.raises(BadData, match=r"any.ema"):
        read(tmp_path / "any.ema")


def test_an_utterance_of_a_project_has_the_statistics_of_its_speaker(tmp_path):
    project = Workspace(tmp_path)
    spoken, known = utterance(name="one"), frames(name="one")
    for folder, record in ((project.cleaned, spoken), (project.features, known)):
        with Writer(folder / spoken.corpus) as writer:
            writer.add(record)
    mean, std = np.arange(18, dtype=np.float32), np.full(18, 2, np.float32)
    (project.stats / spoken.corpus).mkdir(parents=True)
    Stats(names=np.array(["one"]), motion_mean=mean[None], motion_std=std, acoustic_mean=np.zeros(3, np.float32),
          acoustic_std=np.ones(3, np.float32), reglued=np.zeros((0, 2), int)).save(
              project.stats / spoken.corpus / f"{spoken.speaker}.npz")
    material = reading.read(f"{spoken.corpus}/{spoken.speaker}/one", project)
    np.testing.assert_array_equal(material.statistics.mean, mean)
    np.testing.assert_array_equal(material.trajectory.motion, known.motion)
    with pytest.raises(BadData, match=r"no utterance 'one1'.*did you mean 'one'"):
        reading.read(f"{spoken.corpus}/{spoken.speaker}/one1", project)
    with pytest.raises(BadData, match="is missing; correct the name"):
        reading.read(f"{spoken.corpus}/nobody/one", project)


def test_the_sound_that_gives_the_pitch(tmp_path):
    own, other = (TONE, 16000.0), (TONE[:4000], 8000.0)
    material = reading.of_trajectory(moved(), own)
    assert reading.original(material, None) is own
    assert reading.original(material, "rule") is None
    assert reading.original(material, other)[1] == 8000.0
    with pytest.raises(BadData, match=r"absent.wav: is no file; name a sound"):
        reading.original(material, tmp_path / "absent.wav")


def test_trajectories_in_python_speak_as_the_command_does(one_thread):
    trajectory = PublicTrajectory.of(moved(), TONE)
    sound, rate = trajectory.to_sound("man")
    assert rate == 16000
    assert sound.shape == (9600,)
    by_rule, _ = trajectory.to_sound("man", "rule", seed=3)
    assert by_rule.tobytes() != sound.tobytes()
    same, _ = trajectory.to_sound("man", (TONE, 16000))
    np.testing.assert_allclose(same[: len(sound)], sound[: len(same)], atol=0.2)
