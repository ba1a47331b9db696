"""The licence of every pinned dependency, as it states it itself; `python -m tools.licences` writes docs/licences.md."""

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
"""Where the package's own words are not the whole story."""

HEAD = """# Licences

artinv is under the [MIT licence](../LICENSE). This is the licence of every package of `requirements.txt`, as the package states it;
`python -m tools.licences` writes this page anew, and a test holds it against `requirements.txt`.

Nothing that is needed to run the project is under the GPL alone. Worth knowing:

- **pygit2** (DVC needs it) is GPL-2.0 with an exception: programs that link it are free to have another licence.
- **grandalf** (DVC needs it, to draw graphs) may be had under GPL-2.0 or EPL-1.0; this project takes the EPL. Of **asyncssh**
  (EPL-2.0 or GPL) it takes the EPL too, of **dulwich** (Apache-2.0 or GPL) the Apache licence.
- **numpy** and **scipy** bring the run-time library of GNU Fortran, GPL-3.0 with an exception for whatever is compiled with it.
- **soxr** is LGPL-2.1-or-later: a library of its own, which may be exchanged for another build.
- **soundfile** is BSD and brings **libsndfile**, LGPL-2.1-or-later, in the same way.
- **MPL-2.0** (certifi, pathspec, hypothesis and others below) binds changes to their own files only.

Nothing of these packages is copied into the project. Corpora have licences of their own; `python -m artinv check` names them, and
[what may be passed on](reliability.md#what-may-be-passed-on) says what the project does about it.

| package | version | licence |
|---|---|---|
"""


def pinned() -> dict[str, str]:
    """Package -> version of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def licence(package: str) -> str:
    """In the package's own words, if these are few; else as it has classified itself."""
    if package in CHOSEN:
        return CHOSEN[package]
    facts = metadata(package)
    classified = [line.split(" :: ")[-1] for line in facts.get_all("Classifier", []) if line.startswith("License :: ")]
    text = (facts["License-Expression"] or facts["License"] or "").strip()
    short = text if text and "\n" not in text and len(text) < 80 and text != "UNKNOWN" else ""
    found = short or ", ".join(one for one in classified if one != "OSI Approved") or next(iter(text.splitlines()), "")
    return re.sub(r"\s+", " ", found.replace("|", "/"))


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"| {name} | {version} | {licence(name)} |\n" for name, version in pinned().items())


if __name__ == "__main__":
    write_text(PAGE, page())
