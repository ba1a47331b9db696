"""Modules that use internals of other packages name the version that they were tested with."""

from importlib.metadata import version

import pytest

from artinv.runtime import parallel, repair


@pytest.mark.parametrize(("package", "tested"), [("dvc", repair.DVC), ("joblib", parallel.JOBLIB)])
def test_the_installed_version_is_the_tested_one(package, tested):
    assert version(package) == tested, f"test the internals of {package} that artinv/runtime uses, then change the version there"


def test_internals_of_other_packages_are_imported_in_runtime_only():
    from tools.deps import ROOT
    private = ("joblib.externals", "dvc.", "from dvc", "import dvc")
    users = {path.parent.name for path in ROOT.glob("artinv/**/*.py") for line in path.read_text(encoding="utf-8").splitlines()
             if line.lstrip().startswith(("import ", "from ")) and any(part in line for part in private)}
    assert users == {"runtime"}
