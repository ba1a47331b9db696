"""Write folders of results like those of the pipelines, with the writers of the pipelines but without running them."""

import hashlib
from dataclasses import replace

import numpy as np
import yaml

from artinv.abx.report import AbxCounts, AbxRun, AbxScores, PairCounts
from artinv.core.channels import CHANNELS
from artinv.core.files import write_json, write_text
from artinv.core.workspace import Workspace
from artinv.data.clean_report import Report, rejected, tally
from artinv.evaluate import loso as folds
from artinv.evaluate import sim2real
from artinv.evaluate.calibration_groups import CalibrationGroups
from artinv.evaluate.results import MODEL, AdaptedScores, Amount, ErrorLists, FoldCoverage
from artinv.evaluate.scores import EvaluateParams, evaluate
from artinv.matching.results import (
    Change,
    Closeness,
    Gains,
    MatchingRun,
    MatchingScores,
    MethodGains,
    NetworkScores,
    ParameterChange,
    ParameterScores,
)
from artinv.measure.intervals import ErrorHistogram
from artinv.measure.metrics import ADAPTED
from artinv.show.report import page
from artinv.show.results import plots
from tests.support.folds_for_tests import RUN, blind, noisy, statistics, truths

PARAMS = EvaluateParams(draws=100, seed=0, examples=3)
SPEAKERS = ("hprc/F01", "hprc/M01", "mocha/fsew0")
FACTS = replace(RUN, artinv="0.1.0", python="3.11.7", numpy="2.4.6", torch="2.13.0")


def fold(speaker, *, seed=0, noise=0.8, number=4, **facts):
    """Return the result of a fold, its test utterances and their predictions."""
    corpus, _, name = speaker.partition("/")
    made = truths(number, seed=seed, absent=("v_x", "v_y") if speaker != "mocha/fsew0" else (), corpus=corpus, speaker=name)
    motions = {MODEL: noisy(made, noise, seed), "ridge": noisy(made, 1.5, seed + 100)}
    run = replace(FACTS, **{"test_speaker": speaker, "split": "indep", "model": "tcn"} | facts)
    return evaluate(made, motions, {speaker: statistics(made, seed)}, blind(), run=run, params=PARAMS), made, motions[MODEL]


def loso(root, speakers=SPEAKERS, models=("bilstm", "tcn"), **facts):
    """Write the files of `make loso`, with intervals and adapted scores for the last model; return the summary."""
    scores = []
    for kind, model in enumerate(models):
        for at, speaker in enumerate(speakers):
            result, made, motion = fold(speaker, seed=at, noise=0.5 + 0.1 * (at * 7 % 5) + 0.2 * kind, model=model, **facts)
            own = result.scores
            scores.append(replace(own, adapted=_adapted(own), **_held(made, motion)) if model == models[-1] else own)
    return folds.write(scores, PARAMS, Workspace(root), _calibration(scores, models[-1]))


def _calibration(scores, model):
    """All test speakers in one group, with the errors of their own folds."""
    errors = {one.run.test_speaker: {kind: lists.errors for kind, lists in one.errors.items()}
              for one in scores if one.run.model == model}
    return CalibrationGroups(model, (errors,))


def default(root, *, number=6, **facts):
    """Write the files of `dvc repro` after cleaning, and dvc.lock; return the result."""
    result, made, motion = fold("mocha/fsew0", seed=3, noise=0.6, number=number, **{"split": "spec"} | facts)
    result = replace(result, scores=replace(result.scores, intervals=_held(made, motion)["intervals"]))
    result.save(Workspace(root))
    middle = number // 2
    plots.example(Workspace(root).trajectories, result, made[middle], motion[middle], statistics(made, 3))
    curve = [(at, 0.2 + 0.6 / at, 0.4 + 0.5 / at + 0.02 * max(0, at - 9), 2e-3 * 0.5 ** (at // 5)) for at in range(1, 15)]
    write_text(root / "plots/loss.csv", "epoch,train,valid,lr\n" + "".join(f"{e},{t:.6f},{v:.6f},{r:g}\n" for e, t, v, r in curve))
    trained = {"epochs": 14, "best_epoch": 9, "train_loss": curve[8][1], "valid_loss": curve[8][2], "parameters": 556050}
    write_json(root / "metrics/train.json", {"inverter": trained, "ridge": {**trained, "parameters": 7740}})
    lock(root)
    return result


def lock(root, **choices):
    """Write a dvc.lock with the parameters of the run that wrote metrics/details.json."""
    chosen = {
        "split": {"corpora": ["mocha", "hprc"], "split": "spec", "test_speaker": "fsew0"},
        "train": {"train": {"model": "tcn", "lr": 0.002, "seed": 7}, "models": {"tcn": {"width": 128}, "mlp": {"width": 300}},
                  "features": {"kind": "mfcc", "ssl": {"checkpoint": "none"}}},
        "evaluate": {"evaluate": {"draws": 100, "seed": 0}, **choices},
    }
    stages = {name: {"cmd": f"python -m stages.{name}", "params": {"params.yaml": values}} for name, values in chosen.items()}
    digest = hashlib.md5(Workspace(root).details.read_bytes(), usedforsecurity=False).hexdigest()
    stages["evaluate"]["outs"] = [{"path": str(Workspace().details), "hash": "md5", "md5": digest}]
    write_text(root / "dvc.lock", yaml.safe_dump({"schema": "2.0", "stages": stages}))


def corpora(root, unfit=3):
    """Write the metrics of ingest and clean for two corpora; return the metrics of clean."""
    tallies = {}
    for corpus, names in (("hprc", ("F01", "M01")), ("mocha", ("fsew0", "maps0"))):
        speakers = {name: {"sources": 20, "unreadable": 1, "utterances": 19, "minutes": 1.25} for name in names}
        sums = {"sources": 40, "unreadable": 2, "utterances": 38, "minutes": 2.5, "missing": 1, "skipped": 0}
        write_json(root / f"metrics/ingest/{corpus}.json", {**sums, "notes": {"no label file": 19}, "speakers": speakers})
        write_text(root / f"metrics/ingest/{corpus}.csv", f"kind,what\nmissing,{names[1]}: 19 of 20 utterances have no .lab\n")
        generator = np.random.default_rng(len(corpus))
        late = generator.normal(0.004, 0.01, (2, 19))
        shares = 0.5 - np.square(np.arange(-15, 16) / 100 - late[..., None])
        reports = [
            Report(id=f"{corpus}/{name}/{at:03d}", speaker=name, recorded=4.0, samples=8000, masked=4, ends="phones",
                   lag=float(late[who, at]), shares=shares[who, at], frames=300, rate=100.0, kept=0.0 if at < unfit else 3.5,
                   reason=f"a coil stands still: tt spreads over 0.{at} mm" if at < unfit else "")
            for who, name in enumerate(names) for at in range(19)
        ]
        tallies[corpus] = tally(reports)
        write_json(root / f"metrics/clean/{corpus}.json", tallies[corpus])
        lines = "".join(f"{report.id},{report.reason}\n" for report in rejected(reports))
        write_text(root / f"metrics/rejected/{corpus}.csv", f"id,reason\n{lines}")
    return tallies


def crowd(root, *, real=True):
    """Write the files of `make sim2real`; return the scores."""
    generator, columns = np.random.default_rng(5), len(sim2real.POSITIONS)
    scores = {"synthetic": sim2real.scores_of({f"F{at:04d}": generator.uniform(0.5, 0.9, columns) for at in range(6)})}
    if real:
        rows = {name: generator.uniform(-0.2, 0.9, columns) for name in ("mocha/fsew0/fsew0_001", "emu/20")}
        rows["emu/20"][-2:] = np.nan
        scores["real"] = sim2real.scores_of(rows)
    for kind, group in scores.items():
        made = sim2real.Sim2RealScores(trained_on="synthetic", made_by="artinv", **{kind: group})
        made.write(sim2real.files_of(kind, Workspace(root))[1])
    return scores


def everything(root):
    """Write all results; return them by name."""
    made = {"default": default(root), "loso": loso(root), "corpora": corpora(root), "sim2real": crowd(root)}
    made["abx"], made["matching"] = abx(root), matching(root)
    return made


def abx(root):
    """The details of `make abx`."""
    errors = {"articulation": {"within": 7.1, "across": 12.2}, "sound": {"within": 6.04, "across": np.nan}}
    run = AbxRun(
        origin="synthetic", model="tcn", split="spec", trained_on=["mocha/fsew0"], utterances_known_from_training=0,
        across="corpus", contrasts="shown", context=False, tokens=10, seed=0, artinv="0.1.0", python="3.11.7", numpy="2.4.6",
        torch="2.13.0",
    )
    pairs = PairCounts(pairs_within=9, pairs_across=9, triples_within=99, triples_across=99)
    counts = AbxCounts(
        speakers=2, speakers_without_labels=[], utterances=8, utterances_without_labels=0, labels_of_no_known_set={}, tokens=4321,
        tokens_lost=0, tokens_not_drawn=0, all=pairs, shown=pairs, hidden=pairs,
    )
    by_contrasts = dict.fromkeys(("all", "shown", "hidden"), errors)
    scores = AbxScores(run, list(errors), counts, by_contrasts, {"mocha": errors}, {"mocha/fsew0": errors}, {})
    scores.write(root / "metrics/abx_details.json")
    return scores


def matching(root):
    """Write the files of `make matching`; return the scores and the gains."""
    names = ("saw_frequency", "gate")
    parameters = {name: ParameterScores(91.5 - at, 61.2, 83.4, 4.5, 40.0 + at, 95.25, 70.1) for at, name in enumerate(names)}
    close = Closeness(8.25, 0.6, 0.8125)
    own = NetworkScores(1156338, 91.0, 61.2, 83.4, 95.25, 70.1, parameters, close)
    run = MatchingRun("synthetic", "artinv 0.1.0, seed 0", "fm23", "softmax", 1485, 30030, 500, 150, 3, 1)
    scores = MatchingScores(run, {"C3": own}, Closeness(21.5, 1.9, 0.125))
    change = Change(8.25, 5.5, 33.3, 95.0)
    changes = {"saw_frequency": ParameterChange(4.5, 3.2, 10.0), "gate": ParameterChange(2.0, 2.6, 45.0)}
    gains = MethodGains(change, change, Change(0.8125, 0.875, -7.7, 90.0), changes, ["gate"], 2.4)
    refined = Gains("synthetic", "artinv 0.1.0, seed 0", "fm23", "C3", 40, "gradient", {"gradient": gains})
    scores.write(root / "metrics/matching/scores.json")
    refined.write(root / "metrics/matching/refine.json")
    return scores, refined


def page_of(root, where):
    """Write the report on the results in `root` into the folder `where`; return its HTML."""
    page.write(root, where / "index.html")
    return (where / "index.html").read_text(encoding="utf-8")


def _held(made, motion):
    """Return the scores of intervals of constant width."""
    errors = ErrorHistogram.of([np.ones_like(predicted) for predicted in motion], motion, [frames.motion for frames in made])
    shares = errors.share(np.full(len(CHANNELS), 1.2))
    articulators = {channel: float(share) for channel, share in zip(CHANNELS, shares, strict=True) if np.isfinite(share)}
    lists = ErrorLists.of(errors)
    intervals = FoldCoverage(0.9, float(np.nanmean(shares)), articulators)
    return {"intervals": intervals, "errors": {"learned": lists, "constant": lists}}


def _adapted(scores):
    """As if each step of adapting gained .02."""
    means = scores.predictors[MODEL].means
    return {number: AdaptedScores(number, Amount(9, 7), {metric: means[metric].mean + 0.02 * at for metric in ADAPTED})
            for at, number in enumerate((0, 1, 5, 20))}
