from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from artinv.core.records import PARTS
from artinv.data.dataset import Entry
from artinv.data.splits import SETTINGS, Split, SplitParams, find_speaker, split
from artinv.runtime.errors import BadData, BadParams

SPEAKERS = ("hprc/F01", "hprc/M01", "mocha/fsew0", "usc/F1")
TENTHS = (0, 0, 0, 0, 0, 0, 0, 1, 2, 2)
ENTRIES = [
    Entry(f"{speaker}/u{k:02d}", PARTS[TENTHS[k % 10]], f"{'hprc' if 'hprc' in speaker else 'timit'} {k}", 100, "real")
    for speaker in SPEAKERS for k in range(20)
]


def params(**changes):
    return SplitParams(**{"corpora": ["hprc", "mocha", "usc"], "split": "spec", "test_speaker": "F01", "valid_speakers": [],
                          "train_corpora": [], "unseen_text": False, **changes})


def rows(ids):
    found = {entry.id: entry for entry in ENTRIES}
    return [(found[id_].speaker, found[id_].part) for id_ in ids]


def test_spec_is_the_speaker_alone():
    made = split(ENTRIES, params())
    assert set(rows(made.train)) == {("hprc/F01", "train")}
    assert set(rows(made.valid)) == {("hprc/F01", "valid")}
    assert set(rows(made.test)) == {("hprc/F01", "test")}


def test_indep_is_everyone_else_against_all_of_the_speaker():
    made = split(ENTRIES, params(split="indep"))
    assert set(rows(made.train)) == {(speaker, part) for speaker in SPEAKERS[1:] for part in ("train", "test")}
    assert set(rows(made.valid)) == {(speaker, "valid") for speaker in SPEAKERS[1:]}
    assert len(made.test) == 20
    assert {speaker for speaker, _ in rows(made.test)} == {"hprc/F01"}


def test_dep_adds_the_speaker():
    made = split(ENTRIES, params(split="dep"))
    others = {(speaker, part) for speaker in SPEAKERS[1:] for part in ("train", "test")}
    assert set(rows(made.train)) == others | {("hprc/F01", "train")}
    assert set(rows(made.valid)) == {(speaker, "valid") for speaker in SPEAKERS}
    assert set(rows(made.test)) == {("hprc/F01", "test")}


def test_origin_is_told():
    assert split(ENTRIES, params(split="indep")).origin == "real"
    half = [replace(entry, origin="synthetic") if "hprc" in entry.id else entry for entry in ENTRIES]
    assert split(half, params(split="indep")).origin == "mixed"
    assert split(half, params(split="spec")).origin == "synthetic"


def test_options():
    held = split(ENTRIES, params(split="indep", valid_speakers=["M01"]))
    assert {speaker for speaker, _ in rows(held.valid)} == {"hprc/M01"}
    assert len(held.valid) == 20
    assert "hprc/M01" not in {speaker for speaker, _ in rows(held.train)}
    subset = split(ENTRIES, params(split="indep", train_corpora=["usc"]))
    assert {speaker for speaker, _ in rows(subset.train + subset.valid)} == {"usc/F1"}


def test_unseen_text_leaves_no_tested_sentence_in_training():
    made = split(ENTRIES, params(split="dep", test_speaker="fsew0", unseen_text=True))
    text = {entry.id: entry.sentence for entry in ENTRIES}
    assert not {text[id_] for id_ in made.train} & {text[id_] for id_ in made.test}
    plain = split(ENTRIES, params(split="dep", test_speaker="fsew0"))
    assert {text[id_] for id_ in plain.train} & {text[id_] for id_ in plain.test}
    assert set(made.train) < set(plain.train)


@settings(max_examples=50)
@given(st.permutations(range(80)), st.sampled_from(["spec", "dep", "indep"]), st.sampled_from(SPEAKERS))
def test_order_of_the_index_does_not_matter_and_sets_are_disjoint(order, name, speaker):
    chosen = params(split=name, test_speaker=speaker)
    made = split([ENTRIES[k] for k in order], chosen)
    assert made == split(ENTRIES, chosen)
    sets = [set(made.train), set(made.valid), set(made.test)]
    assert all(not one & other for one, other in pairwise([*sets, sets[0]]))


@settings(max_examples=50)
@example({k for k, one in enumerate(ENTRIES) if one.part != "valid"}, "indep", False)
@given(st.sets(st.integers(0, 79), min_size=40), st.sampled_from(["spec", "dep", "indep"]), st.booleans())
def test_what_is_left_stays_where_it_was_and_no_sentence_leaks(kept, name, unseen):
    """Under adding and removing; the test speaker is always there. Where nothing is left of a set, that is told."""
    chosen = params(split=name, unseen_text=unseen)
    entries = [one for k, one in enumerate(ENTRIES) if k in kept or one.speaker == "hprc/F01"]
    whole, left = split(ENTRIES, chosen), {entry.id for entry in entries}
    train, valid, test = (tuple(id_ for id_ in ids if id_ in left) for ids in (whole.train, whole.valid, whole.test))
    if not (train and valid and test):
        with pytest.raises(BadData, match=r"the (train|valid|test) set is empty"):
            split(entries, chosen)
        return
    some = split(entries, chosen)
    assert (some.train, some.valid, some.test) == (train, valid, test)
    if unseen:
        text = {entry.id: entry.sentence for entry in entries}
        assert not {text[id_] for id_ in (*some.train, *some.valid)} & {text[id_] for id_ in some.test}


@pytest.mark.parametrize(("changes", "message"), [
    ({"test_speaker": "F99"}, "unknown speaker 'F99'; expected one of"),
    ({"split": "indep", "valid_speakers": ["nobody"]}, "unknown speaker 'nobody'"),
    ({"split": "indep", "valid_speakers": ["F01"]}, "valid_speakers needs"),
    ({"split": "spec", "valid_speakers": ["M01"]}, "valid_speakers needs"),
    ({"split": "indep", "train_corpora": ["mngu0"]}, "train_corpora names"),
])
def test_refusals(changes, message):
    with pytest.raises(BadParams, match=message):
        split(ENTRIES, params(**changes))


def test_empty_and_overlapping_sets_are_refused():
    with pytest.raises(BadData, match=r"split 'spec' of hprc/F01: the valid set is empty; add recordings"):
        split([entry for entry in ENTRIES if entry.part != "valid"], params())
    with pytest.raises(BadData, match="b/a stands in both train and test"):
        Split(split="spec", test_speaker="b", unseen_text=False, origin="real", train=("b/a",), valid=("b/c",), test=("b/a",))


def test_same_name_in_two_corpora_needs_the_corpus():
    with pytest.raises(BadParams, match="stands in several corpora"):
        find_speaker("F1", ["usc/F1", "own/F1"])
    assert find_speaker("own/F1", ["usc/F1", "own/F1"]) == "own/F1"


def test_file_round_trip(tmp_path):
    made = split(ENTRIES, params(split="indep"))
    made.save(tmp_path / "split.json")
    assert Split.load(tmp_path / "split.json") == made


def test_what_is_to_be_unseen_is_not_validated_on_either():
    made = split(ENTRIES, params(split="indep", unseen_text=True))
    assert set(rows(made.test)) == {("hprc/F01", "test")}
    others = {(speaker, part) for speaker in SPEAKERS[2:] for part in ("train", "test")}
    assert set(rows(made.train)) == others | {("hprc/M01", "train")}  # who reads the same list
    tested = {entry.sentence for entry in ENTRIES if entry.id in made.test}
    assert not tested & {entry.sentence for entry in ENTRIES if entry.id in (*made.train, *made.valid)}
    assert set(rows(made.valid)) == {(speaker, "valid") for speaker in SPEAKERS[1:]}


def test_settings_say_themselves_whether_text_is_unseen():
    assert {name: choice["unseen_text"] for name, choice in SETTINGS.items()} == {
        "spec": False, "dep": False, "indep": False, "unseen": True}


def test_sentences_that_some_know_by_text_and_others_by_number_are_refused():
    """Without mocha-timit.txt, what USC-TIMIT's speakers say in test could be in train unnoticed; with numbers alone it matches."""
    numbers = {f"timit {k}": f"timit-460/{k:03d}" for k in range(20)}

    def known(*corpora):
        return [replace(one, sentence=numbers.get(one.sentence, one.sentence)) if one.id.partition("/")[0] in corpora else one
                for one in ENTRIES]

    for setting in ("dep", "indep"):
        with pytest.raises(BadData, match=r"of mocha and usc have no text, such as mocha/fsew0/u00.*put mocha-timit.txt beside"):
            split(known("mocha"), params(split=setting, test_speaker="F1", unseen_text=True))
    asked = params(split="indep", test_speaker="F1", unseen_text=True)
    assert split(known("mocha", "usc"), asked) == split(ENTRIES, asked)
    alone = params(split="spec", test_speaker="fsew0")
    assert split(known("mocha"), alone) == split(ENTRIES, alone)
