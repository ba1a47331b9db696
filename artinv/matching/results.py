"""Results of matching as they are written to metrics/matching, and their tables."""

from dataclasses import dataclass

from artinv.core.text import aligned
from artinv.core.typed import Figure, Result

JOB = "make matching"


@dataclass(frozen=True, slots=True)
class ParameterScores:
    """Scores of one parameter; `audible_*`: over the sounds in which a change of the parameter is audible."""

    mpr: Figure  # %, mean percentile rank of the true level: 100 best, 50 chance
    accuracy: Figure  # %, the true level is the likeliest
    top: Figure  # %, the true level is one of the k likeliest
    error: Figure  # % of the range, mean absolute error
    audible: Figure  # %, share of the sounds in which a change of the parameter is audible
    audible_mpr: Figure
    audible_accuracy: Figure


@dataclass(frozen=True, slots=True)
class Closeness:
    """Distances between two sets of sounds, medians."""

    log_spectral_distance: Figure  # dB
    multi_resolution: Figure
    stft_correlation: Figure  # -1 to 1


@dataclass(frozen=True, slots=True)
class NetworkScores:
    """Scores of one network; means over parameters."""

    weights: int
    mpr: Figure
    accuracy: Figure
    top: Figure
    audible_mpr: Figure
    audible_accuracy: Figure
    parameters: dict[str, ParameterScores]
    reconstruction: Closeness  # from the estimate to the test sound


@dataclass(frozen=True, slots=True)
class MatchingRun:
    """What was scored."""

    origin: str  # of the sounds
    made_by: str
    synth: str
    head: str
    sounds: int  # test sounds
    trained_on: int  # training sounds
    reconstructed: int  # test sounds that were rendered again
    audible: int  # test sounds in which audibility was measured
    top: int  # k of the top-k accuracy
    seeds: int  # trainings per network


@dataclass(frozen=True, slots=True)
class MatchingScores(Result):
    """The scores of all networks on the same test sounds."""

    run: MatchingRun
    networks: dict[str, NetworkScores]
    chance: Closeness  # from another test sound to the test sound


@dataclass(frozen=True, slots=True)
class Change:
    """A median before and after refinement."""

    before: Figure
    after: Figure
    fall: Figure  # %, of the median
    better: Figure  # %, share of the sounds that came closer


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """The error of one parameter in % of its range, mean over sounds, before and after refinement."""

    before: Figure
    after: Figure
    worse: Figure  # %, share of the sounds whose error grew


@dataclass(frozen=True, slots=True)
class MethodGains:
    """What one method changes."""

    log_spectral_distance: Change  # dB
    multi_resolution: Change  # the distance that is minimized
    stft_correlation: Change  # rises where sounds come closer
    parameters: dict[str, ParameterChange]
    worsened: list[str]  # parameters whose mean error grew
    seconds: Figure  # per sound


@dataclass(frozen=True, slots=True)
class Gains(Result):
    """What each method of refinement changes, from the estimates of one network on the same test sounds."""

    origin: str  # of the sounds
    made_by: str
    synth: str
    network: str
    sounds: int
    best: str  # the method with the lower median log-spectral distance
    methods: dict[str, MethodGains]


def scores_table(scores: MatchingScores) -> str:
    """Return the table that a run prints."""
    rows = [["network", "MPR", "accuracy", f"top {scores.run.top}", "audible MPR", "distance dB", "STFT correlation"]]
    for name, own in scores.networks.items():
        close = own.reconstruction
        values = own.mpr, own.accuracy, own.top, own.audible_mpr, close.log_spectral_distance
        rows.append([name, *(f"{value:.1f}" for value in values), f"{close.stft_correlation:.3f}"])
    rows.append(["chance", "50.0", "", "", "50.0", f"{scores.chance.log_spectral_distance:.1f}",
                 f"{scores.chance.stft_correlation:.3f}"])
    run = scores.run
    head = f"settings of {run.synth} from sound, head {run.head}: {run.sounds} SYNTHETIC test sounds, {run.trained_on} for training"
    return "\n".join([head, *aligned(rows)])


def gains_table(gains: Gains) -> str:
    """Return the table that a run prints."""
    rows = [["method", "distance dB before", "after", "fall %", "closer %", "correlation before", "after", "s per sound"]]
    for name, own in gains.methods.items():
        distance, correlation = own.log_spectral_distance, own.stft_correlation
        rows.append([name, *(f"{value:.1f}" for value in (distance.before, distance.after, distance.fall, distance.better)),
                     f"{correlation.before:.3f}", f"{correlation.after:.3f}", f"{own.seconds:.1f}"])
    worse = [f"{name}: less accurate than before: {', '.join(own.worsened) or 'nothing'}" for name, own in gains.methods.items()]
    head = f"refinement of the settings of {gains.synth} by {gains.network}, {gains.sounds} SYNTHETIC test sounds"
    return "\n".join([head, *aligned(rows), *worse])
