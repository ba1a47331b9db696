"""Test which sources a view of a sentence keeps, and that a model does without any of them."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.core.records import Frames
from artinv.learn.export import graph_of
from artinv.learn.inverter import Inverter
from artinv.learn.universal import SourceParams, combinations, views
from artinv.phones.evidence import KINDS, PHONES, WIDTH, joined, smoothed, split
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData, BadParams
from tests.support import inverters

WEIGHTS = {"acoustics": 1, "acoustics+phones": 3, "phones": 2}


def sources(count=2, known=0.25, weights=None):
    return SourceParams(views=count, weights=weights or WEIGHTS, known=known, blur=0)


def sentence(number=0, frames=5):
    rng = np.random.default_rng(number)
    return Frames(
        corpus="synthetic", speaker="F0000", name=f"s{number}", order=1, sentence="s", part="train", rate=50.0,
        acoustics=rng.uniform(1, 2, (frames, 3 + 2 * WIDTH)).astype(np.float32), motion=np.zeros((frames, 18), np.float32),
    )


def test_without_evidence_acoustics_remain_as_they_are():
    assert combinations(sources(), ()) == {"acoustics": 1.0}
    frames = sentence()
    assert views(frames, sources(), {"acoustics": 1.0}, ()) == [frames]


def test_a_weight_of_zero_switches_a_combination_off():
    found = combinations(sources(weights={"acoustics": 1, "acoustics+phones": 3, "phones": 0}), KINDS)
    assert found == {"acoustics": 0.25, "acoustics+phones": 0.75}
    fault = "sim2real.universal.sources: 1 combinations of sources are fewer than the 2 views; give more of them a weight above 0"
    with pytest.raises(BadParams, match=fault):
        combinations(sources(weights={"acoustics": 1}), KINDS)


def test_views_keep_acoustics_as_they_are_and_blend_the_phones():
    params = sources()
    mixture, counts, shares = combinations(params, KINDS), dict.fromkeys(WEIGHTS, 0), []
    for number in range(400):
        original = sentence(number)
        parts = split(original.acoustics, KINDS)
        kept = []
        for view in views(original, params, mixture, KINDS):
            acoustics, phones = view.acoustics[:, :3], view.acoustics[:, 3:]
            assert phones.shape[1] == WIDTH
            assert np.array_equal(acoustics, parts["acoustics"] * acoustics.any())
            if phones.any():
                difference = parts["timed"] - parts["recognized"]
                share = float(((phones - parts["recognized"]) * difference).sum() / np.square(difference).sum())
                assert np.allclose(phones, share * parts["timed"] + (1 - share) * parts["recognized"], atol=1e-5)
                shares.append(share)
            kept.append("+".join(name for name, values in (("acoustics", acoustics), ("phones", phones)) if values.any()))
            counts[kept[-1]] += 1
        assert kept[0] != kept[1]
    assert counts["acoustics"] < counts["phones"] < counts["acoustics+phones"]
    known = np.isclose(shares, 1, atol=1e-4)
    assert abs(known.mean() - params.known) < 0.06
    assert np.abs(np.quantile(np.array(shares)[~known], [0.25, 0.5, 0.75]) - [0.25, 0.5, 0.75]).max() < 0.08


def test_views_of_a_single_kind_are_that_kind():
    frames = replace(sentence(), acoustics=sentence().acoustics[:, : 3 + WIDTH])
    mixture = combinations(sources(1, weights={"acoustics+phones": 1}), ("timed",))
    (view,) = views(frames, sources(1), mixture, ("timed",))
    assert np.allclose(view.acoustics, frames.acoustics, atol=1e-6)


def test_phones_are_smoothed_at_random():
    mixture = combinations(sources(1, 1.0, {"phones": 1}), KINDS)
    params = sources(1, 1.0).model_copy(update={"blur": 3})
    seen = set()
    for number in range(60):
        original = sentence(number, 9)
        (view,) = views(original, params, mixture, KINDS)
        timed = split(original.acoustics, KINDS)["timed"]
        matching = [reach for reach in range(4) if np.allclose(view.acoustics[:, 3:], smoothed(timed, reach), atol=1e-5)]
        assert len(matching) == 1
        seen.add(matching[0])
    assert seen == {0, 1, 2, 3}
    impulse = np.zeros((9, 1), np.float32)
    impulse[4] = 1
    assert np.allclose(smoothed(impulse, 1)[3:6, 0], [0.25, 0.5, 0.25])
    assert np.allclose(smoothed(np.ones((9, 2), np.float32), 3), 1)


def test_views_are_the_same_in_every_run():
    mixture = combinations(sources(), KINDS)
    first, second = (views(sentence(4), sources(), mixture, KINDS) for _ in range(2))
    assert [view.name for view in first] == [view.name for view in second]
    assert len({view.name for view in first}) == 2
    assert all(np.array_equal(one.acoustics, other.acoustics) for one, other in zip(first, second, strict=True))


def test_a_model_states_its_evidence_in_both_files_and_others_stay_as_they_were(tmp_path):
    with_phones, without = inverters.inverter(phones=True), inverters.inverter()
    for model in (with_phones, without):
        model.save(tmp_path / "model.safetensors")
        again = Inverter.load(tmp_path / "model.safetensors")
        graph = graph_of(again)
        assert again.evidence == Predictor.of(graph, "toy").facts.evidence == model.evidence
        assert (b"evidence" in graph) == bool(model.evidence)
        assert (b"evidence" in (tmp_path / "model.safetensors").read_bytes()) == bool(model.evidence)
    assert Predictor.of(graph_of(with_phones), "toy").facts.acoustic_values == with_phones.n_in - WIDTH


def test_no_evidence_equals_zeros():
    model = inverters.inverter(phones=True)
    acoustics = np.random.default_rng(0).standard_normal((30, model.n_in - WIDTH)).astype(np.float32)
    alone = model.predict(joined(acoustics, None))
    assert np.array_equal(alone, model.predict(np.hstack([acoustics, np.zeros((30, WIDTH), np.float32)])))
    assert not np.allclose(alone, model.predict(joined(acoustics, np.ones((30, WIDTH), np.float32))))


def test_evidence_that_leaves_no_acoustics_is_refused(tmp_path):
    model = inverters.inverter()
    replace(model, evidence={PHONES: model.n_in}).save(tmp_path / "model.safetensors")
    with pytest.raises(BadData, match="evidence leaves no acoustic values"):
        Inverter.load(tmp_path / "model.safetensors")
