import subprocess
import sys
from concurrent.futures import BrokenExecutor

import pytest

from artinv.data.splits import SplitParams
from artinv.runtime.errors import BadData, gate
from artinv.runtime.params import read_yaml
from tests.support import running
from tools.deps import ROOT


def test_bad_input_gives_one_line_and_exit_code_2(capsys):
    def fail():
        with gate():
            raise BadData("a.wav: is not a sound file; record it again")

    with pytest.raises(SystemExit) as stop:
        fail()
    assert stop.value.code == 2
    assert capsys.readouterr().err == "artinv: a.wav: is not a sound file; record it again\n"


def test_an_interrupt_gives_one_line(capsys):
    def stop():
        with gate():
            raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stopped:
        stop()
    assert stopped.value.code == 130
    assert "run the same command again" in capsys.readouterr().err


def test_a_missing_package_gives_one_line_with_the_cure(capsys):
    with pytest.raises(SystemExit) as end, gate():
        import a_package_that_is_not_installed.below  # noqa: F401
    assert end.value.code == 2
    line = "artinv: a_package_that_is_not_installed: this Python package is missing; install artinv with its extra packages"
    assert capsys.readouterr().err == f"{line}: pip install 'artinv[train]'\n"


def test_a_missing_package_of_plots_is_installed_with_plots(capsys):
    with pytest.raises(SystemExit), gate():
        raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")
    assert capsys.readouterr().err.endswith("pip install 'artinv[plots]'\n")


def test_a_missing_package_of_recordings_of_the_brain_is_installed_with_neural(capsys):
    with pytest.raises(SystemExit), gate():
        raise ModuleNotFoundError("No module named 'h5py'", name="h5py")
    assert capsys.readouterr().err.endswith("pip install 'artinv[neural]'\n")


def test_a_missing_module_of_artinv_is_a_fault_of_artinv():
    with pytest.raises(ModuleNotFoundError), gate():
        import artinv.no_such_module  # noqa: F401


def test_a_dead_worker_process_gives_one_line(capsys):
    def die():
        with gate():
            raise BrokenExecutor

    with pytest.raises(SystemExit) as stopped:
        die()
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert message == "artinv: a worker process died, most likely for lack of memory; run the same command again to resume\n"


@pytest.mark.parametrize("write", ["print('x' * 9999, flush=True)", "print('x' * 99, flush=True)"],
                         ids=["much", "little"])
def test_a_closed_output_pipe_gives_no_message(write):
    """Python flushes the remaining output when it exits."""
    code = f"from artinv.runtime.errors import gate\nwith gate():\n    while True:\n        {write}"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@pytest.mark.parametrize("stage", ["demo", "ingest", "clean", "features", "normalize", "fold"])
def test_a_stage_without_its_argument_prints_its_usage(stage, tmp_path, capsys):
    assert running.refused(capsys, running.stage, tmp_path, stage).startswith(f"usage: {stage}.py ")


def test_errors_of_read_yaml_name_the_file(tmp_path):
    path = tmp_path / "params.yaml"
    assert_rejected(path, "is missing; run the command in the project's folder, or restore the file$")
    path.mkdir()
    assert_rejected(path, r"cannot be read as YAML \(Is a directory\)")
    path.rmdir()
    path.write_text("a: [1")
    assert_rejected(path, "cannot be read as YAML")
    path.write_text("just text")
    assert_rejected(path, "holds no 'key: value' lines")


@pytest.mark.parametrize("text", ["a: 2020-13-01", "a: !!timestamp x", "a: !!bool maybe", "a: !!int x", "a: " + 5000 * "["])
def test_text_that_makes_the_library_fail_is_reported_as_bad_yaml(tmp_path, text):
    path = tmp_path / "own.yaml"
    path.write_text(text)
    assert_rejected(path, "cannot be read as YAML")


def assert_rejected(path, message):
    with pytest.raises(Exception, match=message) as caught:
        read_yaml(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


GOOD = {
    "corpora": ["mocha"], "split": "spec", "test_speaker": "F01", "valid_speakers": [], "train_corpora": [], "unseen_text": False,
}


@pytest.mark.parametrize(("changes", "message"), [
    ({"split": "all"}, "x: bad value 'all' for 'split'"),
    ({"test_speaker": False}, "bad value False for 'test_speaker'.*quote it"),
    ({"valid_speakers": "M01"}, "bad value 'M01' for 'valid_speakers'"),
    ({"colour": 1}, "unknown key 'colour'; expected one of"),
])
def test_messages_name_the_bad_value_and_the_allowed_ones(changes, message):
    with pytest.raises(Exception, match=message):
        SplitParams.of(GOOD | changes, "x")


@pytest.mark.parametrize(("key", "misspelt"), [("split", "splt"), ("unseen_text", "unseen-text")])
def test_a_misspelt_key_is_named_with_the_correct_one(key, misspelt):
    changed = {misspelt if name == key else name: value for name, value in GOOD.items()}
    with pytest.raises(Exception, match=rf"x: unknown key '{misspelt}'; expected one of \[.*\]; did you mean '{key}'\?"):
        SplitParams.of(changed, "x")


def test_a_misspelt_key_of_a_subsection_is_named_with_its_neighbours():
    from artinv.synth.corpus.demo import DemoParams

    with pytest.raises(Exception, match=r"unknown key 'demo.damage.spike'; expected one of \['dropouts', .*did you mean 'spikes'"):
        DemoParams.of({"damage": {"spike": 0.1}})


def test_a_misspelt_value_is_named_with_the_correct_one():
    with pytest.raises(Exception, match=r"bad value 'idep' for 'split': .*; did you mean 'indep'\?"):
        SplitParams.of(GOOD | {"split": "idep"})


def test_a_missing_key_is_named():
    with pytest.raises(Exception, match="'split' is missing"):
        SplitParams.of({key: value for key, value in GOOD.items() if key != "split"}, "x")


def test_numbers_that_yaml_reads_as_text_are_numbers(tmp_path):
    from artinv.data.normalize import NormalizeParams

    path = tmp_path / "params.yaml"
    path.write_text("normalize:\n  neighbours: 60\n  regluing: 1e-05\n  available: 0.5\n")
    assert isinstance(read_yaml(path)["normalize"]["regluing"], str)
    assert NormalizeParams.load(path).regluing == 1e-5
