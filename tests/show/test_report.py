"""The report shows the figures of the metrics files; equal files give equal bytes."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps

from artinv.core.channels import CHANNELS, TITLES, UNITLESS
from artinv.core.workspace import Workspace
from artinv.show.report import published
from artinv.show.results import plots
from tests.conftest import clone
from tests.support import results_for_tests as results
from tests.support.reading import numbers, read
from tools.deps import ROOT


@pytest.fixture(scope="module")
def report(everything, tmp_path_factory):
    return results.page_of(everything[0], tmp_path_factory.mktemp("report"))


def _shown(name):
    return TITLES.get(name, name).replace("constriction ", "")


def test_the_page_is_self_contained(report):
    seen = read(report)
    assert not seen.tags & {"script", "img", "link", "iframe", "object", "embed", "form", "input", "base"}
    assert all(not name.startswith("on") and name not in ("src", "srcset", "style") for _, name, _ in seen.attributes)
    assert all(value.startswith("#") for tag, name, value in seen.attributes if name == "href")
    assert "url(" not in seen.style
    assert "@import" not in seen.style
    policy = next(value for tag, name, value in seen.attributes if tag == "meta" and name == "content" and "default-src" in value)
    digest = base64.b64encode(hashlib.sha256(seen.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert len(report) < 400_000


def test_sections_are_in_order(report):
    assert list(read(report).sections) == ["result", "run", "articulators", "utterances", "learning", "speakers", "sim2real", "abx",
                                          "matching", "corpora", "parameters", "absent"]


def test_headline_figures(report, everything):
    scores, tables = everything[1]["default"].scores, read(report).sections["result"]["tables"]
    figures = {"pearson": 3, "rmse_mm": 2, "rmse_z": 3, "rmse_mm_blind": 2}
    coils = {f"{metric}_coils": digits for metric, digits in figures.items() if metric != "rmse_mm_blind"}
    *tables, common = tables
    shared = list(scores.common.predictors.values())
    for row, (metric, digits) in zip(common[1:], {**figures, **coils}.items(), strict=True):
        assert numbers(row[1:]) == [round(means[metric].mean, digits) for means in shared]
    for table, (metric, digits) in zip(tables, {**figures, **coils}.items(), strict=True):
        blocks = [own.means for own in scores.predictors.values()]
        assert [row[0] for row in table[1:]] == ["tcn", "ridge regression", "the speaker's mean"]
        for row, block in zip(table[1:], blocks, strict=True):
            assert numbers(row[2:]) == [round(getattr(block[metric], key), digits) for key in ("mean", "low", "high")]


def test_positions_of_marks_agree_with_the_figures(report, everything):
    """The Pearson axis is from 0 to 1, so the position in percent is the figure times 100."""
    scores, marks = everything[1]["default"].scores, read(report).sections["result"]["marks"]
    places = [float(place.rstrip("%")) / 100 for place in marks[:3]]
    figures = [scores.predictors[name].means["pearson"].mean for name in ("model", "ridge", "trivial")]
    assert places == pytest.approx(figures, abs=1e-4)


def test_articulators_are_shown_with_intervals(report, everything):
    table, rows = everything[1]["default"].articulators.set_index("articulator"), read(report).rows("articulators")
    for name, row in table.iterrows():
        shown = [numbers(cells) for cells in rows[_shown(name)]]
        pearson = [row[key] for key in ("pearson", "pearson_low", "pearson_high", "ridge_pearson")]
        assert shown.pop(0) == pytest.approx(pearson, abs=6e-4)
        if name not in UNITLESS:
            mm = [row[key] for key in ("rmse_mm", "rmse_mm_low", "rmse_mm_high", "ridge_rmse_mm", "trivial_rmse_mm")]
            assert shown.pop(0) == pytest.approx(mm, abs=6e-3)
        intervals = everything[1]["default"].scores.intervals
        assert shown == [pytest.approx([intervals.articulators.get(name, intervals.coverage)], abs=6e-4)]


def test_utterances_are_sorted_by_pearson_and_the_plotted_one_is_named(report, everything):
    utterances = everything[1]["default"].utterances.sort_values("pearson")
    table = read(report).sections["utterances"]["tables"][0]
    assert [row[0] for row in table[1:]] == [name.rpartition("/")[2] for name in utterances["id"]]
    for row, (_, own) in zip(table[1:], utterances.iterrows(), strict=True):
        assert numbers(row[2:]) == pytest.approx([own["pearson"], own["ridge.pearson"], own["rmse_mm"]], abs=6e-3)
    assert "mocha/fsew0/fsew0_003, measured and predicted" in report


def test_curves_of_the_example_pass_through_its_values(report, everything):
    """Points of the SVG paths are compared with the table, up to the scale of the axis."""
    table = pd.read_csv(Workspace(everything[0]).trajectories)
    paths = re.findall(r'd="(M[^"]*)" class="curve (measured|predicted)"', report)
    assert len(paths) == 2 * len(CHANNELS)
    for (path, kind), name in zip(paths, np.repeat(CHANNELS, 2), strict=True):
        column = table[name if kind == "measured" else f"{name}_predicted"]
        points = np.array([[float(text) for text in pair.split()] for pair in re.split("[ML]", path)[1:]])
        finite = column.notna().to_numpy()
        assert len(points) == finite.sum()
        assert path.count("M") == (finite & ~np.append(False, finite[:-1])).sum()
        slope, level = np.polyfit(column[finite], points[:, 1], 1)
        assert slope < 0
        assert points[:, 1] == pytest.approx(level + slope * column[finite].to_numpy(), abs=1.5)


def test_a_long_test_set_shows_the_utterances_with_lowest_and_highest_pearson(tmp_path):
    made = results.default(tmp_path, number=15).utterances.sort_values("pearson")
    table = read(results.page_of(tmp_path, tmp_path)).sections["utterances"]["tables"][0]
    order = [name.rpartition("/")[2] for name in made["id"]]
    assert [row[0] for row in table[1:]] == [*order[:6], "3 more between", *order[-6:]]


def test_leave_one_speaker_out_section(report, everything):
    summary, rows = everything[1]["loso"], read(report).rows("speakers")
    for at, model in enumerate(("bilstm", "tcn")):
        own_summary = summary.settings["indep"][model]
        block = own_summary.predictors
        for speaker, own in block["model"].speakers.items():
            pearson, mm = (numbers(cells) for cells in rows[speaker.partition("/")[2]][3 * at : 3 * at + 2])
            ridge, trivial = (block[name].speakers[speaker] for name in ("ridge", "trivial"))
            assert pearson == pytest.approx([own["pearson"], ridge["pearson"]], abs=6e-4)
            assert mm == pytest.approx([own["rmse_mm"], ridge["rmse_mm"], trivial["rmse_mm"]], abs=6e-3)
        over = block["model"].means["pearson"]
        means = [over.mean, over.low, over.high, block["ridge"].means["pearson"].mean]
        assert numbers(rows["mean of all"][3 * at]) == pytest.approx(means, abs=6e-4)
        for name in ("ridge", "trivial"):
            for cells, metric, digits in zip(rows[f"{model} \N{MINUS SIGN} {name}"], ("pearson", "rmse_mm"), (3, 2), strict=True):
                gain = own_summary.minus[name][metric]
                wanted = [*(round(getattr(gain, key), digits) for key in ("mean", "low", "high")), gain.better, gain.speakers]
                assert numbers(cells) == pytest.approx(wanted)
    pair = summary.pairs["indep"]["bilstm - tcn"]["pearson"]
    assert numbers(rows["bilstm \N{MINUS SIGN} tcn"][0])[:3] == [round(getattr(pair, key), 3) for key in ("mean", "low", "high")]
    adapted = summary.settings["indep"]["tcn"].adapted[5].means["pearson"]
    assert numbers(rows["5 utterances"][0]) == pytest.approx(
        [adapted.mean, adapted.low, adapted.high, adapted.zero_shot, 0.04], abs=6e-4)
    assert adapted.zero_shot == pytest.approx(adapted.mean - 0.04, abs=1e-9)
    assert "zero-shot: the unadapted model on the same test utterances (9 utterances, 7 sentences per speaker)" in report
    learned = summary.settings["indep"]["tcn"].intervals.learned
    assert numbers(rows["learned widths"][0])[0] == round(learned.coverage, 3)


def test_the_heat_map_shows_every_speaker_and_articulator(report, everything):
    table = pd.read_csv(everything[0] / "metrics/loso.csv")
    own = table[(table["model"] == "tcn") & (table["line"] == "model") & (table["metric"] == "pearson")].set_index("speaker")
    heat = read(report).sections["speakers"]["tables"][-3]
    assert heat[0] == ["", "mean", *map(_shown, CHANNELS)]
    rows = {row[0]: row[1:] for row in heat if len(row) > 1}
    for speaker in results.SPEAKERS:
        cells = rows[speaker.partition("/")[2]]
        for cell, name in zip(cells, ["mean", *CHANNELS], strict=True):
            value = own.loc[speaker, name]
            assert cell == ("·" if np.isnan(value) else f"{value:.2f}".removeprefix("0"))
    assert [row[0] for row in heat if len(row) > 1][1:] == ["F01", "M01", "mean hprc", "fsew0", "mean of all"]


def test_sections_on_sim2real_abx_and_corpora(report, everything):
    seen = read(report)
    rows = seen.rows("sim2real")
    for group in everything[1]["sim2real"].values():
        for name, scores in group.of.items():
            assert numbers(rows[name][0]) == [round(scores.pearson, 3)]
            heat = [cell for cell in rows[name][1][1:] if cell != "·"]
            assert numbers(heat) == pytest.approx(list(scores.channels.values()), abs=6e-3)
    rows = seen.rows("abx")
    assert [numbers(cells) for cells in rows["articulation"]] == [[7.1], [12.2]]
    assert [cells[-1] for cells in rows["sound"]] == ["6.0", "\N{EN DASH}"]
    rows = seen.rows("corpora")
    assert numbers(rows["hprc"][0]) == [2, 38, 2.5, 2, 1, 0]
    assert numbers(rows["hprc"][1]) == [38, 6, round(32 * 3.5 / 60, 1), round(38 * 4 / 60, 1), 500]
    assert numbers(rows["all"][0]) == [4, 76, 5, 4, 2, 0]
    lag = everything[1]["corpora"]["mocha"]["speakers"]["maps0"]
    ends = [lag["lag_ms"] + sign * lag["lag_error_ms"] for sign in (-1, 1)]
    assert numbers(rows["maps0"][0]) == pytest.approx([lag["lag_ms"], *ends, 19], abs=0.06)
    assert "a coil stands still (6)" in seen.sections["corpora"]["text"]
    problems = seen.sections["corpora"]["tables"][-2]
    assert ["mocha", "rejected", "mocha/fsew0/000: a coil stands still: tt spreads over 0.0 mm"] in problems
    assert seen.rows("corpora")["v_x, v_y"] == [["hprc/F01, hprc/M01"]]


def test_the_section_on_matching(report):
    rows = read(report).rows("matching")
    assert rows["C3"][0][0].split("\N{NARROW NO-BREAK SPACE}") == ["1", "156", "338"]
    assert rows["C3"][0][1:] == ["91.0", "61.2", "83.4", "95.2", "8.2", "0.812"]
    assert numbers(rows["chance"][0][-2:]) == [21.5, 0.125]
    assert numbers(rows["saw_frequency"][0][-2:]) == [91.5, 95.2]
    assert numbers(rows["saw_frequency"][1]) == [4.5, 3.2]
    assert numbers(rows["gradient"][0]) == [8.2, 5.5, 33.3, 95, 0.812, 0.875, 2.4]


def test_sections_on_training_and_on_the_run(report):
    seen = read(report)
    assert "Validation loss 0.4556 in epoch 9 of 14." in seen.sections["learning"]["text"]
    facts, weights = seen.sections["run"]["text"], "556\N{NARROW NO-BREAK SPACE}050"
    for words in ("SYNTHETIC data", "mocha, hprc", "trained on the test speaker alone", "mocha/fsew0", weights, "python 3.11.7"):
        assert words in facts


@pytest.mark.parametrize(("origin", "label"), [("synthetic", "SYNTHETIC data"), ("mixed", "partly SYNTHETIC data"), ("real", ""),
                                               ("imagined", "data of unknown origin")])
def test_the_banner_shows_the_origin_of_the_data(tmp_path, origin, label):
    results.default(tmp_path, origin=origin)
    text = results.page_of(tmp_path, tmp_path)
    banner = re.search(r'<aside class="banner".*?</aside>', text, re.DOTALL)
    assert (banner is None) == (label == "")
    if banner:
        assert f"<strong>{label}</strong>" in banner[0]
        assert "compare" in banner[0]
    seen = read(text)
    assert ("published" in seen.sections) == (origin == "real")
    assert ("arxiv.org" in text) == (origin == "real")
    assert all((label or "real data") in section["text"] for key, section in seen.sections.items() if key != "absent")


def test_published_figures_agree_with_the_protocol_and_are_shown_with_ours(tmp_path):
    protocol = (ROOT / "docs/protocol.md").read_text(encoding="utf-8").partition("## Published figures")[2]
    rows = protocol.splitlines()
    for entry in published.PUBLISHED:
        source = entry.paper or entry.source.split()[0]
        text = " ".join(row for row in rows if entry.data.lower() in row.lower() and (source in row or "same" in row))
        assert set(entry.pearson) | set(entry.rmse) <= set(numbers([text])), entry
    scores = results.default(tmp_path, origin="real").scores
    rows = read(results.page_of(tmp_path, tmp_path)).rows("published")
    wanted = [getattr(scores.predictors["model"].means["pearson_coils"], key) for key in ("mean", "low", "high")]
    assert numbers(rows["mocha/fsew0, speaker-specific, tcn"][0][:1]) == pytest.approx(wanted, abs=6e-4)
    assert sum(map(len, rows.values())) == len(published.PUBLISHED) + 3
    summary = results.loso(tmp_path, origin="real")
    block = summary.settings["indep"]["tcn"].predictors["model"].corpora["hprc"]["pearson_coils"]
    rows = read(results.page_of(tmp_path, tmp_path)).rows("published")
    shown = numbers(rows["hprc, each speaker, leave one speaker out, tcn"][0][:1])
    assert shown == pytest.approx([block.mean, block.low, block.high], abs=6e-4)


def test_equal_files_give_equal_bytes(everything, report, tmp_path):
    env = {**os.environ, "PYTHONHASHSEED": "5", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-m", "artinv", "report", str(everything[0]), "-o", str(tmp_path / "deep/er/a.html")],
                          cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert (tmp_path / "deep/er/a.html").read_bytes() == report.encode()
    assert done.stdout.endswith(f"written:  {tmp_path}/deep/er/a.html\n")


def test_style_uses_the_colours_of_the_plots_with_sufficient_contrast():
    style = (ROOT / "artinv/show/report/page.css").read_text(encoding="utf-8").upper()
    for colour in (plots.BLUE, plots.ORANGE, plots.GREY, plots.RED, plots.BLACK):
        assert colour in style
    for shade in range(21):
        red, green, blue = (round(255 * part) for part in colormaps["cividis"](shade / 20)[:3])
        rule = re.search(rf"\.H{shade} {{ BACKGROUND: #(\w+); COLOR: #(\w+)", style)
        assert rule[1] == f"{red:02X}{green:02X}{blue:02X}"
        light = np.array([red, green, blue]) / 255
        linear = np.where(light <= 0.03928, light / 12.92, ((light + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        assert max(1.05 / (linear + 0.05), 0) >= 4.5 if rule[2] == "FFF" else (linear + 0.05) / 0.0556 >= 4.5


def test_the_stage_runs_again_only_if_a_metric_changes(everything, tmp_path):
    project = clone(tmp_path / "project")
    shutil.copytree(everything[0], project.root, dirs_exist_ok=True)

    def repro():
        return project.run("dvc", "repro", "--single-item", "pipelines/report/dvc.yaml").stdout

    assert "Running stage 'pipelines/report/dvc.yaml:report'" in repro()
    assert read((project.root / "reports/index.html").read_text()).sections
    assert "didn't change, skipping" in repro()
    (project.root / "metrics/sim2real_details.json").unlink()
    assert "Running stage" in repro()
    shutil.copy(everything[0] / "metrics/sim2real_details.json", project.root / "metrics")
    assert "is cached - skipping run" in repro()
    assert (project.root / "reports/index.html").read_bytes() == results.page_of(everything[0], tmp_path).encode()
    assert project.run("git", "status", "--short", "reports").stdout == ""
