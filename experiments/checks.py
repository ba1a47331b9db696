"""Measure which planted damage `artinv check` detects in each synthetic speaker, and its false reports.

Run as `python -m experiments.checks [--demo data/demo] [--count 24] [--speakers F01 fsew0] [--only "no jaw"]`; a complete run takes
four minutes. Damage is planted into utterances after reading, speaker by speaker: into all utterances, or into every sixth.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from artinv.checks.profiles import profile
from artinv.core.records import Utterance
from artinv.core.workspace import Workspace
from artinv.corpora.native.source import Source
from artinv.data import ingest
from artinv.data.clean import CleanParams
from artinv.runtime import parallel
from artinv.runtime.progress import track
from tests.support import corpora
from tests.support.planted import DAMAGE, FOLLOWS, counts, findings, plant


def first_utterances(corpus: str, sources: Sequence[Source], count: int) -> list[Utterance]:
    """Read the first `count` utterances of a speaker."""
    utterances: list[Utterance] = []
    for source in sources:
        if len(utterances) < count:
            utterances += ingest.read(corpus, "synthetic", source)
    return utterances[:count]


def trial(params: CleanParams, count: int, only: list[str], item: tuple[str, list[Source]]) -> tuple[str, dict]:
    """Return for one speaker: damage -> (number of damaged utterances, reported kinds with counts)."""
    corpus, sources = item
    utterances = first_utterances(corpus, sources, count)
    clean = [profile(utterance, (utterance.name,), params) for utterance in utterances]
    results = {"nothing": (0, counts(findings(corpus, clean, params)))}
    for name, (kind, _, _) in DAMAGE.items():
        if (only and name not in only) or (not utterances[0].phones and "labels" in kind):
            continue
        damaged = plant(name, utterances)
        profiles = [
            profile(damaged[number], (utterance.name,), params) if number in damaged else clean[number]
            for number, utterance in enumerate(utterances)
        ]
        results[name] = (len(damaged), counts(findings(corpus, profiles, params)))
    return f"{corpus}/{utterances[0].speaker}", results


def sources_by_speaker(demo: Path, wanted: list[str]) -> Iterator[tuple[str, list[Source]]]:
    """Yield the corpus and the source files of each speaker."""
    for name in corpora.names():
        if (demo / name).is_dir():
            for speaker, sources in groupby(corpora.get(name).find(demo / name).sources, key=lambda source: source.speaker):
                if not wanted or speaker in wanted:
                    yield name, list(sources)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", type=Path, default=Workspace().demo)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--speakers", nargs="+", default=[])
    parser.add_argument("--only", nargs="+", default=[], choices=list(DAMAGE), metavar="DAMAGE")
    options = parser.parse_args()
    speakers = list(sources_by_speaker(options.demo, options.speakers))
    work = partial(trial, CleanParams.load(Workspace().params), options.count, options.only)
    results = dict(track(parallel.imap(work, speakers), "trials", len(speakers)))
    print(f"| {'planted':34} | {'kind':27} | speakers detected | utterances reported | planted | false reports |")
    print("|---|---|---|---|---|---|")
    for name in ("nothing", *DAMAGE):
        kind = DAMAGE[name][0] if name in DAMAGE else ""
        if options.only and name not in ("nothing", *options.only):
            continue
        own = {speaker: result[name] for speaker, result in results.items() if name in result}
        detected = [speaker for speaker, (_, kinds) in own.items() if kind in kinds]
        reported = sum(kinds.get(kind, 0) for _, kinds in own.values())
        expected = {kind, *FOLLOWS.get(name, ())}
        false_reports = Counter(other for _, kinds in own.values() for other in kinds if other not in expected)
        others = ", ".join(f"{other} ({number})" for other, number in false_reports.items())
        missed = "" if len(detected) == len(own) or not kind else " not " + " ".join(sorted(set(own) - set(detected)))
        planted = sum(count for count, _ in own.values())
        print(f"| {name:34} | {kind:27} | {len(detected)} of {len(own)}{missed} | {reported} | {planted} | {others} |")
