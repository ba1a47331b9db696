from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from artinv.core.records import PARTS
from artinv.data.partition import part_of, part_of_sentence
from tests.support.toys import utterance


def test_shares_are_70_10_20():
    counts = Counter(part_of_sentence(f"sentence {k}") for k in range(20000))
    assert abs(counts["train"] - 14000) < 200
    assert abs(counts["valid"] - 2000) < 130
    assert abs(counts["test"] - 4000) < 180


def test_pinned():
    """These must never change: every published number would."""
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
def test_nothing_moves_when_others_come_and_go(numbers, data):
    sentences = [f"sentence {number}" for number in numbers]
    before = {text: part_of_sentence(text) for text in sentences}
    fewer = data.draw(st.permutations(sentences))[:len(sentences) // 2]
    assert {text: part_of_sentence(text) for text in fewer} == {text: before[text] for text in fewer}
    assert set(before.values()) <= set(PARTS)


def test_takes_rates_speakers_and_corpora_share_a_part():
    for number in range(30):
        parts = {
            part_of(utterance(speaker, take, 0.1, corpus=corpus, name=f"{take}", sentence=f"s {number}", part=""))
            for speaker, take, corpus in (("F01", 1, "hprc"), ("F01", 2, "hprc"), ("M02", 7, "hprc"), ("fsew0", 1, "mocha"))
        }
        assert len(parts) == 1


def test_the_official_part_wins():
    assert [part_of(utterance(part=part, sentence="one")) for part in PARTS] == list(PARTS)
