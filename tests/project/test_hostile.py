"""Files that contain code are rejected in one line, and the code does not run."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest
import torch

from artinv.core import store
from artinv.core.records import Frames
from artinv.corpora.native import mapping
from artinv.data.stats import Stats
from artinv.formats import table
from artinv.inversion import export
from artinv.learn import training_state
from artinv.learn.inverter import Inverter
from artinv.runtime.errors import ArtinvError
from artinv.runtime.params import read_yaml

ORDER = "!!python/object/apply:os.mkdir ['{}']\n"


class Evil:
    """An object that creates a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def npz(path, victim, member="facts"):
    array = np.empty((), dtype=object)
    array[()] = Evil(victim)
    content = io.BytesIO()
    np.lib.format.write_array(content, array, allow_pickle=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{member}.npy", content.getvalue())
    return path


def pickled(path, victim):
    path.write_bytes(pickle.dumps(Evil(victim), protocol=2))
    return path


def saved(path, victim):
    torch.save({"mark": Evil(victim)}, path)
    return path


def ordered(path, victim):
    path.write_text(f"raw: {ORDER.format(victim)}")
    return path


def resume(path):
    network = torch.nn.Linear(2, 2)
    return training_state.load(path, "mark", network, torch.optim.Adam(network.parameters()))


@pytest.mark.parametrize(("make", "name", "read"), [
    (npz, "F01.npz", lambda path: store.Reader(path, Frames)["facts"]),
    (lambda path, victim: npz(path, victim, "u/facts"), "F01.npz", lambda path: store.Reader(path, Frames)["u"]),
    (npz, "F01.npz", Stats.load),
    (npz, "a.npz", table.read),
    (npz, "a.npz", export.read),
    (pickled, "m.safetensors", Inverter.load),
    (saved, "m.safetensors", Inverter.load),
    (pickled, ".inverter.state", resume),
    (saved, ".inverter.state", resume),
    (ordered, "params.yaml", read_yaml),
    (ordered, "own.yaml", mapping.read),
], ids=["store", "record", "statistics", "table", "trajectory", "pickled model", "torch model", "pickled state", "torch state",
        "params", "mapping"])
def test_code_in_a_file_does_not_run(tmp_path, make, name, read):
    victim = tmp_path / "victim"
    path = make(tmp_path / name, victim)
    with pytest.raises(ArtinvError, match=r"^\S") as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert not victim.exists()


def test_the_code_would_run_with_unsafe_loading(tmp_path):
    """The files of the test above do contain working code."""
    pickle.loads(pickle.dumps(Evil(tmp_path / "one")))  # noqa: S301 -- written here
    assert (tmp_path / "one").is_dir()
    with np.load(npz(tmp_path / "a.npz", tmp_path / "two"), allow_pickle=True) as archive:
        archive["facts"]
    assert (tmp_path / "two").is_dir()
    torch.load(saved(tmp_path / "state", tmp_path / "three"), weights_only=False)
    assert (tmp_path / "three").is_dir()
