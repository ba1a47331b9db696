"""Coverage of bands: closed forms, and the band of the command."""

import json
import shutil

import numpy as np
import pytest

from artinv.core.workspace import Workspace
from artinv.inversion.model import load
from artinv.inversion.phones import Known
from artinv.inversion.recording import invert_sound
from artinv.inversion.speaker_statistics import average
from artinv.phones import evidence
from artinv.signal.streaming import normalized_features
from experiments import band_coverage
from experiments.band_coverage import Band
from tests.support.figures import pages_without_source
from tests.support.speech import talk
from tests.support.toys import rng
from tools.deps import ROOT


def known(errors: np.ndarray, margin: float = 1.0) -> Band:
    """Return a band with given errors (K,) in all channels."""
    motion = np.tile(rng("motion").standard_normal((len(errors), 1)), (1, 18))
    return Band(motion + errors[:, None], motion, np.full(motion.shape, margin))


def test_coverage_is_the_share_of_frames_within_the_margin():
    band = known(np.array([0.5, -0.9, 1.1, 2.0]))
    np.testing.assert_allclose(band_coverage.inside(band), 0.5)
    np.testing.assert_allclose(band_coverage.inside(band, 1.5), 0.75)
    assert band_coverage.share([band, known(np.zeros(7))]) == pytest.approx(0.75), "recordings weigh equally"


def test_a_channel_without_measured_values_does_not_count():
    band = known(np.array([0.5, 1.5]))
    band.truth[:, -2:] = np.nan
    band.truth[0, 0] = np.nan
    shares = band_coverage.inside(band)
    assert shares[0] == 0
    assert np.isnan(shares[-2:]).all()
    assert band_coverage.share([band]) == pytest.approx(11 * 0.5 / 12)


def test_the_widening_is_the_quantile_of_the_errors_in_margins():
    errors = rng("errors").permutation(np.arange(1, 101) / 50)
    assert band_coverage.widening([known(errors)], 0.9) == pytest.approx(1.8, abs=0.01)
    assert band_coverage.widening([known(errors, 2.0)], 0.9) == pytest.approx(0.9, abs=0.01)


def test_standard_motion_has_mean_0_and_standard_deviation_1_over_its_recordings():
    motion = 5 + 3 * rng("own").standard_normal((40, 18))
    motion[:, 3], motion[:4, 5] = np.nan, np.nan
    z = band_coverage.standard(motion, [motion])
    assert np.isnan(z[:, 3]).all()
    measured = np.delete(z, 3, axis=1)
    np.testing.assert_allclose(np.nanmean(measured, 0), 0, atol=1e-9)
    np.testing.assert_allclose(np.nanstd(measured, 0), 1)
    twice = band_coverage.standard(motion, [motion, motion + 6])
    assert np.nanmean(twice[:, 0]) == pytest.approx(-3 / np.sqrt(np.var(motion[:, 0]) + 9))


def test_the_band_is_that_of_the_command_in_standard_deviations():
    model, sound = load(), talk(2.0).sound
    speaker = average(model.predictor)
    expected = invert_sound(sound, "a", model, speaker, Known(recognize=False)).trajectory
    acoustics = normalized_features(sound, model.facts.rate, model.features)
    found = band_coverage.band(model, acoustics, None, np.zeros((len(acoustics), 18)))
    frames = slice(20, -20, 2)  # the command resamples to 100 Hz
    np.testing.assert_allclose(
        expected.margin[frames] / speaker.std, found.margin[10:][: len(expected.margin[frames])], rtol=0.2)
    motion = (expected.motion[frames] - speaker.mean) / speaker.std
    assert np.nanmax(np.abs(motion - found.motion[10:][: len(motion)])) < 0.1


def test_the_command_writes_the_figures_of_the_pages(tmp_path, monkeypatch, capsys):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "recordings").mkdir()
    sources = (evidence.ACOUSTICS, band_coverage.RECOGNIZED, band_coverage.LABELS)
    errors = rng("errors").permutation(np.arange(1, 101) / 50)
    names = json.loads((ROOT / "metrics/real_details.json").read_text())["real"]["of"]
    monkeypatch.setattr(band_coverage, "of_real", lambda *_: {source: dict.fromkeys(names, known(errors)) for source in sources})
    monkeypatch.setattr(band_coverage, "of_synthetic", lambda *_: (
        (source, whose, f"F{number}", known(errors)) for whose in ("speaker", "recording") for source in sources[:2]
        for number in range(12)))
    band_coverage.main(tmp_path / "recordings", Workspace(tmp_path))
    content = json.loads((tmp_path / "metrics/band_coverage.json").read_text())
    assert content["real"]["acoustics"] == {
        "coverage": 0.5, "widening": pytest.approx(1.8, abs=0.01), "margin": 1.0, "recordings": 3, "of": dict.fromkeys(names, 0.5)}
    assert (content["level"], content["origin"]) == (0.9, "mixed")
    assert content["synthetic_speaker"]["acoustics"]["of"] == {"least": 0.5, "most": 0.5}
    assert capsys.readouterr().out.count("0.50") == 7
    assert pages_without_source(tmp_path, "coverage") == []
