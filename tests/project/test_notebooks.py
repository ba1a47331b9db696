"""The notebooks run from top to bottom as they are in the repository, and hold no results."""

import json
from statistics import fmean

import pytest

from tests.support import running
from tools.deps import ROOT

NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))


def cells(path, kind):
    content = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == kind]


def run(path, folder):
    """Run the cells; return the names that they define and what they show."""
    names, shown = {}, []
    for source in cells(path, "code"):
        value = running.code(folder, source, names)
        rich = value._repr_html_() if hasattr(value, "_repr_html_") else None
        shown.append(rich or repr(value))
    return names, shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_results(path):
    text = path.read_text(encoding="utf-8")
    content = json.loads(text)
    assert text == json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    results = [(cell["outputs"], cell["execution_count"]) for cell in content["cells"] if cell["cell_type"] == "code"]
    assert results == len(results) * [([], None)]
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in content["cells"]}) == len(content["cells"])


def test_the_first_steps_show_a_player_a_table_and_files(tmp_path):
    names, shown = run(ROOT / "notebooks/first_steps.ipynb", tmp_path)
    assert sum("<iframe" in text for text in shown) == 1
    assert any("tb_y_margin" in text for text in shown)
    means = names["means"]
    assert means["bah"]["tb_y"] < min(means["bee"]["tb_y"], means["boo"]["tb_y"])
    assert means["boo"]["tb_x"] < means["bee"]["tb_x"]
    assert {path.name for path in (tmp_path / "first-steps").iterdir()} == {"1.wav", "2.wav", "1.csv", "1.png"}
    assert "first-steps" in names["calibrated"].speaker


def test_the_study_finds_the_tongue_higher_in_i_than_in_a(tmp_path):
    names, _ = run(ROOT / "notebooks/a_study.ipynb", tmp_path)
    assert names["vowels"].groupby("phone").size().to_dict() == {"a": 48, "i": 48, "u": 48}
    assert len(list(tmp_path.glob("a-study/*/*.csv"))) == 24
    low, high = names["summary"]["95 % interval"]
    assert 0 < low < names["summary"]["mean difference, mm"] < high
    assert names["summary"]["mean difference, mm"] == pytest.approx(fmean(names["difference"]), abs=0.005)
    assert (tmp_path / "a-study/vowels.csv").is_file()
