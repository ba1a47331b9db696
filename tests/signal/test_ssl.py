import json

import numpy as np
import pytest

from artinv.runtime.errors import BadData, BadParams
from artinv.signal.features import acoustics
from artinv.signal.ssl import _load, hidden_states
from tests.support.speech import FEATURES, changed

SMALL = {
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24, "conv_dim": (8,) * 7,
    "feat_extract_norm": "layer", "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2,
}


@pytest.fixture(scope="module", params=["hubert", "wavlm"])
def checkpoint(request, tmp_path_factory):
    transformers = pytest.importorskip("transformers", reason="the extra 'ssl' is not installed")
    import torch
    torch.manual_seed(0)
    torch.set_num_threads(1)
    config, model = {
        "hubert": (transformers.HubertConfig, transformers.HubertModel),
        "wavlm": (transformers.WavLMConfig, transformers.WavLMModel),
    }[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    model(config(**SMALL)).save_pretrained(folder)
    return folder


def params(checkpoint, **values):
    return changed(FEATURES, kind="ssl", ssl={"checkpoint": str(checkpoint), "layers": [-1], "piece": 20, **values})


def noise(seconds, seed=0):
    return (0.1 * np.random.default_rng(seed).standard_normal(round(seconds * 16000))).astype(np.float32)


@pytest.mark.parametrize("samples", [400, 719, 720, 16000, 16001, 23999])
def test_there_is_one_frame_every_10_ms(checkpoint, samples):
    states = acoustics(noise(2)[:samples], 16000, 100, params(checkpoint))
    assert states.shape == (1 + samples // 160, 16)
    assert states.dtype == np.float32
    assert np.isfinite(states).all()


def test_features_are_the_concatenated_layers_of_the_model(checkpoint):
    import torch
    from transformers import AutoModel
    sound = noise(1)
    with torch.inference_mode():
        network = AutoModel.from_pretrained(checkpoint).eval()
        layers = network(torch.from_numpy(sound)[None], output_hidden_states=True).hidden_states
    states = hidden_states(sound, 16000, 100, params(checkpoint, layers=[0, 2]).ssl)
    assert states.shape == (101, 32)
    centres = (np.arange(49) * 320 + 199.5) / 16000  # s, of the model's own frames
    at_centres = np.stack([np.interp(centres, np.arange(101) / 100, column) for column in states.T], axis=1)
    own_frames = torch.cat([layers[0][0], layers[2][0]], dim=1).numpy()
    expected = np.stack([np.interp(np.arange(101) / 100, centres, column) for column in own_frames.T], axis=1)
    np.testing.assert_allclose(states, expected, atol=1e-4)
    assert np.corrcoef(at_centres[:, :16].ravel(), own_frames[:, :16].ravel())[0, 1] > 0.9


def test_features_change_at_the_time_of_a_click(checkpoint):
    sound = np.zeros(16000, np.float32)
    silence = hidden_states(sound, 16000, 100, params(checkpoint, layers=[0]).ssl)
    sound[8000] = 1
    change = np.abs(hidden_states(sound, 16000, 100, params(checkpoint, layers=[0]).ssl) - silence).sum(axis=1)
    assert abs(np.average(np.arange(101), weights=change**2) - 50) < 2


def test_features_computed_in_pieces_are_nearly_the_same(checkpoint):
    sound = noise(4)
    whole = hidden_states(sound, 16000, 100, params(checkpoint).ssl)
    pieces = hidden_states(sound, 16000, 100, params(checkpoint, piece=1.0).ssl)
    assert whole.shape == pieces.shape
    assert not np.array_equal(whole, pieces)
    assert np.corrcoef(whole.ravel(), pieces.ravel())[0, 1] > 0.98


def test_sound_is_normalized_for_models_that_expect_unit_variance(checkpoint):
    facts = checkpoint / "preprocessor_config.json"
    facts.write_text(json.dumps({"do_normalize": True}))
    _load.cache_clear()
    quiet, loud = (hidden_states(noise(1) * np.float32(gain), 16000, 100, params(checkpoint).ssl) for gain in (0.1, 1))
    facts.unlink()
    _load.cache_clear()
    np.testing.assert_allclose(quiet, loud, atol=1e-2)


def test_messages_name_the_fault(checkpoint, tmp_path):
    with pytest.raises(BadParams, match=r"layers: \[7\] for a model with layers 0 to 2"):
        acoustics(noise(1), 16000, 100, params(checkpoint, layers=[7]))
    with pytest.raises(BadData, match="399 samples is too short for the model"):
        acoustics(noise(1)[:399], 16000, 100, params(checkpoint))
    with pytest.raises(BadParams, match="is not a folder with a config"):
        acoustics(noise(1), 16000, 100, params(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadParams, match="is not a HuBERT"):
        acoustics(noise(1), 16000, 100, params(tmp_path))
