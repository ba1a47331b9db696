"""An electrode matters if the decoder needs it; the table and the picture show each electrode."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from artinv.neural.choices import OccludeParams
from artinv.neural.inference import infer_all
from artinv.neural.occlusion import Map, areas, importance, occlude_all, shortened, write_table
from artinv.neural.trainings import train_all
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import BadParams
from artinv.show.electrodes import draw
from tests.support import decoding


def own_map():
    model, _ = decoding.trained()
    recording, truth = decoding.recording()
    return Map("toy", "ridge_causal_truth", recording.channels, model.layout.places, truth.role,
               importance(model, decoding.session(), 5))


def test_motor_electrodes_matter_more_than_others():
    made = own_map()
    scores = areas([made])
    assert scores.motor_rest > 0.9
    assert np.isnan(scores.auditory_rest)
    assert np.isnan(areas([Map("a", "b", made.channels, made.places, None, made.importance)]).motor_rest)


def test_importance_is_the_rise_of_the_mean_squared_error_over_known_values():
    model, _ = decoding.trained()
    session = decoding.session()
    known = torch.rand(session.known.shape, generator=torch.Generator().manual_seed(0)) < 0.5
    start, end = session.parts["test"][0]
    end = min(end, start + 25)

    def error(signals):
        with torch.inference_mode():
            return (model.weights(signals[None, start:end])[0] - session.targets[start:end])[known[start:end]].square().mean()

    rises = []
    for electrode in range(12):
        signals = session.signals.clone()
        signals[:, electrode] = 0
        rises.append(float(error(signals) / error(session.signals) - 1))
    np.testing.assert_allclose(importance(model, replace(session, known=known), (end - start) / 125), rises, rtol=1e-3, atol=1e-5)


def test_the_table_and_the_picture_are_reproducible(tmp_path):
    made = own_map()
    for name in ("a", "b"):
        write_table(tmp_path / f"{name}.csv", [made])
        draw(tmp_path / f"{name}.png", [made, made])
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines[0] == "subject,decoder,electrode,row,column,role,importance"
    assert len(lines) == 13
    assert lines[5].startswith("toy,ridge_causal_truth,e4,1,0,motor,")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    write_table(tmp_path / "real.csv", [replace(made, role=None)])
    assert (tmp_path / "real.csv").read_text() == (tmp_path / "a.csv").read_text().replace("motor", "").replace("rest", "")


@pytest.mark.parametrize(("seconds", "known"), [(0.003, True), (5, False)])
def test_signals_without_a_known_frame_are_rejected(seconds, known):
    model, _ = decoding.trained()
    session = decoding.session()
    with pytest.raises(BadParams, match=r"occlude.seconds: .* have no frame with a known target; raise it"):
        importance(model, replace(session, known=torch.full_like(session.known, known)), seconds)


def test_runs_are_cut_to_a_number_of_frames():
    assert shortened([(0, 10), (20, 40), (50, 60)], 15) == [(0, 10), (20, 25)]
    assert shortened([(0, 10)], 99) == [(0, 10)]
    assert shortened([(0, 10), (20, 40)], 10) == [(0, 10)]


def test_the_chosen_decoders_of_all_subjects_are_occluded(tmp_path):
    files, split = NeuralFiles(tmp_path), decoding.split_params()
    decoding.project(files, 0, 1)
    train = decoding.train_params(runs=["ridge causal truth", "ridge non-causal truth"])
    infer_all(files, decoding.target_params(), split)
    train_all(files, train, decoding.decoder_params(), split, "woman")
    maps, result = occlude_all(files, train, split, OccludeParams.of({"modes": ["causal"], "target": "truth", "seconds": 0.4}))
    assert [(own.subject, own.decoder) for own in maps] == [("toy", "ridge_causal_truth"), ("toy1", "ridge_causal_truth")]
    np.testing.assert_allclose(maps[0].importance, importance(decoding.trained()[0], decoding.session(), 0.4), rtol=1e-3, atol=1e-4)
    assert list(result.decoders) == ["ridge_causal_truth"]
    assert result.decoders["ridge_causal_truth"].motor_rest == areas(maps).motor_rest > 0.9
    assert (result.origin, result.seconds) == ("synthetic", 0.4)
