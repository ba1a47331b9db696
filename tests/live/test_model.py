"""The file of a live model: equal bytes, readable by the package safetensors, damage reported in one line."""

import json
import re
import struct

import numpy as np
import pytest
from safetensors.numpy import load as read_safetensors

from artinv.inversion.model import BUNDLED as UNIVERSAL
from artinv.live.model import BUNDLED, LiveModel, load
from artinv.runtime.errors import BadData
from tests.support.live import untrained


def test_a_model_is_read_as_it_was_written(tmp_path):
    model = untrained()
    model.save(tmp_path / "a.safetensors")
    again = load(tmp_path / "a.safetensors")
    assert again.facts == model.facts
    assert again.to_bytes() == (tmp_path / "a.safetensors").read_bytes() == model.to_bytes()
    assert again.title == f"live {again.digest[:12]}"


def test_the_package_safetensors_reads_the_file():
    model = untrained()
    arrays = read_safetensors(model.to_bytes())
    assert np.array_equal(arrays["network.gru.weight_ih_l0"], model.weights["gru.weight_ih_l0"])
    assert np.array_equal(arrays["statistics.poses"], model.poses)


def test_latency_is_look_ahead_half_a_window_and_a_frame():
    model = untrained()
    assert model.look_ahead == pytest.approx(7 * 0.02 + 0.0125)
    assert model.latency == pytest.approx(model.look_ahead + 0.02)


def test_the_bundled_model_is_small_and_learned_from_synthetic_speakers():
    model = load()
    assert BUNDLED.stat().st_size < 1_000_000
    assert model.facts.provenance["origin"] == "synthetic"
    assert model.latency < 0.2
    assert model.to_bytes() == BUNDLED.read_bytes()


def header_of(content):
    (length,) = struct.unpack_from("<Q", content)
    return json.loads(content[8:8 + length]), content[8 + length:]


def with_header(change):
    def damage(content):
        header, data = header_of(content)
        change(header)
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data
    return damage


def with_facts(**values):
    def change(header):
        facts = json.loads(header["__metadata__"]["artinv"]) | values
        header["__metadata__"]["artinv"] = json.dumps(facts)
    return with_header(change)


@pytest.mark.parametrize("damage", [
    lambda _: b"", lambda content: content[:5], lambda content: content[:2000], lambda content: content[:-4],
    lambda content: b"\xff" * len(content), with_header(lambda header: header.pop("__metadata__")),
    with_header(lambda header: header.pop("network.dense.bias")), with_header(lambda header: header.pop("statistics.mean")),
    with_header(lambda header: header["typical.mean"].update(dtype="F16")),
    with_header(lambda header: header["typical.mean"].update(shape=[7])),
    with_header(lambda header: header["typical.mean"].update(data_offsets=[-52, 0])),
    with_facts(channels=["a"]), with_facts(version=2), with_facts(peak="loud"), with_facts(extra=1), with_facts(level=2),
    lambda _: UNIVERSAL.read_bytes(),
])
def test_a_damaged_file_is_rejected_in_one_line(damage, tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(damage(untrained().to_bytes()))
    with pytest.raises(BadData, match=rf"^{re.escape(str(path))}: is not a live model of this project \(.+\); name another file$"):
        load(path)


def test_values_that_are_not_finite_are_rejected():
    model = untrained()
    content = bytearray(model.to_bytes())
    header, _ = header_of(content)
    start = len(content) - max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
    for name in ("statistics.std", "network.readout.bias"):
        broken = content.copy()
        at = start + header[name]["data_offsets"][0]
        broken[at:at + 4] = struct.pack("<f", np.nan)
        with pytest.raises(BadData, match="not finite"):
            LiveModel.of(bytes(broken), "a")


def test_a_missing_or_huge_file_is_rejected(tmp_path):
    with pytest.raises(BadData, match="cannot be read"):
        load(tmp_path / "none")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 25)
    with pytest.raises(BadData, match="more than 16 MB"):
        load(tmp_path / "huge")
