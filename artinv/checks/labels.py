"""Labels: whether they end with the sound, and whether they are of this sound.

A phone sounds much the same wherever a speaker says it. So the spectrum under each label is compared with the mean spectrum that
this speaker's other utterances have under that label; the two correlate unless the labels are of another utterance, or late.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.checks.look import Tokens

KIND = "labels of another recording"

RUN_ON = 0.1
"""s by which labels may outlast the sound."""

RELATED, BELOW = 0.65, 0.25
"""Correlation of the spectra under labels with those expected that is too low: below this, and so far below the speaker's median.

Synthetic speakers have .83 to .98; with labels of another utterance, or 150 ms late, -.2 to .6.
"""

UNRELATED = 0.5
"""Median over a speaker all of whose labels are wrong: .3 and less where those of the next utterance are taken."""

LEAST = 12
"""Labelled utterances that give expectations."""

LEAST_LABELS = 5
"""Labels of an utterance that make a correlation."""


def checks(session: Session) -> Iterator[Finding]:
    """Labels that outlast the sound, that are of another utterance, that are loud where the sound is not."""
    looks = session.looks
    values = related([look.tokens for look in looks])
    middle = float(np.nanmedian(values)) if np.isfinite(values).sum() >= LEAST else np.nan
    if middle < UNRELATED:
        yield session.finding(
            KIND, [look for look in looks if look.tokens.texts],
            f"what is heard under a label is not what is heard under it elsewhere (correlation {middle:.2f})",
            "the labels are of another session, or late; delete them: the ends of speech then come from the sound", file="labels",
        )
        return
    limit = np.minimum(RELATED, middle - BELOW)  # NaN where too few say what to expect
    apart = [look for look, value in zip(looks, values, strict=True) if value < limit or not look.contrast]
    if apart:
        yield session.finding(
            KIND, apart, "what is heard under the labels is not what they say",
            "take the label file of this utterance from the corpus again, or delete it", file="labels", severity=WARNING,
        )
    long = [look for look in looks if look.label_end > look.seconds + RUN_ON and look not in apart]
    if long:
        yield session.finding(
            "long labels", long, f"labels end at {long[0].label_end:.2f} s, the sound at {long[0].seconds:.2f} s",
            "the sound is cut; take it from the corpus again", file="sound",
        )


def related(utterances: Sequence[Tokens]) -> np.ndarray:
    """(utterances,) correlation between spectra under labels and the means under the same labels in all others; NaN if few."""
    own = [_sums(tokens) for tokens in utterances]
    total: dict[str, np.ndarray] = {}
    for sums in own:
        for text, values in sums.items():
            total[text] = total.get(text, 0) + values
    return np.array([
        _related(tokens, {text: total[text] - mine[text] for text in mine}) for tokens, mine in zip(utterances, own, strict=True)
    ])


def _sums(tokens: Tokens) -> dict[str, np.ndarray]:
    """Text -> frames, then the sum over frames of each band less the utterance's mean."""
    sums: dict[str, np.ndarray] = {}
    if tokens.texts:
        heard = tokens.bands - np.average(tokens.bands, axis=0, weights=tokens.frames)
        for text, frames, values in zip(tokens.texts, tokens.frames, heard, strict=True):
            sums[text] = sums.get(text, 0) + frames * np.append(1.0, values)
    return sums


def _related(tokens: Tokens, others: dict[str, np.ndarray]) -> float:
    told = [index for index, text in enumerate(tokens.texts) if others[text][0] > 0]
    if len(told) < LEAST_LABELS:
        return np.nan
    expected = np.array([others[tokens.texts[index]][1:] / others[tokens.texts[index]][0] for index in told])
    heard, weights = tokens.bands[told].astype(float), tokens.frames[told]
    expected, heard = (values - np.average(values, axis=0, weights=weights) for values in (expected, heard))
    power = np.sqrt((weights @ np.square(expected)).sum() * (weights @ np.square(heard)).sum())
    return float((weights @ (expected * heard)).sum() / power) if power > 0 else np.nan
