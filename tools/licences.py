"""List the licence of each pinned dependency from its metadata: `python -m tools.licences` writes docs/licences.md."""

import re
from importlib.metadata import metadata

from artinv.core.files import write_text
from tools.deps import ROOT

PAGE = ROOT / "docs/licences.md"

CHOSEN = {
    "grandalf": "GPL-2.0 or EPL-1.0, at choice: used under EPL-1.0",
    "pygit2": "GPL-2.0 with an exception that lets any program link it",
    "python-dateutil": "Apache-2.0 or BSD-3-Clause, at choice",
}
"""Package -> licence, where the metadata of the package is incomplete."""

HEAD = """# Licences

artinv is under the [MIT licence](../LICENSE). This page lists the licence of each package in `requirements.txt`, as stated by the
package. `python -m tools.licences` writes this page, and a test compares it with `requirements.txt`.

No package that the project needs is under the GPL alone. Notes:

- **pygit2** (DVC needs it) is GPL-2.0 with an exception: programs that link it may have another licence.
- **grandalf** (DVC needs it to draw graphs) is under GPL-2.0 or EPL-1.0; this project uses it under the EPL. It uses **asyncssh**
  (EPL-2.0 or GPL) under the EPL too, and **dulwich** (Apache-2.0 or GPL) under the Apache licence.
- **numpy** and **scipy** contain the run-time library of GNU Fortran, GPL-3.0 with an exception for programs compiled with it.
- **soxr** is LGPL-2.1-or-later: a separate library that can be replaced by another build.
- **soundfile** is BSD and contains **libsndfile**, LGPL-2.1-or-later, which can be replaced in the same way.
- **MPL-2.0** (certifi, pathspec, hypothesis and others below) applies only to changes of their own files.

No code of these packages is copied into the project. Corpora have their own licences; `artinv check` names them, and
[what may be passed on](reliability.md#what-may-be-passed-on) describes how the project respects them.

| package | version | licence |
|---|---|---|
"""


def pinned() -> dict[str, str]:
    """Read requirements.txt; return package -> version."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def licence(package: str) -> str:
    """Return the licence field of a package if it is short, otherwise its licence classifiers."""
    if package in CHOSEN:
        return CHOSEN[package]
    facts = metadata(package)
    classified = [line.split(" :: ")[-1] for line in facts.get_all("Classifier", []) if line.startswith("License :: ")]
    text = (facts["License-Expression"] or facts["License"] or "").strip()
    short = text if text and "\n" not in text and len(text) < 80 and text != "UNKNOWN" else ""
    classifiers = ", ".join(name for name in classified if name != "OSI Approved")
    name = short or classifiers or next(iter(text.splitlines()), "")
    return re.sub(r"\s+", " ", name.replace("|", "/"))


def page() -> str:
    """Return the text of docs/licences.md."""
    return HEAD + "".join(f"| {name} | {version} | {licence(name)} |\n" for name, version in pinned().items())


if __name__ == "__main__":
    write_text(PAGE, page())
