"""Contract of all corpora, on tiny fragments in their native formats; other modules test what is special to one corpus."""

import numpy as np
import pytest

from artinv.core.records import Label, Utterance
from artinv.core.store import Reader
from artinv.core.workspace import Workspace
from artinv.data.ingest import IngestParams, ingest
from artinv.runtime.errors import BadParams
from artinv.runtime.parallel import imap
from tests.support import corpora
from tests.support.native import files_of, read_all
from tests.support.spoken import PHONES, fragment, same, spoken

pytestmark = pytest.mark.parametrize("name", corpora.spoken())


def at(utterance, times):
    """Return the coils at `times`, (times, 14) in mm, interpolated linearly."""
    own = utterance.coil_start + np.arange(len(utterance.coils)) / utterance.coil_rate
    return np.stack([np.interp(times, own, column) for column in utterance.coils.T], axis=1)


def lag(first, second):
    """Return the lag of sound `second` after sound `first` in s, at 16 kHz."""
    size = 1 << 16
    product = np.fft.irfft(np.fft.rfft(second, size) * np.conj(np.fft.rfft(first, size)))
    peak = int(product.argmax())
    return (peak if peak < size // 2 else peak - size) / 16000


def test_written_utterances_are_read_back(name, tmp_path):
    corpus = corpora.get(name)
    made = fragment(tmp_path, corpus, speakers=corpus.speakers[:2])
    got = read_all(name, tmp_path)
    assert [utterance.speaker for utterance in got] == [utterance.speaker for utterance in made]
    for before, after in zip(made, got, strict=True):
        assert after.corpus == name
        assert after.sentence == before.sentence
        assert after.text == before.text
        assert after.seconds == pytest.approx(before.seconds, abs=0.002)
        assert after.sound_rate == corpus.sound_rate
        assert after.coil_rate == pytest.approx(corpus.coil_rate, rel=0.03)
        inner = np.linspace(before.phones[1].start, before.phones[-1].start, 200)
        error = np.abs(at(after, inner) - at(before, inner))
        absent = np.isnan(before.coils).all(axis=0)
        assert np.isnan(after.coils[:, absent]).all()
        assert error[:, ~absent].max() < 0.2
        assert not np.isnan(after.coils[:, ~absent]).any()


def test_sound_is_read_back(name, tmp_path):
    corpus = corpora.get(name)
    made = fragment(tmp_path, corpus)
    for before, after in zip(made, read_all(name, tmp_path), strict=True):
        times = np.arange(len(before.sound)) / 16000
        sound = np.interp(times, np.arange(len(after.sound)) / after.sound_rate, after.sound)
        assert abs(lag(before.sound, sound)) < 0.0005
        assert np.corrcoef(sound, before.sound)[0, 1] > 0.99
        assert np.abs(sound).max() == pytest.approx(np.abs(before.sound).max(), rel=0.05)
        if after.sound_rate == before.sound_rate:
            assert np.array_equal(after.sound, before.sound)


def test_names_and_orders_are_unique(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path, corpus, count=11)
    got = read_all(name, tmp_path)
    orders = [utterance.order for utterance in got]
    assert orders == sorted(set(orders))
    assert len({utterance.id for utterance in got}) == len(got) == 11


def test_labels_are_read_back(name, tmp_path):
    corpus = corpora.get(name)
    for before, after in zip(fragment(tmp_path, corpus), read_all(name, tmp_path), strict=True):
        spoken_part = [label for label in after.phones if label.text.lower() not in ("sil", "sp", "#", "breath", "")]
        assert len(spoken_part) == len(PHONES) - 2
        for expected, label in zip(before.phones[1:-1], spoken_part, strict=True):
            assert label.start == pytest.approx(expected.start, abs=0.006)
            assert label.end == pytest.approx(expected.end, abs=0.006)
        assert after.phones[0].text.lower() in ("sil", "sp", "#")
        assert after.phones[-1].text.lower() in ("sil", "sp", "#")
        assert after.phones[0].start == 0
        assert after.phones[-1].end == pytest.approx(after.seconds, abs=0.01)
        for word, expected in zip(after.words, before.words, strict=False):
            assert word.text.lower() == expected.text
            assert word.start == pytest.approx(expected.start, abs=0.006)


def test_coils_are_in_the_unified_frame(name, tmp_path):
    corpus = corpora.get(name)
    coils = np.tile(np.arange(14, dtype=np.float32), (240, 1))
    fragment(tmp_path, corpus, coils=coils, speakers=corpus.velum[:1])
    got = read_all(name, tmp_path)[0]
    kept = 14 if corpus.velum else 12
    assert np.allclose(got.coils[:, :kept], np.arange(kept), atol=1e-5)


def test_only_lost_samples_are_nan(name, tmp_path):
    corpus = corpora.get(name)

    def lossy(number):
        utterance = spoken(corpus, number)
        utterance.coils[100:120, 4:6] = np.nan
        return utterance

    corpus.write(tmp_path, [lossy(number) for number in range(1, corpus.batch + 1)])
    after = read_all(name, tmp_path)[0]
    times = after.coil_start + np.arange(len(after.coils)) / after.coil_rate
    lost = np.isnan(after.coils[:, 4:6])
    inside = (times > 0.5) & (times < 0.595)
    assert lost[inside].all()
    assert not lost[(times < 0.495) | (times > 0.6)].any()
    assert not np.isnan(np.delete(after.coils[:, :12], [4, 5], axis=1)).any()


def test_writers_give_equal_bytes_in_one_and_in_several_processes(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path / "one", corpus, count=4 * corpus.batch)
    starts = range(0, 4 * corpus.batch, corpus.batch)
    jobs = [(name, tmp_path / "many", range(start + 1, start + corpus.batch + 1)) for start in starts]
    list(imap(_write, [*reversed(jobs), *jobs], workers=2))
    if corpus.finish:
        corpus.finish(tmp_path / "many", [spoken(corpus, number).text for number in range(1, 4 * corpus.batch + 1)])
    one, many = files_of(tmp_path / "one"), files_of(tmp_path / "many")
    assert [path.relative_to(tmp_path / "one") for path in one] == [path.relative_to(tmp_path / "many") for path in many]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(one, many, strict=True))


def _write(job):
    corpus = corpora.get(job[0])
    corpus.write(job[1], [spoken(corpus, number) for number in job[2]])


def test_reading_does_not_change_the_raw_folder(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path, corpus)
    before = [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in files_of(tmp_path)]
    read_all(name, tmp_path)
    assert before == [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in files_of(tmp_path)]


def test_ingest_stores_and_counts_all_utterances(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path / "raw" / name, corpus, speakers=corpus.speakers[:2])
    whole = read_all(name, tmp_path / "raw" / name)
    results = {}
    for workers in (1, 2):
        params, workspace = IngestParams(raw=tmp_path / "raw"), Workspace(tmp_path / f"{workers}")
        results[workers] = ingest(name, params, workspace, workers=workers)
    assert results[1] == results[2]
    for path in files_of(tmp_path / "1"):
        assert path.read_bytes() == (tmp_path / "2" / path.relative_to(tmp_path / "1")).read_bytes()
    assert results[1]["utterances"] == len(whole)
    assert results[1]["minutes"] == pytest.approx(sum(utterance.seconds for utterance in whole) / 60)
    assert results[1]["missing"] == max(0, len(corpus.speakers) - 2)
    stores = [tmp_path / "1/data/ingested" / name / f"{speaker}.npz" for speaker in corpus.speakers[:2]]
    stored = [utterance for store in stores if store.exists() for utterance in Reader(store, Utterance)]
    assert all(same(before, after) for before, after in zip(whole, stored, strict=True))


def test_facts_are_consistent(name, tmp_path):
    corpus = corpora.get(name)
    assert corpus.name == name
    assert set(corpus.velum) <= set(corpus.speakers)
    assert {speaker for speaker, _ in corpus.masked} <= set(corpus.speakers)
    assert all(isinstance(label, Label) for label in spoken(corpus, 1).phones)
    with pytest.raises(BadParams, match="unknown corpus"):
        corpora.get(f"{name}x")
