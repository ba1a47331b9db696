"""Write folders of results like those of the pipelines, with the writers of the pipelines but without running them."""

import hashlib
from dataclasses import replace

import numpy as np
import yaml

from artinv.abx.report import AbxCounts, AbxRun, AbxScores, PairCounts
from artinv.core.channels import CHANNELS, TITLES
from artinv.core.files import write_json, write_text
from artinv.core.workspace import Workspace
from artinv.data.clean_report import Report, rejected, tally
from artinv.evaluate import loso as folds
from artinv.evaluate import sim2real
from artinv.evaluate.calibration_groups import CalibrationGroups
from artinv.evaluate.results import MODEL, AdaptedScores, Amount, ErrorLists, FoldCoverage
from artinv.evaluate.scores import EvaluateParams, evaluate
from artinv.factors import disentanglement
from artinv.factors.layers.results import FoldLayers, LayerScores, Removal, summarise
from artinv.factors.results import FactorScores, ModelScores, RunScores
from artinv.factors.workspace import FactorFiles
from artinv.live.results import LiveScores
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
from artinv.neural.results import (
    DecoderScores,
    Estimate,
    NeuralRun,
    NeuralScores,
    OcclusionResult,
    OcclusionScores,
    SoundScores,
)
from artinv.phones import evidence
from artinv.show.report import page
from artinv.show.report.costs import FILE, FoldCosts
from artinv.show.results import plots
from tests.support.digits_results import digits
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
    seconds = {"indep": {"ridge": 3.2, "bilstm": 120.4, "tcn": 61.0}}
    FoldCosts("synthetic", "artinv 0.1.0, seed 0", "a processor", "F01", seconds).write(root / FILE)
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
        alone = replace(group, pearson=group.pearson - 0.1, of={
            name: replace(own, pearson=own.pearson - 0.1) for name, own in group.of.items()})
        by_source = {sim2real.RECOGNIZED: group, evidence.ACOUSTICS: alone}
        made = sim2real.Sim2RealScores(trained_on="synthetic", made_by="artinv 0.1.0, seed 0", by_source=by_source, **{kind: group})
        made.write(sim2real.files_of(kind, Workspace(root))[1])
    return scores


def everything(root):
    """Write all results; return them by name."""
    made = {"default": default(root), "loso": loso(root), "corpora": corpora(root), "sim2real": crowd(root)}
    made["abx"], made["matching"], made["neural"] = abx(root), matching(root), neural(root)
    made["live"] = live(root)
    made["factors"], made["layers"], made["digits"] = factors(root), layers(root), digits(root)
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
    run = MatchingRun("synthetic", "artinv 0.1.0, seed 0", "fm23", "softmax", 1485, 30030, 500, 150, 3)
    scores = MatchingScores(run, {"C3": own}, Closeness(21.5, 1.9, 0.125))
    change = Change(8.25, 5.5, 33.3, 95.0)
    changes = {"saw_frequency": ParameterChange(4.5, 3.2, 10.0), "gate": ParameterChange(2.0, 2.6, 45.0)}
    gains = MethodGains(change, change, Change(0.8125, 0.875, -7.7, 90.0), changes, ["gate"])
    refined = Gains("synthetic", "artinv 0.1.0, seed 0", "fm23", "C3", 40, {"gradient": gains})
    scores.write(root / "metrics/matching/scores.json")
    refined.write(root / "metrics/matching/refine.json")
    return scores, refined


def shown(channel):
    """Return the title of a trajectory in the report."""
    return TITLES.get(channel, channel).replace("constriction ", "")


def neural(root):
    """Write the files of `make neural`; return the scores and the occlusion."""
    sound = SoundScores(12, 0.625, 0.375, 5.5)
    parameters = {"tt_x": 0.75, "tt_y": np.nan}
    own = DecoderScores("lstm", "causal", "truth", 365842, Estimate(0.8125, 0.79, 0.83), parameters, {"F01": 0.8125}, 0.001,
                        0.005, -0.002, 0, sound, SoundScores(12, 0.75, 0.5, 4.5))
    linear = DecoderScores("ridge", "non-causal", "truth", 18450, Estimate(0.75, np.nan, np.nan), parameters, {"F01": 0.75},
                           0.002, 0.005, 0.003)
    run = NeuralRun("synthetic", "artinv 0.1.0, seed 0", ["F01"], 64, 14.5, 3.5, 190, "time")
    scores = NeuralScores(run, {"lstm_causal_truth": own, "ridge_non-causal_truth": linear})
    occluded = OcclusionResult("synthetic", "artinv 0.1.0, seed 0", 60, {"lstm_causal_truth": OcclusionScores(0.975, 0.5, 0.9)})
    scores.write(root / "metrics/neural/scores.json")
    occluded.write(root / "metrics/neural/occlusion.json")
    return scores, occluded
def factors(root):
    """Write the file of `make factors`; return the scores."""
    metrics = disentanglement.Scores(0.125, 0.25, 0.5, 0.4, 0.8125, 0.75, 0.6, {"f0": 0.125}, {"f0": 0.8125})
    trainings = [ModelScores(seed, 0.0015 + seed / 1e4, 6, 20.5, metrics) for seed in (0, 1, 2)]
    runs = {f"additive/{model}/mlp": RunScores.of(("additive", model, "mlp"), trainings) for model in ("vae", "adagvae")}
    runs["digits/vae/mlp"] = RunScores.of(("digits", "vae", "mlp"), trainings)
    scores = FactorScores("mixed", "artinv 0.1.0, seed 0", [0, 1, 2], {"additive": "synthetic", "digits": "real"},
                          {"additive": 20691, "digits": 1797}, {"additive": ["f0"], "digits": ["digit"]}, runs)
    scores.write(FactorFiles(Workspace(root)).scores)
    return scores


def layers(root):
    """Write the file of `make layers`; return the summary."""
    metrics = disentanglement.Scores(0.0625, 0.05, 0.1, 0.1, 0.3, 0.2, 0.4, {}, {})
    content = {"phone": 0.45, "trajectories": 0.625, **dict.fromkeys(CHANNELS, 0.6), "v_x": np.nan}
    probes = {"speaker": 0.25, "speaker of an utterance": 0.875, "sex": 0.5, **content}
    removals = {"erase 1": Removal(0.74, 0.75, 0.1), "centre": Removal(0.8125, 0.82, 0.25)}
    own = {name: LayerScores(300, probes, content, metrics, removals) for name in ("input", "recurrent 1", "output")}
    folds = [FoldLayers(speaker, "synthetic", "artinv 0.1.0, seed 0", "indep-strided", 19, 6080, 40, 0.8, 0.81, own)
             for speaker in ("hprc/F01", "hprc/M02")]
    result = summarise(folds)
    result.write(FactorFiles(Workspace(root)).layers)
    return result


def live(root):
    """Write the files of `make live` and of `make real`; return the scores."""
    generator, columns = np.random.default_rng(7), len(sim2real.POSITIONS)
    made = {}
    for origin, names, means in (("synthetic", ("F0054", "M0055"), (0.71, 0.74, 0.76)),
                                 ("real", ("mocha/fsew0/fsew0_001", "emu/20"), (0.50, 0.52, 0.53))):
        groups = {key: sim2real.scores_of({name: generator.uniform(-0.2, 0.9, columns) for name in names})
                  for key in ("first", "adapted", "full")}
        made[origin] = LiveScores(
            origin=origin, trained_on="synthetic", made_by="artinv 0.1.0, seed 0", look_ahead=0.152, latency=0.172, sentences=40,
            pearson=dict(zip(groups, means, strict=True)), channels=groups["first"].channels, level=0.85, coverage=0.81,
            groups=groups,
        )
        made[origin].write(root / f"metrics/live/{'scores' if origin == 'synthetic' else 'real'}.json")
    return made


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
