"""One layer at the points of the training speakers: its linear probes, its code, and the changes that remove the speaker."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.factors.disentanglement import Coded
from artinv.factors.layers import erasure, probes
from artinv.factors.layers.points import Points
from artinv.factors.layers.taps import Edit

_KNOWN = 0.5
"""Share of the points at which a trajectory has to be known to count as a factor of the metrics."""

TRAJECTORIES = "trajectories"
"""Name of the mean over the 18 trajectories."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Values of a layer; probes are fitted at one half of the points, of other utterances than the other half."""

    values: np.ndarray  # (points, values) float64
    points: Points
    fits: np.ndarray  # (points,) bool
    penalty: float  # of the probes

    def probes(self) -> dict[str, float]:
        """Return the score of a linear probe of each factor, and the mean over the trajectories.

        The sex of a speaker is predicted from the other speakers, so that it is not the identity of the speaker.
        """
        points = self.points
        return {
            "speaker": self.speaker(), "speaker of an utterance": self._of_utterance(),
            "sex": probes.classify_across(self.values, points.sexes, points.speakers, self.penalty),
            **self.transfer(self.values[~self.fits], points.take(~self.fits)),
        }

    def speaker(self, edit: Edit | None = None) -> float:
        """Return the score of a probe of the speaker, after a change of the values."""
        values, names = edit(self.values) if edit else self.values, self.points.speakers
        fits = self.fits
        return probes.classify(values[fits], names[fits], values[~fits], names[~fits], self.penalty)

    def _of_utterance(self) -> float:
        """Return the score of a probe of the speaker from the mean over the points of an utterance."""
        _, first, places = np.unique(self.points.utterances, return_index=True, return_inverse=True)
        means = np.stack([self.values[places == number].mean(0) for number in range(len(first))])
        fits, names = self.fits[first], self.points.speakers[first]
        return probes.classify(means[fits], names[fits], means[~fits], names[~fits], self.penalty)

    def transfer(self, values: np.ndarray, points: Points) -> dict[str, float]:
        """Return the scores of the probes of phone and trajectories, fitted on the first half, at other points."""
        own, fits, shown = self.points, self.fits, points.phones != ""
        named = fits & (own.phones != "")
        phone = probes.classify(self.values[named], own.phones[named], values[shown], points.phones[shown], self.penalty)
        motion = probes.predict(self.values[fits], own.motion[fits], values, points.motion, self.penalty)
        known = motion[np.isfinite(motion)]
        mean = float(known.mean()) if len(known) else np.nan
        return {"phone": phone, TRAJECTORIES: mean, **dict(zip(CHANNELS, motion.tolist(), strict=True))}

    def coded(self, bins: int) -> Coded:
        """Return the values as a code of speaker, sex, phone and all trajectories that most speakers have, in `bins` levels."""
        motion = self.points.motion
        used = np.flatnonzero(np.isfinite(motion).mean(0) > _KNOWN)
        whole = np.isfinite(motion[:, used]).all(1) & (self.points.phones != "")
        names = [self.points.speakers, self.points.sexes, self.points.phones]
        levels = [np.unique(column[whole], return_inverse=True)[1] for column in names]
        shares = np.arange(1, bins) / bins
        levels += [np.searchsorted(np.quantile(column, shares), column) for column in motion[whole][:, used].T]
        titles = ("speaker", "sex", "phone", *(CHANNELS[channel] for channel in used))
        ordered = (False,) * 3 + (True,) * len(used)
        return Coded(self.values[whole], np.stack(levels, 1).astype(np.int64), titles, ordered)

    def edits(self, unseen: np.ndarray, ranks: Sequence[int], rng: np.random.Generator) -> dict[str, Edit]:
        """Return the changes by name: speaker directions removed, as many random ones, and the unseen speaker's mean shifted."""
        values, names = self.values[self.fits], self.points.speakers[self.fits]
        most = len(np.unique(names)) - 1
        edits = {}
        for rank in sorted({min(rank, most, values.shape[1]) for rank in ranks}):
            edits[f"erase {rank}"] = erasure.erase(values, names, rank)
            edits[f"random {rank}"] = erasure.erase_random(values, rank, rng)
        return edits | {"centre": erasure.centre(values, unseen)}
