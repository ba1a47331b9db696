"""Parameters of the pipeline `digits`, pipelines/digits/params.yaml, and their check as a whole before any stage runs."""

from pathlib import Path, PurePosixPath
from typing import ClassVar

from pydantic import Field

from artinv.digits.adversarial import AdversarialParams
from artinv.digits.generators import Kind
from artinv.digits.sounds import SampleParams
from artinv.digits.speech import SpeakParams
from artinv.digits.training import AutoencoderParams, FlowParams
from artinv.digits.yardstick import YardstickParams
from artinv.runtime.errors import ArtinvError, BadParams, expected
from artinv.runtime.params import ProfileParams, read_yaml


class TrainParams(ProfileParams):
    """Which generators are trained."""

    section: ClassVar[str] = "train"
    models: list[Kind] = Field(min_length=1)


class EvaluationParams(ProfileParams):
    """What is generated and judged."""

    section: ClassVar[str] = "evaluate"
    sounds: int = Field(ge=2, le=100_000)  # per digit and generator
    iterations: int = Field(ge=1)  # of Griffin-Lim
    voices: int = Field(ge=1, le=900)  # of the articulatory generator
    seed: int = Field(ge=0)


SECTIONS: tuple[type[ProfileParams], ...] = (
    SpeakParams, SampleParams, YardstickParams, TrainParams, AutoencoderParams, FlowParams, AdversarialParams, EvaluationParams,
)


def check(path: Path) -> None:
    """Raise BadParams at the first fault of a params.yaml, in whichever profile it is."""
    content = read_yaml(path)
    known = ["profile", "recordings", "profiles", *(kind.section for kind in SECTIONS)]
    for key in content:
        if key not in known:
            raise BadParams(f"{path}: unknown key '{key}'; {expected(str(key), known)}")
    folder = content.get("recordings")
    if not isinstance(folder, str) or PurePosixPath(folder).is_absolute() or ".." in PurePosixPath(folder).parts:
        raise BadParams(f"{path}: recordings: '{folder}' is not a folder of this project; use data/digits/spoken or data/real/fsdd")
    for kind in SECTIONS:
        kind.within(content, str(path))
    for profile, sections in content["profiles"].items():
        for key in sections:
            if key not in known[3:]:
                raise BadParams(f"{path}: unknown key 'profiles.{profile}.{key}'; {expected(str(key), known[3:])}")
        try:
            _check_profile({**content, "profile": profile}, path)
        except ArtinvError as error:
            raise BadParams(f"{path}: profiles.{profile}: {str(error).removeprefix(f'{path}: ')}") from None


def _check_profile(content: dict, path: Path) -> None:
    speak, sample, _, train, *_ = (kind.within(content, str(path)) for kind in SECTIONS)
    assert isinstance(speak, SpeakParams)
    assert isinstance(sample, SampleParams)
    assert isinstance(train, TrainParams)
    if speak.speakers <= sample.valid_speakers + sample.test_speakers:
        raise BadParams("speak.speakers: no speaker is left for training; raise it, or lower sample.*_speakers")
    if doubled := [kind for kind in train.models if train.models.count(kind) > 1]:
        raise BadParams(f"train.models: '{doubled[0]}' is listed twice; remove one")
