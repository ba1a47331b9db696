"""Folders of results as the pipelines leave them, made by the pipelines' own writers, without the pipelines."""

import copy
from dataclasses import asdict

import numpy as np

from artinv import folds, plots, sim2real
from artinv.channels import CHANNELS
from artinv.evaluate import MODEL, evaluate
from artinv.files import write_json, write_text
from artinv.intervals import Errors
from artinv.metrics import METRICS
from artinv.tally import Report, rejected, tally
from tests.folds_for_tests import PARAMS, RUN, blind, noisy, statistics, truths

SPEAKERS = ("hprc/F01", "hprc/M01", "mocha/fsew0", "mocha/maps0", "usc/F1")
RUN_FACTS = {**RUN, "artinv": "0.1.0", "python": "3.11.7", "numpy": "2.4.6", "torch": "2.13.0", "unseen_text": "False"}


def fold(speaker, seed=0, noise=0.8, model="tcn", split="indep", origin="synthetic", number=4):
    """What a fold's scores hold, its result, and what they were made from."""
    corpus, _, name = speaker.partition("/")
    absent = ("v_x", "v_y") if speaker != "mocha/fsew0" else ()
    made = truths(number, seed=seed, absent=absent, corpus=corpus, speaker=name)
    motions = {MODEL: noisy(made, noise, seed), "ridge": noisy(made, 1.5, seed + 100)}
    run = {**RUN_FACTS, "corpus": corpus, "test_speaker": speaker, "split": split, "model": model, "origin": origin}
    result = evaluate(made, motions, {speaker: statistics(made, seed)}, blind(), run=run, params=PARAMS)
    return result, made, motions[MODEL]


def loso(root, speakers=SPEAKERS, models=("bilstm", "tcn"), splits=("indep",), origin="synthetic"):
    """The files of `make loso`, with intervals and adapted scores; returns the summary and the table."""
    scores = []
    for split in splits:
        for kind, model in enumerate(models):
            for at, speaker in enumerate(speakers):
                result, made, motion = fold(speaker, at, 0.5 + 0.5 * (at * 7 % 5) / 5 + 0.2 * kind, model, split, origin)
                scores.append(_measured(copy.deepcopy(result.scores), made, motion))
    summary = folds.write(scores, PARAMS, root)
    return summary, folds.with_means(folds.tidy(scores), PARAMS)


def default(root, origin="synthetic", number=6, noise=0.6):
    """The files of `dvc repro` behind cleaning; returns the result."""
    result, made, motion = fold("mocha/fsew0", 3, noise, origin=origin, number=number)
    result.scores.update(_measured(copy.deepcopy(result.scores), made, motion, whole=False))
    result.save(root)
    middle = len(made) // 2
    plots.example(root / plots.EXAMPLE, result, made[middle], motion[middle], statistics(made, 3))
    rows = [(epoch, 0.2 + 0.6 / epoch, 0.4 + 0.5 / epoch + 0.01 * max(0, epoch - 9), 2e-3 * 0.5 ** (epoch // 5)) for epoch in range(1, 15)]
    write_text(root / "plots/loss.csv", "epoch,train,valid,lr\n" + "".join(f"{e},{t:.6f},{v:.6f},{r:g}\n" for e, t, v, r in rows))
    facts = {"epochs": 14, "best_epoch": 9, "train_loss": rows[8][1], "valid_loss": rows[8][2], "parameters": 556050}
    write_json(root / "metrics/train.json", {"inverter": facts, "ridge": {**facts, "parameters": 7740}})
    return result


def corpora(root, unfit=3):
    """The accounts of ingest and clean for two corpora; returns the tallies of clean."""
    made = {}
    for corpus, names in (("hprc", ("F01", "M01")), ("mocha", ("fsew0", "maps0"))):
        speakers = {name: {"sources": 20, "unreadable": 1, "utterances": 19, "minutes": 1.25} for name in names}
        notes = {"no label file": 19}
        write_json(root / f"metrics/ingest/{corpus}.json", {
            "sources": 40, "unreadable": 2, "utterances": 38, "minutes": 2.5, "notes": notes, "speakers": speakers, "missing": 1, "skipped": 0})
        write_text(root / f"metrics/ingest/{corpus}.csv", f"kind,what\nmissing,{names[1]}: 19 of 20 utterances have no .lab\n")
        generator = np.random.default_rng(len(corpus))
        reports = [
            Report(id=f"{corpus}/{name}/{at:03d}", speaker=name, recorded=4.0, kept=0.0 if at < unfit else 3.5, samples=8000, masked=4,
                   reason=f"a coil stands still: tt spreads over 0.{at} mm" if at < unfit else "", ends="phones",
                   lag=float(generator.normal(0.004, 0.01))) for name in names for at in range(19)]
        made[corpus] = tally(reports)
        write_json(root / f"metrics/clean/{corpus}.json", made[corpus])
        lines = "".join(f"{one.id},{one.reason}\n" for one in rejected(reports))
        write_text(root / f"metrics/rejected/{corpus}.csv", f"id,reason\n{lines}")
    return made


def crowd(root, real=True):
    """The files of `make sim2real`; returns the scores."""
    generator = np.random.default_rng(5)
    columns = len(sim2real.POSITIONS)
    scores = {"synthetic": sim2real.report({f"F{at:04d}": generator.uniform(0.5, 0.9, columns) for at in range(6)})}
    if real:
        rows = {"mocha/fsew0/fsew0_001": generator.uniform(0.1, 0.9, columns), "emu/20": generator.uniform(-0.2, 0.9, columns)}
        rows["emu/20"][-2:] = np.nan
        scores["real"] = sim2real.report(rows)
    write_json(root / "metrics/sim2real_details.json", scores)
    return scores


def _measured(scores, made, motion, whole=True):
    """With what intervals and adapting add."""
    widths = [np.ones_like(one) for one in motion]
    errors = Errors.of(widths, motion, [frames.motion for frames in made])
    shares = errors.share(np.full(len(CHANNELS), 1.2))
    articulators = {channel: float(share) for channel, share in zip(CHANNELS, shares, strict=True) if np.isfinite(share)}
    scores["intervals"] = {"level": 0.9, "coverage": float(np.nanmean(shares)), "articulators": articulators}
    if whole:
        scores["errors"] = {kind: {key: value.tolist() for key, value in asdict(errors).items()} for kind in ("learned", "constant")}
        scores["adapted"] = {
            number: {metric: scores[metric]["mean"] + (0.02 if metric == "pearson" else -0.02) * at for metric in METRICS} | {"utterances": int(number)}
            for at, number in enumerate(("0", "1", "5", "20"))}
    return scores
