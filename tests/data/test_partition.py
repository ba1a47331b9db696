from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from artinv.core.records import PARTS
from artinv.data.partition import part_of, part_of_sentence
from tests.support.toys import utterance


def test_the_parts_are_70_10_and_20_percent():
    counts = Counter(part_of_sentence(f"sentence {k}") for k in range(20000))
    assert abs(counts["train"] - 14000) < 200
    assert abs(counts["valid"] - 2000) < 130
    assert abs(counts["test"] - 4000) < 180


def test_the_parts_of_these_sentences_never_change():
    """A change would change every published number."""
    pinned = {
        "this was easy for us": "train",
        "is this seesaw safe": "train",
        "jane may earn more money by working hard": "valid",
        "003": "valid",
        "bright sunshine shimmers on the ocean": "test",
        "007": "test",
    }
    assert {text: part_of_sentence(text) for text in pinned} == pinned


@settings(max_examples=50)
@given(st.sets(st.integers(0, 999), min_size=1), st.data())
def test_the_part_of_a_sentence_does_not_depend_on_other_sentences(numbers, data):
    sentences = [f"sentence {number}" for number in numbers]
    before = {text: part_of_sentence(text) for text in sentences}
    fewer = data.draw(st.permutations(sentences))[:len(sentences) // 2]
    assert {text: part_of_sentence(text) for text in fewer} == {text: before[text] for text in fewer}
    assert set(before.values()) <= set(PARTS)


def test_all_takes_speakers_and_corpora_of_a_sentence_share_a_part():
    for number in range(30):
        parts = {
            part_of(utterance(speaker, take, 0.1, corpus=corpus, name=f"{take}", sentence=f"s {number}", part=""))
            for speaker, take, corpus in (("F01", 1, "hprc"), ("F01", 2, "hprc"), ("M02", 7, "hprc"), ("fsew0", 1, "mocha"))
        }
        assert len(parts) == 1


def test_the_official_part_has_priority():
    assert [part_of(utterance(part=part, sentence="one")) for part in PARTS] == list(PARTS)
