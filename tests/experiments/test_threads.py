"""The metrics file of the measurement of threads."""

import json
import sys
from types import SimpleNamespace

import pytest

from benchmarks import machine
from experiments import threads
from tests.support.figures import pages_without_source

SPEEDS = {name: (30.0 + place, 10.0 + place) for place, name in enumerate(threads.SETTINGS)}


def test_the_summary_names_speeds_settings_and_load():
    content = threads.summary(SPEEDS, 3)
    assert content["epochs_per_minute"]["two threads, GOMP_SPINCOUNT=1000"] == {
        "threads": 2, "variables": {"GOMP_SPINCOUNT": "1000"}, "alone": 32.0, "beside_busy": 12.0}
    assert (content["epochs"], content["busy_processes"]) == (3, threads.NEIGHBOURS)
    assert content["machine"]["cores"] >= 1


def test_the_processor_is_named_as_linux_names_it(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: A Processor: 2.0 GHz\nmodel name\t: another\n")
    assert machine.processor(tmp_path / "cpuinfo") == "A Processor: 2.0 GHz"
    assert machine.processor(tmp_path / "absent") == ""
    assert set(machine.machine()) == {"cores", "kind", "processor"}


def test_each_figure_of_the_pages_has_a_key_in_the_summary(tmp_path):
    threads.write_json(tmp_path / "metrics/threads.json", threads.summary(SPEEDS, 3))
    assert pages_without_source(tmp_path, "threads") == []


def test_a_setting_is_timed_in_a_process_of_its_own_with_its_variables(monkeypatch):
    def run(command, env, **_):
        name, number, epochs = (command[command.index(word) + 1] for word in ("-m", "--only", "--epochs"))
        assert (command[0], name) == (sys.executable, "experiments.threads")
        return SimpleNamespace(stdout=f"{float(env['GOMP_SPINCOUNT']) * int(number) / int(epochs)}\n")

    monkeypatch.setattr(threads.subprocess, "run", run)
    assert threads.timed(2, {"GOMP_SPINCOUNT": "30"}, 5) == pytest.approx(60 / (30 * 2 / 5))


def test_the_busy_processes_end_with_the_block(monkeypatch):
    started = []

    class Process:
        def __init__(self, command):
            started.append(command[0])

        def kill(self):
            started.append("killed")

        def wait(self):
            started.append("waited")

    monkeypatch.setattr(threads.subprocess, "Popen", Process)
    with pytest.raises(KeyError), threads.busy(2):
        raise KeyError
    assert started == [sys.executable, sys.executable, "killed", "waited", "killed", "waited"]


def test_the_command_writes_what_it_timed(tmp_path, monkeypatch, capsys):
    load = []
    monkeypatch.setattr(threads, "SETTINGS", {"one thread": (1, {})})
    monkeypatch.setattr(threads, "timed", lambda *_: 12.0 + len(load))
    monkeypatch.setattr(threads.subprocess, "Popen", lambda command: load.append(command) or SimpleNamespace(kill=int, wait=int))
    monkeypatch.setattr(threads.Split, "load", lambda _: SimpleNamespace(origin="synthetic"))
    monkeypatch.setattr(threads.ExperimentParams, "load", lambda _: SimpleNamespace(model="strided", seed=0))
    threads.main(4, tmp_path / "metrics/threads.json")
    content = json.loads((tmp_path / "metrics/threads.json").read_text())
    assert content["epochs_per_minute"] == {"one thread": {"threads": 1, "variables": {}, "alone": 12.0, "beside_busy": 15.0}}
    assert (content["origin"], content["model"], content["epochs"]) == ("synthetic", "strided", 4)
    assert "beside 3 busy processes" in capsys.readouterr().out
