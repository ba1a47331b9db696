"""The report says what the metrics say, all of it escaped, the same bytes from the same files."""

import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps

from artinv import plots
from artinv.__main__ import main
from artinv.channels import CHANNELS, TITLES, UNITLESS
from artinv.errors import BadData
from artinv.report import page, published, sources
from tests import chromium
from tests import results_for_tests as results
from tests.conftest import clone
from tests.house import ROOT
from tests.reading import numbers, read

HOSTILE = """</td><script>alert(1)</script><img src=x onerror="alert(2)">'&{{ 7*7 }}{% raw %}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder that holds everything, and the results it was written from."""
    folder = tmp_path_factory.mktemp("results")
    return folder, results.everything(folder)


@pytest.fixture(scope="module")
def whole(made, tmp_path_factory):
    return _render(made[0], tmp_path_factory.mktemp("report"))


@pytest.fixture
def copied(made, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(made[0], tmp_path / "results")


def _render(folder, where):
    page.write(folder, where / "index.html")
    return (where / "index.html").read_text(encoding="utf-8")


def _spoil(folder, name, change):
    content = json.loads((folder / name).read_text())
    change(content)
    (folder / name).write_text(json.dumps(content))


def _renamed(rows, name):
    rows[name] = rows.pop("emu/20")


def _shown(name):
    return TITLES.get(name, name).replace("constriction ", "")


def test_the_page_needs_nothing_else(whole):
    seen = read(whole)
    assert not seen.tags & {"script", "img", "link", "iframe", "object", "embed", "form", "input", "base"}
    assert all(not name.startswith("on") and name not in ("src", "srcset", "style") for _, name, _ in seen.attributes)
    assert all(value.startswith("#") for tag, name, value in seen.attributes if name == "href")
    assert "url(" not in seen.style
    assert "@import" not in seen.style
    policy = next(value for tag, name, value in seen.attributes if tag == "meta" and name == "content" and "default-src" in value)
    digest = base64.b64encode(hashlib.sha256(seen.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert len(whole) < 400_000


def test_everything_has_its_section_in_order(whole):
    assert list(read(whole).sections) == ["result", "run", "articulators", "utterances", "learning", "speakers", "sim2real", "abx",
                                          "corpora", "parameters", "absent"]


def test_headline_figures(whole, made):
    scores, tables = made[1]["default"].scores, read(whole).sections["result"]["tables"]
    assert len(tables) == 4
    for table, (metric, digits) in zip(tables, (("pearson", 3), ("rmse_mm", 2), ("rmse_z", 3), ("rmse_mm_blind", 2)), strict=True):
        blocks = scores, scores["ridge"], scores["trivial"]
        assert [row[0] for row in table[1:]] == ["tcn", "ridge regression", "the speaker's mean"]
        for row, block in zip(table[1:], blocks, strict=True):
            assert numbers(row[2:]) == [round(block[metric][key], digits) for key in ("mean", "low", "high")]


def test_marks_stand_where_their_numbers_are(whole, made):
    """The Pearson axis reaches from 0 to 1, so that a place in percent is a hundred times the figure."""
    scores, marks = made[1]["default"].scores, read(whole).sections["result"]["marks"]
    places = [float(place.rstrip("%")) / 100 for place in marks[:3]]
    assert places == pytest.approx([scores["pearson"]["mean"], scores["ridge"]["pearson"]["mean"], 0], abs=1e-4)


def test_every_articulator_with_its_interval(whole, made):
    table, rows = made[1]["default"].articulators.set_index("articulator"), read(whole).rows("articulators")
    for name, row in table.iterrows():
        found = [numbers(cells) for cells in rows[_shown(name)]]
        pearson = [row[key] for key in ("pearson", "pearson_low", "pearson_high", "ridge_pearson")]
        assert found.pop(0) == pytest.approx(pearson, abs=6e-4)
        if name not in UNITLESS:
            mm = [row[key] for key in ("rmse_mm", "rmse_mm_low", "rmse_mm_high", "ridge_rmse_mm", "trivial_rmse_mm")]
            assert found.pop(0) == pytest.approx(mm, abs=6e-3)
        held = made[1]["default"].scores["intervals"]
        assert found == [pytest.approx([held["articulators"].get(name, held["coverage"])], abs=6e-4)]


def test_utterances_from_weak_to_strong_and_the_one_that_is_drawn(whole, made):
    utterances = made[1]["default"].utterances.sort_values("pearson")
    table = read(whole).sections["utterances"]["tables"][0]
    assert [row[0] for row in table[1:]] == [name.rpartition("/")[2] for name in utterances["id"]]
    for row, (_, own) in zip(table[1:], utterances.iterrows(), strict=True):
        assert numbers(row[2:]) == pytest.approx([own["pearson"], own["ridge.pearson"], own["rmse_mm"]], abs=6e-3)
    assert "mocha/fsew0/fsew0_003, measured and predicted" in whole


def test_curves_of_the_example_go_through_its_values(whole, made):
    """The middle of the first panel's axis and a curve's place are read back from the picture."""
    table = pd.read_csv(made[0] / plots.EXAMPLE)
    paths = re.findall(r'd="(M[^"]*)" class="curve (measured|predicted)"', whole)
    assert len(paths) == 2 * len(CHANNELS)
    for (path, kind), name in zip(paths, np.repeat(CHANNELS, 2), strict=True):
        column = table[name if kind == "measured" else f"{name}_predicted"]
        points = np.array([[float(one) for one in pair.split()] for pair in re.split("[ML]", path)[1:]])
        finite = column.notna().to_numpy()
        assert len(points) == finite.sum()
        assert path.count("M") == (finite & ~np.append(False, finite[:-1])).sum()
        slope, level = np.polyfit(column[finite], points[:, 1], 1)
        assert slope < 0
        assert points[:, 1] == pytest.approx(level + slope * column[finite].to_numpy(), abs=1.5)


def test_long_test_sets_show_both_ends(tmp_path):
    made = results.default(tmp_path, number=15).utterances.sort_values("pearson")
    table = read(_render(tmp_path, tmp_path)).sections["utterances"]["tables"][0]
    order = [name.rpartition("/")[2] for name in made["id"]]
    assert [row[0] for row in table[1:]] == [*order[:6], "3 more between", *order[-6:]]


def test_leave_one_speaker_out(whole, made):
    summary, rows = made[1]["loso"], read(whole).rows("speakers")
    for at, model in enumerate(("bilstm", "tcn")):
        block = summary["indep"][model]
        for speaker, own in block["speakers"].items():
            pearson, mm = (numbers(cells) for cells in rows[speaker.partition("/")[2]][3 * at : 3 * at + 2])
            ridge, trivial = (block[line]["speakers"][speaker] for line in ("ridge", "trivial"))
            assert pearson == pytest.approx([own["pearson"], ridge["pearson"]], abs=6e-4)
            assert mm == pytest.approx([own["rmse_mm"], ridge["rmse_mm"], trivial["rmse_mm"]], abs=6e-3)
        means = [*(block["pearson"][key] for key in ("mean", "low", "high")), block["ridge"]["pearson"]["mean"]]
        assert numbers(rows["mean of all"][3 * at]) == pytest.approx(means, abs=6e-4)
        for line in ("ridge", "trivial"):
            for cells, metric, digits in zip(rows[f"{model} \N{MINUS SIGN} {line}"], ("pearson", "rmse_mm"), (3, 2), strict=True):
                gain = block[f"minus_{line}"][metric]
                wanted = [*(round(gain[key], digits) for key in ("mean", "low", "high")), gain["better"], gain["speakers"]]
                assert numbers(cells) == pytest.approx(wanted)
    pair = summary["pairs"]["indep"]["bilstm - tcn"]["pearson"]
    assert numbers(rows["bilstm \N{MINUS SIGN} tcn"][0])[:3] == [round(pair[key], 3) for key in ("mean", "low", "high")]
    adapted = summary["indep"]["tcn"]["adapted"]["5"]["pearson"]
    assert numbers(rows["5 utterances"][0]) == pytest.approx([adapted["mean"], adapted["low"], adapted["high"], 0.04], abs=6e-4)
    held = summary["indep"]["tcn"]["intervals"]["learned"]
    assert numbers(rows["learned widths"][0])[0] == round(held["coverage"], 3)


def test_the_map_holds_every_speaker_and_articulator(whole, made):
    table = pd.read_csv(made[0] / "metrics/loso.csv")
    own = table[(table["model"] == "tcn") & (table["line"] == "model") & (table["metric"] == "pearson")].set_index("speaker")
    heat = read(whole).sections["speakers"]["tables"][-3]
    assert heat[0] == ["", "mean", *map(_shown, CHANNELS)]
    rows = {row[0]: row[1:] for row in heat if len(row) > 1}
    for speaker in results.SPEAKERS:
        cells = rows[speaker.partition("/")[2]]
        for cell, name in zip(cells, ["mean", *CHANNELS], strict=True):
            value = own.loc[speaker, name]
            assert cell == ("·" if np.isnan(value) else f"{value:.2f}".removeprefix("0"))
    assert [row[0] for row in heat if len(row) > 1][1:] == ["F01", "M01", "mean hprc", "fsew0", "mean of all"]


def test_sim2real_abx_and_corpora(whole, made):
    seen = read(whole)
    rows = seen.rows("sim2real")
    for scores in made[1]["sim2real"].values():
        for name, one in scores["of"].items():
            assert numbers(rows[name][0]) == [round(one["pearson"], 3)]
            heat = [cell for cell in rows[name][1][1:] if cell != "·"]
            assert numbers(heat) == pytest.approx(list(one["channels"].values()), abs=6e-3)
    rows = seen.rows("abx")
    assert [numbers(cells) for cells in rows["articulation"]] == [[7.1], [12.2]]
    assert [cells[-1] for cells in rows["sound"]] == ["6.0", "\N{EN DASH}"]
    rows = seen.rows("corpora")
    assert numbers(rows["hprc"][0]) == [2, 38, 2.5, 2, 1, 0]
    assert numbers(rows["hprc"][1]) == [38, 6, round(32 * 3.5 / 60, 1), round(38 * 4 / 60, 1), 500]
    assert numbers(rows["all"][0]) == [4, 76, 5, 4, 2, 0]
    lag = made[1]["corpora"]["mocha"]["speakers"]["maps0"]
    ends = [lag["lag_ms"] + sign * lag["lag_spread_ms"] for sign in (-1, 1)]
    assert numbers(rows["maps0"][0]) == pytest.approx([lag["lag_ms"], *ends, 19], abs=0.06)
    assert "a coil stands still (6)" in seen.sections["corpora"]["text"]
    account = seen.sections["corpora"]["tables"][-2]
    assert ["mocha", "rejected", "mocha/fsew0/000: a coil stands still: tt spreads over 0.0 mm"] in account
    assert seen.rows("corpora")["v_x, v_y"] == [["hprc/F01, hprc/M01"]]


def test_learning_and_what_was_run(whole):
    seen = read(whole)
    assert "Validation loss 0.4556 in epoch 9 of 14." in seen.sections["learning"]["text"]
    facts, weights = seen.sections["run"]["text"], "556\N{NARROW NO-BREAK SPACE}050"
    for words in ("SYNTHETIC data", "mocha, hprc", "the test speaker alone", "mocha/fsew0", weights, "python 3.11.7"):
        assert words in facts


@pytest.mark.parametrize(("gone", "section", "sentence"), [
    ("metrics/details.json", "result", "Result: metrics/details.json is not there; `make repro` makes it."),
    ("plots/articulators.csv", "articulators", "Articulators: plots/articulators.csv is not there; `make repro` makes it."),
    ("plots/loss.csv", "learning", "Learning: plots/loss.csv is not there; `make repro` makes it."),
    ("metrics/loso_details.json", "speakers", "speaker out: metrics/loso_details.json is not there; `make loso` makes it."),
    ("metrics/sim2real_details.json", "sim2real", "metrics/sim2real_details.json is not there; `make sim2real` makes it."),
    ("metrics/abx.json", "abx", ""),
    ("dvc.lock", "parameters", "Parameters: metrics/details.json is not the one that dvc.lock records; `make repro` brings both"),
])
def test_what_is_missing_takes_its_section_away_and_says_what_makes_it(copied, tmp_path, gone, section, sentence):
    (copied / gone).unlink()
    seen = read(_render(copied, tmp_path))
    assert section not in seen.sections
    assert sentence in seen.sections["absent"]["text"]
    assert len(seen.sections) > 6


def test_each_file_alone_makes_a_page(made, tmp_path):
    for name in ("metrics/loso_details.json", "metrics/sim2real_details.json", "metrics/abx.json", "plots/loss.csv",
                 "metrics/utterances.csv", "plots/trajectories.csv", "metrics/clean/hprc.json", "metrics/ingest/hprc.json"):
        folder = tmp_path / name.replace("/", "-")
        (folder / name).parent.mkdir(parents=True)
        shutil.copy(made[0] / name, folder / name)
        assert len(read(_render(folder, folder)).sections) == 2


def test_an_empty_folder_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["report", str(tmp_path), "-o", str(tmp_path / "index.html")])
    assert caught.value.code == 2
    line = capsys.readouterr().err
    assert line == f"artinv: {tmp_path}: there is nothing to report, neither metrics/ nor plots/ hold results; run `make repro`\n"
    assert not (tmp_path / "index.html").exists()


@pytest.mark.parametrize(("name", "content"), [
    ("metrics/details.json", "{"), ("metrics/details.json", "[1]"), ("metrics/details.json", "{}"),
    ("metrics/details.json", '{"run": 3}'), ("metrics/train.json", '{"inverter": {"parameters": "many"}}'),
    ("metrics/loso_details.json", '{"run": {"origin": "real"}, "indep": {"tcn": {}}, "pairs": {}}'),
    ("metrics/loso.csv", "a,b\n1,2\n"),
    ("plots/loss.csv", "epoch,train,valid,lr\n"), ("plots/loss.csv", "epoch,train,valid,lr\n1,x,2,3\n"), ("plots/loss.csv", ""),
    ("plots/articulators.csv", "articulator\ntt_x\n"), ("plots/trajectories.csv", "time\n0.0\n"),
    ("metrics/utterances.csv", "id\n1\n"),
    ("metrics/sim2real_details.json", '{"real": {"of": 1}}'), ("metrics/abx.json", '{"a": {"within": "low"}}'),
    ("metrics/clean/hprc.json", '{"samples": 1}'), ("metrics/ingest/hprc.json", "null"), ("metrics/rejected/hprc.csv", "id\n1\n"),
    ("dvc.lock", "a: ["), ("dvc.lock", "stages: 3"), ("plots/loss.csv", b"\xff\xfe\x00"),
])
def test_a_file_that_is_not_what_it_should_be_is_named(copied, tmp_path, name, content):
    (copied / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadData) as caught:
        page.write(copied, tmp_path / "index.html")
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    assert "make" in message or "git checkout" in message
    assert not (tmp_path / "index.html").exists()


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), 1e308, -1e308, 0])
def test_extreme_figures_do_not_break_the_page(copied, tmp_path, value):
    _spoil(copied, "metrics/details.json", lambda content: content["pearson"].update(mean=value, low=value))
    _spoil(copied, "metrics/loso_details.json", lambda content: content["indep"]["tcn"]["rmse_mm"].update(high=value))
    text = _render(copied, tmp_path)
    read(text)
    assert not re.search(r'"(?:nan|inf|-inf)', text)


@pytest.mark.parametrize(("origin", "label"), [("synthetic", "SYNTHETIC data"), ("mixed", "partly SYNTHETIC data"), ("real", ""),
                                               ("imagined", "data of unknown origin")])
def test_the_banner_says_where_the_data_come_from(tmp_path, origin, label):
    results.default(tmp_path, origin=origin)
    text = _render(tmp_path, tmp_path)
    banner = re.search(r'<aside class="banner".*?</aside>', text, re.DOTALL)
    assert (banner is None) == (label == "")
    if banner:
        assert f"<strong>{label}</strong>" in banner[0]
        assert "compare" in banner[0]
    seen = read(text)
    assert ("published" in seen.sections) == (origin == "real")
    assert ("arxiv.org" in text) == (origin == "real")
    assert all((label or "real data") in one["text"] for key, one in seen.sections.items() if key != "absent")


def test_published_figures_are_those_of_the_protocol_and_stand_beside_ours(tmp_path):
    protocol = (ROOT / "docs/protocol.md").read_text(encoding="utf-8").partition("## Published figures")[2]
    rows = protocol.splitlines()
    for one in published.PUBLISHED:
        source = one.paper or one.source.split()[0]
        text = " ".join(row for row in rows if one.data.lower() in row.lower() and (source in row or "same" in row))
        assert set(one.pearson) | set(one.rmse) <= set(numbers([text])), one
    scores = results.default(tmp_path, origin="real").scores
    rows, wanted = read(_render(tmp_path, tmp_path)).rows("published"), [scores["pearson"][key] for key in ("mean", "low", "high")]
    assert numbers(rows["mocha/fsew0, speaker-specific, tcn"][0][:1]) == pytest.approx(wanted, abs=6e-4)
    assert sum(map(len, rows.values())) == len(published.PUBLISHED) + 3


def test_nothing_from_a_file_becomes_markup(copied, tmp_path):
    def spoil(content):
        content["run"].update(model=HOSTILE, test_speaker=f"mocha/{HOSTILE}", torch=HOSTILE)

    _spoil(copied, "metrics/details.json", spoil)
    _spoil(copied, "metrics/loso_details.json", lambda content: content["indep"].update({HOSTILE: content["indep"].pop("tcn")}))
    _spoil(copied, "metrics/sim2real_details.json", lambda content: _renamed(content["real"]["of"], HOSTILE))
    figures = {"within": 3, "across": {"mean": 4, "low": 3, "high": 5}}
    _spoil(copied, "metrics/abx.json", lambda content: content.update({HOSTILE: figures}))
    _spoil(copied, "metrics/clean/hprc.json", lambda content: content["faults"].update({HOSTILE: 2}))
    columns = {"metrics/utterances.csv": "id", "metrics/rejected/hprc.csv": "reason", "metrics/ingest/hprc.csv": "what"}
    for name, column in columns.items():
        table = pd.read_csv(copied / name)
        table[column] = HOSTILE
        table.to_csv(copied / name, index=False)
    results.lock(copied, **{HOSTILE: HOSTILE})
    text = _render(copied, tmp_path)
    seen = read(text)
    assert not seen.tags & {"script", "img"}
    assert all(not name.startswith("on") for _, name, _ in seen.attributes)
    for key in ("result", "run", "utterances", "speakers", "sim2real", "abx", "corpora", "parameters"):
        assert HOSTILE.rpartition("/")[2] in seen.sections[key]["text"], key
    assert "49" not in html.unescape(seen.sections["run"]["text"])


def test_parameters_are_those_of_this_very_run(copied, tmp_path):
    facts = read(_render(copied, tmp_path)).sections["parameters"]["text"]
    assert "train.lr0.002" in facts
    assert "models.tcn.width128" in facts
    assert "mlp" not in facts
    assert "ssl" not in facts
    _spoil(copied, "metrics/details.json", lambda content: content["counts"].update(utterances=7))
    assert "parameters" not in read(_render(copied, tmp_path)).sections


def test_an_example_that_might_be_another_is_not_named(copied, tmp_path):
    table = pd.read_csv(copied / "metrics/utterances.csv")
    pd.concat([table, table]).to_csv(copied / "metrics/utterances.csv", index=False)
    assert "One utterance, measured and predicted" in _render(copied, tmp_path)


def test_same_files_same_bytes(made, whole, tmp_path):
    env = {**os.environ, "PYTHONHASHSEED": "5", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-m", "artinv", "report", str(made[0]), "-o", str(tmp_path / "deep/er/a.html")],
                          cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert (tmp_path / "deep/er/a.html").read_bytes() == whole.encode()
    assert done.stdout.endswith(f"written:  {tmp_path}/deep/er/a.html\n")


def test_looks_share_the_colours_of_the_pictures():
    style = (ROOT / "artinv/report/page.css").read_text(encoding="utf-8").upper()
    for colour in (plots.BLUE, plots.ORANGE, plots.GREY, plots.RED, plots.BLACK):
        assert colour in style
    for shade in range(21):
        red, green, blue = (round(255 * part) for part in colormaps["cividis"](shade / 20)[:3])
        found = re.search(rf"\.H{shade} {{ BACKGROUND: #(\w+); COLOR: #(\w+)", style)
        assert found[1] == f"{red:02X}{green:02X}{blue:02X}"
        light = np.array([red, green, blue]) / 255
        linear = np.where(light <= 0.03928, light / 12.92, ((light + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        assert max(1.05 / (linear + 0.05), 0) >= 4.5 if found[2] == "FFF" else (linear + 0.05) / 0.0556 >= 4.5


@chromium.needed
def test_nothing_sticks_out_on_a_phone_or_on_a_screen(copied, tmp_path):
    """The page is laid out in frames of 390 and 1400 pixels; long unbroken names must not widen it."""
    long = "x" * 120
    _spoil(copied, "metrics/sim2real_details.json", lambda content: _renamed(content["real"]["of"], long))
    _spoil(copied, "metrics/details.json", lambda content: content["run"].update(test_speaker=f"mocha/{long}"))
    text = html.escape(_render(copied, tmp_path))
    frames = "".join(f'<iframe srcdoc="{text}" style="border:0;height:900px;width:{width}px"></iframe>' for width in (390, 1400))
    script = """<script>onload = () => { document.body.textContent = "widths " + [...document.querySelectorAll("iframe")].map(
        frame => frame.contentDocument.documentElement.scrollWidth).join(" ") + " end"; }</script>"""
    (tmp_path / "frames.html").write_text(f"<!doctype html><body>{frames}{script}", encoding="utf-8")
    done = subprocess.run(
        [chromium.PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", f"--user-data-dir={tmp_path / 'profile'}",
         "--window-size=1500,900", "--dump-dom", (tmp_path / "frames.html").as_uri()],
        capture_output=True, text=True, check=True, timeout=120)
    assert re.search(r"widths (.*) end", done.stdout)[1] == "390 1400"


def test_the_stage_runs_again_exactly_when_a_metric_changes(made, tmp_path):
    project = clone(tmp_path / "project")
    shutil.copytree(made[0], project.root, dirs_exist_ok=True)

    def repro():
        return project.run("dvc", "repro", "--single-item", "pipelines/report/dvc.yaml").stdout

    assert "Running stage 'pipelines/report/dvc.yaml:report'" in repro()
    assert read((project.root / "reports/index.html").read_text()).sections
    assert "didn't change, skipping" in repro()
    (project.root / "metrics/sim2real_details.json").unlink()
    assert "Running stage" in repro()
    shutil.copy(made[0] / "metrics/sim2real_details.json", project.root / "metrics")
    assert "is cached - skipping run" in repro()
    assert (project.root / "reports/index.html").read_bytes() == _render(made[0], tmp_path).encode()
    assert project.run("git", "status", "--short", "reports").stdout == ""


def test_flat_and_believed_keep_to_one_line():
    assert sources.flat({"a": {"b": {}}}) == {}
    message = r"^x: does not hold what it should \(KeyError: 'a..b'\); make it again: `y`$"
    with pytest.raises(BadData, match=message), sources.believed("x", "y"):
        raise KeyError("a\nb")
