"""Infer articulator motion from sound: 18 trajectories in mm at 100 Hz.

SOUND: sound files (WAV, FLAC, MP3 and other formats of libsndfile; M4A, MP4, WebM and others if ffmpeg is installed), and folders
that are searched for sound files. Results are written to OUT, a.wav as a.csv; the structure of folders is kept. Results that are
up to date are not computed again. Exit code 2: a recording could not be inverted; a line on stderr gives the reason.
docs/invert.md explains the values.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artinv.commands import MODEL_CURE, one_thread, output, output_folder, tell
from artinv.core.workspace import Workspace
from artinv.inversion.endings import FORMATS
from artinv.runtime.errors import BadData, BadParams, one_line, similar

if TYPE_CHECKING:
    import numpy as np

    from artinv.inversion.bulk import Done, Job
    from artinv.inversion.model import Model
    from artinv.inversion.speaker_statistics import SpeakerStatistics


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("sounds", nargs="+", type=Path, metavar="SOUND", help="a sound file, or a folder of them; put names that "
                        "begin with a dash after --")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the results; may be the folder of the sounds")
    parser.add_argument("--model", type=Path, metavar="FILE", help="model to use, .onnx or .safetensors; default: the "
                        "model that artinv comes with, for any speaker")
    parser.add_argument("--format", default="csv", metavar="LIST", help="one or more of csv,npz,est,ssff,pos,mat,"
                        "TextGrid; default: %(default)s")
    parser.add_argument("--measures", type=Path, metavar="FILE", help="write one table of the mean, minimum and maximum "
                        "of each channel within each label in the a.TextGrid or a.lab beside a.wav")
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--speaker-stats", type=Path, metavar="FILE", help="statistics of this speaker, for positions in "
                       "the speaker's own mm: data/stats/<corpus>/<speaker>.npz of a project")
    whose.add_argument("--calibrate", type=Path, metavar="FOLDER", help="half a minute or more of the same speaker, with "
                       "the same microphone in the same room, whose mean and standard deviation normalize the acoustics")
    words = parser.add_mutually_exclusive_group()
    words.add_argument("--text", metavar="WORDS", help="the English words that the recording says; needs artinv[phones]")
    words.add_argument("--text-files", action="store_true", help="the words are in a.txt beside a.wav, where there is one")
    words.add_argument("--textgrid", type=Path, metavar="FILE", help="TextGrid with a tier of phones or of words")
    words.add_argument("--labels", type=Path, metavar="FILE", help="label file with the phones of the recording, a.lab")
    words.add_argument("--no-phones", action="store_true", help="use the sound alone, even if a recognizer is installed")
    parser.add_argument("--save-textgrid", action="store_true", help="also write a TextGrid with the times of words and phones")
    parser.add_argument("--json", action="store_true", help="print a summary as JSON")


def run(options: argparse.Namespace, _: Workspace) -> None:
    """Check the arguments, plan the jobs, invert the recordings, report the results."""
    formats = _formats(options.format + ",TextGrid" * options.save_textgrid)
    _check_paths(options)
    one_thread()
    from artinv.inversion import bulk, measures
    from artinv.inversion.model import load
    from artinv.runtime.progress import track

    start = time.perf_counter()
    jobs = _with_words(bulk.list_jobs(options.sounds, options.out, formats), options)
    if options.measures:
        measures.check(options.measures, jobs, formats)
    model = load(options.model)
    speaker = _speaker(options, model)
    tell(f"{model.path} ({model.title}), trained on {_speakers(model.trained_on)}; positions in mm of: {speaker.title}")
    if words := _phones(options, model):
        tell(words)
    missing = [channel for channel, known in zip(model.facts.channels, speaker.std == speaker.std, strict=True) if not known]
    if missing:
        tell(f"the model has not learned {', '.join(missing)}: NaN in every result")
    done: list[Done] = []
    several = False
    settings = bulk.Settings(model.path, model.digest, speaker, model.facts.recognizable)
    for result in track(bulk.run(jobs, settings), "invert", len(jobs)):
        done.append(result)
        if result.channels > 1 and not several:
            several = tell(f"{result.job.sound}: its {result.channels} channels are averaged, as in every recording with several")
        for note in (*result.notes, *([result.error] if result.error else [])):
            tell(note if note == result.error else f"{result.job.sound}: {note}")
    unread = _measured(options.measures, done) if options.measures else 0
    _report(done, model, speaker, options, time.perf_counter() - start)
    if failed := sum(result.status == "failed" for result in done):
        raise BadData(f"{failed} of {len(done)} recordings could not be inverted; the lines above give the reasons")
    if unread:
        raise BadData(f"{unread} label file{'s' * (unread > 1)} could not be used; the lines above give the reasons")


def _with_words(jobs: "list[Job]", options: argparse.Namespace) -> "list[Job]":
    """Return the jobs with the words or phones that the options give."""
    from artinv.inversion.phones import ALONE, Known

    if options.no_phones:
        return [replace(job, known=ALONE) for job in jobs]
    if options.text_files:
        texts = [job.sound.with_suffix(".txt") for job in jobs]
        return [replace(job, known=Known(text_file=text)) if text.is_file() else job for job, text in zip(jobs, texts, strict=True)]
    given = {name: getattr(options, name) for name in ("text", "textgrid", "labels") if getattr(options, name) is not None}
    for name in given:
        if len(jobs) > 1:
            raise BadParams(f"--{name}: belongs to one recording, {len(jobs)} are given; use --text-files, or invert one at a time")
    known = Known(text=given.get("text", ""), label_file=given.get("textgrid") or given.get("labels"))
    if known.label_file and known.label_file.resolve() in {target.resolve() for job in jobs for target in job.targets}:
        raise BadParams(f"{known.label_file}: would be overwritten, but its labels are read; choose another folder with -o")
    return [replace(job, known=known) for job in jobs]


def _phones(options: argparse.Namespace, model: "Model") -> str:
    """Return a line on missing phones or on the recognizer, if no phones are given; empty if there is nothing to say."""
    from artinv.inversion.phones import Known
    from artinv.phones import recognizer

    given = options.text or options.text_files or options.textgrid or options.labels
    if model.facts.source in ("labels", "aligned") and not given:
        return "the model was trained with known phones: give --text or --labels; without them the intervals are too narrow"
    if options.no_phones or given or not model.facts.recognizable:
        return ""
    if Known().hears(model.facts.recognizable):
        return f"phones are recognized by {recognizer.title()}; --no-phones leaves them out"
    return "no recognizer of phones: `pip install 'artinv[phones]'` makes the result more accurate"


def _formats(text: str) -> list[str]:
    """Return the formats of a list; reject unknown ones."""
    known = {name.lower(): name for name in FORMATS}
    words = list(dict.fromkeys(text.replace(" ", "").lower().split(",")))
    if unknown := [word for word in words if word not in known]:
        valid = f"expected one or more of {','.join(FORMATS)}"
        raise BadParams(f"--format: unknown format '{unknown[0]}'; {valid}{similar(unknown[0], FORMATS)}")
    return [known[word] for word in words]


def _measured(path: Path, done: "list[Done]") -> int:
    """Write the table of measures; return the number of label files that cannot be used."""
    from artinv.inversion import measures
    from artinv.runtime.progress import track

    count = measures.write(path, track(done, "measures", len(done)))
    for fault in count.faults:
        tell(fault)
    tell(f"{path}: measures of {count.labels} labels in {count.recordings} recordings")
    if count.unlabelled:
        tell(f"recordings without labels: {count.unlabelled}; put a .TextGrid or .lab of the same name beside each")
    return len(count.faults)


def _check_paths(options: argparse.Namespace) -> None:
    """Reject missing files and folders, and a folder for results without write permission."""
    output_folder(options.out)
    if options.measures:
        output(options.measures, *options.sounds)
    if not any(map(Path.exists, options.sounds)):
        raise BadData(f"{options.sounds[0]}: is no file and no folder; check its name")
    for name in ("textgrid", "labels"):
        path = getattr(options, name)
        if path and not path.is_file():
            raise BadData(f"{path}: is no file; give --{name} the file with the phones of the recording")
    if options.text is not None and not options.text.strip():
        raise BadParams("--text: holds no words; write what is said in the recording")
    if options.model and not options.model.is_file():
        raise BadData(f"{options.model}: is no file; {MODEL_CURE}")
    if options.calibrate and not options.calibrate.is_dir():
        raise BadData(f"{options.calibrate}: is no folder; give --calibrate a folder of recordings of the same speaker")


def _speaker(options: argparse.Namespace, model: "Model") -> "SpeakerStatistics":
    """Return the speaker statistics that the options name; print a line if nothing is known of the speaker."""
    from artinv.inversion import bulk, speaker_statistics
    from artinv.runtime.progress import track

    if options.speaker_stats:
        return speaker_statistics.of_speaker(options.speaker_stats, model.predictor)
    if options.calibrate:
        sounds = bulk.sounds_in(options.calibrate)
        sums: list[np.ndarray] = []
        for _, result in track(bulk.calibration(sounds, model), "calibrate", len(sounds)):
            if isinstance(result, str):
                tell(f"{result} (--calibrate)")
            else:
                sums.append(result)
        return speaker_statistics.calibrated(options.calibrate, model.predictor, sums)
    if model.facts.normalization == "speaker":
        tell("no speaker statistics: each recording is normalized by itself; --speaker-stats or --calibrate is more accurate")
    return speaker_statistics.average(model.predictor)


def _report(
    done: "list[Done]", model: "Model", speaker: "SpeakerStatistics", options: argparse.Namespace, took: float,
) -> None:
    """Print the summary, as JSON if the options ask for it."""
    counts = {status: sum(result.status == status for result in done) for status in ("made", "kept", "failed")}
    if options.json:
        files = [
            {"sound": str(result.job.sound), "outputs": [str(target) for target in result.job.targets], "status": result.status,
             "frames": result.frames, "seconds": round(result.seconds, 3), "phones": result.phones, "notes": result.notes,
             "error": result.error}
            for result in done
        ]
        summary = {"model": model.title, "trained_on": model.trained_on, "speaker": speaker.title, **counts, "files": files}
        print(json.dumps(summary, indent=2))
    elif counts["made"] or counts["kept"]:
        seconds = sum(result.seconds for result in done if result.status == "made")
        words = [f"{count} {word}" for word, count in (("inverted", counts["made"]), ("up to date", counts["kept"])) if count]
        print(one_line(f"{' and '.join(words)}: {options.out} ({seconds:.1f} s of sound in {took:.1f} s)"))


def _speakers(origin: str) -> str:
    return f"{'SYNTHETIC' if origin == 'synthetic' else origin or 'unknown'} speakers"
