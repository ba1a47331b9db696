"""A user's own articulograph: files of a moved head, in each format, give the coils that were put into it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from scipy.spatial.transform import Rotation

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Label, Utterance
from artinv.core.store import Reader
from artinv.core.workspace import Workspace
from artinv.corpora.native.mapping import DEVICES, Mapping
from artinv.data.ingest import IngestParams, ingest
from artinv.formats import ag50x, mview
from artinv.runtime.errors import BadData, BadParams
from tests.support import corpora
from tests.support.native import put_wav, read_all
from tests.support.spoken import spoken
from tools.deps import ROOT

COILS = ("tt", "td", "tb", "li", "ul", "ll")
SKULL = np.array([[20.0, 70, 0], [-90, 20, -70], [-90, 22, 68], [0, 5, 2]])  # mm: nose, mastoids, incisors; x front, y up, z right
CORNERS = np.array([[0.0, 0, 0], [-45, 0, -25], [-45, 0, 25]])  # of the bite plane: front, rear left, rear right
REFERENCES, BITE = range(7, 11), range(11, 14)  # numbers of sensors; the coils are 1 to 6
RATE = 200


def names(kind, numbers):
    """Return sensors as they stand in `own.yaml`."""
    return [f"s{number}" if kind == "mat" else number for number in numbers]


def mapping(kind, **changes):
    sensors = dict(zip(COILS, names(kind, range(1, 7)), strict=True))
    spec = {"motion": kind, "sensors": sensors, "x": "x", "y": "y", "unit": "mm", "speaker": "([a-z]+)_.*", "frame": "incisors",
            "head": {"references": names(kind, REFERENCES), "bite_plane": "planes/{speaker}." + kind, "corners": names(kind, BITE)}}
    return {key: value for key, value in {**spec, **changes}.items() if value is not None}


def at_rest(utterance, corners=False):
    """Return all 13 sensors (frames, 13, 3) in coordinates of the bite plane; coils are lost where only the bite plane is held."""
    points = np.full((len(utterance.coils), 13, 3), np.nan)
    if not corners:
        points[:, :6, :2] = utterance.coils[:, :12].reshape(-1, 6, 2)
        points[:, :6, 2] = np.linspace(-3, 3, 6)
    points[:, 6:10] = SKULL
    if corners:
        points[:, 10:] = CORNERS
    return points


def moved(points, seed):
    """Return the points with another rotation and shift in each frame, as a device sees a head that moves."""
    rng = np.random.default_rng(seed)
    turns, shifts = Rotation.random(len(points), rng=rng).as_matrix(), rng.normal(size=(len(points), 1, 3)) * 50
    return np.einsum("fij,fcj->fci", turns, points) + shifts


def put_positions(path, points, utterance=None):
    """Write positions (frames, sensors, 3) in the format of the ending; NaN as each format marks it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".pos":
        ag50x.write(path, points, RATE)
    elif path.suffix == ".mat":
        sensors = {f"S{number}": mview.Sensor(float(RATE), values) for number, values in enumerate(points.swapaxes(0, 1), 1)}
        whole = utterance or SimpleNamespace(sound=np.zeros(160, np.float32), text="", phones=(), words=())
        mview.write(path, mview.Recording(whole.sound, 16000.0, sensors, whole.text, whole.phones, whole.words))
    else:
        columns = "Id\tSensor {0} Status\tX[mm]\tY[mm]\tZ[mm]\tQ0\tQx\tQy\tQz"
        numbers = range(1, 1 + points.shape[1])
        lines = ["\t".join(["AudioTime[s]\tMeasId\tWavId", *(f"Sensor {number} {columns.format(number)}" for number in numbers)])]
        for frame, sensors in enumerate(points):
            cells = [f"{0.05 + frame / RATE:.4f}\t0\t0"]
            for number, place in zip(numbers, sensors, strict=True):
                values = ["" if np.isnan(value) else f"{value:.6f}" for value in place]
                cells += [str(number), "OK" if all(values) else "Missing", *values, "1", "0", "0", "0"]
            lines.append("\t".join(cells))
        path.write_text("\n".join([*lines, ""]))


def write(root, kind, spec, *, points=None, number=1, speaker="anna"):
    """Write one recording and its bite plane below `root`; return the utterance that is in it."""
    utterance = spoken(corpora.get("hprc"), number)
    root.mkdir(parents=True, exist_ok=True)
    (root / "own.yaml").write_text(yaml.safe_dump(spec))
    base = root / "day 1" / f"{speaker}_{number:03d}"
    put_positions(base.with_suffix(f".{kind}"), moved(at_rest(utterance), number) if points is None else points, utterance)
    put_positions(root / "planes" / f"{speaker}.{kind}", moved(at_rest(utterance, corners=True)[:60], 100 + number))
    if kind != "mat":
        put_wav(base.with_suffix(".wav"), utterance.sound)
        put_wav(root / "planes" / f"{speaker}.wav", np.zeros(800))
    return utterance


def assert_coils(got, utterance, tolerance=1e-3):
    np.testing.assert_allclose(got.coils[:, :12], utterance.coils[:, :12], rtol=0, atol=tolerance)
    assert np.isnan(got.coils[:, 12:]).all()


@pytest.mark.parametrize("kind", DEVICES)
def test_ingest_finds_the_coils_of_a_moved_head_on_the_bite_plane(kind, tmp_path):
    utterances = [write(tmp_path / "own", kind, mapping(kind), number=number, speaker=speaker)
                  for number, speaker in ((1, "anna"), (2, "bob"))]
    assert corpora.get("own").find(tmp_path / "own").missing == ()
    summary = ingest("own", IngestParams(raw=tmp_path), Workspace(tmp_path), workers=1)
    assert (summary["utterances"], summary["unreadable"], summary["skipped"]) == (2, 0, 0)
    for utterance, speaker in zip(utterances, ("anna", "bob"), strict=True):
        (got,) = Reader(tmp_path / f"data/ingested/own/{speaker}.npz", Utterance)
        assert_coils(got, utterance)
        assert (got.coil_rate, got.coil_start, got.framed, got.notes) == (RATE, 0.05 if kind == "tsv" else 0.0, True, ())
        assert np.array_equal(got.sound, utterance.sound)


def test_an_mview_recording_has_its_own_sound_text_and_labels(tmp_path):
    utterance = write(tmp_path, "mat", mapping("mat"))
    (got,) = read_all("own", tmp_path)
    assert (got.text, got.sentence) == (utterance.text, utterance.sentence)
    assert [label.text for label in got.phones] == [label.text for label in utterance.phones]
    assert got.words[0] == Label("the", pytest.approx(utterance.words[0].start), pytest.approx(utterance.words[0].end))
    (tmp_path / "day 1/anna_001.txt").write_text("Another text.")
    assert read_all("own", tmp_path)[0].text == "Another text."


@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize("plane", [None, "planes/anna.{}"])
def test_without_corners_the_axes_are_those_of_the_device(kind, plane, tmp_path):
    """The head rests where it is in the first frame of the recording, or of the bite plane's recording."""
    utterance = spoken(corpora.get("hprc"), 1)
    still = at_rest(utterance)
    device = np.stack([-still[..., 2], still[..., 0], still[..., 1]], axis=2)  # x to the left, y to the front, z up
    head = {"references": names(kind, REFERENCES), "bite_plane": plane and plane.format(kind)}
    points = moved(device, 1)
    if plane is None:
        points[0] = device[0]
    write(tmp_path, kind, mapping(kind, x="y", y="z", head=head), points=points)
    put_positions(tmp_path / f"planes/anna.{kind}", np.concatenate([device[:1], moved(device[1:9], 3)]))
    assert_coils(read_all("own", tmp_path)[0], utterance)


@pytest.mark.parametrize("kind", DEVICES)
def test_without_head_correction_positions_are_those_of_the_file(kind, tmp_path):
    utterance = spoken(corpora.get("hprc"), 1)
    still = at_rest(utterance)
    still[..., 0] *= -1
    write(tmp_path, kind, mapping(kind, x="-x", head=None), points=still)
    got = next(item for item in read_all("own", tmp_path) if item.name == "anna_001")
    assert_coils(got, utterance, 1e-4)


def test_a_start_and_another_unit_are_converted(tmp_path):
    utterance = write(tmp_path / "pos", "pos", mapping("pos", start=0.25))
    assert read_all("own", tmp_path / "pos")[0].coil_start == 0.25
    write(tmp_path / "mat", "mat", mapping("mat", unit="cm"), points=moved(at_rest(utterance), 1) / 10)
    put_positions(tmp_path / "mat/planes/anna.mat", moved(at_rest(utterance, corners=True)[:60], 2) / 10)
    assert_coils(read_all("own", tmp_path / "mat")[0], utterance)


@pytest.mark.parametrize("kind", DEVICES)
def test_lost_sensors_are_lost_and_one_lost_reference_of_four_changes_nothing(kind, tmp_path):
    utterance = spoken(corpora.get("hprc"), 1)
    points = moved(at_rest(utterance), 1)
    points[10, 7] = points[20, 7:9] = points[30, 2] = np.nan
    if kind != "tsv":
        points[40, 1] = 0.0
    write(tmp_path, kind, mapping(kind, lost=0), points=points)
    got = read_all("own", tmp_path)[0].coils[:, :12]
    lost = np.isnan(got)
    assert lost[20].all()
    assert lost[30].tolist() == [False] * 4 + [True] * 2 + [False] * 6
    assert lost[40].tolist() == [False] * 2 + [kind != "tsv"] * 2 + [False] * 8
    lost[[20, 30, 40]] = False
    assert not lost.any()
    assert np.abs(got - utterance.coils[:, :12])[10].max() < 1e-3


def test_a_sensor_that_is_missing_in_a_file_is_lost_with_a_note(tmp_path):
    spec = mapping("mat")
    spec["sensors"]["v"] = "velum"
    utterance = write(tmp_path, "mat", spec)
    (got,) = read_all("own", tmp_path)
    assert_coils(got, utterance)
    assert got.notes == ("no sensor velum",)


@pytest.mark.parametrize(("kind", "changes", "words"), [
    ("pos", {"head": {"references": [7, 8, 20]}}, r"anna_001.pos: has no sensor 20 \(it has \['1', .*correct `head.references`"),
    ("tsv", {"head": {"references": [7, 8, 9], "bite_plane": "none.tsv"}}, "none.tsv: is missing; put the recording of the bite"),
    ("mat", {"head": {"references": ["s7", "s8", "s9"], "bite_plane": "planes/anna.mat", "corners": ["s11", "s12", "s77"]}},
     r"planes/anna.mat: has no sensor s77 .*correct `head.corners`"),
    ("pos", {"head": {"references": [7, 8, 9], "bite_plane": "planes/anna.pos", "corners": [11, 12, 1]}},
     "planes/anna.pos: a sensor of `head.corners` is lost in every frame"),
    ("pos", {"head": {"references": [7, 8, 11]}}, "anna_001.pos: no frame holds all reference coils"),
    ("pos", {"head": {"references": [7, 8, 11], "bite_plane": "day 1/anna_001.pos"}}, "anna_001.pos: no frame holds all"),
    ("pos", {"head": {"references": [7, 7, 7]}}, "anna_001.pos: the 3 reference coils are fewer than three or lie in a line"),
    ("mat", {"sensors": {"tt": "x"}, "head": None}, r"anna_001.mat: holds no sensors of equal rate and length \(it has \['S1', "),
    ("pos", {"sensors": {"tt": "x"}, "head": None}, "anna_001.pos: has none of the sensors"),
])
def test_unusable_sensors_are_reported_in_one_line(kind, changes, words, tmp_path):
    write(tmp_path, kind, mapping(kind, **changes))
    source = next(source for source in corpora.get("own").find(tmp_path).sources or _all(tmp_path, kind))
    with pytest.raises(BadData, match=words) as caught:
        corpora.get("own").read(source)
    assert "\n" not in str(caught.value)


def _all(root, kind):
    """Return the recording as a source where the mapping takes it for its bite plane."""
    base = root / "day 1/anna_001"
    return [SimpleNamespace(name="anna_001", speaker="anna", files=(
        *([base.with_suffix(".wav")] if kind != "mat" else []), base.with_suffix(f".{kind}"), root / "own.yaml"))]


def test_sensors_of_unequal_rate_are_reported(tmp_path):
    write(tmp_path, "mat", mapping("mat", head=None))
    values = np.zeros((10, 3), np.float32)
    path = tmp_path / "day 1/anna_001.mat"
    sensors = {"S1": mview.Sensor(200.0, values), "S2": mview.Sensor(100.0, values), "S3": mview.Sensor(200.0, values[:, :1])}
    mview.write(path, mview.Recording(np.zeros(160, np.float32), 16000.0, sensors))
    with pytest.raises(BadData, match=r"no sensors of equal rate and length \(it has \['S1', 'S2'\]\)"):
        read_all("own", tmp_path)


def test_a_named_sensor_without_values_is_reported(tmp_path):
    write(tmp_path, "mat", mapping("mat", head=None))
    path = tmp_path / "day 1/anna_001.mat"
    whole = mview.read(path)
    mview.write(path, replace(whole, sensors=whole.sensors | {"S1": mview.Sensor(200.0, np.zeros((0, 3), np.float32))}))
    (got,) = read_all("own", tmp_path)
    assert got.notes == ("no sensor s1",)


@pytest.mark.parametrize(("kind", "changes", "words"), [
    ("pos", {"x": "posx"}, "motion: pos files have the axes x, y and z; correct `x` and `y`"),
    ("tsv", {"unit": "cm"}, "motion: tsv files are read in mm; write `unit: mm`"),
    ("pos", {"rate": 200}, "remove `rate`"), ("tsv", {"start": 1.0}, "remove `rate`, `time` and `start`"),
    ("mat", {"labels": ".lab"}, "mat files contain their labels"),
    ("mat", {"x": "-x"}, "on the bite plane x is to the front and y upwards"),
    ("csv", {"rate": 200, "head": {"references": ["a", "b", "c"]}}, "head: needs all three coordinates"),
    ("pos", {"head": {"references": [1, 2]}}, "'head.references'"), ("pos", {"head": {"references": [1, 2, True]}}, "quote it"),
    ("pos", {"head": {"references": [1, 2, 3], "corners": [4, 5, 6]}}, "name it with `bite_plane`"),
    ("pos", {"head": {"references": [1, 2, 3], "corners": [4, 5], "bite_plane": "b"}}, "'head.corners"),
    ("pos", {"head": {"references": [1, 2, 3], "bite_plane": "../b.pos"}}, "expected a path below the folder"),
    ("pos", {"head": {"refs": [1, 2, 3]}}, "head"), ("wav", {}, "'motion'"),
])
def test_a_wrong_mapping_is_reported_in_one_line(kind, changes, words, tmp_path):
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(mapping(kind, **changes)))
    with pytest.raises(BadParams, match=words) as caught:
        corpora.get("own").find(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "own.yaml"))
    assert "\n" not in str(caught.value)


def test_the_documented_mappings_of_articulographs_are_accepted():
    text = (ROOT / "docs/own-recordings.md").read_text(encoding="utf-8")
    specs = [Mapping.of(yaml.safe_load(block.partition("```")[0])) for block in text.split("```yaml\n")[1:]]
    assert [spec.motion for spec in specs] == ["csv", *DEVICES]
    assert set(COIL_COLUMNS) >= {f"{coil}_x" for spec in specs for coil in spec.sensors}
    assert specs[1].head.is_bite_plane("anna_bite")
    assert not specs[1].head.is_bite_plane("anna_001")
