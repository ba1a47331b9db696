"""Parameters of the pipeline `neural`, pipelines/neural/params.yaml, and their check as a whole before any stage runs."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from artinv.neural import targets
from artinv.neural.autoencoder import speaker_of
from artinv.neural.decoder import Mode
from artinv.neural.decoders import DecoderParams
from artinv.neural.session import SplitParams
from artinv.neural.simulator import SimulateParams
from artinv.neural.targets import TargetParams
from artinv.neural.training import TrainParams
from artinv.runtime.errors import BadParams, expected
from artinv.runtime.params import ProfileParams, check_profiles
from artinv.speaking import voices


class ScoreParams(ProfileParams):
    """What is measured on the test trials."""

    section: ClassVar[str] = "evaluate"
    draws: int = Field(ge=10)  # of the bootstrap
    shifts: int = Field(ge=10)  # of the permutation control
    sounds: int = Field(ge=0)  # test trials of each subject that are made into sound
    seed: int = Field(ge=0)


class OccludeParams(ProfileParams):
    """Which electrodes are occluded where."""

    section: ClassVar[str] = "occlude"
    modes: list[Mode]  # decoders of these modes and the target below are occluded
    target: str
    seconds: float = Field(gt=0)  # of test signals of each subject, at most


SECTIONS: tuple[type[ProfileParams], ...] = (
    SimulateParams, SplitParams, TargetParams, DecoderParams, TrainParams, ScoreParams, OccludeParams,
)


def check(path: Path) -> None:
    """Raise BadParams at the first fault of a params.yaml, in whichever profile it is."""
    check_profiles(path, SECTIONS, _check_profile)


def _check_profile(
    _: SimulateParams, __: SplitParams, target: TargetParams, decoder: DecoderParams, train: TrainParams, ___: ScoreParams,
    occlude: OccludeParams,
) -> None:
    for kind in target.kinds:
        if kind not in targets.names():
            raise BadParams(f"targets.kinds: unknown target '{kind}'; {expected(kind, targets.names())}")
    for choice in train.choices:
        if choice.target not in target.kinds:
            raise BadParams(f"train.runs: '{choice.target}' is not among targets.kinds; add it there")
        decoder.sizes(choice.decoder)
    if train.sound_terms and not any(choice.target in targets.rendered() for choice in train.choices):
        raise BadParams(f"train.sound_terms: no run of train.runs has a target of {targets.rendered()}, whose sound has gradients; "
                        "add one, or set []")
    if not any(choice.mode in occlude.modes and choice.target == occlude.target for choice in train.choices):
        raise BadParams(f"occlude: no run of train.runs has a mode of {occlude.modes} and the target '{occlude.target}'; add one, "
                        "or change occlude.modes or occlude.target")
    voices.check(target.voice, "targets.voice: ")
    if "formant18" in target.kinds:
        speaker_of(target.voice)
