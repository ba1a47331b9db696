"""Measure what analysis by synthesis gains over a network on held-out sentences of a synthetic speaker.

Run as `python -m experiments.analysis_by_synthesis`. The fitted vocal tract has the speaker's own anatomy and prior, so the
results are upper bounds. The sound has passed through a microphone whose response the search does not know. The network is trained
on the same speaker ("own") or on five others ("others"); "none" starts from the mean posture.
"""

import argparse
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import torch

from artinv.core.records import Frames, Utterance
from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams, clean
from artinv.data.frames import features
from artinv.data.normalize import NormalizeParams, estimate
from artinv.data.stats import Stats
from artinv.learn.experiment import ExperimentParams
from artinv.learn.inverter import Inverter
from artinv.learn.models import ModelParams
from artinv.learn.train import train
from artinv.measure import metrics
from artinv.phones.inputs import InputParams
from artinv.synth.fitting.breath import Breath, breath_of_score, estimate_breath
from artinv.synth.fitting.fit import FitParams, fit
from artinv.synth.fitting.pitch import source_features
from artinv.synth.fitting.pose import pose
from artinv.synth.fitting.prior import Prior, speaker_prior
from artinv.synth.fitting.resynthesis import interpolate_at
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose, speak
from artinv.synth.speaker.speakers import Speaker, make_speaker
from artinv.synth.tract.controls import FRAME_RATE, HOP
from artinv.synth.tract.render import Synth

TRAINED, VALID = 40, 5
HELD_OUT = range(201, 400)
ANCHORS = {"own": 0.3, "others": 0.1, "none": 0.0, "truth": 1000.0}
"""Weight of the starting trajectory in the cost: higher for a network's estimate than for the mean posture."""
OTHERS = ("M02", "F02", "M3", "F1", "msak0")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A cleaned utterance, its frames, and the true sources and controls of its sound."""

    utterance: Utterance
    frames: Frames
    breath: Breath
    controls: torch.Tensor  # (frames, 13) at 200 Hz


def record(speaker: Speaker, number: int, part: str, stretch: float = 1.0) -> Spoken:
    """Synthesize one sentence, clean it and compute its features as the pipeline does."""
    line = sentence("benchmark", number)
    raw = speak(speaker, line, number, corpus="hprc", stretch=stretch)
    cleaned, report = clean(raw, CleanParams.load(Workspace().params))
    if not isinstance(cleaned, Utterance):
        raise SystemExit(f"{raw.id}: {report.reason}")
    first = round((raw.phones[-1].start - cleaned.phones[-1].start) * FRAME_RATE)
    kept, score = slice(first, first + len(cleaned.sound) // HOP), compose(speaker, line, number, stretch)[1]
    controls = torch.from_numpy(score.controls[kept].astype(np.float32))
    frames = features(cleaned, InputParams.load(Workspace().params))
    return Spoken(cleaned, replace(frames, part=part), breath_of_score(score).part(kept), controls)


def learn(speakers: Iterable[Speaker], sentences: int, name: str) -> tuple[Inverter, dict[str, Stats]]:
    """Train a small network on some sentences of each speaker; return it with the statistics of each speaker."""
    normal, stats = [], {}
    for speaker in speakers:
        spoken = [record(speaker, number, "valid" if number <= VALID else "train").frames for number in range(1, sentences + 1)]
        stats[speaker.name] = estimate(spoken, NormalizeParams.load(Workspace().params))
        normal += [stats[speaker.name].normalize(frames) for frames in spoken]
    params = ExperimentParams.load(Workspace().params).of_split("spec").model_copy(
        update={"threads": 1, "device": "cpu", "model": name, "batch_frames": 1200, "lr": 0.002, "schedule": "plateau"})
    sizes = ModelParams.load(Workspace().params).sizes(name)
    parts = [[frames for frames in normal if frames.part == part] for part in ("train", "valid")]
    network = train(params, sizes, *parts).network
    width, rate = normal[0].acoustics.shape[1], normal[0].rate
    return Inverter(model=name, sizes=sizes, n_in=width, rate=rate, network=network), stats


def estimated(inverter: Inverter, stats: Stats, spoken: Spoken) -> np.ndarray:
    """Return the network's estimate (frames, 18) in standard deviations."""
    return inverter.predict((spoken.frames.acoustics - stats.acoustic_mean) / stats.acoustic_std)


def posture(z: np.ndarray, frames: int, rate: float, synth: Synth, prior: Prior) -> torch.Tensor:
    """Return the network's estimate as controls (frames, 13) at 200 Hz."""
    return pose(prior.placed(interpolate_at(z, np.arange(frames) * rate / FRAME_RATE)), synth.geometry, prior)


def pearson(spoken: Spoken, coils: torch.Tensor) -> float:
    """Return the mean Pearson correlation over the 14 coil channels with the measured coils."""
    every = round(FRAME_RATE / spoken.frames.rate)
    trajectory = coils.numpy()[::every]
    return float(np.nanmean(metrics.pearson(spoken.utterance.coils[: len(trajectory)], trajectory)))


def main() -> None:
    """Train the networks, run the search, print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speaker", default="M01")
    parser.add_argument("--utterances", type=int, default=4)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--seconds", type=float, default=2.5, help="skip longer sentences")
    parser.add_argument("--model", default="tcn")
    args = parser.parse_args()
    torch.set_num_threads(1)
    speaker = make_speaker(args.speaker)
    own = learn([speaker], TRAINED, args.model)
    others = learn([make_speaker(name) for name in OTHERS if name != args.speaker], TRAINED // 2, args.model)
    stats = own[1][speaker.name]
    synth, prior = Synth(speaker.anatomy, speaker.voice), speaker_prior(speaker)
    held_out = (record(speaker, number, "test", 0.8) for number in HELD_OUT)
    chosen = list(islice((spoken for spoken in held_out if spoken.utterance.seconds < args.seconds), args.utterances))
    print(f"synthetic speaker {speaker.name}, {args.steps} steps, {args.model}")
    print("r: mean Pearson of 14 coil channels; d: log mel distance in dB; truth: start from and stay near the true articulation")
    print(f"{'sentence':40} {'start':7} {'sources':9}    s  r net r start  r end d start  d end  cpu s")
    rows: dict[tuple[str, str], list[np.ndarray]] = {}
    for spoken in chosen:
        sound = torch.from_numpy(spoken.utterance.sound)
        frames = len(sound) // HOP
        estimated_breath = estimate_breath(source_features(spoken.utterance.sound))
        for origin, inverter in (("own", own[0]), ("others", others[0]), ("none", own[0]), ("truth", own[0])):
            z = estimated(inverter, stats, spoken) * (origin != "none")
            start = spoken.controls if origin == "truth" else posture(z, frames, spoken.frames.rate, synth, prior)
            net = np.nanmean(metrics.pearson(spoken.utterance.coils, z[:, [*range(12), 16, 17]]))
            for sources, breath in (("known", spoken.breath), ("estimated", estimated_breath)):
                clock = time.process_time()
                params = FitParams(
                    steps=args.steps, breath=0.3 * (sources == "estimated"), anchor=ANCHORS[origin],
                    prior=0.02 * (origin != "truth"))
                fitted = fit(sound, synth, breath, start, prior=prior, params=params)
                r = [net, pearson(spoken, synth.geometry.coils(start)), pearson(spoken, fitted.coils)]
                values = [frames / FRAME_RATE, *r, *fitted.history[[0, -1]], time.process_time() - clock]
                rows.setdefault((origin, sources), []).append(np.array(values))
                print(_row(spoken.utterance.text[:39], origin, sources, rows[origin, sources][-1]), flush=True)
    for (origin, sources), values in rows.items():
        print(_row("mean", origin, sources, np.mean(values, axis=0)))


def _row(name: str, origin: str, sources: str, values: np.ndarray) -> str:
    forms = ("4.1f", "6.3f", "7.3f", "6.3f", "7.2f", "6.2f", "6.1f")
    return f"{name:40} {origin:7} {sources:9} {' '.join(f'{value:{form}}' for value, form in zip(values, forms, strict=True))}"


if __name__ == "__main__":
    main()
