"""Sections of the report on the live model and on the neighbour pipelines."""

from tests.support.reading import numbers, read


def test_the_section_on_recordings_of_the_brain(report):
    seen = read(report)
    rows = seen.rows("neural")
    sizes, sounds, *_ = rows["lstm causal"]
    assert sizes == [
        "truth", "365\N{NARROW NO-BREAK SPACE}842", "0", "0.812", "[0.790, 0.830]", "0.001", "0.005", "\N{MINUS SIGN}0.002"]
    assert sounds == ["truth", "0.625", "0.750", "0.375", "0.500", "5.5", "4.5"]
    assert rows["ridge non-causal"][0][2] == "unlimited"
    assert rows["lstm causal truth"] == [["0.975", "0.500", "0.900"]]
    assert "say nothing of the brain" in seen.sections["neural"]["text"]


def test_the_section_on_matching(report):
    rows = read(report).rows("matching")
    assert rows["C3"][0][0].split("\N{NARROW NO-BREAK SPACE}") == ["1", "156", "338"]
    assert rows["C3"][0][1:] == ["91.0", "61.2", "83.4", "95.2", "8.2", "0.812"]
    assert numbers(rows["chance"][0][-2:]) == [21.5, 0.125]
    assert numbers(rows["saw_frequency"][0][-2:]) == [91.5, 95.2]
    assert numbers(rows["saw_frequency"][1]) == [4.5, 3.2]
    assert numbers(rows["gradient"][0]) == [8.2, 5.5, 33.3, 95, 0.812, 0.875]


def test_the_section_on_the_live_model(report):
    seen = read(report)
    means, synthetic, real = seen.sections["live"]["tables"]
    assert [row[2:] for row in means[1:]] == [["0.71", "0.74", "0.76"], ["0.50", "0.52", "0.53"]]
    assert synthetic[-1] == ["mean", "0.71", "0.74", "0.76"]
    assert real[-1] == ["mean", "0.50", "0.52", "0.53"]
    assert [row[0] for row in real[1:-1]] == ["emu/20", "mocha/fsew0/fsew0_001"]
    assert "Look-ahead 152 ms" in seen.sections["live"]["text"]
    assert "81 % of the true values lie within the 85 % intervals" in seen.sections["live"]["text"]
    assert seen.sections["live"]["text"].count("which are calibrated on these speakers") == 1
    assert "not trained on, but choose the epoch and calibrate the intervals" in seen.sections["live"]["text"]


def test_the_section_on_factors(report):
    rows = read(report).rows("factors")
    assert [name.split(",")[0] for name in rows if ":" in name] == ["additive: SYNTHETIC data", "digits: real data"]
    assert rows["vae, mlp"][0] == ["0.0016 [0.0015, 0.0017]", "6 [6, 6]", *(
        f"{each} [{each}, {each}]" for each in ("0.12", "0.25", "0.50", "0.40", "0.81", "0.75", "0.60"))]


def test_the_section_on_layers(report):
    seen = read(report)
    rows = seen.rows("layers")
    assert rows["input"][0][:5] == [".25", ".88", ".50", ".45", ".62"]
    assert rows["input"][1][3:5] == [".45", ".62"]
    lower = "-0.0600 [-0.0600, -0.0600]".replace("-", "\N{MINUS SIGN}")
    assert rows["erase 1"][0] == [lower, lower, "0 of 2", "0.10 [0.10, 0.10]"]
    assert rows["centre"][0][2] == "2 of 2"
    assert "2 folds of leave one speaker out" in seen.sections["layers"]["text"]


def test_the_section_on_digits(report):
    seen = read(report)
    rows = seen.rows("digits")
    assert numbers(rows["cvae"][0]) == [400, 71.2, 6.75, 88.8, 31.5, 0.62, 1.38, 0]
    assert numbers(rows["cwgan2, own"][0]) == [55, 6.4, 9.6]
    assert numbers(rows["mean of 2"][0]) == [62.5]
    assert rows["flow"][0][1].startswith("0.800 (")
    assert numbers(rows["still"][0]) == [12.5]
    words = seen.sections["digits"]["text"]
    for text in ("flow above cvae: p = 0.050", "of the speaker M0001, 96.2", "99.0 % of the 300 sounds", "SYNTHETIC", "98.8 %"):
        assert text in words
