"""Reader and writer of MNGU0 on hand-made files: what its description requires beyond the common contract."""

import numpy as np
import pytest

from artinv.core.channels import COIL_COLUMNS
from artinv.formats import est
from artinv.runtime.errors import BadData
from tests.support import corpora
from tests.support.native import coil, put_est, put_wav, read_all
from tests.support.spoken import spoken


def put_mngu0(root, name="mngu0_s1_0001", lab=None, folders=("ema", "wav", "phone_labels"), **channels):
    coils = ("T1", "T2", "T3", "jaw", "upperlip", "lowerlip")
    base = {f"{coil}_{axis}": np.full(100, 1.0) for coil in coils for axis in ("py", "pz")}
    columns = {"T3_px": np.full(100, 9.0), **base, **channels}
    put_est(root / folders[0] / f"{name}.ema", list(columns), np.stack(list(columns.values()), axis=1), 200)
    put_wav(root / folders[1] / f"{name}.wav", np.zeros(8000))
    if lab:
        (root / folders[2]).mkdir(parents=True, exist_ok=True)
        (root / folders[2] / f"{name}.lab").write_text(lab)


def test_mngu0_converts_units_axes_and_names(tmp_path):
    put_mngu0(tmp_path, T1_py=np.full(100, 2.0), T1_pz=np.full(100, -3.0), T3_py=np.full(100, 5.0), other_rms=np.full(100, 99.0))
    got = read_all("mngu0", tmp_path)[0]
    assert (coil(got, "tt_x")[0], coil(got, "tt_y")[0], coil(got, "td_x")[0]) == (-20, -30, -50)
    assert np.isnan(got.coils[:, 12:]).all()
    assert (got.coil_rate, got.name, got.speaker) == (200, "mngu0_s1_0001", "MNGU0")


def test_mngu0_samples_with_a_large_fit_error_are_lost(tmp_path):
    rms = np.full(100, 3.0)
    rms[40:50] = 15.5
    put_mngu0(tmp_path, T2_rms=rms, jaw_rms=np.full(100, 15.0))
    got = read_all("mngu0", tmp_path)[0]
    assert np.flatnonzero(np.isnan(coil(got, "tb_x"))).tolist() == list(range(40, 50))
    assert np.isnan(got.coils[:, :12]).sum() == 20


def test_mngu0_writer_marks_lost_tongue_samples_by_rms_and_others_by_nan(tmp_path):
    corpus = corpora.get("mngu0")
    utterance = spoken(corpus, 1)
    for name in ("tt_x", "tt_y", "ul_x", "ul_y"):
        utterance.coils[100:120, COIL_COLUMNS.index(name)] = np.nan
    corpus.write(tmp_path, [utterance])
    track = est.read(tmp_path / "ema" / "mngu0_s1_0001.ema")
    assert np.isfinite(track.column("T1_py")).all()
    assert np.flatnonzero(track.column("T1_rms") > 15).tolist() == list(range(100, 120))
    assert np.flatnonzero(np.isnan(track.column("upperlip_pz"))).tolist() == list(range(100, 120))
    assert (track.column("upperlip_rms") < 10).all()


def test_mngu0_label_times_are_ends(tmp_path):
    put_mngu0(tmp_path, lab="signal x\nnfields 1\n#\n\t 0.48800 26 \t#\n\t 0.60000 26 \tD\n\t 0.75000 26 \t#\n")
    got = read_all("mngu0", tmp_path)[0]
    assert [(label.text, label.start, label.end) for label in got.phones] == [("#", 0, 0.488), ("D", 0.488, 0.6), ("#", 0.6, 0.75)]
    put_mngu0(tmp_path, lab="0.48800 26 a\n")
    assert "no line '#'" in read_all("mngu0", tmp_path)[0].notes[0]


def test_mngu0_reads_packages_and_omits_normalized_tracks(tmp_path):
    packages = ("mngu0_s1_ema_basic_1.1.0", "mngu0_s1_wav_16kHz_1.1.0", "mngu0_s1_lab_1.1.1")
    put_mngu0(tmp_path, folders=packages, lab="#\n 0.1 26 #\n")
    put_mngu0(tmp_path, folders=("mngu0_s1_ema_norm_1.1.0", "mngu0_s1_wav_16kHz_1.1.0"), T1_py=np.zeros(100))
    got = read_all("mngu0", tmp_path)
    assert len(got) == 1
    assert coil(got[0], "tt_x")[0] == -10
    assert len(got[0].phones) == 1


def test_mngu0_assigns_official_parts_and_order(tmp_path):
    numbers = ["0009", "0010", "0020", "0020a", "0021", "0110"]
    for number in numbers:
        put_mngu0(tmp_path, f"mngu0_s1_{number}")
    got = read_all("mngu0", tmp_path)
    assert [utterance.part for utterance in got] == ["train", "valid", "test", "test", "train", "valid"]
    assert [utterance.name[-len(number):] for utterance, number in zip(got, numbers, strict=True)] == numbers
    assert [utterance.order for utterance in got] == sorted({utterance.order for utterance in got})


def test_mngu0_reports_a_missing_channel(tmp_path):
    put_mngu0(tmp_path)
    path = tmp_path / "ema" / "mngu0_s1_0001.ema"
    path.write_bytes(path.read_bytes().replace(b"jaw_py", b"jaw_zz"))
    with pytest.raises(BadData, match=r"mngu0_s1_0001\.ema: has no channel jaw_py; "):
        read_all("mngu0", tmp_path)
