"""Folds in parallel: waiting for busy stages, one retry of damaged DVC files, and messages of failed stages."""

import json

import pytest

from artinv.runtime import parallel_folds as run
from artinv.runtime.errors import BadData


@pytest.fixture
def dvc(tmp_path, monkeypatch):
    """Return a function that replaces the DVC command by a shell script."""
    def put(script):
        (tmp_path / "dvc").write_text(f"#!/bin/sh\n{script}")
        (tmp_path / "dvc").chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return put


def test_a_fold_locked_by_a_process_of_a_killed_worker_is_retried(dvc, tmp_path, monkeypatch):
    """The DVC replacement reports twice, in DVC's own words, that the stage is busy, then succeeds."""
    dvc(
        'echo x >> count\n[ "$(wc -l < count)" -ge 3 ] && exit 0\n'
        "echo \"ERROR: 'models/F01' is busy, it is being blocked by:\n  (PID 7): dvc repro\" >&2\nexit 255\n")
    monkeypatch.setattr(run, "PAUSE", 0.0)
    assert run.run_fold(tmp_path, "indep-mlp-F01") == ""
    assert (tmp_path / "count").read_text() == "x\n" * 3
    (tmp_path / "count").unlink()
    monkeypatch.setattr(run, "PATIENCE", 0.0)
    assert "(PID 7)" in run.run_fold(tmp_path, "indep-mlp-F01")


def test_a_fold_is_retried_after_a_broken_lock_file_a_limited_number_of_times(dvc, tmp_path, monkeypatch):
    """Another fold may have repaired the file in the meantime."""
    dvc("echo x >> count\n[ $(wc -l < count) -ge ${ENOUGH} ] && exit 0\n"
                    "echo \"ERROR: './dvc.lock' is invalid.\" >&2\nexit 255\n")
    monkeypatch.setattr(run, "PAUSE", 0.0)
    monkeypatch.setenv("ENOUGH", "2")
    assert run.run_fold(tmp_path, "indep-mlp-F01") == ""
    (tmp_path / "count").unlink()
    monkeypatch.setenv("ENOUGH", "99")
    assert "is invalid" in run.run_fold(tmp_path, "indep-mlp-F01")
    assert (tmp_path / "count").read_text() == "x\n" * run.TRIES


def test_an_error_other_than_a_lock_error_is_reported_at_once(dvc, tmp_path, capfd):
    """A fold reports the line that names the fault; a data stage passes on all its output."""
    dvc("echo x >> count\ncat said >&2\nexit $(cat code)\n")
    (tmp_path / "code").write_text("255")
    (tmp_path / "said").write_text("ERROR: 'dvc.yaml' validation failed.\n\nextra keys not allowed\n  4 | dep: [given]\n")
    assert run.run_fold(tmp_path, "indep-mlp-F01") == (
        "indep-mlp-F01: ERROR: 'dvc.yaml' validation failed. extra keys not allowed 4 | dep: [given]")
    assert (tmp_path / "count").read_text() == "x\n"
    (tmp_path / "said").write_text("a\nartinv: data: is not there; make it\nERROR: failed to reproduce\n")
    assert run.run_fold(tmp_path, "indep-mlp-F01") == "indep-mlp-F01: artinv: data: is not there; make it"
    (tmp_path / "code").write_text("0")
    run._run(tmp_path, "repro")
    assert capfd.readouterr().err == (tmp_path / "said").read_text()
    (tmp_path / "count").unlink()
    (tmp_path / "code").write_text("255")
    with pytest.raises(BadData, match="`dvc repro` failed; see its message above"):
        run._run(tmp_path, "repro")
    assert capfd.readouterr().err == (tmp_path / "said").read_text()
    assert (tmp_path / "count").read_text() == "x\n"


def test_a_data_stage_is_retried_if_the_blocking_process_ends_while_the_error_is_handled(dvc, tmp_path):
    """The process is in DVC's lock table before the run, and the table is gone afterwards."""
    dvc('echo x >> count\n[ "$(wc -l < count)" -ge 2 ] && exit 0\nrm .dvc/tmp/rwlock\nexit 255\n')
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / ".dvc/tmp/rwlock").write_text('{"write": {"data": {"pid": 7, "cmd": "dvc repro"}}, "read": {}}')
    run._run(tmp_path, "repro")
    assert (tmp_path / "count").read_text() == "x\nx\n"


def test_training_and_scoring_of_a_fold_are_one_run(dvc, tmp_path, monkeypatch):
    """A fold runs once, whether DVC lists its training, its scoring or both as changed; unchanged folds do not run."""
    dvc('echo "$@" >> asked\ncase "$*" in *status*) cat changed;; esac\n')
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    changed = ("score@indep-mlp-F01", "fold@indep-mlp-M01", "score@indep-mlp-M01", "strangers@F01__M01",
               "strangers_score@F01__M01", "strangers_score@F02__M02", "summary")
    (tmp_path / "changed").write_text(json.dumps({f"{run.PIPELINE}:{stage}": [] for stage in changed}))
    run.main(tmp_path)
    folds = [line for line in (tmp_path / "asked").read_text().splitlines() if "--single-item" in line]
    asked = "--wait-for-lock repro --single-item {0}:fold@indep-mlp-{1} {0}:score@indep-mlp-{1}"
    groups = "--wait-for-lock repro --single-item {0}:strangers@{1} {0}:strangers_score@{1}"
    assert folds == [*(asked.format(run.PIPELINE, speaker) for speaker in ("F01", "M01")),
                     *(groups.format(run.PIPELINE, group) for group in ("F01__M01", "F02__M02"))]
