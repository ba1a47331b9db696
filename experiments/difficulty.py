"""Measure how difficult the inversion of synthetic speakers is, and which difference between speakers causes it.

Run as `python -m experiments.difficulty [--sentences 60] [--factors]`. A small BiLSTM is trained on one speaker alone (spec) and on
seven others (loso). Requirement: Pearson .80 to .90 for spec and .65 to .80 for loso, as on recordings of real speakers. With
`--factors` one difference at a time is removed or doubled. Finished figures are written to a file, so that an interrupted run
resumes.
"""

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from artinv import synth
from artinv.core.channels import CHANNELS, COIL_COLUMNS
from artinv.core.files import write_json
from artinv.core.records import Frames, Rejected
from artinv.core.workspace import Workspace
from artinv.corpora import writers
from artinv.data.clean import CleanParams, clean
from artinv.data.dataset import Entry
from artinv.data.frames import features
from artinv.data.normalize import NormalizeParams, estimate
from artinv.data.splits import SplitParams, split
from artinv.learn.inverter import Inverter
from artinv.learn.models import bilstm
from artinv.learn.train import TrainParams, train
from artinv.measure import metrics
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import BadData
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track
from artinv.synth.corpus.demo import DemoParams, with_accent
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import Speaker, Variability, draw_speaker, make_speaker
from tests.support import corpora

SPEAKERS = {"F01": "hprc", "F03": "hprc", "M01": "hprc", "M02": "hprc", "F1": "usc", "M3": "usc", "fsew0": "mocha",
            "msak0": "mocha"}
FEW = ("F03", "M01", "M3", "fsew0")
"""Test speakers of the tables of factors; all speakers would take too long."""

FEWER = 40
"""Sentences of each speaker in the tables of factors."""

FACTORS = ("coils", "equivalence", "anatomy", "habits", "token", "voice", "channel", "timing", "ema_noise")
SMALL = bilstm.Sizes(context=2, dense=64, dense_layers=1, width=64, layers=2, smoothing="fixed", cutoff=10.0)
EPOCHS, SECONDS = {"spec": 40, "indep": 10}, {"spec": 40, "indep": 80}
"""Maximum number of epochs, and seconds of speech per step; one speaker alone has a ninth of the speech.

Twice as many epochs at half the learning rate gained nothing for F01.
"""

TITLES = {"spec": "spec", "indep": "loso"}


@dataclass(frozen=True, slots=True)
class Setting:
    """The conditions of one row of a table."""

    variability: Variability
    default: Variability  # of params.yaml; it selects the random draw of each speaker
    sentences: int
    rate: int  # frames per second
    seed: int
    params: Path
    accents: bool  # speakers have those of their corpora

    @property
    def key(self) -> str:
        """Return a digest of this setting and of the code of the synthesizer."""
        modules = sorted(Path(synth.__file__).parent.rglob("*.py"))
        spreads = self.variability.model_dump(), self.default.model_dump()
        facts = (*spreads, self.accents, self.sentences, self.rate, self.seed, SMALL.model_dump(), EPOCHS, SECONDS)
        return hashlib.sha256(repr(facts).encode() + b"".join(module.read_bytes() for module in modules)).hexdigest()[:12]


def make_variant(setting: Setting, name: str) -> Speaker:
    """Return a speaker from the same random draw under every setting; `make` would redraw speakers unlike real ones."""
    attempt = int(make_speaker(name, setting.default, setting.seed).session.rpartition("/")[2])
    speaker = draw_speaker(name, setting.variability, (setting.seed, name, attempt))
    return with_accent(speaker, SPEAKERS[name], setting.seed) if setting.accents else speaker


def session(item: tuple[Setting, str]) -> list[Frames]:
    """Synthesize one speaker and run the stages up to normalization; the velum is missing where the corpus lacks it."""
    torch.set_num_threads(1)
    setting, name = item
    corpus, speaker = SPEAKERS[name], make_variant(setting, name)
    cleaning = CleanParams.load(setting.params).model_copy(update={"rate": setting.rate})
    frames_of_speaker, kind = [], InputParams.load(setting.params)
    for order in range(1, setting.sentences + 1):
        utterance = speak(speaker, sentence(writers.get(corpus).reading_list or corpus, order), order, corpus=corpus)
        if name not in corpora.get(corpus).velum:
            utterance.coils[:, [column.startswith("v_") for column in COIL_COLUMNS]] = np.nan
        record, _ = clean(utterance, cleaning)
        if isinstance(record, Rejected):
            raise BadData(f"{record.id}: {record.reason}; this benchmark must not contain rejected utterances")
        frames_of_speaker.append(features(record, kind))
    stats = estimate(frames_of_speaker, NormalizeParams.load(setting.params))
    return [stats.normalize(frames) for frames in frames_of_speaker]


def score(records: Mapping[str, Frames], kind: str, tested: str, seed: int) -> np.ndarray:
    """Train a model for one test speaker; return Pearson by channel, averaged over the test utterances."""
    entries = [Entry(frames.id, frames.part, frames.sentence, len(frames.motion), frames.origin) for frames in records.values()]
    choice = SplitParams(corpora=sorted(set(SPEAKERS.values())), valid_speakers=[], train_corpora=[], unseen_text=False,
                         split=kind, test_speaker=tested)
    parts = split(entries, choice)
    training, valid, test = ([records[id_] for id_ in ids] for ids in (parts.train, parts.valid, parts.test))
    params = TrainParams(
        model="bilstm", epochs=EPOCHS[kind], batch_frames=SECONDS[kind] * round(training[0].rate), lr=0.008, schedule="plateau",
        halve_after=2, stop_after=6, alpha=0.5, clip=1.0, seed=seed, threads=1, device="cpu", precision="float32",
    )
    network = train(params, SMALL, training, valid).network
    inverter = Inverter(model="bilstm", sizes=SMALL, n_in=training[0].acoustics.shape[1], rate=training[0].rate, network=network)
    predicted = inverter.predict_many([frames.acoustics for frames in test])
    pairs = zip(test, predicted, strict=True)
    return metrics.average(np.stack([metrics.pearson(frames.motion, motion) for frames, motion in pairs]))


def measure(
    rows: Mapping[str, Setting], names: Sequence[str], results: Path, workers: int,
) -> Iterator[dict[str, np.ndarray]]:
    """Yield for each row Pearson (speakers, 18) by split; figures that are in `results` are not computed again.

    While the models of one row are trained, workers synthesize the speakers of the next row.
    """
    known = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    wanted = [f"{kind} {name}" for kind in TITLES for name in names]
    incomplete = {title: setting for title, setting in rows.items() if not set(wanted) <= known.get(setting.key, {}).keys()}
    spoken = imap(session, [(setting, name) for setting in incomplete.values() for name in SPEAKERS], workers)
    for title, setting in rows.items():
        figures = known.setdefault(setting.key, {"title": title})
        if title in incomplete:
            speakers = track(islice(spoken, len(SPEAKERS)), f"{title}: synthesize", len(SPEAKERS))
            records = {frames.id: frames for speaker in speakers for frames in speaker}
            torch.set_num_threads(1)
            for key in track([key for key in wanted if key not in figures], f"{title}: train"):
                figures[key] = score(records, *key.split(), setting.seed)
                write_json(results, known)
        yield {kind: np.array([figures[f"{kind} {name}"] for name in names], dtype=float) for kind in TITLES}


def by_speaker(figures: Mapping[str, np.ndarray]) -> list[str]:
    """Return the lines of a table: each speaker, their mean, and each channel."""
    means = {kind: metrics.mean_over(values, "pearson") for kind, values in figures.items()}
    lines = ["| speaker | spec | loso |", "|---|---|---|"]
    rows = zip(SPEAKERS, means["spec"], means["indep"], strict=True)
    lines += [f"| {name} | {spec:.2f} | {loso:.2f} |" for name, spec, loso in rows]
    lines += [f"| mean | **{means['spec'].mean():.3f}** | **{means['indep'].mean():.3f}** |", ""]
    lines += ["| channel | spec | loso |", "|---|---|---|"]
    channels = zip(CHANNELS, metrics.average(figures["spec"]), metrics.average(figures["indep"]), strict=True)
    return [*lines, *(f"| {name} | {spec:.2f} | {loso:.2f} |" for name, spec, loso in channels)]


def factor_line(title: str, figures: Mapping[str, np.ndarray], default: Mapping[str, np.ndarray]) -> str:
    """Return a row with means over speakers, and the mean change for the same speakers with its standard error."""
    cells = []
    for kind in TITLES:
        after, before = (metrics.mean_over(values[kind], "pearson") for values in (figures, default))
        gain = after - before
        cells += [f"{after.mean():.3f}", f"{gain.mean():+.3f} ± {gain.std(ddof=1) / np.sqrt(len(gain)):.3f}"]
    return f"| {title} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=60, help="sentences of each speaker in the first table")
    parser.add_argument("--factors", action="store_true", help="measure each difference separately")
    parser.add_argument("--only", nargs="+", default=[], help="rows to measure: coils=0 equivalence=1.5 (one row: a=0,b=0)")
    parser.add_argument("--rate", type=int, default=50, help="frames per second")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--params", type=Path, default=Workspace().params)
    parser.add_argument("--results", type=Path, default=Path(tempfile.gettempdir()) / "artinv-difficulty.json")
    arguments = parser.parse_args()
    demo = DemoParams.load(arguments.params)
    default = demo.variability
    run = partial(measure, results=arguments.results, workers=arguments.workers)

    def setting(sentences: int, **changes: float) -> Setting:
        variability = Variability.of(default.model_dump() | changes)
        return Setting(variability, default, sentences, arguments.rate, arguments.seed, arguments.params, demo.accents)

    if not arguments.only:
        figures = next(run({"all speakers": setting(arguments.sentences)}, list(SPEAKERS)))
        print("\n".join(by_speaker(figures)), flush=True)
    changes = [{name: float(value) for name, value in (part.split("=") for part in line.split(","))} for line in arguments.only]
    if arguments.factors:
        changes += [*({name: 0.0} for name in FACTORS), dict.fromkeys(FACTORS, 0.0)]
    if not changes:
        return
    before = next(run({"as in params.yaml": setting(FEWER)}, FEW))
    print(f"\n| SYNTHETIC, {FEWER} sentences | spec | change | loso | change |\n|---|---|---|---|---|", flush=True)
    print(factor_line("as in params.yaml", before, before), flush=True)

    def table(changes: Sequence[Mapping[str, float]]) -> list[float]:
        lines = {", ".join(f"{name} {value:g}" for name, value in each.items()): setting(FEWER, **each) for each in changes}
        gains = []
        for title, figures in zip(lines, run(lines, FEW), strict=True):
            print(factor_line(title, figures, before), flush=True)
            gains.append(np.mean(metrics.mean_over(figures["indep"], "pearson") - metrics.mean_over(before["indep"], "pearson")))
        return gains

    gains = table(changes)
    if arguments.factors:
        largest = np.argsort(gains[-len(FACTORS) - 1:-1])[::-1][:3]
        table([{FACTORS[at]: 2 * getattr(default, FACTORS[at])} for at in largest])


if __name__ == "__main__":
    main()
