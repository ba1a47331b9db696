"""Test which sources a view of a sentence keeps, and that a model does without any of them."""

from types import SimpleNamespace

import numpy as np
import pytest

from artinv.core.records import Frames
from artinv.learn.export import graph_of
from artinv.learn.inverter import Inverter
from artinv.learn.universal import SourceParams, combinations, views
from artinv.phones.evidence import KINDS, WIDTH, joined
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData, BadParams
from tests.support import inverters

WEIGHTS = {"acoustics": 1, "acoustics+recognized": 2, "recognized": 3, "acoustics+timed": 4, "timed": 0}


def sentence(number=0, frames=5):
    rng = np.random.default_rng(number)
    return Frames(
        corpus="synthetic", speaker="F0000", name=f"s{number}", order=1, sentence="s", part="train", rate=50.0,
        acoustics=rng.uniform(1, 2, (frames, 3 + 2 * WIDTH)).astype(np.float32), motion=np.zeros((frames, 18), np.float32),
    )


def test_a_combination_of_absent_evidence_is_left_out():
    params = SourceParams(views=1, weights=WEIGHTS)
    assert combinations(params, ()) == {frozenset(["acoustics"]): 1.0}
    only_timed = combinations(params, ("timed",))
    assert only_timed == {frozenset(["acoustics"]): 0.2, frozenset(["acoustics", "timed"]): 0.8}
    assert len(combinations(params, KINDS)) == 4  # a weight of 0 switches a combination off


@pytest.mark.parametrize(("weights", "count", "message"), [
    ({"acoustics+word": 1}, 1, "sim2real.universal.sources.weights: unknown source 'word'; expected one of"),
    ({"recognized": 1}, 1, "sim2real.universal.sources: 0 combinations of acoustics, timed are fewer than the 1 views; add some"),
    ({"acoustics": 1}, 2, "sim2real.universal.sources: 1 combinations of acoustics, timed are fewer than the 2 views; add some"),
])
def test_combinations_that_cannot_be_drawn_are_refused(weights, count, message):
    with pytest.raises(BadParams, match=message):
        combinations(SourceParams(views=count, weights=weights), ("timed",))


def test_views_keep_whole_sources_and_leave_the_others_zero():
    mixture = combinations(SourceParams(views=2, weights=WEIGHTS), KINDS)
    counts = dict.fromkeys(mixture, 0)
    columns = {"acoustics": slice(0, 3), "recognized": slice(3, 3 + WIDTH), "timed": slice(3 + WIDTH, None)}
    for number in range(300):
        original = sentence(number)
        shown = views(original, 2, mixture, KINDS)
        kept = []
        for view in shown:
            present = frozenset(source for source, at in columns.items() if view.acoustics[:, at].any())
            for source, at in columns.items():
                expected = original.acoustics[:, at] * (source in present)
                assert np.array_equal(view.acoustics[:, at], expected)
            kept.append(present)
            counts[present] += 1
        assert kept[0] != kept[1]
        assert len({view.name for view in shown}) == 2
    assert min(counts.values()) > 30
    assert counts[frozenset(["acoustics", "timed"])] > counts[frozenset(["acoustics"])]


def test_views_are_the_same_in_every_run():
    mixture = combinations(SourceParams(views=2, weights=WEIGHTS), KINDS)
    first, second = (views(sentence(4), 2, mixture, KINDS) for _ in range(2))
    assert [view.name for view in first] == [view.name for view in second]


def test_a_model_states_its_evidence_in_both_files_and_others_stay_as_they_were(tmp_path):
    with_evidence, without = inverters.inverter(evidence=KINDS), inverters.inverter()
    for model in (with_evidence, without):
        model.save(tmp_path / "model.safetensors")
        again = Inverter.load(tmp_path / "model.safetensors")
        graph = graph_of(again)
        assert again.evidence == Predictor.of(graph, "toy").facts.evidence == model.evidence
        assert (b"evidence" in graph) == bool(model.evidence)
        assert (b"evidence" in (tmp_path / "model.safetensors").read_bytes()) == bool(model.evidence)
    assert Predictor.of(graph_of(with_evidence), "toy").facts.acoustic_values == with_evidence.n_in - 2 * WIDTH


def test_no_evidence_equals_zeros():
    model = inverters.inverter(evidence=KINDS)
    acoustics = np.random.default_rng(0).standard_normal((30, model.n_in - 2 * WIDTH)).astype(np.float32)
    zeros = np.zeros((30, 2 * WIDTH), np.float32)
    alone = model.predict(joined(acoustics, dict.fromkeys(KINDS)))
    assert np.array_equal(alone, model.predict(np.hstack([acoustics, zeros])))
    timed = joined(acoustics, {"recognized": None, "timed": np.ones((30, WIDTH), np.float32)})
    assert not np.allclose(alone, model.predict(timed))


def test_evidence_that_leaves_no_acoustics_is_refused():
    model = SimpleNamespace(**{name: getattr(inverters.inverter(), name) for name in Inverter.__dataclass_fields__}, step=1)
    model.evidence = {"timed": model.n_in}
    with pytest.raises((BadData, BadParams), match="evidence leaves no acoustic values"):
        graph_of(model)
