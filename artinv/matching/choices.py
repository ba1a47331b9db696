"""Parameters of the pipeline `matching`, pipelines/matching/params.yaml, and their check as a whole before any stage runs."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from artinv.learn.loop import LoopParams
from artinv.matching import networks
from artinv.matching.heads import Kind
from artinv.matching.sounds import SampleParams
from artinv.runtime.errors import ArtinvError, BadParams, expected
from artinv.runtime.params import ProfileParams, read_yaml
from artinv.synth.synthesizers import kinds

Method = Literal["gradient", "cma"]


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
    methods: list[Method] = Field(min_length=1)  # the first one is that of `artinv match`
    draws: int = Field(ge=0)  # settings drawn from the network's probabilities; the closest one of them is refined
    steps: int = Field(ge=1)  # gradient steps
    lr: float = Field(gt=0, lt=1)  # first step, as a share of a parameter's range
    generations: int = Field(ge=1)  # of CMA-ES
    population: int = Field(ge=4)  # settings per generation
    spread: float = Field(gt=0, lt=1)  # first standard deviation, as a share of a parameter's range
    seed: int = Field(ge=0)


SECTIONS: tuple[type[ProfileParams], ...] = (SampleParams, FitParams, EvaluationParams, RefineParams)


def check(path: Path) -> None:
    """Raise BadParams at the first fault of a params.yaml, in whichever profile it is."""
    content = read_yaml(path)
    known = ["profile", "profiles", *(kind.section for kind in SECTIONS)]
    for key in content:
        if key not in known:
            raise BadParams(f"{path}: unknown key '{key}'; {expected(str(key), known)}")
    for kind in SECTIONS:
        kind.within(content, str(path))
    for profile, sections in content["profiles"].items():
        for key in sections:
            if key not in known[2:]:
                raise BadParams(f"{path}: unknown key 'profiles.{profile}.{key}'; {expected(str(key), known[2:])}")
        try:
            _check_profile({**content, "profile": profile}, path)
        except ArtinvError as error:
            raise BadParams(f"{path}: profiles.{profile}: {str(error).removeprefix(f'{path}: ')}") from None


def _check_profile(content: dict, path: Path) -> None:
    sample, fit, _, _ = (kind.within(content, str(path)) for kind in SECTIONS)
    assert isinstance(sample, SampleParams)
    assert isinstance(fit, FitParams)
    if sample.synth not in kinds.names():
        raise BadParams(f"sample.synth: unknown synthesizer '{sample.synth}'; {expected(sample.synth, kinds.names())}")
    if sample.points > 1 and not kinds.build(sample.synth, sample.sample_rate, sample.samples).moving:
        raise BadParams(f"sample.points: the settings of '{sample.synth}' do not move; set it to 1")
    for name in fit.networks:
        networks.check(name, sample.points)
