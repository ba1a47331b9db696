"""One contract over all corpora, on tiny fragments in their native formats; what only one of them has is in test_corpus_*.py."""

import shutil
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from artinv import corpora
from artinv.errors import BadData, BadParams
from artinv.ingest import IngestParams, ingest
from artinv.parallel import imap
from artinv.store import Reader
from artinv.utterance import Label, Utterance
from tests.spoken import PHONES, spoken

pytestmark = pytest.mark.parametrize("name", corpora.spoken())
LABEL_FILES = (".lab", ".trans")


def fragment(root, corpus, count=None, speakers=None, **changes):
    """Write so many utterances of each speaker, or two native files of the first; returns them."""
    count = count or 2 * corpus.batch
    made = []
    for speaker in speakers or corpus.speakers[:1]:
        utterances = [spoken(corpus, number, speaker, **changes) for number in range(1, count + 1)]
        for start in range(0, count, corpus.batch):
            corpus.write(root, utterances[start:start + corpus.batch])
        made += utterances
    if corpus.finish:
        corpus.finish(root, [utterance.text for utterance in made[:count]])
    return made


def read_all(corpus, root):
    return [utterance for source in corpus.find(root).sources for utterance in corpus.read(source)]


def files_of(root):
    return sorted(path for path in Path(root).rglob("*") if path.is_file())


def same(one, two):
    for field in fields(Utterance):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if not (np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b):
            return False
    return True


def at(utterance, times):
    """(times, 14) mm, linear between samples."""
    own = utterance.coil_start + np.arange(len(utterance.coils)) / utterance.coil_rate
    return np.stack([np.interp(times, own, column) for column in utterance.coils.T], axis=1)


def lag(one, two):
    """Seconds by which sound two is late, at 16 kHz."""
    size = 1 << 16
    product = np.fft.irfft(np.fft.rfft(two, size) * np.conj(np.fft.rfft(one, size)))
    peak = int(product.argmax())
    return (peak if peak < size // 2 else peak - size) / 16000


def test_what_is_written_is_read(name, tmp_path):
    corpus = corpora.get(name)
    made = fragment(tmp_path, corpus, speakers=corpus.speakers[:2])
    got = read_all(corpus, tmp_path)
    assert [one.speaker for one in got] == [one.speaker for one in made]
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


def test_sound_survives(name, tmp_path):
    corpus = corpora.get(name)
    made = fragment(tmp_path, corpus)
    for before, after in zip(made, read_all(corpus, tmp_path), strict=True):
        times = np.arange(len(before.sound)) / 16000
        heard = np.interp(times, np.arange(len(after.sound)) / after.sound_rate, after.sound)
        assert abs(lag(before.sound, heard)) < 0.0005
        assert np.corrcoef(heard, before.sound)[0, 1] > 0.99
        assert np.abs(heard).max() == pytest.approx(np.abs(before.sound).max(), rel=0.05)
        if after.sound_rate == before.sound_rate:
            assert np.array_equal(after.sound, before.sound)


def test_order_and_names(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path, corpus, count=11)
    got = read_all(corpus, tmp_path)
    orders = [one.order for one in got]
    assert orders == sorted(set(orders))
    assert len({one.id for one in got}) == len(got) == 11


def test_labels(name, tmp_path):
    corpus = corpora.get(name)
    for before, after in zip(fragment(tmp_path, corpus), read_all(corpus, tmp_path), strict=True):
        spoken_part = [label for label in after.phones if label.text.lower() not in ("sil", "sp", "#", "breath", "")]
        assert len(spoken_part) == len(PHONES) - 2
        for one, two in zip(before.phones[1:-1], spoken_part, strict=True):
            assert (two.start, two.end) == (pytest.approx(one.start, abs=0.006), pytest.approx(one.end, abs=0.006))
        assert after.phones[0].text.lower() in ("sil", "sp", "#")
        assert after.phones[-1].text.lower() in ("sil", "sp", "#")
        assert after.phones[0].start == 0
        assert after.phones[-1].end == pytest.approx(after.seconds, abs=0.01)
        for word, expected in zip(after.words, before.words, strict=False):
            assert word.text.lower() == expected.text
            assert word.start == pytest.approx(expected.start, abs=0.006)


def test_the_frame_is_the_unified_one(name, tmp_path):
    corpus = corpora.get(name)
    coils = np.tile(np.arange(14, dtype=np.float32), (240, 1))
    fragment(tmp_path, corpus, coils=coils, speakers=corpus.velum[:1])
    got = read_all(corpus, tmp_path)[0]
    kept = 14 if corpus.velum else 12
    assert np.allclose(got.coils[:, :kept], np.arange(kept), atol=1e-5)


def test_lost_samples_are_nan_and_only_they(name, tmp_path):
    corpus = corpora.get(name)

    def lossy(number):
        utterance = spoken(corpus, number)
        utterance.coils[100:120, 4:6] = np.nan
        return utterance

    corpus.write(tmp_path, [lossy(number) for number in range(1, corpus.batch + 1)])
    after = read_all(corpus, tmp_path)[0]
    times = after.coil_start + np.arange(len(after.coils)) / after.coil_rate
    lost = np.isnan(after.coils[:, 4:6])
    inside = (times > 0.5) & (times < 0.595)
    assert lost[inside].all()
    assert not lost[(times < 0.495) | (times > 0.6)].any()
    assert not np.isnan(np.delete(after.coils[:, :12], [4, 5], axis=1)).any()


def test_same_bytes_in_one_process_and_in_many(name, tmp_path):
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


def test_any_part_of_a_corpus_will_do(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path, corpus, count=3 * corpus.batch, speakers=corpus.speakers[:2])
    whole = {one.id: one for one in read_all(corpus, tmp_path)}
    stems = sorted({path.stem for path in files_of(tmp_path) if path.suffix in (".ema", ".mat")})
    for path in files_of(tmp_path):
        if path.stem in stems[1::2]:
            path.unlink()
    part = read_all(corpus, tmp_path)
    assert 0 < len(part) < len(whole)
    assert all(same(whole[one.id], one) for one in part)


def test_reading_leaves_the_raw_folder_alone(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path, corpus)
    before = [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in files_of(tmp_path)]
    read_all(corpus, tmp_path)
    assert before == [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in files_of(tmp_path)]


def test_folders_and_names_may_be_called_otherwise(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path / "a", corpus)
    expected = read_all(corpus, tmp_path / "a")
    for path in files_of(tmp_path / "a"):
        relative = path.relative_to(tmp_path / "a")
        folders = [f"{folder}_v1.1" for folder in relative.parts[:-1]]
        target = tmp_path.joinpath("b", "package 1", *folders, relative.name.upper())
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (tmp_path / "b" / "README").write_text("read me")
    (tmp_path / "b" / "package 1" / f"._{path.name}").write_bytes(b"\0\5\26\7")
    (tmp_path / "c").symlink_to(tmp_path / "b" / "package 1")
    for root in ("b", "c"):
        got = read_all(corpus, tmp_path / root)
        assert len(got) == len(expected)
        assert all(same(one, two) for one, two in zip(expected, got, strict=True))


def test_files_that_lie_there_twice_count_once(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path / "a", corpus)
    once = corpus.find(tmp_path)
    shutil.copytree(tmp_path / "a", tmp_path / "a copy" / "once more")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    twice = corpus.find(tmp_path)
    assert len(twice.sources) == len(once.sources)
    assert len(twice.skipped) > len(once.skipped)
    assert "is taken" in twice.skipped[0]


def test_labels_may_be_absent(name, tmp_path):
    corpus = corpora.get(name)
    made = fragment(tmp_path, corpus)
    labels = [path for path in files_of(tmp_path) if path.suffix in LABEL_FILES]
    if not labels:
        made = fragment(tmp_path, corpus, phones=(), words=())
    for path in labels:
        path.unlink()
    got = read_all(corpus, tmp_path)
    assert len(got) == len(made)
    assert all(one.phones == () for one in got)
    assert all(any("label" in note for note in one.notes) for one in got)


def broken(content, how):
    return {
        "empty": b"", "half": content[: len(content) // 2], "noise": np.random.default_rng(0).bytes(4000), "head": content[:100],
        "flipped": content[:40] + bytes(255 - byte for byte in content[40:400]) + content[400:],
    }[how]


@pytest.mark.parametrize("how", ["empty", "half", "noise", "head", "flipped"])
def test_a_broken_file_is_one_line_and_stops_nothing(name, how, tmp_path):
    corpus = corpora.get(name)
    made = fragment(tmp_path / "raw" / name, corpus, count=3 * corpus.batch)
    endings = sorted({path.suffix for path in files_of(tmp_path) if path.name != "mocha-timit.txt"})
    for ending in endings:
        path = next(path for path in files_of(tmp_path / "raw") if path.suffix == ending)
        content = path.read_bytes()
        path.write_bytes(broken(content, how))
        sources = corpus.find(tmp_path / "raw" / name).sources
        faults, notes = [], []
        for source in sources:
            try:
                notes += [note for utterance in corpus.read(source) for note in utterance.notes]
            except BadData as error:
                faults.append(str(error))
        if ending not in (".utt", *LABEL_FILES) and how != "flipped":
            assert len(faults) == 1
        elif how in {"empty", "noise"} and ending in LABEL_FILES:
            assert faults == []
            assert notes
        assert all("\n" not in fault and path.name in fault for fault in faults)
        found = ingest(name, IngestParams(raw=tmp_path / "raw"), data=tmp_path, metrics=tmp_path, workers=1)
        assert found["unreadable"] == len(faults)
        assert found["utterances"] == len(made) - corpus.batch * len(faults)
        table = (tmp_path / "ingest" / f"{name}.csv").read_text()
        assert table.count("unreadable,") == len(faults)
        assert str(tmp_path) not in table
        path.write_bytes(content)


def test_nothing_usable(name, tmp_path):
    corpus = corpora.get(name)
    params = IngestParams(raw=tmp_path)
    with pytest.raises(BadData, match=rf"{name}: is not there; put .* there"):
        ingest(name, params, data=tmp_path / "d", metrics=tmp_path / "m")
    (tmp_path / name).mkdir()
    with pytest.raises(BadData, match=rf"{name}: holds no usable recording of .*put there"):
        ingest(name, params, data=tmp_path / "d", metrics=tmp_path / "m")
    (tmp_path / name / "README").write_text("")
    with pytest.raises(BadData, match="1 files of other names"):
        ingest(name, params, data=tmp_path / "d", metrics=tmp_path / "m")
    fragment(tmp_path / name, corpus)
    for path in files_of(tmp_path / name):
        path.write_bytes(b"")
    with pytest.raises(BadData, match="cannot be read") as caught:
        ingest(name, params, data=tmp_path / "d", metrics=tmp_path / "m", workers=1)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "d").rglob("*.npz"))


def test_ingest_keeps_the_records_and_counts_them(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path / "raw" / name, corpus, speakers=corpus.speakers[:2])
    whole = read_all(corpus, tmp_path / "raw" / name)
    results = {}
    for workers in (1, 2):
        results[workers] = ingest(name, IngestParams(raw=tmp_path / "raw"), data=tmp_path / f"{workers}",
                                  metrics=tmp_path / f"{workers}", workers=workers)
    assert results[1] == results[2]
    for path in files_of(tmp_path / "1"):
        assert path.read_bytes() == (tmp_path / "2" / path.relative_to(tmp_path / "1")).read_bytes()
    assert results[1]["utterances"] == len(whole)
    assert results[1]["minutes"] == pytest.approx(sum(one.seconds for one in whole) / 60)
    assert results[1]["missing"] == max(0, len(corpus.speakers) - 2)
    stores = [tmp_path / "1" / "ingested" / name / f"{speaker}.npz" for speaker in corpus.speakers[:2]]
    kept = [one for store in stores if store.exists() for one in Reader(store, Utterance)]
    assert all(same(one, two) for one, two in zip(whole, kept, strict=True))


def test_declaration(name, tmp_path):
    corpus = corpora.get(name)
    assert corpus.name == name
    assert set(corpus.velum) <= set(corpus.speakers)
    assert {speaker for speaker, _ in corpus.masked} <= set(corpus.speakers)
    assert all(isinstance(label, Label) for label in spoken(corpus, 1).phones)
    assert 0 < corpus.lowpass < corpus.coil_rate / 2
    with pytest.raises(BadParams, match="unknown corpus"):
        corpora.get(f"{name}x")
