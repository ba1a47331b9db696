"""Checks of labels: whether they end with the sound, and whether they belong to the sound.

A speaker's productions of a phone have similar spectra. The check therefore compares the spectrum under each label with the mean
spectrum under the same label in the speaker's other utterances; both correlate unless labels are of another utterance, or late.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.checks.profiles import Tokens

KIND = "labels of another recording"

RUN_ON = 0.1
"""Accepted time in s from the end of the sound to the end of the labels."""

RELATED, BELOW = 0.65, 0.25
"""Limits of the correlation of spectra with expected spectra: a low value is below the first, and by the second below the median.

Synthetic speakers have .83 to .98; with labels of another utterance, or 150 ms late, they have -.2 to .6.
"""

UNRELATED = 0.5
"""Median of a speaker below which all labels are wrong; labels shifted by one utterance give .3 or less."""

LEAST = 12
"""Least number of labelled utterances for expected spectra."""

LEAST_LABELS = 5
"""Least number of labels of an utterance for a correlation."""


def checks(session: Session) -> Iterator[Finding]:
    """Report labels that end after the sound, that belong to another utterance, or whose speech is not louder than silence."""
    profiles = session.profiles
    values = related([profile.tokens for profile in profiles])
    middle = float(np.nanmedian(values)) if np.isfinite(values).sum() >= LEAST else np.nan
    if middle < UNRELATED:
        yield session.finding(
            KIND, [profile for profile in profiles if profile.tokens.texts],
            f"the spectra under a label differ between utterances (correlation {middle:.2f})",
            "the labels are of another session, or late; delete them: start and end of speech are then estimated from the sound",
            file="labels",
        )
        return
    limit = np.minimum(RELATED, middle - BELOW)  # NaN if too few utterances have labels
    suspects = [profile for profile, value in zip(profiles, values, strict=True) if value < limit or not profile.contrast]
    if suspects:
        yield session.finding(
            KIND, suspects, "the spectra under the labels do not match the labels",
            "take the label file of this utterance from the corpus again, or delete it", file="labels", severity=WARNING,
        )
    long = [profile for profile in profiles if profile.label_end > profile.seconds + RUN_ON and profile not in suspects]
    if long:
        yield session.finding(
            "long labels", long, f"labels end at {long[0].label_end:.2f} s, the sound at {long[0].seconds:.2f} s",
            "the sound is truncated; take it from the corpus again", file="sound",
        )


def related(utterances: Sequence[Tokens]) -> np.ndarray:
    """Return the correlation of spectra under labels with means under the same labels in all others, (utterances,); NaN if few."""
    per_utterance = [_sums(tokens) for tokens in utterances]
    total: dict[str, np.ndarray] = {}
    for sums in per_utterance:
        for text, values in sums.items():
            total[text] = total.get(text, 0) + values
    return np.array([
        _related(tokens, {text: total[text] - own[text] for text in own})
        for tokens, own in zip(utterances, per_utterance, strict=True)
    ])


def _sums(tokens: Tokens) -> dict[str, np.ndarray]:
    """Return text -> number of frames, then the sum over frames of each band minus the utterance's mean."""
    sums: dict[str, np.ndarray] = {}
    if tokens.texts:
        centred = tokens.bands - np.average(tokens.bands, axis=0, weights=tokens.frames)
        for text, frames, values in zip(tokens.texts, tokens.frames, centred, strict=True):
            sums[text] = sums.get(text, 0) + frames * np.append(1.0, values)
    return sums


def _related(tokens: Tokens, others: dict[str, np.ndarray]) -> float:
    known = [index for index, text in enumerate(tokens.texts) if others[text][0] > 0]
    if len(known) < LEAST_LABELS:
        return np.nan
    expected = np.array([others[tokens.texts[index]][1:] / others[tokens.texts[index]][0] for index in known])
    measured, weights = tokens.bands[known].astype(float), tokens.frames[known]
    expected, measured = (values - np.average(values, axis=0, weights=weights) for values in (expected, measured))
    power = np.sqrt((weights @ np.square(expected)).sum() * (weights @ np.square(measured)).sum())
    return float((weights @ (expected * measured)).sum() / power) if power > 0 else np.nan
