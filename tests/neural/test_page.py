"""The page about recordings of the brain: its example runs, its commands work, its table lists all keys and kinds."""

import re

import pytest

from artinv.checks import brain
from artinv.neural import h5
from artinv.neural.recording import read
from tests.support import brains, running
from tools.deps import ROOT

PAGE = (ROOT / "docs/neural-data.md").read_text(encoding="utf-8")


def test_the_example_writes_a_recording(tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    running.code(tmp_path, example, {})
    recording = read(tmp_path / "S1.h5")
    assert (recording.signals.shape, recording.bad, recording.words) == ((500, 16), (3,), ("cat", "dog"))
    assert recording.trials[2].take == 1


def test_the_commands_run(tmp_path, capsys):
    brains.write_h5(tmp_path)
    session, voltage = brains.session(subject="01")
    brains.nwb.write(tmp_path, session, [voltage])
    brains.write_bids(tmp_path / "recordings")
    for line in re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)[1].splitlines():
        running.command(tmp_path, *line.partition("#")[0].split()[1:])
    assert capsys.readouterr().out.count("nothing suspicious") == 3


@pytest.mark.parametrize("key", [*h5.REQUIRED, h5.SPECTRUM, h5.LEVEL, h5.NOISE, h5.NAMES, h5.PLACES, h5.BAD])
def test_each_key_is_listed(key):
    assert f"`{key}`" in PAGE


def test_each_kind_of_finding_is_listed():
    source = (ROOT / "artinv/checks/brain.py").read_text(encoding="utf-8")
    kinds = re.findall(r"found\.finding\(\s*\"([a-z ]+)\"", source)
    assert len(kinds) == 6
    assert [kind for kind in kinds if f"| {kind} |" not in PAGE] == []
    assert brain.NOISY == 2.5
