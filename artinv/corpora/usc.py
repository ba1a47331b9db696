"""USC-TIMIT EMA: four speakers, 460 sentences, five a file; .mat of about 100 Hz with its sound beside it, mm, no velum.

Sensors go by name, for their order differs between speakers. F5's sentences 1-65 sit about 12 mm away from her others, and no
speaker's origin is the incisors: `artinv.frame` sees to both. Transcripts of another session (M3, in some copies) are told by the
level of the sound.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from artinv.channels import COIL_COLUMNS
from artinv.corpus import Corpus, Found, Source
from artinv.errors import BadData
from artinv.files import write_text
from artinv.formats import folder, matlab, sound, transcript
from artinv.formats.transcript import Row
from artinv.utterance import Label, Utterance, sentence_key

SPEAKERS = ("F1", "F5", "M1", "M3")
SENSORS = {"tt": "TT", "td": "TD", "tb": "TB", "li": "JAW", "ul": "UL", "ll": "LL"}
WRITTEN = {
    "F1": ("UL", "LL", "JAW", "TD", "TB", "TT"), "F5": ("TT", "TB", "TD", "UL", "LL", "JAW"),
    "M1": ("JAW", "TD", "TB", "TT", "LL", "UL"), "M3": ("TD", "TB", "TT", "JAW", "UL", "LL"),
}
"""Order of the sensors in a file, by speaker; the corpus' own orders are not known, only that they differ."""

SOUND_RATE = 20000
RATES = {"F1": 99.92, "F5": 97.5, "M1": 100.08, "M3": 99.98}
"""Hz, of the sensors written."""

EASE = 0.08
"""s over which a written file leads the coils from one sentence into the next, for a session has no jumps."""

NAME = re.compile(r"usctimit_ema_[fm]\d_(\d{3})_(\d{3})")


@dataclass(frozen=True, slots=True)
class Recording:
    """One native file, or two joined."""

    samples: np.ndarray  # (samples,) float32
    rate: float  # Hz
    coils: np.ndarray  # (frames, 14) float32, mm
    coil_rate: float  # Hz

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.samples) / self.rate


def find(root: Path) -> Found:
    """`usctimit_ema_<speaker>_AAA_BBB` .mat, .wav, .trans; a source holds its neighbours' files too, for sentences may run on."""
    found = folder.find(
        root, pattern=r"usctimit_ema_(?P<speaker>[fm]\d)_\d{3}_\d{3}", speakers=SPEAKERS,
        needed=(".mat",), wanted=(".wav", ".trans"),
    )
    sources = []
    for before, source, after in zip((None, *found.sources), found.sources, (*found.sources[1:], None), strict=False):
        files = list(source.files)
        if before and _adjoin(before, source):
            files += [path for path in before.files if path.suffix.lower() == ".trans"]
        if after and _adjoin(source, after):
            files += after.files
        sources.append(Source(source.speaker, source.name, tuple(files)))
    return Found(tuple(sources), found.missing, found.skipped)


def read(source: Source) -> list[Utterance]:
    """The sentences that begin in this file, each with half of the pauses around it."""
    files: dict[str, dict[str, Path]] = {}
    for path in source.files:
        files.setdefault(path.stem.lower(), {})[path.suffix.lower()] = path
    own = files.pop(source.name)
    recording = _load(own)
    rows, fault = (), "no label file"
    if ".trans" in own:
        try:
            rows = transcript.read(own[".trans"])
            fault = "" if transcript.fits(rows, recording.samples, recording.rate) else "transcript does not fit the sound"
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
    recording, rows = _joined(recording, _load(after), rows, following)
    *whole, last = _by_rows(source, recording, rows, sentences)
    return [*whole, replace(last, notes=(f"sentence over two files: {last.name} begins in {source.name}",))]


def _by_rows(source: Source, recording: Recording, rows: Sequence[Row], wanted: Sequence[int]) -> Iterator[Utterance]:
    """Cut in the middle of the silence between sentences."""
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
    """Cut at the longest pauses; the file's name numbers the sentences."""
    first, last = map(int, NAME.fullmatch(source.name).groups())
    cuts = [0.0, *transcript.pauses(recording.samples, recording.rate, last - first), recording.seconds]
    if len(cuts) != last - first + 2:
        raise BadData(f"{source.files[0]}: {fault}, and its pauses do not part {last - first + 1} sentences; add its .trans")
    for position, index in enumerate(range(first, last + 1)):
        cut = _utterance(source, recording, cuts[position:position + 2], index, ())
        text, note = texts.get(index, ""), f"{fault}: {source.name} is cut at the longest pauses"
        yield replace(cut, text=text, sentence=sentence_key(text) or cut.sentence, notes=(note,))


def _utterance(source: Source, recording: Recording, span: Sequence[float], index: int, rows: Sequence[Row]) -> Utterance:
    """The sentence in `span` (start and end in s), its rows moved to its own clock."""
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
    lacking = [name for name in SENSORS.values() if name not in elements]
    if lacking:
        raise BadData(f"{path}: has no sensor {lacking[0]}; restore the file from the corpus")
    signals = {coil: matlab.matrix(path, elements[name], "SIGNAL", 3) for coil, name in SENSORS.items()}
    rates = {matlab.number(path, elements[name], "SRATE") for name in SENSORS.values()}
    if len(rates) > 1 or len({len(signal) for signal in signals.values()}) > 1:
        raise BadData(f"{path}: its sensors differ in rate or length; restore the file from the corpus")
    coils = np.full((len(signals["tt"]), len(COIL_COLUMNS)), np.nan, np.float32)
    for index, name in enumerate(COIL_COLUMNS):
        coil, axis = name.split("_")
        if coil in signals:
            coils[:, index] = signals[coil][:, "xy".index(axis)]
    if ".wav" in files:
        return Recording(*sound.read(files[".wav"]), coils, rates.pop())
    if "AUDIO" not in elements:
        raise BadData(f"{path}: has neither AUDIO nor a .wav beside it; restore the file from the corpus")
    samples = matlab.matrix(path, elements["AUDIO"], "SIGNAL", 1)[:, 0]
    samples = samples.astype(np.float32) / np.float32(32768 if np.abs(samples).max() > 1 else 1)
    return Recording(samples, matlab.number(path, elements["AUDIO"], "SRATE"), coils, rates.pop())


def _rows_of(files: dict[str, Path]) -> tuple[Row, ...]:
    """A neighbour's transcript; what is wrong with it is told where it is read for itself."""
    try:
        return transcript.read(files[".trans"]) if ".trans" in files else ()
    except BadData:
        return ()


def _joined(one: Recording, two: Recording, rows: Sequence[Row], following: Sequence[Row]) -> tuple[Recording, tuple[Row, ...]]:
    """Both files on one clock; motion that ended before the first one's sound is lost there, not moved up."""
    if one.rate != two.rate:
        raise BadData("two files of one sentence differ in the rate of their sound; restore them from the corpus")
    frames = np.arange(int(np.ceil(one.seconds * one.coil_rate)), int((one.seconds + two.seconds) * one.coil_rate))
    position = np.clip((frames / one.coil_rate - one.seconds) * two.coil_rate, 0, None)
    position = position[position <= len(two.coils) - 1]
    below = position.astype(np.intp)
    weight = (position - below).astype(np.float32)[:, None]
    moved = two.coils[below] * (1 - weight) + two.coils[np.minimum(below + 1, len(two.coils) - 1)] * weight
    padded = np.full((frames[0], one.coils.shape[1]), np.nan, np.float32)
    kept = one.coils[: frames[0]]
    padded[: len(kept)] = kept
    both = Recording(np.concatenate([one.samples, two.samples]), one.rate, np.concatenate([padded, moved]), one.coil_rate)
    return both, (*rows, *transcript.shifted(following, one.seconds))


def _adjoin(one: Source, two: Source) -> bool:
    last, first = int(NAME.fullmatch(one.name)[2]), int(NAME.fullmatch(two.name)[1])
    return one.speaker == two.speaker and last <= first <= last + 1


def write(root: Path, utterances: Sequence[Utterance]) -> None:
    """One native file, named after the up to five sentences that begin in it; an utterance whose name ends in `b` began before.

    The motion of most of F1's and F5's ends 70-110 ms before the sound.
    """
    speaker = utterances[0].speaker
    begun = [utterance.order for utterance in utterances if not utterance.name.endswith("b")]
    name = f"usctimit_ema_{speaker.lower()}_{begun[0]:03d}_{begun[-1]:03d}"
    samples = [sound.to_int16(sound.resampled(utterance, SOUND_RATE)) for utterance in utterances]
    starts = np.cumsum([0, *map(len, samples)]) / SOUND_RATE
    dice = zlib.crc32(name.encode()) % 1000
    cut = 0.07 + 0.04 * dice / 1000 if speaker in {"F1", "F5"} and dice % 4 else 0.0
    times = np.arange(int((starts[-1] - cut) * RATES[speaker])) / RATES[speaker]
    coils = dict(zip(COIL_COLUMNS, _session(utterances, starts, times).T, strict=True))
    everything = np.concatenate(samples)
    elements = [{"NAME": "AUDIO", "SRATE": float(SOUND_RATE), "SIGNAL": everything[:, None]}]
    for sensor in WRITTEN[speaker]:
        coil = next(coil for coil, native in SENSORS.items() if native == sensor)
        signal = np.stack([coils[f"{coil}_x"], coils[f"{coil}_y"], np.zeros(len(times))], axis=1)
        elements.append({"NAME": sensor, "SRATE": RATES[speaker], "SIGNAL": signal})
    folders = root / speaker
    matlab.write_structs(folders / "mat" / f"{name}.mat", elements)
    sound.write(folders / "wav" / f"{name}.wav", everything, SOUND_RATE)
    rows = [transcript.shifted(_rows(utterance), start) for utterance, start in zip(utterances, starts, strict=False)]
    write_text(folders / "trans" / f"{name}.trans", "".join(map(transcript.line, chain(*rows))))


def _session(utterances: Sequence[Utterance], starts: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Coils at `times` over all sentences, led from the end of one to the start of the next without a jump."""
    which = np.searchsorted(starts, times, side="right") - 1
    coils = np.concatenate([
        sound.coils_at(utterance, times[which == number] - starts[number]) for number, utterance in enumerate(utterances)
    ])
    for one, two, join in zip(utterances, utterances[1:], starts[1:], strict=False):
        jump = two.coils[0] - one.coils[-1]
        near = np.clip((times - join) / EASE, -1, 1)[:, None]
        lead = np.where(near < 0, 1, -1) * (1 + np.cos(np.pi * near)) / 4
        coils += np.where(np.isnan(jump), 0, jump * lead).astype(np.float32)
    return coils


def _rows(utterance: Utterance) -> Iterator[Row]:
    """Phones with their word and sentence; silence at the ends belongs to none."""
    for phone in utterance.phones:
        middle = (phone.start + phone.end) / 2
        word = next((word.text for word in utterance.words if word.start <= middle < word.end), "")
        silent = phone.text == "sil"
        text, index = ("", None) if silent else (utterance.text, utterance.order)
        yield Row(phone.start, phone.end, phone.text.rstrip("012"), word, text, index)


CORPUS = Corpus(
    name="usc", title="USC-TIMIT EMA", licence="research, to be asked for",
    layout="folders F1 F5 M1 M3 with mat, wav and trans, in them usctimit_ema_f1_001_005.mat and so on",
    speakers=SPEAKERS, sound_rate=SOUND_RATE, coil_rate=100.0, find=find, read=read, write=write, batch=5,
)
