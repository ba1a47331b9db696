"""Representations, exported files and errors of a run, compared with an independent slow computation."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml

from artinv.__main__ import main
from artinv.abx import report, representations
from artinv.abx.export import export
from artinv.abx.items import tokens_of
from artinv.abx.report import AbxScores
from artinv.abx.representations import AbxParams, measure
from artinv.core.channels import CHANNELS
from artinv.core.ids import UtteranceId
from artinv.core.store import write
from artinv.core.workspace import Workspace
from artinv.data.dataset import build
from artinv.data.normalize import NormalizeParams
from artinv.phones.evidence import PHONES, WIDTH, joined
from artinv.runtime.errors import BadData, BadParams
from tests.support import abx_by_hand, running
from tests.support.abx_toys import ANY, SPLIT, crowd, details, inverter, material, said, stats_of
from tools.deps import ROOT


@pytest.mark.parametrize("context", [False, True])
def test_errors_agree_with_a_slow_computation_from_the_exported_files(tmp_path, context):
    params = ANY.model_copy(update={"context": context, "tokens": 3})
    phones = ("sp", *("T", "AA1", "S", "sp", "T", "IY0", "S", "sp") * 2, "D", "AA0", "S", "sp", "D", "EH2", "S")
    known = material(crowd("F01", "M01", *(["M02"] if context else []), phones=phones), params, learned=4)
    errors = details(known, params).errors["all"]
    item, = export(known, tmp_path)
    for name in ("articulation", "prediction", "mfcc"):
        speakers = abx_by_hand.read(item, tmp_path / "hprc" / name, 100)
        assert sum(map(len, speakers.values())) == len(known.tokens)
        for mode in ("within", "across"):
            slow = abx_by_hand.errors(speakers, across=mode == "across", context=context)
            assert errors[name][mode] == pytest.approx(slow, abs=1e-6)
    values = np.load(tmp_path / "hprc/prediction/hprc-F01-F01_001.npy")
    assert values.shape[1] == 4
    assert np.allclose(values, known.utterances[0].acoustics[:, :4], atol=1e-6)
    assert np.load(tmp_path / "hprc/articulation/hprc-F01-F01_001.npy").shape[1] == 16


def test_evidence_of_phones_is_no_part_of_the_acoustics():
    frames, network = crowd("F01"), inverter()
    with_phones = [replace(utterance, acoustics=joined(utterance.acoustics, None)) for utterance in frames]
    network.network.weight = torch.nn.functional.pad(network.network.weight, (0, WIDTH))
    model = replace(network, n_in=6 + WIDTH, evidence={PHONES: WIDTH}, source="labels")
    known, alone = representations.collect(with_phones, stats_of(frames), model, ANY), material(frames)
    assert (known.phones, alone.phones) == ("labels", None)
    assert known.columns["mfcc"].keys() == alone.columns["mfcc"].keys()
    for name in ("articulation", "prediction", "mfcc"):
        for id_, values in alone.representations[name].items():
            np.testing.assert_array_equal(known.representations[name][id_], values)
        for speaker, columns in alone.columns[name].items():
            np.testing.assert_array_equal(known.columns[name][speaker], columns)


def test_a_model_that_was_given_phones_is_no_test_of_them():
    known = material(crowd("F01", "M01"))
    plain, given = details(known), details(replace(known, phones="labels"))
    assert (given.run.phones, given.headline["phones"]) == ("labels", "labels")
    assert AbxScores.from_json(given.to_json()) == given
    lines = report.as_text(given).splitlines()
    assert lines[0].startswith("ABX, SYNTHETIC data, phones: labels: 2 speakers")
    assert "the model was given phones: its prediction is no test of phone discrimination" in lines
    assert "phones" not in plain.headline
    assert "phones" not in plain.to_json()["run"]
    assert [line for line in lines if line != report.CIRCULAR][1:] == report.as_text(plain).splitlines()[1:]


def test_libri_light_reads_the_same_frames_from_the_item_file(tmp_path):
    """Libri-light computes in floating point and reads frames first to last - 1."""
    known = material(crowd("F01", utterances=3))
    item, = export(known, tmp_path)
    rows = item.read_text().splitlines()[1:]
    for row, token in zip(rows, known.tokens, strict=True):
        onset, offset = (float(word) for word in row.split()[1:3])
        assert (max(0, math.ceil(100.0 * onset - 0.5)), math.floor(100.0 * offset - 0.5)) == (token.first, token.last)


def test_exported_times_select_the_frames_of_the_tokens(tmp_path):
    known = material(crowd("F01"))
    item, = export(known, tmp_path)
    for row, token in zip(item.read_text().splitlines()[1:], known.tokens, strict=True):
        file, onset, offset = row.split()[:3]
        times = np.load(tmp_path / "hprc/times" / f"{file}.npy")
        inside = np.flatnonzero((times >= float(onset)) & (times <= float(offset)))
        assert (inside[0], inside[-1]) == (token.first, token.last)


def test_velum_of_only_one_speaker_is_omitted_across_speakers():
    frames = [*crowd("fsew0", corpus="mocha", velum=True), *crowd("mjjn0", corpus="mocha")]
    moved = [replace(utterance, motion=utterance.motion * np.where(np.arange(18) > 15, -3, 1).astype(np.float32))
             for utterance in frames]
    first, second = (details(material(utterances)).errors["all"]["articulation"] for utterances in (frames, moved))
    assert first["across"] == second["across"]
    assert first["within"] != second["within"]


def test_a_token_with_a_coil_gap_is_omitted_from_all_representations(tmp_path):
    frames = crowd("F01")
    token = tokens_of(frames[0])[2]
    frames[0].motion[token.first + 1, 3] = np.nan
    known = material(frames)
    assert token not in known.tokens
    assert known.counts["tokens_lost"] == 1
    export(known, tmp_path)
    assert np.isfinite(np.load(tmp_path / "hprc/articulation/hprc-F01-F01_001.npy")).all()


def test_speakers_are_compared_within_the_corpus_or_over_all_corpora():
    frames = [*crowd("F01"), *crowd("F1", corpus="usc")]
    alone = details(material(frames))
    assert np.isnan(alone.errors["all"]["mfcc"]["across"])
    everyone = ANY.model_copy(update={"across": "all"})
    assert details(material(frames), everyone).counts.all.triples_across > 0


def test_hidden_contrasts_and_contrasts_of_the_headline():
    frames = crowd("F01", "M01", utterances=3)
    scores = details(material(frames))
    pairs = {name: getattr(scores.counts, name).pairs_within for name in report.CONTRASTS}
    assert pairs["hidden"] == 4  # t d, d t, s z, z s
    assert pairs["shown"] == pairs["all"] - 4
    assert scores.headline["articulation"] == scores.errors["all"]["articulation"]
    fewer = ANY.model_copy(update={"contrasts": "shown"})
    short = details(material(frames), fewer).headline
    assert short["articulation"] == scores.errors["shown"]["articulation"] != scores.errors["all"]["articulation"]
    assert short["origin"] == "synthetic"


def test_the_report_counts_test_utterances_seen_in_training():
    frames = crowd("F01", "M01")
    known = material(frames)
    assert details(known).run.utterances_known_from_training == 0
    assert "none of these utterances in training" in report.as_text(details(known))
    overlapping = replace(SPLIT, train=tuple(map(UtteranceId, ("hprc/M01/M01_001", "hprc/M01/M01_002"))))
    scores = report.report(measure(known, ANY, 1), known, overlapping, "ridge", ANY)
    assert scores.run.utterances_known_from_training == 2
    assert "with 2 of these utterances in training" in report.as_text(scores)
    assert "hprc/M01 (spec)" in report.as_text(scores)


def test_the_report_lists_speakers_without_labels():
    frames = [*crowd("fsew0", corpus="mocha"), replace(said("maps0", corpus="mocha"), phones=())]
    scores = details(material(frames))
    assert scores.counts.speakers_without_labels == ["mocha/maps0"]
    assert scores.counts.utterances_without_labels == 1
    assert "without phone labels: mocha/maps0" in report.as_text(scores)


def test_errors_name_the_fault():
    with pytest.raises(BadData, match="none of 1 test utterances has phone labels; add"):
        material([replace(said(), phones=())])
    params = ANY.model_copy(update={"context": True})
    with pytest.raises(BadData, match=r"no triple A, B, X; set abx\.context to false"):
        measure(material([said()], params), params, 1)
    with pytest.raises(BadParams, match=r"abx\.tokens"):
        AbxParams.of(ANY.model_dump() | {"tokens": 1})


def _project(folder):
    for corpus, speakers in {"hprc": ("F01", "M01"), "mocha": ("mjjn0", "maps0")}.items():
        for speaker in speakers:
            frames = [said(speaker, number, corpus=corpus, part=("train", "test")[number > 2]) for number in range(1, 6)]
            if speaker == "maps0":
                frames = [replace(utterance, phones=()) for utterance in frames]
            write(folder / "data/features" / corpus, frames)
        build(corpus, NormalizeParams(neighbours=5, regluing=1.0, available=0.5), Workspace(folder))
    SPLIT.save(folder / "data/split.json")
    inverter().save(folder / "models/inverter.safetensors")
    (folder / "params.yaml").write_text(yaml.safe_dump({"abx": ANY.model_dump(), "corpora": ["mocha", "hprc"]}))


def test_the_command_shows_what_the_stage_wrote(tmp_path, capsys):
    _project(tmp_path)
    printed = running.stage(tmp_path, "abx")
    head = json.loads((tmp_path / "metrics/abx.json").read_text())
    assert set(head) == {"articulation", "prediction", "mfcc", "origin", "made_by"}
    assert 0 < head["articulation"]["within"] < head["prediction"]["within"] < 50
    assert sorted(path.name for path in (tmp_path / "data/abx").iterdir()) == ["hprc", "mocha"]
    running.command(tmp_path, "abx")
    assert capsys.readouterr().out == printed
    assert "SYNTHETIC data: 3 speakers, 9 test utterances" in printed
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert running.stage(tmp_path, "abx") == printed
    assert {path: path.read_bytes() for path in before} == before


def test_the_command_without_results_names_the_cure(tmp_path, capsys):
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "params.yaml").touch()  # a project
    assert "run `make abx`" in running.refused(capsys, main, ["abx"], tmp_path)


def test_the_number_of_workers_does_not_change_the_result():
    known = material(crowd("F01", "M01", "M02"))
    assert measure(known, ANY, 1).equals(measure(known, ANY, 2))


def test_the_parameters_of_the_project_are_valid():
    assert AbxParams.load(ROOT / "params.yaml").tokens >= 2
    assert representations.ListParams.load(ROOT / "params.yaml").corpora
    assert len(CHANNELS) == 18
