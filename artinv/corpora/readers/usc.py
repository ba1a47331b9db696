"""Read the native files of USC-TIMIT EMA."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Label, Utterance, sentence_key
from artinv.corpora.facts.usc import NAME, SENSORS, SPEAKERS
from artinv.corpora.native import folder
from artinv.corpora.native.source import Listing, Source
from artinv.formats import matlab, mview, sound, transcript
from artinv.formats.transcript import Row
from artinv.runtime.errors import BadData


@dataclass(frozen=True, slots=True)
class Recording:
    """Content of one native file, or of two files joined."""

    samples: np.ndarray  # (samples,) float32
    rate: float  # Hz
    coils: np.ndarray  # (frames, 14) float32, mm
    coil_rate: float  # Hz

    @property
    def seconds(self) -> float:
        """Duration of the sound in s."""
        return len(self.samples) / self.rate


def find(root: Path) -> Listing:
    """Find `usctimit_ema_<speaker>_AAA_BBB` .mat, .wav, .trans.

    A source also has the files of the adjacent sources, because a sentence can continue in the next file.
    """
    listing = folder.find(
        root, pattern=r"usctimit_ema_(?P<speaker>[fm]\d)_\d{3}_\d{3}", speakers=SPEAKERS,
        needed=(".mat",), wanted=(".wav", ".trans"),
    )
    sources = []
    for before, source, after in zip((None, *listing.sources), listing.sources, (*listing.sources[1:], None), strict=False):
        files = list(source.files)
        if before and _adjoin(before, source):
            files += [path for path in before.files if path.suffix.lower() == ".trans"]
        if after and _adjoin(source, after):
            files += after.files
        sources.append(Source(source.speaker, source.name, tuple(files)))
    return Listing(tuple(sources), listing.missing, listing.skipped)


def read(source: Source) -> list[Utterance]:
    """Read the sentences that begin in this file, each with half of the pauses before and after it."""
    files: dict[str, dict[str, Path]] = {}
    for path in source.files:
        files.setdefault(path.stem.lower(), {})[path.suffix.lower()] = path
    own = files.pop(source.name)
    recording = _load(own)
    rows: tuple[Row, ...] = ()
    fault = "no label file"
    if ".trans" in own:
        try:
            rows = transcript.read(own[".trans"])
            fault = "" if transcript.labels_fit(rows, recording.samples, recording.rate) else "transcript does not fit the sound"
        except BadData:
            fault = "label file not usable"
    if fault:
        return list(_by_level(source, recording, {row.index: row.text for row in rows}, fault))
    before = next((group for name, group in files.items() if name < source.name), {})
    after = next((group for name, group in files.items() if name > source.name), {})
    sentences, following = transcript.indices(rows), _rows_of(after)
    if transcript.indices(_rows_of(before))[-1:] == sentences[:1]:
        del sentences[0]
    if not sentences or transcript.indices(following)[:1] != sentences[-1:]:
        return list(_by_rows(source, recording, rows, sentences))
    second = _load(after)
    if recording.rate != second.rate:
        first, next_file = (group.get(".wav", group[".mat"]) for group in (own, after))
        raise BadData(f"{first}: differs in the rate of its sound from {next_file.name}, which continues it; restore both")
    recording, rows = _joined(recording, second, rows, following)
    *whole, last = _by_rows(source, recording, rows, sentences)
    return [*whole, replace(last, notes=(f"sentence over two files: {last.name} begins in {source.name}",))]


def _by_rows(source: Source, recording: Recording, rows: Sequence[Row], wanted: Sequence[int]) -> Iterator[Utterance]:
    """Yield the `wanted` sentences, cut in the middle of the silence between sentences."""
    spans = []
    for index in transcript.indices(rows):
        own = [row for row in rows if row.index == index]
        spans.append((own[0].start, own[-1].end))
    ends = [span[1] for span in spans[:-1]]
    cuts = [0.0, *((end + span[0]) / 2 for end, span in zip(ends, spans[1:], strict=True)), recording.seconds]
    for position, index in enumerate(transcript.indices(rows)):
        if index in wanted:
            inside = [row for row in rows if row.end > cuts[position] and row.start < cuts[position + 1]]
            yield _utterance(source, recording, cuts[position:position + 2], index, inside)


def _by_level(source: Source, recording: Recording, texts: dict[int | None, str], fault: str) -> Iterator[Utterance]:
    """Yield the sentences, cut at the longest pauses; the name of the file gives their numbers."""
    first, last = _numbers(source)
    cuts = [0.0, *transcript.pauses(recording.samples, recording.rate, last - first), recording.seconds]
    if len(cuts) != last - first + 2:
        raise BadData(f"{source.files[0]}: {fault}, and too few pauses to separate {last - first + 1} sentences; add its .trans")
    for position, index in enumerate(range(first, last + 1)):
        cut = _utterance(source, recording, cuts[position:position + 2], index, ())
        text, note = texts.get(index, ""), f"{fault}: {source.name} is cut at the longest pauses"
        yield replace(cut, text=text, sentence=sentence_key(text) or cut.sentence, notes=(note,))


def _utterance(source: Source, recording: Recording, span: Sequence[float], index: int, rows: Sequence[Row]) -> Utterance:
    """Return the sentence in `span` (start and end in s), with label times from the start of the sentence."""
    first, last = (round(time * recording.rate) for time in span)
    start, end = first / recording.rate, last / recording.rate
    first_frame, last_frame = (int(np.ceil(time * recording.coil_rate - 1e-6)) for time in (start, end))
    text = next((row.text for row in rows if row.index == index), "")
    rows = [replace(row, start=max(row.start - start, 0.0), end=min(row.end, end) - start) for row in rows]
    return Utterance(
        corpus="usc", speaker=source.speaker, name=f"usctimit_ema_{source.speaker.lower()}_{index:03d}", order=index, text=text,
        sentence=sentence_key(text) or f"timit-460/{index:03d}", sound=recording.samples[first:last], sound_rate=recording.rate,
        coils=recording.coils[first_frame:last_frame], coil_rate=recording.coil_rate,
        coil_start=first_frame / recording.coil_rate - start,
        phones=tuple(Label(row.phone, row.start, row.end) for row in rows), words=transcript.words(rows), framed=False,
    )


def _load(files: dict[str, Path]) -> Recording:
    path = files[".mat"]
    elements = matlab.by_name(path)
    missing = [name for name in SENSORS.values() if name not in elements]
    if missing:
        raise BadData(f"{path}: has no sensor {missing[0]}; restore the file from the corpus")
    signals, rate = mview.signals(path, elements, SENSORS)
    coils = np.full((len(signals["tt"]), len(COIL_COLUMNS)), np.nan, np.float32)
    for index, name in enumerate(COIL_COLUMNS):
        coil, axis = name.split("_")
        if coil in signals:
            coils[:, index] = signals[coil][:, "xy".index(axis)]
    if ".wav" in files:
        return Recording(*sound.read(files[".wav"]), coils, rate)
    if "AUDIO" not in elements:
        raise BadData(f"{path}: has no element AUDIO and no .wav file; restore the file from the corpus")
    return Recording(mview.sound(path, elements["AUDIO"]), matlab.number(path, elements["AUDIO"], "SRATE"), coils, rate)


def _rows_of(files: dict[str, Path]) -> tuple[Row, ...]:
    """Read the transcript of an adjacent file, empty if it is broken; `read` reports the fault for the source of that file."""
    try:
        return transcript.read(files[".trans"]) if ".trans" in files else ()
    except BadData:
        return ()


def _joined(
    first: Recording, second: Recording, rows: Sequence[Row], following: Sequence[Row],
) -> tuple[Recording, tuple[Row, ...]]:
    """Join two files of one sampling rate on the clock of the first.

    Where the motion of the first file ends before its sound, the gap is lost; the motion of the second file does not fill it.
    """
    frames = np.arange(int(np.ceil(first.seconds * first.coil_rate)), int((first.seconds + second.seconds) * first.coil_rate))
    position = np.clip((frames / first.coil_rate - first.seconds) * second.coil_rate, 0, None)
    position = position[position <= len(second.coils) - 1]
    below = position.astype(np.intp)
    weight = (position - below).astype(np.float32)[:, None]
    moved = second.coils[below] * (1 - weight) + second.coils[np.minimum(below + 1, len(second.coils) - 1)] * weight
    padded = np.full((frames[0], first.coils.shape[1]), np.nan, np.float32)
    kept = first.coils[: frames[0]]
    padded[: len(kept)] = kept
    both = Recording(np.concatenate([first.samples, second.samples]), first.rate, np.concatenate([padded, moved]), first.coil_rate)
    return both, (*rows, *transcript.shifted(following, first.seconds))


def _adjoin(source: Source, following: Source) -> bool:
    last, first = _numbers(source)[1], _numbers(following)[0]
    return source.speaker == following.speaker and last <= first <= last + 1


def _numbers(source: Source) -> tuple[int, int]:
    """Return the numbers of the first and the last sentence, from the name of the file."""
    match = NAME.fullmatch(source.name)
    assert match is not None  # `find` returns no other names
    return int(match[1]), int(match[2])
