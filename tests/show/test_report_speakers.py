"""The section of the report on leave one speaker out shows the figures of the metrics files."""

import numpy as np
import pandas as pd
import pytest

from artinv.core.channels import CHANNELS
from tests.support import results_for_tests as results
from tests.support.reading import numbers, read


def test_one_table_compares_all_models_of_leave_one_speaker_out(report, everything):
    summary, seconds = everything[1]["loso"], {"ridge": "3", "bilstm": "120", "tcn": "61"}
    table = read(report).sections["speakers"]["tables"][0]
    assert [cell for cell in table[0] if cell] == ["Pearson", "95 %", "RMSE mm", "95 %", "12 coils", "CPU s"]
    rows = {row[0]: row for row in table[1:]}
    models = summary.settings["indep"]
    order = sorted(models, key=lambda name: models[name].predictors["model"].means["pearson"].mean)
    assert list(rows)[1:] == ["the speaker's mean", "ridge regression", *order]
    assert "12 utterances" in table[1][0]
    blocks = {name: own.predictors["model"] for name, own in models.items()} | {
        "ridge regression": models["tcn"].predictors["ridge"], "the speaker's mean": models["tcn"].predictors["trivial"]}
    for name, over in blocks.items():
        pearson, error = over.means["pearson"], over.means["rmse_mm"]
        figures = [round(getattr(pearson, key), 3) for key in ("mean", "low", "high")]
        figures += [round(getattr(error, key), 2) for key in ("mean", "low", "high")]
        assert numbers(rows[name][2:7])[:7] == [*figures, round(over.means["pearson_coils"].mean, 3)]
        assert rows[name][7] == seconds.get(name.removesuffix(" regression"), "\N{EN DASH}")
    assert "to train on all speakers except F01 (a processor); measured once" in report


def test_details_of_leave_one_speaker_out_are_closed_and_show_each_chart_once(report, everything):
    summary, rows = everything[1]["loso"], read(report).rows("speakers")
    models = summary.settings["indep"]
    best, other = sorted(models, key=lambda name: -models[name].predictors["model"].means["pearson"].mean)
    block, second = models[best].predictors, models[other].predictors["model"]
    for speaker, own in block["model"].speakers.items():
        pearson, mm = (numbers(cells) for cells in rows[speaker.partition("/")[2]][:2])
        ridge, trivial = (block[name].speakers[speaker] for name in ("ridge", "trivial"))
        assert pearson == pytest.approx([own["pearson"], second.speakers[speaker]["pearson"], ridge["pearson"]], abs=6e-4)
        assert mm == pytest.approx(
            [own["rmse_mm"], second.speakers[speaker]["rmse_mm"], ridge["rmse_mm"], trivial["rmse_mm"]], abs=6e-3)
    over = block["model"].means["pearson"]
    means = [over.mean, over.low, over.high, second.means["pearson"].mean, block["ridge"].means["pearson"].mean]
    assert numbers(rows["mean of all"][0]) == pytest.approx(means, abs=6e-4)
    for model in models:
        for name in ("ridge", "trivial"):
            for cells, metric, digits in zip(rows[f"{model} \N{MINUS SIGN} {name}"], ("pearson", "rmse_mm"), (3, 2), strict=True):
                gain = models[model].minus[name][metric]
                wanted = [*(round(getattr(gain, key), digits) for key in ("mean", "low", "high")), gain.better, gain.speakers]
                assert numbers(cells) == pytest.approx(wanted)
    pair = summary.pairs["indep"]["bilstm - tcn"]["pearson"]
    assert numbers(rows["bilstm \N{MINUS SIGN} tcn"][0])[:3] == [round(getattr(pair, key), 3) for key in ("mean", "low", "high")]
    adapted = models["tcn"].adapted[5].means["pearson"]
    assert numbers(rows["5 utterances"][0]) == pytest.approx(
        [adapted.mean, adapted.low, adapted.high, adapted.zero_shot, 0.04], abs=6e-4)
    assert adapted.zero_shot == pytest.approx(adapted.mean - 0.04, abs=1e-9)
    assert "zero-shot: the unadapted model on the same test utterances (9 utterances, 7 sentences per speaker)" in report
    learned = models["tcn"].intervals.learned
    assert numbers(rows["learned widths"][0])[0] == round(learned.coverage, 3)


def test_the_heat_map_shows_every_speaker_and_articulator(report, everything):
    table = pd.read_csv(everything[0] / "metrics/loso.csv")
    own = table[(table["model"] == "tcn") & (table["line"] == "model") & (table["metric"] == "pearson")].set_index("speaker")
    heat = read(report).sections["speakers"]["tables"][-1]
    assert heat[0] == ["", "mean", *map(results.shown, CHANNELS)]
    rows = {row[0]: row[1:] for row in heat if len(row) > 1}
    for speaker in results.SPEAKERS:
        cells = rows[speaker.partition("/")[2]]
        for cell, name in zip(cells, ["mean", *CHANNELS], strict=True):
            value = own.loc[speaker, name]
            assert cell == ("·" if np.isnan(value) else f"{value:.2f}".removeprefix("0"))
    assert [row[0] for row in heat if len(row) > 1][1:] == ["F01", "M01", "mean hprc", "fsew0", "mean of all"]
