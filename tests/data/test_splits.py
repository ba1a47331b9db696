from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from artinv.core.records import PARTS
from artinv.core.ids import SpeakerId, UtteranceId
from artinv.data.dataset import Entry
from artinv.data.splits import SETTINGS, PoolParams, Split, SplitParams, find_speaker, fold_choice, split
from artinv.runtime.errors import BadData, BadParams

SPEAKERS = ("hprc/F01", "hprc/M01", "mocha/fsew0", "usc/F1")
TENTHS = (0, 0, 0, 0, 0, 0, 0, 1, 2, 2)
ENTRIES = [
    Entry(UtteranceId(f"{speaker}/u{k:02d}"), PARTS[TENTHS[k % 10]], f"{'hprc' if 'hprc' in speaker else 'timit'} {k}", 100, "real")
    for speaker in SPEAKERS for k in range(20)
]


def params(**changes):
    return SplitParams(**{"corpora": ["hprc", "mocha", "usc"], "split": "spec", "test_speaker": "F01", "valid_speakers": [],
                          "train_corpora": [], "unseen_text": False, **changes})


def speakers_and_parts(ids):
    entries = {entry.id: entry for entry in ENTRIES}
    return [(entries[id_].speaker, entries[id_].part) for id_ in ids]


def test_spec_uses_only_the_test_speaker():
    result = split(ENTRIES, params())
    assert set(speakers_and_parts(result.train)) == {("hprc/F01", "train")}
    assert set(speakers_and_parts(result.valid)) == {("hprc/F01", "valid")}
    assert set(speakers_and_parts(result.test)) == {("hprc/F01", "test")}


def test_indep_trains_on_the_other_speakers_and_tests_on_all_of_the_test_speaker():
    result = split(ENTRIES, params(split="indep"))
    assert set(speakers_and_parts(result.train)) == {(speaker, part) for speaker in SPEAKERS[1:] for part in ("train", "test")}
    assert set(speakers_and_parts(result.valid)) == {(speaker, "valid") for speaker in SPEAKERS[1:]}
    assert len(result.test) == 20
    assert {speaker for speaker, _ in speakers_and_parts(result.test)} == {"hprc/F01"}


def test_dep_also_trains_on_the_test_speaker():
    result = split(ENTRIES, params(split="dep"))
    others = {(speaker, part) for speaker in SPEAKERS[1:] for part in ("train", "test")}
    assert set(speakers_and_parts(result.train)) == others | {("hprc/F01", "train")}
    assert set(speakers_and_parts(result.valid)) == {(speaker, "valid") for speaker in SPEAKERS}
    assert set(speakers_and_parts(result.test)) == {("hprc/F01", "test")}


def test_a_split_records_the_origin_of_its_data():
    assert split(ENTRIES, params(split="indep")).origin == "real"
    half = [replace(entry, origin="synthetic") if "hprc" in entry.id else entry for entry in ENTRIES]
    assert split(half, params(split="indep")).origin == "mixed"
    assert split(half, params(split="spec")).origin == "synthetic"


def test_valid_speakers_are_held_out_and_train_corpora_restrict_training():
    held = split(ENTRIES, params(split="indep", valid_speakers=["M01"]))
    assert {speaker for speaker, _ in speakers_and_parts(held.valid)} == {"hprc/M01"}
    assert len(held.valid) == 20
    assert "hprc/M01" not in {speaker for speaker, _ in speakers_and_parts(held.train)}
    subset = split(ENTRIES, params(split="indep", train_corpora=["usc"]))
    assert {speaker for speaker, _ in speakers_and_parts(subset.train + subset.valid)} == {"usc/F1"}


def test_unseen_text_removes_test_sentences_from_training():
    result = split(ENTRIES, params(split="dep", test_speaker="fsew0", unseen_text=True))
    text = {entry.id: entry.sentence for entry in ENTRIES}
    assert not {text[id_] for id_ in result.train} & {text[id_] for id_ in result.test}
    plain = split(ENTRIES, params(split="dep", test_speaker="fsew0"))
    assert {text[id_] for id_ in plain.train} & {text[id_] for id_ in plain.test}
    assert set(result.train) < set(plain.train)


@settings(max_examples=50)
@given(st.permutations(range(80)), st.sampled_from(["spec", "dep", "indep"]), st.sampled_from(SPEAKERS))
def test_the_split_does_not_depend_on_the_order_of_the_index_and_sets_are_disjoint(order, name, speaker):
    chosen = params(split=name, test_speaker=speaker)
    result = split([ENTRIES[k] for k in order], chosen)
    assert result == split(ENTRIES, chosen)
    sets = [set(result.train), set(result.valid), set(result.test)]
    assert all(not first & second for first, second in pairwise([*sets, sets[0]]))


@settings(max_examples=50)
@example({k for k, entry in enumerate(ENTRIES) if entry.part != "valid"}, "indep", False)
@given(st.sets(st.integers(0, 79), min_size=40), st.sampled_from(["spec", "dep", "indep"]), st.booleans())
def test_removing_utterances_moves_no_other_utterance_and_leaks_no_sentence(kept, name, unseen):
    """The test speaker keeps all utterances; an empty set is an error."""
    chosen = params(split=name, unseen_text=unseen)
    entries = [entry for k, entry in enumerate(ENTRIES) if k in kept or entry.speaker == "hprc/F01"]
    complete, ids_kept = split(ENTRIES, chosen), {entry.id for entry in entries}
    train, valid, test = (tuple(id_ for id_ in ids if id_ in ids_kept) for ids in (complete.train, complete.valid, complete.test))
    if not (train and valid and test):
        with pytest.raises(BadData, match=r"the (train|valid|test) set is empty"):
            split(entries, chosen)
        return
    reduced = split(entries, chosen)
    assert (reduced.train, reduced.valid, reduced.test) == (train, valid, test)
    if unseen:
        text = {entry.id: entry.sentence for entry in entries}
        assert not {text[id_] for id_ in (*reduced.train, *reduced.valid)} & {text[id_] for id_ in reduced.test}


@pytest.mark.parametrize(("changes", "message"), [
    ({"test_speaker": "F99"}, "unknown speaker 'F99'; expected one of"),
    ({"split": "indep", "valid_speakers": ["nobody"]}, "unknown speaker 'nobody'"),
    ({"split": "indep", "valid_speakers": ["F01"]}, "valid_speakers needs"),
    ({"split": "spec", "valid_speakers": ["M01"]}, "valid_speakers needs"),
    ({"split": "indep", "train_corpora": ["mngu0"]}, "train_corpora names"),
])
def test_impossible_choices_are_rejected(changes, message):
    with pytest.raises(BadParams, match=message):
        split(ENTRIES, params(**changes))


def test_empty_and_overlapping_sets_are_rejected():
    with pytest.raises(BadData, match=r"split 'spec' of hprc/F01: the valid set is empty; add recordings"):
        split([entry for entry in ENTRIES if entry.part != "valid"], params())
    with pytest.raises(BadData, match="b/a is in both train and test"):
        Split(split="spec", test_speaker="b", unseen_text=False, origin="real", train=("b/a",), valid=("b/c",), test=("b/a",))


def test_a_speaker_name_in_two_corpora_needs_the_corpus():
    speakers = [SpeakerId("usc/F1"), SpeakerId("own/F1")]
    with pytest.raises(BadParams, match="is in several corpora"):
        find_speaker("F1", speakers)
    assert find_speaker("own/F1", speakers) == "own/F1"


def test_a_split_is_read_from_a_file_unchanged(tmp_path):
    result = split(ENTRIES, params(split="indep"))
    result.save(tmp_path / "split.json")
    assert Split.load(tmp_path / "split.json") == result


def test_unseen_text_removes_test_sentences_from_validation_too():
    result = split(ENTRIES, params(split="indep", unseen_text=True))
    assert set(speakers_and_parts(result.test)) == {("hprc/F01", "test")}
    others = {(speaker, part) for speaker in SPEAKERS[2:] for part in ("train", "test")}
    assert set(speakers_and_parts(result.train)) == others | {("hprc/M01", "train")}  # M01 reads the same list
    tested = {entry.sentence for entry in ENTRIES if entry.id in result.test}
    assert not tested & {entry.sentence for entry in ENTRIES if entry.id in (*result.train, *result.valid)}
    assert set(speakers_and_parts(result.valid)) == {(speaker, "valid") for speaker in SPEAKERS[1:]}


def test_only_the_setting_unseen_sets_unseen_text():
    assert {name: setting.unseen_text for name, setting in SETTINGS.items()} == {
        "spec": False, "dep": False, "indep": False, "unseen": True}


def test_a_reading_list_partly_known_by_text_and_partly_by_number_is_rejected():
    """Without mocha-timit.txt, test sentences of USC-TIMIT could be in train unnoticed; with numbers alone they match."""
    numbers = {f"timit {k}": f"timit-460/{k:03d}" for k in range(20)}

    def numbered(*corpora):
        return [replace(entry, sentence=numbers.get(entry.sentence, entry.sentence)) if entry.id.partition("/")[0] in corpora
                else entry for entry in ENTRIES]

    for setting in ("dep", "indep"):
        with pytest.raises(BadData, match=r"of mocha and usc have no text, such as mocha/fsew0/u00.*put mocha-timit.txt beside"):
            split(numbered("mocha"), params(split=setting, test_speaker="F1", unseen_text=True))
    unseen = params(split="indep", test_speaker="F1", unseen_text=True)
    assert split(numbered("mocha", "usc"), unseen) == split(ENTRIES, unseen)
    alone = params(split="spec", test_speaker="fsew0")
    assert split(numbered("mocha"), alone) == split(ENTRIES, alone)


@pytest.mark.parametrize(("setting", "kind", "unseen"), [
    ("spec", "spec", False), ("dep", "dep", False), ("indep", "indep", False), ("unseen", "indep", True),
])
def test_a_fold_has_the_pool_of_the_user_and_the_sentences_of_its_setting(setting, kind, unseen):
    for chosen in (False, True):
        pool = PoolParams(corpora=["hprc"], valid_speakers=["M01"], train_corpora=["hprc"], unseen_text=chosen)
        assert fold_choice(pool, setting, "F02") == params(
            corpora=["hprc"], valid_speakers=["M01"], train_corpora=["hprc"], split=kind, unseen_text=unseen, test_speaker="F02")
