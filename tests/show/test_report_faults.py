"""Missing, damaged, extreme, hostile or mismatched results: the page is correct, or a one-line error names the file."""

import html
import json
import re
import shutil

import pandas as pd
import pytest

from artinv.__main__ import main
from artinv.runtime.errors import BadData, expected_content
from artinv.show.report import page, run, sources, svg
from tests.support import chromium
from tests.support import results_for_tests as results
from tests.support.reading import read
from tests.support.running import refused

HOSTILE = """</td><script>alert(1)</script><img src=x onerror="alert(2)">'&{{ 7*7 }}{% raw %}"""


@pytest.fixture
def copied(everything, tmp_path):
    """Return a copy of the results, to be damaged."""
    return shutil.copytree(everything[0], tmp_path / "results")


def _damage(folder, name, change):
    content = json.loads((folder / name).read_text())
    change(content)
    (folder / name).write_text(json.dumps(content))


def _renamed(rows, name, old="emu/20"):
    rows[name] = rows.pop(old)


@pytest.mark.parametrize(("gone", "section", "sentence"), [
    ("metrics/details.json", "result", "The default experiment: metrics/details.json is missing; `make repro` makes it."),
    ("plots/articulators.csv", "articulators", "Articulators: plots/articulators.csv is missing; `make repro` makes it."),
    ("metrics/cost.json", "costs", "No training costs: metrics/cost.json is missing; `python -m benchmarks.folds` makes it."),
    ("plots/loss.csv", "learning", "Learning: plots/loss.csv is missing; `make repro` makes it."),
    ("metrics/loso_details.json", "speakers", "speaker out: metrics/loso_details.json is missing; `make loso` makes it."),
    ("metrics/sim2real_details.json", "sim2real", "metrics/sim2real_details.json is missing; `make sim2real` makes it."),
    ("metrics/live/scores.json", "live", "metrics/live/scores.json is missing; `make live` makes it."),
    ("metrics/abx_details.json", "abx", "metrics/abx_details.json is missing; `make abx` makes it."),
    ("metrics/matching/scores.json", "matching", "metrics/matching/scores.json is missing; `make matching` makes it."),
    ("metrics/neural/scores.json", "neural", "metrics/neural/scores.json is missing; `make neural` makes it."),
    ("metrics/factors/scores.json", "factors", "metrics/factors/scores.json is missing; `make factors` makes it."),
    ("metrics/layers.json", "layers", "metrics/layers.json is missing; `make layers` makes it."),
    ("metrics/digits/scores.json", "digits", "metrics/digits/scores.json is missing; `make digits` makes it."),
    ("dvc.lock", "parameters", "Parameters: metrics/details.json is not the one recorded in dvc.lock; `make repro` updates both"),
])
def test_a_missing_file_removes_its_section_and_the_page_names_the_command(copied, tmp_path, gone, section, sentence):
    (copied / gone).unlink()
    seen = read(results.page_of(copied, tmp_path))
    assert section not in seen.sections
    assert sentence in seen.text
    assert len(seen.sections) > 6


def test_each_file_alone_gives_a_page(everything, tmp_path):
    for name in ("metrics/loso_details.json", "metrics/sim2real_details.json", "metrics/abx_details.json", "plots/loss.csv",
                 "metrics/utterances.csv", "plots/trajectories.csv", "metrics/clean/hprc.json", "metrics/ingest/hprc.json"):
        folder = tmp_path / name.replace("/", "-")
        (folder / name).parent.mkdir(parents=True)
        shutil.copy(everything[0] / name, folder / name)
        more = name in ("metrics/loso_details.json", "metrics/details.json", "metrics/real_details.json")  # with a headline
        assert len(read(results.page_of(folder, folder)).sections) == 2 + more


def test_an_empty_folder_is_reported_in_one_line(tmp_path, capsys):
    line = refused(capsys, main, ["report", str(tmp_path), "-o", str(tmp_path / "index.html")])
    assert line == f"{tmp_path}: no results in metrics/ or plots/; name the folder of a project, as in `artinv report FOLDER`"
    assert not (tmp_path / "index.html").exists()


@pytest.mark.parametrize(("name", "content"), [
    ("metrics/details.json", "{"), ("metrics/details.json", "[1]"), ("metrics/details.json", "{}"),
    ("metrics/details.json", '{"run": 3}'), ("metrics/train.json", '{"inverter": {"parameters": "many"}}'),
    ("metrics/loso_details.json", '{"run": {"origin": "real"}, "settings": {"indep": {"tcn": {}}}, "pairs": {}}'),
    ("metrics/loso.csv", "a,b\n1,2\n"), ("metrics/cost.json", '{"cpu_seconds": 3}'),
    ("plots/loss.csv", "epoch,train,valid,lr\n"), ("plots/loss.csv", "epoch,train,valid,lr\n1,x,2,3\n"), ("plots/loss.csv", ""),
    ("plots/articulators.csv", "articulator\ntt_x\n"), ("plots/trajectories.csv", "time\n0.0\n"),
    ("metrics/utterances.csv", "id\n1\n"),
    ("metrics/sim2real_details.json", '{"synthetic": {"of": 1}}'), ("metrics/real_details.json", '{"real": {"of": 1}}'),
    ("metrics/abx_details.json", '{"errors": {"shown": {"a": {"within": "low"}}}}'),
    ("metrics/clean/hprc.json", '{"samples": 1}'), ("metrics/ingest/hprc.json", "null"), ("metrics/rejected/hprc.csv", "id\n1\n"),
    ("dvc.lock", "a: ["), ("dvc.lock", "stages: 3"), ("plots/loss.csv", b"\xff\xfe\x00"),
])
def test_the_error_names_a_damaged_file(copied, tmp_path, name, content):
    (copied / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadData) as caught:
        page.write(copied, tmp_path / "index.html")
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    assert "make" in message or "git checkout" in message or "benchmarks.folds" in message
    assert not (tmp_path / "index.html").exists()


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), 1e308, -1e308, 0])
def test_extreme_figures_do_not_break_the_page(copied, tmp_path, value):
    _damage(copied, "metrics/details.json",
            lambda content: content["predictors"]["model"]["means"]["pearson"].update(mean=value, low=value))
    _damage(copied, "metrics/loso_details.json",
            lambda content: content["settings"]["indep"]["tcn"]["predictors"]["model"]["means"]["rmse_mm"].update(high=value))
    text = results.page_of(copied, tmp_path)
    read(text)
    assert not re.search(r'"(?:nan|inf|-inf)', text)


def test_text_from_files_is_escaped(copied, tmp_path):
    def change(content):
        content["run"].update(model=HOSTILE, test_speaker=f"mocha/{HOSTILE}", torch=HOSTILE)

    _damage(copied, "metrics/details.json", change)
    _damage(copied, "metrics/loso_details.json", lambda content: _renamed(content["settings"]["indep"], HOSTILE, "tcn"))
    _damage(copied, "metrics/real_details.json", lambda content: _renamed(content["real"]["of"], HOSTILE))
    _damage(copied, "metrics/abx_details.json", lambda content: _renamed(content["errors"]["shown"], HOSTILE, "sound"))
    _damage(copied, "metrics/clean/hprc.json", lambda content: content["faults"].update({HOSTILE: 2}))
    columns = {"metrics/utterances.csv": "id", "metrics/rejected/hprc.csv": "reason", "metrics/ingest/hprc.csv": "what"}
    for name, column in columns.items():
        table = pd.read_csv(copied / name)
        table[column] = HOSTILE
        table.to_csv(copied / name, index=False)
    results.lock(copied, **{HOSTILE: HOSTILE})
    text = results.page_of(copied, tmp_path)
    seen = read(text)
    assert not seen.tags & {"script", "img"}
    assert all(not name.startswith("on") for _, name, _ in seen.attributes)
    for key in ("result", "run", "utterances", "speakers", "sim2real", "abx", "corpora", "parameters"):
        assert HOSTILE.rpartition("/")[2] in seen.sections[key]["text"], key
    assert "49" not in html.unescape(seen.sections["run"]["text"])


def test_parameters_belong_to_this_run(copied, tmp_path):
    facts = read(results.page_of(copied, tmp_path)).sections["parameters"]["text"]
    assert "train.lr0.002" in facts
    assert "models.tcn.width128" in facts
    assert "mlp" not in facts
    assert "ssl" not in facts
    _damage(copied, "metrics/details.json", lambda content: content["counts"].update(utterances=7))
    assert "parameters" not in read(results.page_of(copied, tmp_path)).sections


def test_an_ambiguous_example_is_not_named(copied, tmp_path):
    table = pd.read_csv(copied / "metrics/utterances.csv")
    pd.concat([table, table]).to_csv(copied / "metrics/utterances.csv", index=False)
    assert "One utterance, measured and predicted" in results.page_of(copied, tmp_path)


@chromium.needed
@pytest.mark.parametrize("width", [390, 1400])
def test_the_page_fits_narrow_and_wide_screens_with_all_details_open(copied, tmp_path, browser, width):
    """Long names without spaces must not widen the page."""
    long = "x" * 120
    _damage(copied, "metrics/real_details.json", lambda content: _renamed(content["real"]["of"], long))
    _damage(copied, "metrics/details.json", lambda content: content["run"].update(test_speaker=f"mocha/{long}"))
    results.page_of(copied, tmp_path)
    browser.open(tmp_path / "index.html", width, 900, marked=False)
    browser.run("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert browser.run("document.documentElement.scrollWidth") == width
    assert browser.faults() == []


@chromium.needed
def test_paper_shows_closed_details(everything, tmp_path, browser):
    results.page_of(everything[0], tmp_path)
    browser.open(tmp_path / "index.html", 700, 900, marked=False)
    height = "document.documentElement.scrollHeight"
    visible = "[...document.querySelectorAll('details .block')].map((block) => block.checkVisibility())"
    on_screen = browser.run(height)
    assert not any(browser.run(visible))
    browser.call("Emulation.setEmulatedMedia", media="print")
    on_paper, printed = browser.run(height), browser.run(visible)
    browser.call("Emulation.setEmulatedMedia", media="")
    assert printed
    assert all(printed)
    assert on_paper > on_screen


def test_flat_of_an_empty_mapping_and_one_line_messages_of_expected_content():
    assert sources.flat({"a": {"b": {}}}) == {}
    message = r"^x: does not hold what it should \('a..b' is missing\); make it again: `y`$"
    with pytest.raises(BadData, match=message), expected_content("x", "y"):
        raise KeyError("a\nb")


def test_constant_articulators_and_excluded_sentences_are_reported(copied, tmp_path):
    def change(content):
        content["counts"].update(constant=2)
        content["run"].update(unseen_text="True")

    _damage(copied, "metrics/details.json", change)
    seen = read(results.page_of(copied, tmp_path))
    assert "2 times an articulator did not move in an utterance" in seen.sections["result"]["text"]
    assert "Test sentencesexcluded from training" in seen.sections["run"]["text"]


def test_without_real_recordings_the_page_names_the_cure(tmp_path):
    results.crowd(tmp_path, real=False)
    text = read(results.page_of(tmp_path, tmp_path)).sections["sim2real"]["text"]
    assert "No real recordings: put or link some in data/real, then run `make real`." in text


def test_parameters_of_another_run_are_not_shown(copied, tmp_path):
    _damage(copied, "metrics/details.json", lambda content: content["counts"].update(utterances=7))
    text = read(results.page_of(copied, tmp_path)).sections["run"]["text"]
    assert "Weights556" in text
    for choice in ("Corpora", "Features", "Seed", "bootstrap"):
        assert choice not in text


@pytest.mark.parametrize(("value", "written"), [
    (None, "none"), (True, "true"), (False, "false"), ([], "none"), ([1, None, "x"], "1, none, x"), (0.5, "0.5"), ("a", "a"),
])
def test_parameters_are_written_as_in_params_yaml(value, written):
    assert run._spelled(value) == written


def test_axis_of_a_single_value():
    """The range is extended around the value; ticks keep enough digits."""
    assert svg.Axis.within(3, 3) == svg.Axis(2, 4, (3,))
    alone = svg.Axis.around([7.0])
    assert (alone.low, alone.high) == (6.5, 7.5)
    assert svg.Axis.around([]).ticks[0] == -0.5
    assert [text for _, text in svg.Axis.around([-0.25, 0.5]).named()][:2] == ["\N{MINUS SIGN}0.4", "\N{MINUS SIGN}0.2"]
