"""Find the files of a corpus by name, at any depth below its folder and in folders of any name."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from artinv.corpora.native.source import Consequence, Listing, Missing, Source


def walk(folder: Path) -> Iterator[Path]:
    """Yield all files below `folder`, sorted by path.

    Follow links, visit no folder twice, and omit names that begin with a dot.
    """
    visited = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root, name) for name in sorted(files) if not name.startswith("."))


def find(
    folder: Path,
    *,
    pattern: str,
    needed: Sequence[str],
    wanted: Sequence[str],
    speakers: Sequence[str],
    others: bool = False,
    extra: Sequence[str] = (),
    unusable: Callable[[Path], str] = lambda _: "",
    shared: Callable[[Path], bool] = lambda _: False,
) -> Listing:
    """Return one source for each name that has files with all `needed` endings.

    A source also has its files with `wanted` and `extra` endings, and all shared files; a missing wanted file is reported.
    `pattern` matches a name in lower case, without its ending; its group `speaker` is the speaker. If two files have the same
    name, the one in the folder that sorts last is used, so that `fsew0_v1.1` is preferred to `fsew0`. With `others`, unknown
    speakers are accepted too, with names in upper case. `unusable` returns the known fault of a file, or an empty text.
    """
    endings = (*needed, *wanted, *extra)
    known = {speaker.lower(): speaker for speaker in speakers}
    files: dict[tuple[str, str], dict[str, Path]] = defaultdict(dict)
    skipped, common = [], []
    foreign: Counter[str] = Counter()
    for path in walk(folder):
        ending, match = path.suffix.lower(), re.fullmatch(pattern, path.stem.lower())
        if shared(path):
            common.append(path)
        elif "palate" in path.stem.lower():
            skipped.append(f"{path.name}: palate trace, no speech")
        elif match is None or ending not in endings:
            foreign["files of other names"] += 1
        elif match["speaker"] not in known and not others:
            foreign[f"files of {match['speaker']}, who is none of this project's speakers"] += 1
        elif reason := unusable(path):
            skipped.append(f"{path.name}: {reason}")
        else:
            speaker = known.get(match["speaker"], match["speaker"].upper())
            group = files[speaker, path.stem.lower()]
            if ending in group:
                skipped.append(f"{group[ending]}: {path} of the same name is taken")
            group[ending] = path
    complete = {key: group for key, group in files.items() if all(ending in group for ending in needed)}
    speakers = [*speakers, *sorted({speaker for speaker, _ in files} - set(speakers))]
    order = {speaker: rank for rank, speaker in enumerate(speakers)}
    sources = [
        Source(speaker, name, (*(complete[speaker, name][e] for e in endings if e in complete[speaker, name]), *common))
        for speaker, name in sorted(complete, key=lambda key: (order[key[0]], key[1]))
    ]
    skipped += [f"{count} {what}" for what, count in sorted(foreign.items())]
    return Listing(tuple(sources), tuple(_missing(files, needed, wanted, speakers)), tuple(skipped))


def of_source(source: Source) -> dict[str, Path]:
    """Return ending -> file of a source that has one file per ending."""
    return {path.suffix.lower(): path for path in source.files}


def _missing(
    files: dict[tuple[str, str], dict[str, Path]], needed: Sequence[str], wanted: Sequence[str], speakers: Sequence[str],
) -> Iterator[Missing]:
    for speaker in speakers:
        groups = {name: group for (owner, name), group in files.items() if owner == speaker}
        if not groups:
            yield Missing(speaker, "no file; the speaker is left out", Consequence.SPEAKER_LEFT_OUT)
        for ending in (*needed, *wanted):
            missing = sorted(name for name, group in groups.items() if ending not in group)
            if missing:
                what = f"{len(missing)} of {len(groups)} utterances have no {ending} ({missing[0]} first)"
                if ending in needed:
                    yield Missing(speaker, f"{what}; they are left out", Consequence.RECORDINGS_LEFT_OUT)
                else:
                    yield Missing(speaker, f"{what}; they are read without it", Consequence.READ_WITHOUT)
