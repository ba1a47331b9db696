"""Section on recordings of the brain: how well decoders follow the mouth and the sound, by chance and without single electrodes."""

from artinv.neural.records import RATE
from artinv.neural.results import JOB, WARNING, DecoderScores, NeuralScores, OcclusionResult
from artinv.neural.workspace import NeuralFiles
from artinv.show.report.parts import Absent, Column, Fold, Note, Part, Row, Section, Table, between, count, number
from artinv.show.report.sources import Sources

TITLE = "Speech from recordings of the brain"

_FILES = NeuralFiles()


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/neural/scores.json and, if it exists, metrics/neural/occlusion.json."""
    scores = sources.result(NeuralScores, _FILES.scores, JOB)
    if scores is None:
        return Absent.missing(TITLE, _FILES.scores, JOB)
    run = scores.run
    parts: list[Part] = [_decoders(scores)]
    if any(own.sound for own in scores.decoders.values()):
        parts.append(_sounds(scores))
    targets = dict.fromkeys(own.target for own in scores.decoders.values())
    parts.append(Fold("Parameters", [_parameters(target, scores) for target in targets]))
    result = sources.result(OcclusionResult, _FILES.occlusion, JOB)
    parts.append(Note(f"No occlusion: {_FILES.occlusion} is missing; `{JOB}` makes it.") if result is None else _occlusion(result))
    people = count(len(run.subjects), "subject")
    lead = (f"{people}, {count(run.electrodes, 'electrode')}; trials of {number(run.train_minutes, 1)} "
            f"minutes for training, {count(run.test_trials, 'test trial')} of {number(run.test_minutes, 1)} minutes, "
            f"split by {run.split}; one training of each decoder. PCC: Pearson correlation of decoded and true parameters.")
    if run.origin == "synthetic":
        lead = f"{lead} {WARNING}"
    return Section.about("neural", TITLE, parts, run.origin, lead)


def _latency(own: DecoderScores) -> str:
    """Return by how many ms an output may depend on signals beyond its side: later ones if causal, earlier ones if anticausal."""
    return "unlimited" if own.latency is None else number(1000 * own.latency / RATE, 0)


def _decoders(scores: NeuralScores) -> Table:
    names = ("weights", "beyond its side ms", "PCC", "95 % interval", "shifted in time", "p", "random phases")
    rows = [Row((f"{own.decoder} {own.mode}", own.target, count(own.weights), _latency(own), number(own.pcc.value, 3),
                 between(own.pcc.low, own.pcc.high, 3), number(own.permuted, 3), number(own.p, 3), number(own.phase_shuffled, 3)))
            for own in scores.decoders.values()]
    note = ("The interval is a bootstrap over trials, and over subjects where there are several. Shifted in time: the same "
            "estimates against other moments; p: the share of these shifts with a PCC that is not lower. "
            "Random phases: from signals with the same spectra and random phases.")
    return Table((Column("decoder", "text"), Column("target", "text"), *map(Column, names)), tuple(rows), "Decoders", note)


def _sounds(scores: NeuralScores) -> Table:
    names = ("spectrogram PCC", "of the target", "STOI", "of the target", "cepstral distortion dB", "of the target")
    rows = []
    for own in scores.decoders.values():
        if own.sound and own.of_target:
            pairs = zip(own.sound.figures, own.of_target.figures, (3, 3, 1), strict=True)
            cells = [number(value, digits) for first, second, digits in pairs for value in (first, second)]
            rows.append(Row((f"{own.decoder} {own.mode}", own.target, *cells)))
    note = "Sound of the decoded parameters against the recorded one; of the target: the sound of the target itself."
    return Table((Column("decoder", "text"), Column("target", "text"), *map(Column, names)), tuple(rows), "Sound", note)


def _parameters(target: str, scores: NeuralScores) -> Table:
    own = {f"{each.decoder} {each.mode}": each for each in scores.decoders.values() if each.target == target}
    names = next(iter(own.values())).parameters
    rows = [Row((name, *(number(each.parameters[name], 2) for each in own.values()))) for name in names]
    return Table((Column("PCC", "text"), *map(Column, own)), tuple(rows), f"Parameters of the target {target}")


def _occlusion(result: OcclusionResult) -> Table:
    names = ("motor against rest", "auditory against rest", "motor against auditory")
    rows = [Row((name.replace("_", " "), *(number(value, 3) for value in (own.motor_rest, own.auditory_rest, own.motor_auditory))))
            for name, own in result.decoders.items()]
    note = "Areas under the curve of the rise of the error without an electrode; the map is in plots/neural/occlusion.png."
    return Table((Column("decoder", "text"), *map(Column, names)), tuple(rows), "Occlusion", note)
