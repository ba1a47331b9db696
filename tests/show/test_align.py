"""Alignment of two takes, compared with a search of all paths and with takes whose relation in time is known."""

from itertools import pairwise, product

import numpy as np
import pytest

from artinv.core.records import Label
from artinv.show.view import align
from tests.support import javascript
from tests.support.scenes import scene
from tests.support.toys import rng


def cheapest(distances):
    """Return the least sum of distances over all paths from corner to corner, by trying each."""
    def below(i, j):
        if (i, j) == (distances.shape[0] - 1, distances.shape[1] - 1):
            return distances[i, j]
        steps = [(i + a, j + b) for a, b in ((1, 1), (1, 0), (0, 1)) if i + a < distances.shape[0] and j + b < distances.shape[1]]
        return distances[i, j] + min(below(*step) for step in steps)

    return below(0, 0)


@pytest.mark.parametrize(("rows", "columns"), [*product((1, 2, 4), (1, 3, 5))])
def test_the_path_has_the_least_sum_of_all_paths(rows, columns):
    distances = rng("path", rows, columns).random((rows, columns))
    path = align.best_path(distances)
    assert (path[0], path[-1]) == ((0, 0), (rows - 1, columns - 1))
    assert all((b[0] - a[0], b[1] - a[1]) in {(1, 1), (1, 0), (0, 1)} for a, b in pairwise(path))
    assert sum(distances[cell] for cell in path) == pytest.approx(cheapest(distances))


def spoken(seconds, start, rate=16000, pace=1.0, key="speech"):
    """Return a scene of noise whose colour changes every 50 ms; `pace` stretches its time."""
    generator = rng(key)
    colours = generator.uniform(300, 4000, 20)
    time = np.arange(int(1.0 * pace * rate)) / rate
    frequency = np.interp(time / pace, np.arange(20) * 0.05, colours)
    voice = 0.3 * np.sin(2 * np.pi * np.cumsum(frequency) / rate)
    sound = 1e-3 * generator.standard_normal(int(seconds * rate))
    first = int(start * rate)
    sound[first:first + len(voice)] += voice
    return scene(seconds, sound=sound.astype(np.float32), phones=())


@pytest.mark.parametrize(("seconds", "start", "pace"), [(2.0, 0.5, 1.0), (2.5, 0.7, 1.3), (1.6, 0.2, 0.8)])
@pytest.mark.parametrize("way", ["linear", "dtw"])
def test_times_of_a_stretched_take_are_found(seconds, start, pace, way):
    first, second = spoken(2.0, 0.5), spoken(seconds, start, pace=pace)
    pairs = align.knots(first, second, way)
    assert pairs[0] == (0.0, 0.0)
    assert np.allclose(pairs[-1], (2.0, seconds), atol=0.02)
    assert (np.diff(np.array(pairs), axis=0) >= 0).all()
    inside = np.linspace(0.6, 1.4, 9)
    assert np.abs(align.mapped(pairs, inside) - (start + pace * (inside - 0.5))).max() < 0.07


def test_labels_state_where_speech_is():
    labels = (Label("sil", 0.0, 0.4), Label("a", 0.4, 1.1), Label("sil", 1.1, 2.0))
    assert align.speech(scene(phones=labels)) == (0.4, 1.1)
    assert align.speech(scene(phones=(), sound=np.zeros(32000, np.float32))) == (0.0, 2.0)
    pairs = align.knots(scene(phones=labels), scene(), "linear")
    assert pairs == [(0.0, 0.0), (0.4, 0.2), (1.1, 1.9), (2.0, 2.0)]


def test_without_alignment_times_are_as_recorded():
    assert align.knots(scene(), scene(3.0), "none") == []
    assert align.mapped([], np.array([0.5, 9.0])).tolist() == [0.5, 9.0]


def test_long_takes_are_compared_in_longer_steps(monkeypatch):
    monkeypatch.setattr(align, "_MOST_CELLS", 500)
    pairs = align.knots(spoken(2.0, 0.5), spoken(2.0, 0.5), "dtw")
    assert len(pairs) < 30
    assert np.allclose(*np.array(pairs).T, atol=0.01)


@javascript.needed
def test_the_script_of_the_page_maps_times_as_python_does():
    pairs = [(0.0, 0.0), (0.4, 0.2), (1.1, 1.9), (2.0, 2.5)]
    times = np.linspace(-0.2, 2.4, 40)
    given = {"other": {"align": {"linear": pairs}}, "times": times.tolist()}
    pair = "[line.toOther(time), line.fromOther(line.toOther(time))]"
    code = f"(() => {{ const line = Timeline(input); line.align('linear'); return input.times.map((time) => {pair}); }})()"
    there, back = np.array(javascript.run(["timeline.js"], code, given)).T
    assert np.allclose(there, align.mapped(pairs, times))
    assert np.allclose(back, np.clip(times, 0, 2))
