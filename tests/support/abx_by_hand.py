"""A slow reference implementation of ABX: loops over triples, paths found by backtracking, files read by their format."""

import math
from collections import defaultdict
from fractions import Fraction
from operator import mul

import numpy as np


def unit(frame):
    """Return a frame as a list of floats with length 1."""
    length = math.sqrt(sum(float(value) ** 2 for value in frame))
    return [float(value) / length for value in frame]


def angle(u, v):
    """Return the angle between two frames of length 1, as a fraction of pi."""
    return math.acos(max(-1.0, min(1.0, sum(map(mul, u, v))))) / math.pi


def distance(near):
    """Return the cost of the best path through a table of angles, divided by the number of its steps (found by backtracking)."""
    n, m = len(near), len(near[0])
    cost = [[0.0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            ways = [cost[p][q] for p, q in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if p >= 0 and q >= 0]
            cost[i][j] = near[i][j] + min(ways, default=0.0)
    i, j, steps = n - 1, m - 1, 1
    while i or j:
        if not i:
            j -= 1
        elif not j:
            i -= 1
        else:
            diagonal, above, left = cost[i - 1][j - 1], cost[i - 1][j], cost[i][j - 1]
            if diagonal <= above and diagonal <= left:
                i, j = i - 1, j - 1
            elif left <= above:
                j -= 1
            else:
                i -= 1
        steps += 1
    return cost[-1][-1] / steps


def between(left, right):
    left, right = ([[unit(frame) for frame in token] for token in side] for side in (left, right))
    return np.array([[distance([[angle(u, v) for v in y] for u in x]) for y in right] for x in left])


def cells(distances, phones, x_phones, same):
    """Return {(a, b): (error, number of triples)}; a tie counts half."""
    results = {}
    for a in set(phones):
        for b in set(phones) - {a}:
            marks = []
            for i, p in enumerate(phones):
                for j, q in enumerate(phones):
                    for k, r in enumerate(x_phones):
                        if (p, q, r) == (a, b, a) and not (same and i == k):
                            own, other = distances[i][k], distances[j][k]
                            marks.append(1.0 if other < own else 0.5 if other == own else 0.0)
            if marks:
                results[a, b] = sum(marks) / len(marks), len(marks)
    return results


def read(item, folder, rate):
    """Cut tokens as public tools do; return {speaker: [(phone, context, frames)]}. Frame k is at time (k + 1/2) / rate."""
    header, *rows = item.read_text(encoding="utf-8").splitlines()
    assert header == "#file onset offset #phone prev-phone next-phone speaker"
    speakers = defaultdict(list)
    for row in rows:
        file, onset, offset, phone, before, after, speaker = row.split(" ")
        values = np.load(folder / f"{file}.npy", allow_pickle=False)
        assert values.ndim == 2
        assert np.isfinite(values).all()
        first = math.ceil(Fraction(onset) * rate - Fraction(1, 2))
        last = math.floor(Fraction(offset) * rate - Fraction(1, 2))
        assert 0 <= first <= last < len(values)
        speakers[speaker].append((phone, f"{before} {after}", values[first : last + 1]))
    return speakers


def errors(speakers, *, across, context):
    """Return the error in percent: the mean over contexts and speakers of X, over speakers of A and B, over phone pairs."""
    of_pair = defaultdict(list)
    for ours, tokens in speakers.items():
        of_speaker = defaultdict(list)
        for theirs, x_tokens in speakers.items():
            if (ours == theirs) is across:
                continue
            for shared in sorted({token[1] for token in tokens}) if context else [None]:
                ab, x = ([token for token in side if not context or token[1] == shared] for side in (tokens, x_tokens))
                near = between([token[2] for token in ab], [token[2] for token in x])
                pair_errors = cells(near, [token[0] for token in ab], [token[0] for token in x], not across)
                for pair, (error, _) in pair_errors.items():
                    of_speaker[pair].append(error)
        for pair, values in of_speaker.items():
            of_pair[pair].append(sum(values) / len(values))
    means = [sum(values) / len(values) for values in of_pair.values()]
    return 100 * sum(means) / len(means)
