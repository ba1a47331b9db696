"""The report shows the figures of the metrics files; equal files give equal bytes."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps

from artinv.core.channels import CHANNELS, UNITLESS
from artinv.core.workspace import Workspace
from artinv.show import colours
from artinv.show.report import abx, published
from tests.conftest import clone
from tests.support import results_for_tests as results
from tests.support.reading import numbers, read
from tools.deps import ROOT


def _text(seen, section):
    """Return the text of a section with plain spaces in numbers."""
    return seen.sections[section]["text"].replace("\N{NARROW NO-BREAK SPACE}", " ")


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
    assert len(report) < 250_000


def test_sections_are_in_order(report):
    assert list(read(report).sections) == [
        "headline", "speakers", "layers", "sim2real", "live", "result", "articulators", "utterances", "learning", "abx", "matching",
        "factors", "digits", "neural", "corpora", "run", "parameters", "absent",
    ]


def test_the_headline_states_the_best_model_for_unseen_speakers_and_the_real_recordings(report, everything):
    summary, crowd = everything[1]["loso"], everything[1]["sim2real"]
    models = summary.settings["indep"]
    name = max(models, key=lambda name: models[name].predictors["model"].means["pearson"].mean)
    pearson, error = (models[name].predictors["model"].means[metric] for metric in ("pearson", "rmse_mm"))
    size, text = "3 speakers, 12 utterances, seed 1", _text(read(report), "headline")
    assert (f"On SYNTHETIC speakers absent from its training ({size}), {name} follows the measured motion with a Pearson "
            f"correlation of {pearson.mean:.3f} and an RMSE of {error.mean:.2f} mm. ") in text
    assert (f"On 2 REAL recordings, the model trained on synthetic speakers reaches {crowd['real'].pearson - 0.1:.2f} from sound "
            f"alone, {crowd['real'].pearson:.2f} with phones recognized in the sound.") in text
    assert f"95 % [{pearson.low:.3f}, {pearson.high:.3f}], SYNTHETIC speakers absent from its training, {size}" in text
    assert "too few for a conclusion" in text


def test_without_leave_one_speaker_out_the_headline_is_that_of_the_default_run(tmp_path):
    made = results.default(tmp_path)
    seen = read(results.page_of(tmp_path, tmp_path))
    assert "speakers" not in seen.sections
    text, counts = _text(seen, "headline"), made.scores.counts
    mean = made.scores.predictors["model"].means["pearson"].mean
    assert f"On SYNTHETIC data (6 test utterances of mocha/fsew0, {counts.sentences} sentences, seed 1), tcn follows" in text
    assert f"correlation of {mean:.3f} and" in text


def test_figures_of_the_default_run(report, everything):
    scores, tables = everything[1]["default"].scores, read(report).sections["result"]["tables"]
    blocks = [own.means for own in scores.predictors.values()]
    for table, (metric, digits) in zip(tables, {"pearson": 3, "rmse_mm": 2}.items(), strict=False):
        assert [row[0] for row in table[1:]] == ["tcn", "ridge regression", "the speaker's mean"]
        for row, block in zip(table[1:], blocks, strict=True):
            assert numbers(row[2:]) == [round(getattr(block[metric], key), digits) for key in ("mean", "low", "high")]
    others = {"rmse_z": 3, "rmse_mm_blind": 2, "pearson_coils": 3, "rmse_mm_coils": 2, "rmse_z_coils": 3}
    assert len(tables) == 3  # the whole test set is the test part, so that it is not repeated
    assert tables[2][0] == ["", "tcn", "ridge regression", "the speaker's mean"]
    for row, (metric, digits) in zip(tables[2][1:], others.items(), strict=True):
        shown = [round(getattr(block[metric], key), digits) for block in blocks for key in ("mean", "low", "high")]
        assert numbers(row[1:]) == shown


def test_the_test_part_is_shown_where_it_is_not_the_whole_test_set(tmp_path):
    made = results.default(tmp_path)
    details = Workspace(tmp_path).details
    content = json.loads(details.read_text())
    content["counts"]["utterances"] += 1
    details.write_text(json.dumps(content))
    common = read(results.page_of(tmp_path, tmp_path)).sections["result"]["tables"][-1]
    means = [block["rmse_mm"].mean for block in made.scores.common.predictors.values()]
    row = next(row for row in common if row[0] == "RMSE in mm")
    assert [numbers([cell])[0] for cell in row[1:]] == [round(mean, 2) for mean in means]


def test_positions_of_marks_agree_with_the_figures(report, everything):
    """The Pearson axis is from 0 to 1, so the position in percent is the figure times 100."""
    scores, marks = everything[1]["default"].scores, read(report).sections["result"]["marks"]
    places = [float(place.rstrip("%")) / 100 for place in marks[:3]]
    figures = [scores.predictors[name].means["pearson"].mean for name in ("model", "ridge", "trivial")]
    assert places == pytest.approx(figures, abs=1e-4)


def test_articulators_are_shown_with_intervals(report, everything):
    table, rows = everything[1]["default"].articulators.set_index("articulator"), read(report).rows("articulators")
    for name, row in table.iterrows():
        shown = [numbers(cells) for cells in rows[results.shown(name)]]
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


def test_no_table_with_a_chart_stands_twice_and_details_are_closed(report):
    charts = re.findall(r'<table class="(?:dots|heat)[^>]*>.*?</table>', report, re.DOTALL)
    assert len(charts) > 15
    assert len(set(charts)) == len(charts)
    assert report.count("<details>") > 10
    assert "<details open" not in report


def test_sections_on_sim2real_abx_and_corpora(report, everything):
    seen = read(report)
    rows = seen.rows("sim2real")
    for (kind, group), shown in zip(reversed(everything[1]["sim2real"].items()), seen.sections["sim2real"]["tables"], strict=False):
        assert [row[0] for row in shown[1:]] == ["the sound alone", "phones recognized"]
        assert [numbers(row[2:]) for row in shown[1:]] == [[round(group.pearson + less, 3)] for less in (-0.1, 0)]
        assert f"n = {len(group.of)}" in seen.sections["sim2real"]["text"], kind
        for name, scores in group.of.items():
            assert numbers(rows[name][0]) == [round(scores.pearson + less, 3) for less in (-0.1, 0)]
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



def test_the_section_on_abx_says_that_the_model_was_given_phones(tmp_path):
    (tmp_path / "metrics").mkdir()
    plain = results.abx(tmp_path)
    given = replace(plain, run=replace(plain.run, phones="labels"))
    without, seen = (abx.section(SimpleNamespace(result=lambda *_, scores=scores: scores)) for scores in (plain, given))
    assert seen.origin == "SYNTHETIC data, phones: labels"
    assert seen.lead == f"{without.lead} The model was given phones: its prediction is no test of phone discrimination."
    assert (without.origin, seen.parts) == ("SYNTHETIC data", without.parts)


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
    assert f"On {label or 'real data'} (6 test" in _text(seen, "headline")
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
    for colour in (colours.BLUE, colours.ORANGE, colours.GREY, colours.RED, colours.BLACK, colours.INK, colours.QUIET):
        assert colour.upper() in style
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
        return project.run("dvc", "repro", "--single-item", "pipelines/report/dvc.yaml", prepared=True).stdout

    assert "Running stage 'pipelines/report/dvc.yaml:report'" in repro()
    assert read((project.root / "reports/index.html").read_text()).sections
    assert "didn't change, skipping" in repro()
    (project.root / "metrics/sim2real_details.json").unlink()
    assert "Running stage" in repro()
    shutil.copy(everything[0] / "metrics/sim2real_details.json", project.root / "metrics")
    assert "is cached - skipping run" in repro()
    assert (project.root / "reports/index.html").read_bytes() == results.page_of(everything[0], tmp_path).encode()
    assert project.run("git", "status", "--short", "reports").stdout == ""
