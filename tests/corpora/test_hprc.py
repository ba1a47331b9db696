"""Reader of the Haskins corpus on hand-made files: what its description requires beyond the common contract."""

import numpy as np
import pytest
from scipy.io import savemat

from artinv.runtime.errors import BadData
from tests.support import corpora
from tests.support.native import FIELDS, coil, read_all, structs


def put_hprc(path, fields, order=("AUDIO", "TR", "TB", "TT", "UL", "LL", "ML", "JAW", "JAWL")):
    elements = []
    for name in order:
        k = order.index(name)
        if name == "AUDIO":
            phones = structs([{"LABEL": "sp", "OFFS": np.array([[0, 0.1]])}, {"LABEL": "AA1", "OFFS": np.array([[0.1, 0.2]])}],
                             ["OFFS", "LABEL"])
            elements.append({"NAME": name, "SRATE": np.uint16(44100), "SIGNAL": np.zeros((8820, 1), np.float32),
                             "SENTENCE": "The birch canoe.", "PHONES": phones})
        else:
            signal = np.tile(np.array([k, 50, -k, 9, 9, 9], np.float32), (22, 1))
            elements.append({"NAME": name, "SRATE": np.uint8(100), "SIGNAL": signal})
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {path.stem: structs(elements, fields)})
    return order


@pytest.mark.parametrize("fields", [
    ["NAME", "SRATE", "SIGNAL", "SOURCE", "SENTENCE", "WORDS", "PHONES", "LABELS"],
    ["LABELS", "PHONES", "SIGNAL", "SENTENCE", "WORDS", "SRATE", "NAME", "SOURCE"],
])
@pytest.mark.parametrize("order", [
    ("AUDIO", "TR", "TB", "TT", "UL", "LL", "ML", "JAW", "JAWL"), ("JAWL", "JAW", "TT", "AUDIO", "LL", "UL", "TB", "TR"),
])
def test_hprc_finds_fields_and_sensors_by_name(tmp_path, fields, order):
    put_hprc(tmp_path / "F01" / "data" / "F01_B01_S02_R01_F.mat", fields, order)
    got = read_all("hprc", tmp_path)[0]
    for name, native in {"tt": "TT", "td": "TR", "tb": "TB", "li": "JAW", "ul": "UL", "ll": "LL"}.items():
        assert (coil(got, f"{name}_x")[0], coil(got, f"{name}_y")[0]) == (order.index(native), -order.index(native))
    assert (got.coil_rate, got.sound_rate, got.coils.dtype) == (100.0, 44100.0, np.float32)
    assert (got.sentence, got.words) == ("the birch canoe", ())
    assert [(label.text, label.start, label.end) for label in got.phones] == [("sp", 0, 0.1), ("AA1", 0.1, 0.2)]


def test_hprc_reads_all_takes_and_omits_the_palate_trace(tmp_path):
    fields = ["NAME", "SRATE", "SIGNAL", "SOURCE", "SENTENCE", "WORDS", "PHONES", "LABELS"]
    takes = ("B01_S02_R01_N", "B01_S02_R01_F", "B01_S02_R02_N", "B01_S10_R01_N", "palate")
    for stem in (*(f"F01_{take}" for take in takes), "M09_B01_S01_R01_N"):
        put_hprc(tmp_path / "data" / f"{stem}.mat", fields)
    listing = corpora.get("hprc").find(tmp_path)
    assert "F01_palate.mat: palate trace, no speech" in listing.skipped
    got = sorted(read_all("hprc", tmp_path), key=lambda utterance: (utterance.speaker, utterance.order))
    assert [utterance.name[4:] for utterance in got[:4]] == ["B01_S02_R01_N", "B01_S02_R01_F", "B01_S02_R02_N", "B01_S10_R01_N"]
    assert len({utterance.sentence for utterance in got[:3]}) == 1
    assert got[4].speaker == "M09"
    assert sum("no file" in missing.what for missing in listing.missing) == 7


def put_elements(path, fields=FIELDS, **changes):
    """Write a file of 22 frames; `changes` replaces fields of its elements."""
    elements = [{"NAME": "AUDIO", "SRATE": 44100, "SIGNAL": np.zeros((8820, 1), np.float32)}]
    elements += [{"NAME": name, "SRATE": 100, "SIGNAL": np.zeros((22, 6))} for name in ("TR", "TB", "TT", "UL", "LL", "JAW")]
    savemat(path, {path.stem: structs([element | changes.get(element["NAME"], {}) for element in elements], fields)})


def test_hprc_reads_integer_sound(tmp_path):
    samples = np.array([-32768, 0, 16384, 32767] * 2205, np.int16)
    put_elements(tmp_path / "F01_B01_S02_R01_N.mat", AUDIO={"SIGNAL": samples[:, None]})
    np.testing.assert_array_equal(read_all("hprc", tmp_path)[0].sound * 32768, samples)


def test_hprc_omits_unusable_labels(tmp_path):
    rows = [("a", [[0.0, 0.1]]), ("b", [[0.2, 0.1]]), ("c", [[-0.1, 0.1]]), ("d", [[0.1]]), (3.0, [[0.1, 0.2]]), ("e", "text"),
            ("f", [[0.1, 0.1]]), ("g", [[0.1, 0.2, 0.3]])]
    labels = [{"LABEL": text, "OFFS": span if isinstance(span, str) else np.array(span)} for text, span in rows]
    phones = structs(labels, ["LABEL", "OFFS"])
    put_elements(tmp_path / "F01_B01_S02_R01_N.mat", AUDIO={"PHONES": phones}, fields=[*FIELDS, "PHONES"])
    got = read_all("hprc", tmp_path)[0]
    assert [(label.text, label.start, label.end) for label in got.phones] == [("a", 0, 0.1), ("f", 0.1, 0.1)]


@pytest.mark.parametrize("change", [{"SRATE": 200}, {"SIGNAL": np.zeros((21, 6))}, {"SRATE": 200, "SIGNAL": np.zeros((44, 6))}])
def test_hprc_rejects_sensors_of_different_rate_or_length(tmp_path, change):
    put_elements(tmp_path / "F01_B01_S02_R01_N.mat", LL=change)
    with pytest.raises(BadData, match="its sensors differ in rate or length"):
        read_all("hprc", tmp_path)


def test_hprc_order_follows_block_sentence_take_and_rate(tmp_path):
    for name in ("B01_S10_R02_F", "B01_S10_R02_N", "B02_S01_R01_N", "B01_S10_R01_F"):
        put_elements(tmp_path / f"F01_{name}.mat")
    got = sorted(read_all("hprc", tmp_path), key=lambda utterance: utterance.order)
    assert [utterance.name[4:] for utterance in got] == ["B01_S10_R01_F", "B01_S10_R02_N", "B01_S10_R02_F", "B02_S01_R01_N"]
    assert [utterance.sentence for utterance in got] == ["ieee-720/01-10"] * 3 + ["ieee-720/02-01"]
    assert got[0].notes == ("no phone labels", "no text, sentence known by number")


@pytest.mark.parametrize("content", [{"a": np.zeros(3)}, {"a": structs([{}], FIELDS), "b": structs([{}], FIELDS)}, {"a": "text"}])
def test_hprc_rejects_other_mat_files(tmp_path, content):
    savemat(tmp_path / "F01_B01_S02_R01_N.mat", content)
    with pytest.raises(BadData, match=r"F01_B01_S02_R01_N\.mat: does not hold exactly one struct array"):
        read_all("hprc", tmp_path)


@pytest.mark.parametrize("change", [
    {"SRATE": np.uint8(0)}, {"SRATE": "x"}, {"SIGNAL": np.zeros((0, 6))}, {"SIGNAL": np.zeros((22, 2))}, {"NAME": "XX"},
    {"SIGNAL": "text"}, {"SRATE": np.nan},
])
def test_hprc_rejects_wrong_fields(tmp_path, change):
    path = tmp_path / "F01_B01_S02_R01_N.mat"
    elements = [{"NAME": "AUDIO", "SRATE": 44100, "SIGNAL": np.zeros((8820, 1), np.float32)}]
    elements += [{"NAME": name, "SRATE": 100, "SIGNAL": np.zeros((22, 6))} for name in ("TR", "TB", "TT", "UL", "LL", "JAW")]
    elements[3] = elements[3] | change
    savemat(path, {path.stem: structs(elements, FIELDS)})
    with pytest.raises(BadData, match=r"F01_B01_S02_R01_N\.mat: .*restore") as caught:
        read_all("hprc", tmp_path)
    assert "\n" not in str(caught.value)
