"""Results of the pipeline `neural` as they are written to metrics/neural, and their tables."""

from dataclasses import dataclass

from artinv.core.text import aligned
from artinv.core.typed import Figure, Result

JOB = "make neural"

WARNING = "Simulated recordings prove the code and say nothing of the brain."


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, and the limits of its 95 % interval by bootstrap."""

    value: Figure
    low: Figure
    high: Figure


@dataclass(frozen=True, slots=True)
class SoundScores:
    """Closeness of the sound of parameters to the recorded sound, means over trials."""

    trials: int
    pcc: Figure  # of the spectrograms in dB
    stoi: Figure  # 0 to 1, of all trials joined
    distortion: Figure  # dB, mel cepstral distortion

    @property
    def figures(self) -> tuple[float, float, float]:
        """Return all figures."""
        return self.pcc, self.stoi, self.distortion


@dataclass(frozen=True, slots=True)
class DecoderScores:
    """Scores of one decoder over the test trials of all subjects."""

    decoder: str
    mode: str
    target: str
    weights: int
    pcc: Estimate  # mean over parameters and subjects
    parameters: dict[str, Figure]  # PCC of each, mean over subjects
    subjects: dict[str, Figure]  # PCC of each, mean over parameters
    permuted: Figure  # mean PCC after shifts by random times
    p: Figure  # share of the shifts with a PCC that is not lower, the estimate itself counted as one
    phase_shuffled: Figure  # PCC of what is decoded from signals with random phases
    latency: int | None = None  # frames beyond its side; None: the whole recording
    sound: SoundScores | None = None  # of what is decoded
    of_target: SoundScores | None = None  # of the target itself


@dataclass(frozen=True, slots=True)
class NeuralRun:
    """What was scored."""

    origin: str  # of the recordings
    made_by: str
    subjects: list[str]
    electrodes: int
    train_minutes: Figure  # of training trials, mean over subjects
    test_minutes: Figure
    test_trials: int
    split: str  # kind of the division into training and test


@dataclass(frozen=True, slots=True)
class NeuralScores(Result):
    """The scores of all decoders on the same test trials."""

    run: NeuralRun
    decoders: dict[str, DecoderScores]


@dataclass(frozen=True, slots=True)
class OcclusionScores:
    """How well the importance of electrodes tells their roles apart, mean over subjects; areas under the curve."""

    motor_rest: Figure
    auditory_rest: Figure
    motor_auditory: Figure


@dataclass(frozen=True, slots=True)
class OcclusionResult(Result):
    """Occlusion of each electrode."""

    origin: str
    made_by: str
    seconds: Figure  # of test signals
    decoders: dict[str, OcclusionScores]


def scores_table(scores: NeuralScores) -> str:
    """Return the table that a run prints."""
    rows = [["decoder", "PCC", "95 %", "permuted", "p", "phases", "sound PCC", "STOI", "MCD dB"]]
    for name, own in scores.decoders.items():
        sounds = ["", "", ""]
        if own.sound and own.of_target:
            pairs = zip(own.sound.figures, own.of_target.figures, ("{:.2f}", "{:.2f}", "{:.1f}"), strict=True)
            sounds = [f"{form.format(value)} ({form.format(most)})" for value, most, form in pairs]
        rows.append([name.replace("_", " "), f"{own.pcc.value:.3f}", f"{own.pcc.low:.3f} to {own.pcc.high:.3f}",
                     f"{own.permuted:.3f}", f"{own.p:.3f}", f"{own.phase_shuffled:.3f}", *sounds])
    run = scores.run
    head = (f"{run.origin.upper()} recordings of {len(run.subjects)} subject(s), {run.test_trials} test trials, "
            f"split by {run.split}, {run.train_minutes:.1f} minutes for training, one training of each decoder")
    note = "In brackets: the sound of the target itself, without a brain in between."
    return "\n".join([head, *aligned(rows), note, *([WARNING] if run.origin == "synthetic" else [])])


def occlusion_table(result: OcclusionResult) -> str:
    """Return the table that a run prints."""
    rows = [["decoder", "motor / rest", "auditory / rest", "motor / auditory"]]
    rows += [[name.replace("_", " "), *(f"{value:.3f}" for value in (own.motor_rest, own.auditory_rest, own.motor_auditory))]
             for name, own in result.decoders.items()]
    return "\n".join(["areas under the curve of the importance of electrodes", *aligned(rows)])
