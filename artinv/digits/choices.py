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
from artinv.runtime.errors import BadParams
from artinv.runtime.params import ProfileParams, check_profiles, read_yaml


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
    check_profiles(path, SECTIONS, _check_profile, others=("recordings",))
    folder = read_yaml(path).get("recordings")
    if not isinstance(folder, str) or PurePosixPath(folder).is_absolute() or ".." in PurePosixPath(folder).parts:
        raise BadParams(f"{path}: recordings: '{folder}' is not a folder of this project; use data/digits/spoken or data/real/fsdd")


def _check_profile(speak: SpeakParams, sample: SampleParams, _: YardstickParams, train: TrainParams, *__: ProfileParams) -> None:
    if speak.speakers <= sample.valid_speakers + sample.test_speakers:
        raise BadParams("speak.speakers: no speaker is left for training; raise it, or lower sample.*_speakers")
    if doubled := [kind for kind in train.models if train.models.count(kind) > 1]:
        raise BadParams(f"train.models: '{doubled[0]}' is listed twice; remove one")
