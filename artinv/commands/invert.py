"""Infer from sound how the mouth moved: 18 trajectories in mm at 100 Hz.

SOUND is any number of sound files (WAV, FLAC, MP3 and whatever else libsndfile reads) and of folders that are searched for them.
Results are written below OUT, a.wav as a.csv; a folder keeps its structure there. What is done already is not done again. Exit
code 2: some recording could not be inverted, and a line on stderr says why. docs/invert.md explains what the numbers mean.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """What to invert, with what, into what."""
    parser.add_argument("sounds", nargs="+", type=Path, metavar="SOUND", help="a sound file, or a folder of them; names that "
                        "begin with a dash go behind --")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the results; may be that of the sounds")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to use; default: models/universal.safetensors "
                        "(of `make sim2real`), else models/inverter.safetensors (of `make repro`)")
    parser.add_argument("--format", default="csv", metavar="LIST", help="one or some of csv,npz,est,ssff; default: %(default)s")
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--speaker-stats", type=Path, metavar="FILE", help="statistics of this very speaker, for positions in "
                       "the speaker's own mm: data/stats/<corpus>/<speaker>.npz of `make repro`")
    whose.add_argument("--calibrate", type=Path, metavar="FOLDER", help="more recordings of the same person, against which "
                       "the voice is heard")
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")


def run(options: argparse.Namespace) -> None:
    """Plan, do, report."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # read when numpy is imported: sums in one order, so that equal sound gives equal bytes
    from artinv.invert import bulk, inversion
    from artinv.runtime.errors import BadData
    from artinv.runtime.progress import track

    start, formats = time.perf_counter(), _formats(options.format)
    if options.out.exists() and not options.out.is_dir():
        raise BadData(f"{options.out}: is no folder; choose another with -o")
    jobs = bulk.plan(options.sounds, options.out, formats)
    model = inversion.load(options.model)
    voice = _voice(options, model)
    _say(f"{model.path} ({model.title}), trained on {_whom(model.trained_on)}; positions in mm of: {voice.title}")
    lacking = [channel for channel, known in zip(model.inverter.channels, voice.std == voice.std, strict=True) if not known]
    if lacking:
        _say(f"the model does not know {', '.join(lacking)}: NaN in every result")
    done, several = [], False
    for one in track(bulk.run(jobs, bulk.Settings(model.path, model.digest, voice)), "invert", len(jobs)):
        done.append(one)
        if one.channels > 1 and not several:
            several = _say(f"{one.job.sound}: its {one.channels} channels are averaged, as in every recording that has several")
        for note in (*one.notes, *([one.error] if one.error else [])):
            _say(note if note == one.error else f"{one.job.sound}: {note}")
    _report(done, model, voice, options, time.perf_counter() - start)
    if failed := sum(one.status == "failed" for one in done):
        raise BadData(f"{failed} of {len(done)} recordings could not be inverted; the lines above say why")


def _formats(text: str) -> list[str]:
    from artinv.invert.export import FORMATS
    from artinv.runtime.errors import BadParams

    words = list(dict.fromkeys(text.replace(" ", "").lower().split(",")))
    if unknown := [word for word in words if word not in FORMATS]:
        raise BadParams(f"--format: unknown format '{unknown[0]}'; expected some of {','.join(FORMATS)}")
    return words


def _voice(options: argparse.Namespace, model: object) -> object:
    """Whose statistics; what the choice means is said."""
    from artinv.invert import bulk
    from artinv.invert import speaker_statistics as voice
    from artinv.runtime.errors import BadData
    from artinv.runtime.progress import track

    if options.speaker_stats:
        return voice.of_speaker(options.speaker_stats, model.inverter)
    if options.calibrate:
        if not options.calibrate.is_dir():
            raise BadData(f"{options.calibrate}: is no folder; give --calibrate a folder of recordings of the same person")
        sounds, sums = bulk.sounds_in(options.calibrate), []
        for _, found in track(bulk.calibration(sounds, model), "calibrate", len(sounds)):
            if isinstance(found, str):
                _say(f"{found} (--calibrate)")
            else:
                sums.append(found)
        return voice.calibrated(options.calibrate, model.inverter, sums)
    if model.inverter.normalization == "speaker":
        _say("nothing is known of the speaker: each recording is heard by itself; --speaker-stats or --calibrate makes it better")
    return voice.average(model.inverter)


def _report(done: list, model: object, voice: object, options: argparse.Namespace, took: float) -> None:
    from artinv.runtime.errors import one_line

    counts = {status: sum(one.status == status for one in done) for status in ("made", "kept", "failed")}
    if options.json:
        files = [
            {"sound": str(one.job.sound), "outputs": [str(target) for target in one.job.targets], "status": one.status,
             "frames": one.frames, "seconds": round(one.seconds, 3), "notes": one.notes, "error": one.error}
            for one in done
        ]
        print(json.dumps({"model": model.title, "trained_on": model.trained_on, "speaker": voice.title, **counts, "files": files},
                         indent=2))
    elif counts["made"] or counts["kept"]:
        seconds = sum(one.seconds for one in done if one.status == "made")
        words = [f"{count} {word}" for word, count in (("inverted", counts["made"]), ("done before", counts["kept"])) if count]
        print(one_line(f"{' and '.join(words)}: {options.out} ({seconds:.1f} s of sound in {took:.1f} s)"))


def _whom(origin: str) -> str:
    return f"{'SYNTHETIC' if origin == 'synthetic' else origin or 'unknown'} speakers"


def _say(text: str) -> bool:
    """One line on stderr, above the progress bar where there is one."""
    from tqdm import tqdm

    from artinv.runtime.errors import one_line

    tqdm.write(one_line(f"artinv: {text}"), file=sys.stderr)
    return True
