"""Check params.yaml as a whole, before a pipeline runs: all keys and values, corpora, speakers, models.

The sections are validated by the models that the stages load. Checks across sections use the functions of the stages: an index
with one utterance for each speaker and part is split as the index of the recordings will be.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from artinv.abx.representations import AbxParams
from artinv.core.ids import SpeakerId, UtteranceId
from artinv.core.workspace import Workspace
from artinv.corpora import facts, writers
from artinv.data import groups
from artinv.data.clean import CleanParams
from artinv.data.dataset import Entry
from artinv.data.ingest import IngestParams
from artinv.data.normalize import NormalizeParams
from artinv.data.splits import SplitParams, split
from artinv.evaluate.loso import LosoParams
from artinv.evaluate.scores import EvaluateParams
from artinv.learn import models
from artinv.learn.adapt import AdaptParams
from artinv.learn.experiment import ExperimentParams
from artinv.learn.models import ModelParams
from artinv.learn.universal import UniversalParams, combinations
from artinv.measure.intervals import IntervalParams
from artinv.phones import recognizer
from artinv.phones.inputs import InputParams
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import ArtinvError, BadData, BadParams, expected
from artinv.runtime.params import Params, read_yaml
from artinv.synth.corpus import demo
from artinv.synth.corpus.demo import DemoParams
from artinv.synth.corpus.population import PopulationParams

Section = TypeVar("Section", bound=Params)

SECTIONS: tuple[type[Params], ...] = (
    IngestParams, SplitParams, NormalizeParams, DemoParams, CleanParams, InputParams, ExperimentParams, ModelParams,
    EvaluateParams, AdaptParams, IntervalParams, AbxParams, PopulationParams, PopulationFeatureParams, UniversalParams,
    LosoParams,
)
"""The models that together read every key of params.yaml."""

PARTS = "train", "valid", "test"
OTHERS = "*"
"""Name that stands for the speakers of a corpus that its facts do not list."""


@dataclass(frozen=True)
class Choices:
    """The content of a params.yaml in which each section is valid."""

    content: dict
    file: Path
    workspace: Workspace

    @classmethod
    def read(cls, workspace: Workspace) -> Self:
        """Read params.yaml and validate each section."""
        choices = cls(read_yaml(workspace.params), workspace.params, workspace)
        reject_unknown_keys(choices.content)
        for kind in SECTIONS:
            choices.section(kind)
        return choices

    def section(self, kind: type[Section]) -> Section:
        """Return one section."""
        return kind.within(self.content, str(self.file))

    @property
    def raw(self) -> Path:
        """Return the folder of the corpora."""
        return self.workspace.root / self.section(IngestParams).raw

    @property
    def synthetic(self) -> bool:
        """Return whether the corpora are the synthetic ones, which a pipeline makes."""
        return self.raw == self.workspace.demo

    def speakers_of(self, corpus: str) -> list[SpeakerId]:
        """Return the speakers of a corpus; OTHERS is one of them if it can have more than its facts list."""
        known = facts.get(corpus)
        names = demo.speakers(corpus, self.section(DemoParams)) if self.synthetic else list(known.speakers)
        return [SpeakerId(f"{corpus}/{name}") for name in names + [OTHERS] * bool(known.further and not self.synthetic)]


def check(workspace: Workspace, *, folds: bool = False) -> None:
    """Raise BadParams or BadData at the first fault of params.yaml; with `folds`, each fold must be possible, too."""
    try:
        choices = Choices.read(workspace)
        check_corpora(choices)
        check_split(choices)
        check_folds(choices, every=folds)
        check_phones(choices, every=folds)
        check_models(choices)
        check_population(choices)
    except ArtinvError as error:
        message, file = str(error), str(workspace.params)
        raise type(error)(message if message.startswith(file) else f"{file}: {message}") from None


def reject_unknown_keys(content: dict) -> None:
    """Reject a key that no model reads, at the top level or beside the name of a section."""
    known: dict[str, set[str]] = defaultdict(set)
    for kind in SECTIONS:
        for path in [kind.section] if kind.section else kind.model_fields:
            above, _, key = path.rpartition(".")
            known[above].add(key)
            known[""].add(path.partition(".")[0])
    for above, keys in known.items():
        values = content.get(above) if above else content
        for key in values if isinstance(values, dict) else ():
            if key not in keys:
                raise BadParams(f"unknown key '{f'{above}.' if above else ''}{key}'; {expected(str(key), sorted(keys))}")


def check_corpora(choices: Choices) -> None:
    """Reject corpora that are unknown, twice in the list or not in the raw folder."""
    listed = choices.section(SplitParams).corpora
    if not listed:
        raise BadParams(f"corpora: lists no corpus; list some of {facts.names()}")
    for name in listed:
        if name not in facts.names():
            raise BadParams(f"corpora: unknown corpus '{name}'; {expected(name, facts.names())}")
        if listed.count(name) > 1:
            raise BadParams(f"corpora: lists {name} twice; remove one")
        if not choices.synthetic and not (folder := choices.raw / name).is_dir():
            corpus = facts.get(name)
            raise BadData(f"{folder}: is not there; put {corpus.title} there ({corpus.layout}), or change `raw` or `corpora`")
        if choices.synthetic and name not in writers.names():
            raise BadParams(f"corpora: {name} has no synthetic speakers; remove it, or set `raw` to a folder that contains it")
        if not choices.speakers_of(name):
            raise BadParams(f"demo.speakers: contains no speaker of {name}; add one, or remove {name} from `corpora`")


def check_split(choices: Choices) -> None:
    """Reject a split that the speakers of the listed corpora do not allow, and unknown speakers anywhere else."""
    params, made = choices.section(SplitParams), choices.section(DemoParams)
    speakers = [speaker for corpus in params.corpora for speaker in choices.speakers_of(corpus)]
    for key, names in (("test_speaker", [params.test_speaker]), ("valid_speakers", params.valid_speakers)):
        for name in names:
            speakers += find(key, name, speakers)
    whole = made.model_copy(update={"speakers": []})
    every = [name for corpus in writers.names() for name in demo.speakers(corpus, whole)]
    for name in made.speakers:
        if name not in every:
            raise BadParams(f"demo.speakers: unknown speaker '{name}'; {expected(name, every)}")
    for name in choices.section(CleanParams).lags:
        corpus = facts.get(SpeakerId(name).corpus)
        find("clean.lags", name, [SpeakerId(f"{corpus.name}/{speaker}") for speaker in [*corpus.speakers, OTHERS]])
    ids = (UtteranceId.of(speaker.corpus, speaker.name, part) for speaker in speakers for part in PARTS)
    split([Entry(id_, id_.name, id_, 1, "synthetic") for id_ in ids], params)


def find(key: str, name: str, speakers: Iterable[SpeakerId]) -> list[SpeakerId]:
    """Return the speakers that a name adds: none if it is known, one of a corpus with further speakers, or raise BadParams."""
    known = [speaker for speaker in speakers if speaker.name != OTHERS]
    if any(name in (speaker, speaker.name) for speaker in known):
        return []
    for corpus in dict.fromkeys(speaker.corpus for speaker in speakers if speaker.name == OTHERS):
        own = name.removeprefix(f"{corpus}/")
        if "/" not in own and re.fullmatch(facts.get(corpus).further, own):
            return [SpeakerId(f"{corpus}/{own}")]
    names = [str(speaker) if "/" in name else speaker.name for speaker in known]
    raise BadParams(f"{key}: unknown speaker '{name}'; {expected(name, names)}")


def check_folds(choices: Choices, *, every: bool) -> None:
    """Reject speakers of leave-one-speaker-out that no corpus has or, with `every`, no listed corpus; reject incomplete groups.

    Speakers of other corpora are no fault before the folds run, so that a run on one corpus needs no other list.
    """
    params, listed = choices.section(LosoParams), choices.section(SplitParams).corpora
    possible = [corpus for corpus in map(facts.get, facts.names()) if corpus.speakers or corpus.name in listed]
    names = ((corpus.name, name) for corpus in possible for name in [*corpus.speakers, *([OTHERS] if corpus.further else [])])
    speakers = [SpeakerId(f"{corpus}/{name}") for corpus, name in names]
    if every:
        speakers = [speaker for corpus in listed for speaker in choices.speakers_of(corpus)]
    for name in params.speakers:
        find("loso.speakers", name, speakers)
    groups.check(params.speakers, params.strangers)


def check_models(choices: Choices) -> None:
    """Reject unknown models, and models without valid sizes."""
    sizes, training, folds = choices.section(ModelParams), choices.section(ExperimentParams), choices.section(LosoParams)
    for name in sizes.model_extra or {}:
        sizes.sizes(name, str(choices.file))
    runs = [("loso.runs", run.partition("-")[2]) for run in folds.runs]
    for key, name in [("train.model", training.model), ("loso.calibrated", folds.calibrated), *runs]:
        reject_unknown_model(key, name)
        chosen = sizes.sizes(name, str(choices.file))
        if name == "layersum":
            inner = chosen.model_dump()
            reject_unknown_model("models.layersum.model", inner["model"])
            models.get(inner["model"]).Sizes.of(inner["sizes"], f"{choices.file}: models.layersum.sizes")
    if training.model == "layersum":
        check_layers(choices)
    ssl = choices.section(InputParams)
    if ssl.kind == "ssl" and not (choices.workspace.root / ssl.ssl.checkpoint / "config.json").is_file():
        raise BadParams(f"features.ssl.checkpoint: '{ssl.ssl.checkpoint}' is not a folder with a config.json; save a model there")


def check_layers(choices: Choices) -> None:
    """Reject a weighted sum of layers if the features are not that many layers."""
    features, sizes = choices.section(InputParams), choices.section(ModelParams).sizes("layersum", str(choices.file))
    layers = sizes.model_dump()["layers"]
    if features.kind != "ssl":
        raise BadParams(f"train.model: layersum needs layers, features.kind is '{features.kind}'; set it to ssl")
    if layers != len(features.ssl.layers):
        fault = f"is {layers}, but features.ssl.layers lists {len(features.ssl.layers)}"
        raise BadParams(f"models.layersum.layers: {fault}; set it to {len(features.ssl.layers)}, or list {layers} layers")


def check_phones(choices: Choices, *, every: bool) -> None:
    """Reject phones beside features that a model takes as layers alone, and a recognizer that is not installed.

    With `every`, the models of leave-one-speaker-out count as well.
    """
    features, folds = choices.section(InputParams), choices.section(LosoParams)
    used = {choices.section(ExperimentParams).model}
    if every:
        used |= {folds.calibrated, *(run.partition("-")[2] for run in folds.runs)}
    if features.source and "layersum" in used:
        fault = f"is {features.phones}, but the model layersum takes the hidden layers of features.kind ssl alone"
        raise BadParams(f"features.phones: {fault}; set it to none, or choose another model")
    if features.source in ("aligned", "recognized"):
        recognizer.check_installed(f"features.phones: {features.source}")


def reject_unknown_model(key: str, name: str) -> None:
    """Raise BadParams if no module defines the model."""
    if name not in models.names():
        raise BadParams(f"{key}: unknown model '{name}'; {expected(name, models.names())}")


def check_population(choices: Choices) -> None:
    """Reject a universal model without valid sizes or without training speakers."""
    params, count = choices.section(UniversalParams), choices.section(PopulationParams).speakers
    reject_unknown_model("sim2real.universal.train.model", params.train.model)
    models.get(params.train.model).Sizes.of(params.sizes, f"{choices.file}: sim2real.universal.sizes")
    combinations(params.sources, choices.section(PopulationFeatureParams).phones.kinds)
    if params.valid_speakers >= count:
        fault = f"{params.valid_speakers} of {count} speakers leave none for training"
        raise BadParams(f"sim2real.universal.valid_speakers: {fault}; lower it, or raise sim2real.people.speakers")
