"""Plant damage into undamaged utterances; each kind of damage names the kind of finding that `check` must report."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from artinv.checks import sounds
from artinv.checks.finding import NOTE, Finding, Session
from artinv.checks.profiles import Profile, SourceProfile
from artinv.checks.run import CHECKS
from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Utterance
from artinv.corpora import facts
from artinv.data.clean import CleanParams

Damage = Callable[[Utterance, Utterance], Utterance]
"""A function of an utterance and the next one that returns the damaged utterance."""

EVERYBODY, SOME = "all", "some"
"""Damage all utterances of a speaker, or every sixth."""


def coils(change: Callable[[np.ndarray], np.ndarray]) -> Damage:
    """Return a damage that changes positions (frames, 7, 2)."""
    return lambda utterance, _: replace(utterance, coils=np.ascontiguousarray(
        change(utterance.coils.copy().reshape(-1, 7, 2)).reshape(-1, 14), np.float32,
    ))


def exchanged(*order: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda places: places[:, [*order, 6]]


def lost(coil: str, share: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(places: np.ndarray) -> np.ndarray:
        places[: round(share * len(places)), COIL_COLUMNS.index(f"{coil}_x") // 2] = np.nan
        return places

    return change


def frozen(places: np.ndarray) -> np.ndarray:
    places[:, 3] = np.nanmean(places[:, 3], axis=0)
    return places


def copied(places: np.ndarray) -> np.ndarray:
    places[:, 1] = places[:, 2]
    return places


def late(seconds: float) -> Damage:
    """Return a damage that delays the motion; the first frame is repeated."""
    def change(utterance: Utterance, _: Utterance) -> Utterance:
        frames = round(seconds * utterance.coil_rate)
        return replace(utterance, coils=np.concatenate([np.repeat(utterance.coils[:1], frames, axis=0), utterance.coils[:-frames]]))

    return change


def labels_late(utterance: Utterance, _: Utterance) -> Utterance:
    moved = tuple(replace(label, start=label.start + 0.15, end=label.end + 0.15) for label in utterance.phones[:-1])
    return replace(utterance, phones=(replace(utterance.phones[0], end=utterance.phones[0].end + 0.15), *moved[1:]), words=())


def sound_rate(factor: float) -> Damage:
    """Return a damage that changes the sampling rate of the sound, but not its samples."""
    return lambda utterance, _: replace(utterance, sound_rate=factor * utterance.sound_rate)


def clipped(gain: float) -> Damage:
    """Return a damage that amplifies the sound beyond full scale."""
    def change(utterance: Utterance, _: Utterance) -> Utterance:
        loud = utterance.sound / np.abs(utterance.sound).max() * np.float32(gain)
        return replace(utterance, sound=np.clip(loud, -1, 1))

    return change


def next_motion(utterance: Utterance, following: Utterance) -> Utterance:
    return replace(utterance, coils=np.resize(following.coils, utterance.coils.shape))


def next_sound(utterance: Utterance, following: Utterance) -> Utterance:
    return replace(utterance, sound=following.sound, sound_rate=following.sound_rate)


def next_labels(utterance: Utterance, following: Utterance) -> Utterance:
    return replace(utterance, phones=following.phones, words=following.words)


def half_motion(utterance: Utterance, _: Utterance) -> Utterance:
    return replace(utterance, coils=utterance.coils[: len(utterance.coils) // 2])


def short_sound(utterance: Utterance, _: Utterance) -> Utterance:
    return replace(utterance, sound=utterance.sound[: len(utterance.sound) * 2 // 3])


def fast_motion(utterance: Utterance, _: Utterance) -> Utterance:
    return replace(utterance, coil_rate=utterance.coil_rate * 1.1)


def silent(utterance: Utterance, _: Utterance) -> Utterance:
    return replace(utterance, sound=np.zeros_like(utterance.sound))


def soft(utterance: Utterance, _: Utterance) -> Utterance:
    return replace(utterance, sound=utterance.sound / np.float32(100))


DAMAGE: dict[str, tuple[str, str, Damage]] = {
    "positions x 10": ("units", SOME, coils(lambda x: 10 * x)),
    "positions x 100": ("units", EVERYBODY, coils(lambda x: 100 * x)),
    "positions x 1000": ("units", SOME, coils(lambda x: 1000 * x)),
    "positions / 10": ("units", EVERYBODY, coils(lambda x: x / 10)),
    "positions / 25.4": ("units", SOME, coils(lambda x: x / 25.4)),
    "x flipped": ("axes", EVERYBODY, coils(lambda x: x * [-1, 1])),
    "y flipped": ("axes", SOME, coils(lambda x: x * [1, -1])),
    "x and y swapped": ("axes", EVERYBODY, coils(lambda x: x[:, :, ::-1])),
    "tongue tip and dorsum exchanged": ("swapped coils", EVERYBODY, coils(exchanged(1, 0, 2, 3, 4, 5))),
    "tongue tip and body exchanged": ("swapped coils", SOME, coils(exchanged(2, 1, 0, 3, 4, 5))),
    "lips exchanged": ("swapped coils", SOME, coils(exchanged(0, 1, 2, 3, 5, 4))),
    "jaw and lower lip exchanged": ("swapped coils", EVERYBODY, coils(exchanged(0, 1, 2, 5, 4, 3))),
    "no jaw": ("missing coil", EVERYBODY, coils(lost("li", 1.0))),
    "no upper lip": ("missing coil", SOME, coils(lost("ul", 1.0))),
    "70 % of the tongue tip lost": ("lost samples", SOME, coils(lost("tt", 0.7))),
    "10 % of the lower lip lost": ("lost samples", EVERYBODY, coils(lost("ll", 0.1))),
    "jaw stands still": ("dead coil", SOME, coils(frozen)),
    "dorsum is a copy of the body": ("same coil", EVERYBODY, coils(copied)),
    "motion 60 ms late": ("lag", EVERYBODY, late(0.06)),
    "motion 200 ms late": ("lag", EVERYBODY, late(0.2)),
    "motion 500 ms late": ("lag", EVERYBODY, late(0.5)),
    "motion of the next utterance": ("unrelated motion", EVERYBODY, next_motion),
    "now and then motion of the next utterance": ("foreign motion", SOME, next_motion),
    "now and then motion 200 ms late": ("foreign motion", SOME, late(0.2)),
    "now and then motion 500 ms late": ("foreign motion", SOME, late(0.5)),
    "motion cut in half": ("length", SOME, half_motion),
    "motion 10 % too fast": ("length", EVERYBODY, fast_motion),
    "sound at half its rate": ("sound rate", EVERYBODY, sound_rate(0.5)),
    "no sound": ("silent sound", SOME, silent),
    "sound 40 dB softer": ("soft sound", SOME, soft),
    "sound at nine tenths of its rate": ("sound rate", SOME, sound_rate(0.9)),
    "sound 6 dB too loud": ("clipped sound", SOME, clipped(2)),
    "sound 20 dB too loud": ("clipped sound", SOME, clipped(10)),
    "sound of the next utterance": ("same sound", SOME, next_sound),
    "labels of the next utterance": ("labels of another recording", SOME, next_labels),
    "all labels of the next utterance": ("labels of another recording", EVERYBODY, next_labels),
    "labels 150 ms late": ("labels of another recording", SOME, labels_late),
    "sound cut after two thirds": ("long labels", SOME, short_sound),
}
"""Name of a damage -> kind of finding, damaged utterances, and the damage."""

FOLLOWS = {
    "sound at half its rate": {"motion rate", "length", "lag", "unrelated motion", "labels of another recording", "long labels"},
    "sound at nine tenths of its rate": {"foreign motion", "labels of another recording", "long labels", "length"},
    "motion 10 % too fast": {"motion rate", "lag", "unrelated motion"},
    "y flipped": {"foreign motion"},
    "lips exchanged": {"foreign motion"},
    "motion of the next utterance": {"length", "same motion"},
    "now and then motion of the next utterance": {"length", "same motion"},
    "sound of the next utterance": {"foreign motion", "length", "labels of another recording", "long labels", "unfit"},
    "labels of the next utterance": {"long labels", "unfit"},
    "all labels of the next utterance": {"long labels", "unfit"},
    "no sound": {"labels of another recording", "same sound"},
    "motion cut in half": {"unfit"},
    "70 % of the tongue tip lost": {"unfit"},
    "sound cut after two thirds": {"length", "unfit", "labels of another recording"},
    "dorsum is a copy of the body": {"strange places", "swapped coils"},
    "labels 150 ms late": {"long labels"},
}
"""Other findings that are correct for a damage: for example, sound at a wrong rate is too long for its motion."""


def plant(name: str, utterances: Sequence[Utterance]) -> dict[int, Utterance]:
    """Return the damaged utterances by index; their names do not change."""
    _, who, change = DAMAGE[name]
    chosen = range(0, len(utterances), 6 if who == SOME else 1)
    return {
        index: replace(change(utterances[index], utterances[(index + 1) % len(utterances)]), name=utterances[index].name)
        for index in chosen
    }


def session(corpus: str, profiles: Sequence[Profile], params: CleanParams) -> Session:
    """Return the session of a speaker with one source per utterance."""
    _, speaker, _ = profiles[0].id.split("/")
    sources = tuple(
        SourceProfile(speaker=speaker, name=profile.id, files=profile.files, profiles=(profile,)) for profile in profiles
    )
    return Session(corpus=facts.get(corpus), speaker=speaker, synthetic=True, params=params, sources=sources)


def findings(corpus: str, profiles: Sequence[Profile], params: CleanParams) -> list[Finding]:
    """Return all findings of a speaker except notes."""
    speaker = session(corpus, profiles, params)
    found = [*(finding for check in CHECKS for finding in check(speaker)), *sounds.duplicates(corpus, profiles, frozenset())]
    return [finding for finding in found if finding.severity != NOTE]


def counts(found: Sequence[Finding]) -> Counter[str]:
    """Return kind of finding -> number of utterances or files."""
    kinds: Counter[str] = Counter()
    for finding in found:
        kinds[finding.kind] += finding.count
    return kinds
