"""Facts of the machine that a measurement of time ran on."""

import os
import platform
from pathlib import Path


def machine() -> dict[str, object]:
    """Return the number of cores, the kind of the machine and the name of its processor, as a metrics file holds them."""
    return {"cores": os.cpu_count(), "kind": platform.machine(), "processor": processor()}


def processor(facts: Path = Path("/proc/cpuinfo")) -> str:
    """Return the name of the processor, as Linux states it; elsewhere an empty text."""
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
