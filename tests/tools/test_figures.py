import json
import shutil
import subprocess
import sys

import pytest

from tools import deps
from tools.figures import figures

SCORES = {
    "indep": {
        "strided": {"pearson": {"mean": 0.833152, "low": 0.817338, "high": 0.847656}, "rmse_mm": 1.482236, "parameters": 3883872.0},
        "bilstm": {"pearson": {"mean": 0.824995, "low": 0.807934, "high": None}},
    },
    "difference": {"mean": -0.008157, "low": -0.012048, "high": -0.00404},
    "coverage": {"la": 0.8912, "lp": 0.8998},
    "sizes": [{"hours": 2.0, "seconds": {"demo": 400.0, "clean": 90.0, "ingest": 53.11}}],
    "places": {"hprc/F01": {"48 kHz, two channels": 1250.4}},
    "hardest": [["s z", 51.19], ["sh zh", 48.3]],
    "level": "high",
    "near": -0.0004,
}


@pytest.fixture
def project(tmp_path):
    """Return a function that writes a page with some text, metrics/toy.json and metrics/clean/toy.json into a folder."""
    def write(text, page="README.md"):
        (tmp_path / "metrics/clean").mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs").mkdir(exist_ok=True)
        for name in ("toy", "clean/toy"):
            (tmp_path / f"metrics/{name}.json").write_text(json.dumps(SCORES), encoding="utf-8")
        (tmp_path / page).write_bytes(text.encode())
        return tmp_path
    return write


def reports(root):
    return [line for figure in figures(root) if (line := figure.report())]


@pytest.mark.parametrize(("shown", "marker"), [
    (".833", "toy:indep.strided.pearson.mean:.3"),
    ("1.48", "toy:indep.strided.rmse_mm:2"),
    ("3,883,872", "toy:indep.strided.parameters:0"),
    ("89.1", "toy:coverage.la:%1"),
    ("[.817, .848]", "toy:indep.strided.pearson:[.3]"),
    ("[0.8, 0.8]", "toy:indep.strided.pearson:[1]"),
    ("2.4", "toy:sizes.0.seconds.[!d]*:sum m1"),
    ("1,250", "toy:places.hprc/F01.48 kHz, two channels:0"),
    ("1.3", "toy:places.hprc/F01.48 kHz, two channels:k1"),
    ("-.008", "toy:difference.mean:.3"),
    (".008", "toy:difference.mean:-.3"),
    ("[.004, .012]", "toy:difference:[-.3]"),
    (".00", "toy:near:.2"),
    ("89.1", "toy:coverage.*:min %1"),
    ("90.0", "toy:coverage.*:max %1"),
    (".90", "toy:coverage.*:mean .2"),
    ("200.0", "toy:sizes.0.seconds.demo:sizes.0.hours:1"),
    ("300.0", "toy:600:sizes.0.hours:1"),
    ("48", "toy:hardest.sh zh:0"),
    ("4e-04", "toy:near:-0e"),
    (".833", "clean/toy:indep.strided.pearson.mean:.3"),
])
def test_figures_of_all_forms_are_checked(project, shown, marker):
    assert reports(project(f"| **{shown}<!--{marker}-->** mm |\n")) == []
    wrong = shown.translate(str.maketrans("0123456789", "1234567890"))
    (line,) = reports(project(f"| one | about {wrong}<!--{marker}--> |\n"))
    assert line.startswith(f"README.md:1: {wrong} should be {shown};")


def test_writing_corrects_the_figures_and_changes_nothing_else(project):
    text = "a\n\n| .933<!--toy:indep.strided.pearson.mean:.3--> [.1, 9]<!--toy:indep.strided.pearson:[.3]--> | 7 of 20 |\r\nno end"
    root = project(text, "docs/page.md")
    figures(root, write=True)
    written = (root / "docs/page.md").read_bytes()
    correct = text.replace(".933", ".833").replace("[.1, 9]", "[.817, .848]")
    assert written == correct.encode()
    assert reports(root) == []
    figures(root, write=True)
    assert (root / "docs/page.md").read_bytes() == written


@pytest.mark.parametrize(("text", "line"), [
    (".8<!--toy:indep.tcn.pearson.mean:.1-->", "README.md:1: .8: metrics/toy.json has no indep.tcn.pearson.mean"),
    (".8<!--toy:indep.strided.rmse_mm.mean:.1-->", "README.md:1: .8: metrics/toy.json has no indep.strided.rmse_mm.mean"),
    ("8<!--toy:sizes.1.hours:0-->", "README.md:1: 8: metrics/toy.json has no sizes.1.hours"),
    ("8<!--toy:level:0-->", "README.md:1: 8: level of metrics/toy.json is not a number"),
    ("[.8, .9]<!--toy:indep.bilstm.pearson:[.1]-->", "indep.bilstm.pearson.high of metrics/toy.json is not a number"),
    (".8<!--toy:coverage.*:.1-->", "has 2 of coverage.*; write min, max, sum or mean"),
    (".8<!--absent:pearson:.1-->", "README.md:1: .8: metrics/absent.json is not readable (No such file"),
    (".8<!--to do-->", "README.md:1: .8: <!--to do--> is not a valid marker"),
    (".8<!--toy:level:[.1-->", "is not a valid marker"),
    (".8<!--toy:level:%-->", "is not a valid marker"),
    (".8<!--toy:level:.1", "is not a number"),
    ("about<!--toy:indep.strided.rmse_mm:1-->", "README.md:1: there is no figure before the marker; write 1.5 there"),
    ("F01<!--toy:indep.strided.rmse_mm:1-->", "there is no figure before the marker"),
])
def test_a_figure_without_a_source_is_reported_and_not_changed(project, text, line):
    root = project(text)
    (report,) = reports(root)
    assert line in report
    figures(root, write=True)
    assert (root / "README.md").read_text(encoding="utf-8") == text


def test_the_hyphen_of_a_range_is_not_a_minus_sign(project):
    root = project("1-9<!--toy:indep.strided.rmse_mm:0-->")
    figures(root, write=True)
    assert (root / "README.md").read_text(encoding="utf-8").startswith("1-1<!--")


def test_the_command_fails_until_it_has_corrected_the_figures(project):
    root = project("x\n.933<!--toy:indep.strided.pearson.mean:.3-->\n")
    for folder in ("artinv/runtime", "tools"):
        (root / folder).mkdir(parents=True)
    shutil.copy(deps.ROOT / "tools/figures.py", root / "tools")
    for name in ("tools/__init__", "artinv/__init__", "artinv/runtime/__init__", "artinv/runtime/errors"):
        shutil.copy(deps.ROOT / f"{name}.py", root / f"{name}.py")

    def command(*words):
        words = [sys.executable, "-m", "tools.figures", *words]
        return subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)

    done = command()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "README.md:2: .933 should be .833; run `python -m tools.figures --write`\n"
    assert command("--write").returncode == command().returncode == 0


def test_the_markers_on_the_pages_are_valid():
    """The figures need not be correct, since results may have changed before the commit."""
    marked = figures(deps.ROOT)
    assert len(marked) > 100
    assert [figure.report() for figure in marked if "is not a valid marker" in figure.fault or not figure.shown] == []
