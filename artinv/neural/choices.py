"""Parameters of the pipeline `neural`, pipelines/neural/params.yaml, and their check as a whole before any stage runs."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from artinv.neural import targets
from artinv.neural.autoencoder import speaker_of
from artinv.neural.decoders import DecoderParams
from artinv.neural.session import SplitParams
from artinv.neural.simulator import SimulateParams
from artinv.neural.targets import TargetParams
from artinv.neural.training import TrainParams
from artinv.runtime.errors import ArtinvError, BadParams, expected
from artinv.runtime.params import ProfileParams, read_yaml
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
    modes: list[str]  # decoders of these modes and the target below are occluded
    target: str
    seconds: float = Field(gt=0)  # of test signals of each subject, at most


SECTIONS: tuple[type[ProfileParams], ...] = (
    SimulateParams, SplitParams, TargetParams, DecoderParams, TrainParams, ScoreParams, OccludeParams,
)


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
    _, _, target, decoder, train, _, occlude = (kind.within(content, str(path)) for kind in SECTIONS)
    assert isinstance(target, TargetParams)
    assert isinstance(decoder, DecoderParams)
    assert isinstance(train, TrainParams)
    assert isinstance(occlude, OccludeParams)
    for kind in target.kinds:
        if kind not in targets.names():
            raise BadParams(f"targets.kinds: unknown target '{kind}'; {expected(kind, targets.names())}")
    for choice in train.choices:
        if choice.target not in target.kinds:
            raise BadParams(f"train.runs: '{choice.target}' is not among targets.kinds; add it there")
        decoder.sizes(choice.decoder)
    voices.check(target.voice, "targets.voice: ")
    if "formant18" in target.kinds:
        speaker_of(target.voice)
