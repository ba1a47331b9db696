"""Synthetic utterances whose motion and acoustics depend on the phone, and helpers that run ABX on them."""

import numpy as np
import torch

from artinv.abx import report
from artinv.abx.representations import AbxParams, collect, measure
from artinv.core.ids import SpeakerId, UtteranceId
from artinv.core.records import Label
from artinv.data.splits import Split
from artinv.data.stats import Stats
from artinv.learn import models
from artinv.learn.inverter import Inverter
from tests.support import toys

ANY = AbxParams(context=False, tokens=10, seed=0, across="corpus", contrasts="all")
SAID = ("sp", "AA1", "T", "AA0", "D", "IY1", "S", "T", "Z", "IY0", "sp")
SPLIT = Split(
    split="spec", test_speaker=SpeakerId("hprc/F01"), unseen_text=False, origin="synthetic",
    train=(UtteranceId("hprc/F01/F01_091"),), valid=(UtteranceId("hprc/F01/F01_092"),), test=(UtteranceId("hprc/F01/F01_001"),),
)


def said(speaker="F01", number=1, *, corpus="hprc", phones=SAID, part="test", velum=False, **facts):
    """Return an utterance of 11 phones, 4 to 8 frames each; motion and acoustics are noise around a mean of each phone."""
    rng = toys.rng("abx", corpus, speaker, number)
    counts = rng.integers(4, 9, len(phones))
    edges = np.concatenate([[0], np.cumsum(counts)]) / 100
    labels = tuple(Label(text, start, end) for text, start, end in zip(phones, edges[:-1], edges[1:], strict=True))
    places = [toys.rng("place", text.rstrip("012")).standard_normal(18) for text in phones]
    motion = np.repeat(places, counts, axis=0) + 0.8 * rng.standard_normal((counts.sum(), 18))
    if not velum:
        motion[:, -2:] = np.nan
    acoustics = np.nan_to_num(motion[:, :6]) + 0.5 * rng.standard_normal((len(motion), 6))
    return toys.frames(speaker, number, corpus=corpus, part=part, phones=labels, origin="synthetic",
                       motion=motion.astype(np.float32), acoustics=acoustics.astype(np.float32), **facts)


def stats_of(utterances):
    stats = {}
    for utterance in utterances:
        std = np.where(np.isfinite(utterance.motion).any(axis=0), 1, np.nan).astype(np.float32)
        nothing = np.zeros(6, np.float32)
        stats[utterance.speaker_id] = Stats(
            names=np.array([utterance.name]), motion_mean=np.zeros((1, 18), np.float32), motion_std=std, acoustic_mean=nothing,
            acoustic_std=nothing + 1, reglued=np.zeros((0, 2), np.int64))
    return stats


def inverter(learned=16):
    """Return a model that predicts the first six channels as equal to the acoustics."""
    sizes = models.get("ridge").Sizes(context=0, penalty=1.0)
    network = models.build("ridge", sizes, 6, 100.0)
    network.weight.zero_()
    network.weight[:6, :6] = torch.eye(6)
    std = np.where(np.arange(18) < learned, 1, np.nan).astype(np.float32)
    return Inverter(model="ridge", sizes=sizes, n_in=6, rate=100.0, network=network, features={"kind": "mfcc"},
                    statistics={"mean": np.zeros(18, np.float32), "std": std})


def crowd(*speakers, utterances=2, **facts):
    return [said(speaker, number, **facts) for speaker in speakers for number in range(1, utterances + 1)]


def material(frames, params=ANY, learned=16):
    return collect(frames, stats_of(frames), inverter(learned), params)


def details(found, params=ANY):
    return report.report(measure(found, params, 1), found, SPLIT, "ridge", params)
