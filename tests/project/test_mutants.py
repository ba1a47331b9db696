import re
import resource

import numpy as np
import pytest

from tests.support import mutants
from tools.deps import ROOT


@pytest.mark.parametrize("target", list(mutants.TARGETS))
def test_damaged_files_are_read_or_rejected_in_one_line(target):
    assert list(mutants.campaign(25, 0, [target], None)) == []


def test_every_section_of_params_is_tested():
    neighbours = set((ROOT / "artinv/matching").rglob("*.py"))  # its choices stand in a params.yaml of its own
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "artinv").rglob("*.py") if path not in neighbours]
    sections = {name for text in files for name in re.findall(r'section: ClassVar\[str\] = "(.+)"', text)}
    assert {choices.section for choices in mutants.CHOICES} == {name for name in sections if not name.startswith("models.")} | {""}


@pytest.mark.parametrize(("read", "outcome"), [
    (lambda _: bytearray(2 * mutants.BYTES), "MemoryError"), (lambda _: np.empty(2 * mutants.BYTES, np.int8), "MemoryError"),
    (lambda _: bytearray(mutants.BYTES // 4), "read"),
])
def test_a_large_memory_demand_is_reported(read, outcome, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_AS)
    assert outcome in mutants.outcome(mutants.Target(make=None, read=read), tmp_path, mutants.most())
    assert resource.getrlimit(resource.RLIMIT_AS) == before
