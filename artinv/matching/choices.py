"""Parameters of the pipeline `matching`, pipelines/matching/params.yaml, and their check as a whole before any stage runs."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from artinv.learn.loop import LoopParams
from artinv.matching import networks
from artinv.matching.heads import Kind
from artinv.matching.sounds import SampleParams
from artinv.runtime.errors import BadParams, expected
from artinv.runtime.params import ProfileParams, check_profiles
from artinv.synth.synthesizers import kinds

Method = Literal["search", "gradient", "cma"]


class FitParams(LoopParams, ProfileParams):
    """Which networks are trained, and how."""

    section: ClassVar[str] = "train"
    networks: list[str] = Field(min_length=1)  # the first one is refined
    head: Kind
    batch: int = Field(ge=1)  # sounds


class EvaluationParams(ProfileParams):
    """What is measured on the test sounds."""

    section: ClassVar[str] = "evaluate"
    top: int = Field(ge=1)  # k of the top-k accuracy
    reconstructed: int = Field(ge=2)  # test sounds that are rendered again from the estimate
    audible: int = Field(ge=1)  # test sounds in which the audibility of each parameter is measured
    threshold: float = Field(gt=0)  # dB, log-spectral distance above which the change of a parameter is audible


class RefineParams(ProfileParams):
    """How the estimate is refined through the synthesizer."""

    section: ClassVar[str] = "refine"
    sounds: int = Field(ge=1)  # test sounds
    methods: list[Method] = Field(min_length=1)
    rounds: int = Field(ge=1)  # of the search before any method
    draws: int = Field(ge=0)  # settings drawn from the network's probabilities in each round
    redrawn: float = Field(gt=0, le=1)  # probability that a round draws a parameter anew, from the second round on
    steps: int = Field(ge=1)  # gradient steps
    lr: float = Field(gt=0, lt=1)  # first step, as a share of a parameter's range
    generations: int = Field(ge=1)  # of CMA-ES
    population: int = Field(ge=4)  # settings per generation
    spread: float = Field(gt=0, lt=1)  # first standard deviation of CMA-ES, as a share of a parameter's range
    seed: int = Field(ge=0)


SECTIONS: tuple[type[ProfileParams], ...] = (SampleParams, FitParams, EvaluationParams, RefineParams)


def check(path: Path) -> None:
    """Raise BadParams at the first fault of a params.yaml, in whichever profile it is."""
    check_profiles(path, SECTIONS, _check_profile)


def _check_profile(sample: SampleParams, fit: FitParams, *_: ProfileParams) -> None:
    if sample.synth not in kinds.names():
        raise BadParams(f"sample.synth: unknown synthesizer '{sample.synth}'; {expected(sample.synth, kinds.names())}")
    try:
        synth = kinds.build(sample.synth, sample.sample_rate, sample.samples)
    except BadParams as error:
        raise BadParams(f"sample.sample_rate, sample.length: {error}") from None
    if sample.points > 1 and not synth.moving:
        raise BadParams(f"sample.points: the settings of '{sample.synth}' do not move; set it to 1")
    for name in fit.networks:
        networks.check(name, sample.points)
