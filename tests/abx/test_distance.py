"""Distances, cells and averages, compared with plain loops and with known results."""

import numpy as np
import pandas as pd
import pytest

from artinv.abx.distance import Bag, angles, between, warp
from artinv.abx.score import KEYS, SpeakerTokens, average, cells, compare
from tests.support import abx_by_hand


def tokens(number, seed, longest=9):
    """Return `number` tokens of random frames."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((length, 4)) for length in rng.integers(1, longest + 1, number)]


def side(speaker, phones, frames, *, velum=False, contexts=None):
    contexts = contexts or ["any"] * len(phones)
    return SpeakerTokens(speaker=speaker, phones=np.array(phones), contexts=np.array(contexts), velum=velum,
                bags={"sound": Bag.of(frames)}, columns={"sound": np.ones(frames[0].shape[1], bool)})


def apart(left, right):
    return between(Bag.of(left), Bag.of(right), np.arange(len(left)), np.arange(len(right)))


@pytest.mark.parametrize("longest", [1, 4, 9])
def test_distances_agree_with_a_backtracked_path(longest):
    left, right = tokens(70, 1, longest), tokens(66, 2, longest)
    assert np.allclose(apart(left, right), abx_by_hand.between(left, right), atol=2e-6)


def test_equal_paths_are_chosen_in_a_fixed_order():
    rng = np.random.default_rng(2)
    near = rng.integers(0, 3, (7, 8, 600)).astype(np.float32)  # whole numbers: equal costs are frequent and exact
    rows, columns = rng.integers(1, 8, 600), rng.integers(1, 9, 600)
    slow = [abx_by_hand.distance(near[:n, :m, k].tolist()) for k, (n, m) in enumerate(zip(rows, columns, strict=True))]
    assert np.allclose(warp(near, rows, columns), slow, atol=1e-6)


def test_tile_size_does_not_change_distances(monkeypatch):
    left, right = tokens(20, 3, 30), tokens(20, 4, 30)
    expected = apart(left, right)
    monkeypatch.setattr("artinv.abx.distance._LONGEST", 500)
    assert np.array_equal(apart(left, right), expected)


def test_distances_of_chosen_tokens():
    left, right = tokens(12, 5), tokens(15, 6)
    rows, columns = np.array([7, 0, 3]), np.array([14, 2])
    assert np.array_equal(between(Bag.of(left), Bag.of(right), rows, columns), apart(left, right)[np.ix_(rows, columns)])


def test_angles_of_known_directions():
    directions = np.array([[1.0, 0], [0, 1], [-1, 0], [np.sqrt(0.5), np.sqrt(0.5)]])
    assert np.allclose(angles(directions[:1], directions)[0], [0, 0.5, 1, 0.25], atol=1e-7)


def test_repeating_frames_or_scaling_a_token_gives_distance_zero():
    token = tokens(1, 7, 9)[0]
    assert apart([token], [np.repeat(token, 3, axis=0), 5 * token]).tolist() == [[0, 0]]


def test_a_frame_of_zeros_has_distance_one_half_to_any_frame():
    token = tokens(1, 8, 4)[0]
    assert apart([0 * token], [token])[0, 0] == pytest.approx(0.5)


def test_distances_are_symmetric():
    left, right = tokens(70, 9, 20), tokens(80, 10, 20)
    assert np.allclose(apart(left, right), apart(right, left).T, atol=1e-6)


@pytest.mark.parametrize("same", [True, False])
def test_cells_agree_with_counted_triples(same):
    rng = np.random.default_rng(11)
    phones = rng.choice(list("aaabbcd"), 24)
    x_phones = phones if same else rng.choice(list("abce"), 17)
    near = rng.integers(0, 6, (24, len(x_phones)))  # many ties
    near = near + near.T if same else near
    fast = {(a, b): (error, triples) for a, b, error, triples in cells(near, phones, x_phones, same=same)}
    slow = abx_by_hand.cells(near.tolist(), phones.tolist(), x_phones.tolist(), same)
    assert fast.keys() == slow.keys()
    assert all(fast[pair] == pytest.approx(slow[pair]) for pair in slow)


def test_a_phone_with_one_token_is_never_x_within_a_speaker():
    assert {cell[0] for cell in cells(np.zeros((3, 3)), np.array(["a", "a", "b"]), np.array(["a", "a", "b"]), same=True)} == {"a"}


def mean(*sides):
    """Return the error in percent: within one side, or across two."""
    return 100 * average(compare((sides[0], sides[-1]))).loc["sound"].iloc[0]


@pytest.mark.parametrize("across", [False, True])
def test_phones_without_variation_are_never_confused(across):
    book = np.random.default_rng(12).standard_normal((3, 5, 4))
    frames = [np.repeat(book[k % 3], 1 + k % 2, axis=0) for k in range(18)]
    first, second = (side(speaker, list("abc") * 6, frames) for speaker in ("u/A", "u/B"))
    assert mean(first, second if across else first) == 0


@pytest.mark.parametrize("across", [False, True])
def test_equal_frames_for_all_phones_give_chance_level(across):
    frames = [np.tile([[0.3, -1.7, 0.2, 0.9]], (1 + k % 4, 1)) for k in range(18)]
    first, second = (side(speaker, list("abc") * 6, frames) for speaker in ("u/A", "u/B"))
    assert mean(first, second if across else first) == 50


@pytest.mark.parametrize("across", [False, True])
def test_random_frames_give_chance_level(across):
    first, second = (side(f"u/{seed}", list("abcd") * 60, tokens(240, seed)) for seed in (13, 14))
    assert mean(first, second if across else first) == pytest.approx(50, abs=1.5)


def test_phones_of_different_direction_are_distinguished_and_of_equal_direction_are_not():
    rng = np.random.default_rng(15)
    book = {"a": [1, 0, 0, 0], "b": [0, 1, 0, 0], "c": [0, 1, 0, 0]}
    phones = list("abc") * 30
    table = compare((side("u/A", phones, [np.array(book[p]) + 0.05 * rng.standard_normal((4, 4)) for p in phones]),) * 2)
    error = table.set_index(["a", "b"])["error"]
    assert [error["a", "b"], error["b", "a"], error["a", "c"]] == [0, 0, 0]
    assert [error["b", "c"], error["c", "b"]] == pytest.approx([0.5, 0.5], abs=0.08)


def test_two_speakers_are_compared_in_both_directions():
    first, second = side("u/A", list("aabb"), tokens(4, 16)), side("u/B", list("ab"), tokens(2, 17))
    table = compare((first, second))
    assert set(zip(table["speaker"], table["x_speaker"], strict=True)) == {("u/A", "u/B"), ("u/B", "u/A")}
    assert set(table["mode"]) == {"across"}
    swapped = compare((second, first))
    columns = ["speaker", "x_speaker", "a", "b"]
    assert np.allclose(table.sort_values(columns)["error"], swapped.sort_values(columns)["error"])


def test_only_values_present_on_both_sides_are_compared():
    frames, noise = tokens(8, 18), np.random.default_rng(19)
    phones, has = list("abababab"), np.array([True, True, True, False])

    def without_last_value(last):
        spoiled = [np.column_stack([token[:, :3], np.full(len(token), last)]) for token in frames]
        return SpeakerTokens(speaker="u/A", phones=np.array(phones), contexts=np.array(["any"] * 8), velum=False,
                    bags={"sound": Bag.of(spoiled)}, columns={"sound": has})

    whole = side("u/B", phones, [token + 0.1 * noise.standard_normal(token.shape) for token in frames])
    assert np.array_equal(compare((without_last_value(0.0), whole))["error"], compare((without_last_value(9.0), whole))["error"])


def test_only_equal_contexts_are_compared():
    frames = tokens(12, 20)
    phones, contexts = list("aabb") * 3, ["t k"] * 4 + ["s k"] * 4 + ["p p", "p q", "p r", "p s"]
    table = compare((side("u/A", phones, frames, contexts=contexts),) * 2)
    assert set(table["context"]) == {"t k", "s k"}
    alone = compare((side("u/A", phones[:4], frames[:4], contexts=contexts[:4]),) * 2)
    assert np.array_equal(table[table["context"] == "t k"]["error"], alone["error"])


def test_a_table_without_cells_can_be_concatenated():
    empty = compare((side("u/A", ["a", "b"], tokens(2, 21)),) * 2)
    some = compare((side("u/B", list("aabb"), tokens(4, 22)),) * 2)
    joined = pd.concat([empty, some])
    assert len(empty) == 0
    assert joined.dtypes.to_dict() == some.dtypes.to_dict()
    assert len(joined[joined["shown"]]) == len(some)


def test_contexts_speakers_and_phone_pairs_are_weighted_equally():
    """The example of fastabx's documentation, with mean 0.75 over contexts, then speakers; and a second phone pair."""
    rows = [("s1", "c1", "a", "b", 0.0, 100), ("s1", "c2", "a", "b", 1.0, 1), ("s2", "c1", "a", "b", 1.0, 1),
            ("s1", "c1", "b", "a", 0.25, 7)]
    table = pd.DataFrame(rows, columns=["speaker", "context", "a", "b", "error", "triples"])
    table = table.assign(representation="sound", mode="within", x_speaker=table["speaker"])
    assert set(KEYS) <= set(table)
    assert average(table)["sound", "within"] == pytest.approx((0.75 + 0.25) / 2)


def test_a_speaker_of_a_and_b_counts_once_for_any_number_of_speakers_of_x():
    rows = [("s1", "s2", "c1", 0.0), ("s1", "s2", "c2", 0.0), ("s1", "s3", "c1", 0.6), ("s2", "s1", "c1", 1.0)]
    table = pd.DataFrame(rows, columns=["speaker", "x_speaker", "context", "error"])
    table = table.assign(representation="sound", mode="across", a="a", b="b")
    assert average(table)["sound", "across"] == pytest.approx((0.2 + 1.0) / 2)


@pytest.mark.parametrize("velum", [False, True])
def test_contrasts_that_coils_cannot_show(velum):
    phones = ["s", "z", "m", "b", "aa"] * 2
    first = side("u/A", phones, tokens(10, 23), velum=velum)
    table = compare((first, first))
    hidden = {frozenset(pair) for pair in table[~table["shown"]][["a", "b"]].itertuples(index=False)}
    assert hidden == {frozenset(("s", "z"))} | (set() if velum else {frozenset(("m", "b"))})
    across = compare((first, side("u/B", phones, tokens(10, 24), velum=False)))
    assert frozenset(("m", "b")) in {frozenset(pair) for pair in across[~across["shown"]][["a", "b"]].itertuples(index=False)}
