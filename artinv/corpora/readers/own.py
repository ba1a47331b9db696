"""Read a user's own recordings: sound with tables, tracks or files of articulographs, described by a file `own.yaml`.

docs/own-recordings.md describes that file.
"""

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from artinv.core.records import Label, Utterance, sentence_key
from artinv.corpora.facts.own import BUNDLE, NAME
from artinv.corpora.native import device, folder, mapping
from artinv.corpora.native.mapping import Mapping, Motion
from artinv.corpora.native.source import Consequence, Listing, Missing, Source
from artinv.formats import emu, labels, mview, sound, ssff
from artinv.runtime.errors import BadData

_WHOLE = {"emu": [BUNDLE], "mat": [".mat"]}
"""Motion -> ending of the file that contains sound and motion."""


def find(root: Path) -> Listing:
    """Find files of the same name in the same folder, at any depth; the last file of each source is `own.yaml`."""
    path = root / NAME
    if not path.is_file():
        what = "is missing; it describes the recordings, docs/own-recordings.md has an example"
        return Listing((), (Missing(NAME, what, Consequence.NOTHING_READ),))
    spec = mapping.read(path)
    needed = _WHOLE.get(spec.motion) or [".wav", *_endings(spec)]
    wanted = [] if spec.motion == "emu" else [".txt", *([spec.labels] if spec.labels else [])]
    groups: dict[tuple[Path, str], dict[str, Path]] = defaultdict(dict)
    foreign = 0
    for file in folder.walk(root):
        ending = next((ending for ending in (*needed, *wanted) if file.name.lower().endswith(ending.lower())), None)
        if ending and not (spec.head and spec.head.is_bite_plane(file.relative_to(root).as_posix()[:-len(ending)])):
            groups[file.parent, file.name[:-len(ending)]][ending] = file
        elif file != path and not ending:
            foreign += 1
    result = _sources(spec, groups, (needed, wanted), path)
    return replace(result, skipped=(*result.skipped, f"{foreign} files of other names")) if foreign else result


def _sources(
    spec: Mapping, groups: dict[tuple[Path, str], dict[str, Path]], endings: tuple[list[str], list[str]], path: Path,
) -> Listing:
    needed, wanted = endings
    sources: dict[tuple[str, str], Source] = {}
    missing, skipped = [], []
    for (parent, name), group in sorted(groups.items(), key=lambda item: item[0][1]):
        absent = [ending for ending in needed[:1] if ending not in group]
        if spec.motion not in _WHOLE and not any(ending in group for ending in needed[1:]):
            absent.append(needed[1])
        speaker = spec.owner(name)
        if absent == needed[:2]:
            continue
        if absent:
            missing.append(Missing(name, f"has no {absent[0]}; they are left out", Consequence.RECORDINGS_LEFT_OUT))
        elif not speaker:
            skipped.append(f"{name}: does not fit the expression `speaker` of {NAME}")
        elif (speaker, name) in sources:
            skipped.append(f"{parent / name}: another recording of the same name is taken")
        else:
            files = tuple(group[ending] for ending in (*needed, *wanted) if ending in group)
            sources[speaker, name] = Source(speaker, name, (*files, path))
    return Listing(tuple(sources[key] for key in sorted(sources)), tuple(missing), tuple(skipped))


def read(source: Source) -> list[Utterance]:
    """Read one recording."""
    *files, path = source.files
    return [recording(mapping.read(path), source.name, source.speaker, files, path.parent)]


def recording(spec: Mapping, name: str, speaker: str, files: list[Path], place: Path | None = None) -> Utterance:
    """Read the recording in the files of one name; `place` is the folder of the mapping file, by default their own."""
    phones: tuple[Label, ...] = ()
    words: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    text = ""
    if spec.motion == "emu":
        bundle = emu.read(files[0])
        samples, rate = bundle.sound, bundle.sound_rate
        motion = mapping.from_tracks(spec, bundle.tracks, files[0])
        if spec.labels:
            phones, notes = _level(bundle, spec.labels, files[0])
    else:
        by_ending = {path.name[len(name):].lower(): path for path in files}
        if spec.motion == "mat":
            whole = mview.read(files[0])
            samples, rate, phones, words, text = whole.sound, whole.sound_rate, whole.phones, whole.words, whole.text
        else:
            samples, rate = sound.read(files[0])
        if spec.motion in mapping.DEVICES:
            motion = device.read(spec, by_ending[f".{spec.motion}"], place or files[0].parent, speaker)
        else:
            motion = _motion(spec, files, name)
        if spec.labels:
            phones, notes = labels.optional(by_ending.get(spec.labels.lower()), labels.spans)
        if ".txt" in by_ending:
            text = " ".join(by_ending[".txt"].read_text(encoding="utf-8", errors="replace").split())
    return Utterance(
        corpus="own", speaker=speaker, name=name, order=_order(name), text=text, sentence=sentence_key(text) or name,
        sound=samples, sound_rate=rate, coils=motion.coils, coil_rate=motion.rate, coil_start=motion.start, phones=phones,
        words=words, notes=(*motion.notes, *notes), framed=spec.frame == "incisors",
    )


def _motion(spec: Mapping, files: list[Path], name: str) -> Motion:
    if spec.motion == "ssff":
        tracks = {sensor: ssff.read(path) for sensor in spec.sensors.values() for path in files
                  if path.name[len(name):].lower() == f".{sensor}".lower()}
        return mapping.from_tracks(spec, tracks, files[0])
    return mapping.from_table(spec, files[1])


def _level(bundle: emu.Bundle, level: str, path: Path) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    if level not in bundle.levels:
        raise BadData(f"{path}: has no level '{level}' with times (it has {sorted(bundle.levels)}); correct `labels` in {NAME}")
    return bundle.levels[level], ()


def _endings(spec: Mapping) -> list[str]:
    return [f".{sensor}" for sensor in spec.sensors.values()] if spec.motion == "ssff" else [f".{spec.motion}"]


def _order(name: str) -> int:
    """Return the last number of a name, 0 if it has none."""
    numbers = re.findall(r"\d+", name)
    return int(numbers[-1][-15:]) if numbers else 0
