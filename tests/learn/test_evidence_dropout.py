"""Test training and prediction with evidence of phones: dropped evidence, metadata, and equality without evidence."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from artinv.core.ids import UtteranceId
from artinv.data.normalize import NormalizeParams, estimate
from artinv.data.splits import Split
from artinv.learn import network_file
from artinv.learn.evidence_dropout import EvidenceDropout
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.export import graph_of
from artinv.learn.inverter import Inverter
from artinv.learn.models import ModelParams
from artinv.phones.evidence import WIDTH
from artinv.phones.inputs import InputParams
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData
from artinv.signal.features import FeatureParams
from tests.learn.test_models import SMALL
from tests.learn.test_train import QUICK
from tests.support import toys
from tests.support.speech import FEATURES

FACTS = {"channels", "features", "model", "n_in", "normalization", "provenance", "rate", "sizes", "version"}
"""Keys in the metadata of a model without evidence."""

LEARNING = {"model": "mlp", "pooled_epochs": {}, "warp": 0.1, "schedule": "linear", "lr": 0.01}
COILS = 12


def test_the_evidence_of_whole_utterances_is_dropped():
    inputs = torch.randn(4000, 3, 5)
    torch.manual_seed(1)
    kept = EvidenceDropout(2, 0.25)(inputs)
    assert torch.equal(kept[..., :3], inputs[..., :3])
    dropped = (kept[..., 3:] == 0).flatten(1)
    assert torch.equal(dropped.all(1), dropped.any(1))
    assert torch.equal(kept[~dropped.all(1)], inputs[~dropped.all(1)])
    assert abs(float(dropped.all(1).float().mean()) - 0.25) < 4 * (0.25 * 0.75 / 4000) ** 0.5
    torch.manual_seed(1)
    assert torch.equal(EvidenceDropout(2, 0.25)(inputs), kept)
    assert not torch.equal(EvidenceDropout(2, 0.25)(inputs), kept)
    assert EvidenceDropout(2, 0.0)(inputs).equal(inputs)


def phones(frames):
    """Return evidence that states the coordinates of the coils, which the acoustics of these frames lack."""
    return np.pad(frames.motion[:, :COILS] - frames.motion[:, :COILS].mean(axis=0), ((0, 0), (0, WIDTH - COILS))) / 3


def material(source):
    """Return a split of one speaker, and the utterances to train on."""
    noise = np.random.default_rng(0).standard_normal((12, 80, 6)).astype(np.float32)
    frames = [toys.frames(number=number, part="train", length=80, acoustics=noise[number]) for number in range(12)]
    stats = estimate(frames, NormalizeParams(neighbours=4, regluing=3.0, available=0.5))
    frames = [replace(item, acoustics=np.hstack([item.acoustics, phones(item)]) if source else item.acoustics) for item in frames]
    normalized = [stats.normalize(item) for item in frames]
    ids = [UtteranceId(item.id) for item in frames]
    split = Split(split="spec", test_speaker=frames[0].speaker_id, unseen_text=False, origin="synthetic", train=tuple(ids[:9]),
                  valid=tuple(ids[9:11]), test=tuple(ids[11:]))
    return split, TrainData(normalized[:9], normalized[9:11], [stats])


def fitted(source, states, held=None, **changes):
    split, data = material("" if (held or source) == "none" else source)
    params = ExperimentParams.of({**QUICK, **LEARNING, "without_phones": 0.25, **changes})
    features = InputParams.of(FEATURES.model_dump() | {"n_mels": 6, "n_mfcc": 2, "phones": source})
    return fit(split, data, params, ModelParams.of({name: SMALL[name] for name in ("mlp", "ridge")}), features, states=states)


def facts_of(inverter: Inverter, folder: Path) -> dict:
    inverter.save(folder / "model.safetensors")
    return network_file.read(folder / "model.safetensors", "artinv")[0]


def test_without_phones_models_have_the_metadata_and_weights_of_the_acoustics_alone(tmp_path):
    """The share of utterances without phones has no influence on them, to the byte."""
    made, again = (fitted("none", tmp_path, without_phones=share) for share in (0.25, 0.0))
    for name, model in made.items():
        assert set(facts_of(model.inverter, tmp_path)) == FACTS
        assert set(facts_of(model.inverter, tmp_path)["features"]) == set(FeatureParams.model_fields)
        before = (tmp_path / "model.safetensors").read_bytes()
        again[name].inverter.save(tmp_path / "model.safetensors")
        assert (tmp_path / "model.safetensors").read_bytes() == before
        graph = graph_of(model.inverter)
        assert b'"evidence"' not in graph
        assert b'"source"' not in graph


def test_frames_of_another_choice_are_one_line(tmp_path):
    for source, held, values in (("labels", "none", 0), ("none", "labels", WIDTH)):
        with pytest.raises(BadData, match=f"^features.phones: is '{source}', but the normalized frames hold {values} values"):
            fitted(source, tmp_path, held)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return fitted("labels", tmp_path_factory.mktemp("states"), epochs=30)


def test_a_model_states_its_phones_in_both_files(trained, tmp_path):
    for model in trained.values():
        facts = facts_of(model.inverter, tmp_path)
        assert set(facts) == FACTS | {"evidence", "source"}
        assert (facts["evidence"], facts["source"], facts["n_in"]) == ({"phones": WIDTH}, "labels", 6 + WIDTH)
        assert "phones" not in facts["features"]
        again = Inverter.load(tmp_path / "model.safetensors")
        assert (again.source, again.acoustic_values) == ("labels", 6)
        stated = Predictor.of(graph_of(again), "toy").facts
        assert (stated.source, stated.acoustic_values, stated.recognizable) == ("labels", 6, ())
        assert stated.model_copy(update={"source": "recognized"}).recognizable == ("phones",)
        assert stated.model_copy(update={"source": ""}).recognizable == ("phones",)
    assert json.dumps(facts)


def test_dropped_evidence_changes_training_and_keeps_predictions_without_it_near_the_mean(trained, tmp_path):
    """The acoustics hold nothing here, so that the best prediction without phones is the speaker's mean, 0."""
    whole = fitted("labels", tmp_path, epochs=30, without_phones=0.0)
    _, data = material("labels")
    truth = np.concatenate([frames.motion[:, :COILS] for frames in data.valid])
    error = {}
    for name, model in (("dropped", trained), ("whole", whole)):
        for known in (True, False):
            inputs = [frames.acoustics * ([1] * 6 + [known] * WIDTH) for frames in data.valid]
            motion = np.concatenate([motion[:, :COILS] for motion in model["inverter"].inverter.predict_many(inputs)])
            error[name, known] = float(np.sqrt(np.mean((motion - truth) ** 2)))
    assert error["dropped", True] < 0.8 * error["dropped", False]
    assert error["dropped", False] < 1.1
    assert error["dropped", True] != error["whole", True]
