"""A trained network as one ONNX file: the graph, and in its metadata all that is needed to use it.

The file is made by `artinv.learn.graph`. Its graph maps `acoustics` (B, T, n_in) to `motion` (B, T, 18) for any B and T.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from pydantic import Field

from artinv.core.channels import CHANNELS
from artinv.predict.facts import KEY, Facts
from artinv.predict.pieces import check_acoustics, pieces
from artinv.runtime.errors import BadData, BadParams, reason

ENDING = ".onnx"
_EXTERNAL = b"\n\x08location\x12"
"""Bytes of an entry that names another file with weights; these could change while the hash of the model stays the same."""

_BATCH = 24_000  # frames per call of the network
_ERRORS_ONLY = 3  # severity of onnxruntime's log


class GraphFacts(Facts):
    """The metadata of an ONNX file."""

    step: int = Field(ge=1)  # frames per step of the network
    sizes: dict = Field(default_factory=dict)  # the parameters of its architecture, for `artinv.learn.graph_weights`
    statistics: dict[str, list]  # of the training speakers and of the intervals, as nested lists; null where not a number


@dataclass(frozen=True)
class Predictor:
    """A model that maps acoustics to trajectories, both in standard deviations of the speaker."""

    facts: GraphFacts
    statistics: Mapping[str, np.ndarray] = field(repr=False)  # float32
    graph: bytes = field(repr=False)  # the ONNX file

    @classmethod
    def of(cls, graph: bytes, origin: str) -> Self:
        """Check an ONNX file that is in memory; `origin` names it in messages."""
        try:
            session = _session(graph)
            facts = GraphFacts.of(json.loads(session.get_modelmeta().custom_metadata_map.get(KEY, "null")), "metadata")
            facts.check_channels()
            _check_ends(session, facts)
            statistics = {key: np.array(values, np.float32) for key, values in facts.statistics.items()}
            _check_statistics(statistics, facts.n_in)
        except (BadParams, BadData, ValueError, TypeError, IndexError, ArithmeticError, RecursionError) as error:
            raise BadData(f"{origin}: is not a model of this project ({reason(error)})") from None
        made = cls(facts, statistics, graph)
        made.__dict__["_session"] = session
        return made

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read an ONNX file."""
        try:
            return cls.of(path.read_bytes(), str(path))
        except OSError as error:
            raise BadData(f"{path}: cannot be read ({reason(error)})") from None

    def predict(self, acoustics: np.ndarray) -> np.ndarray:
        """Map acoustics (K, n_in) to trajectories (K, 18) float32; memory does not grow with their length."""
        check_acoustics(acoustics, self.facts.n_in)
        out = np.zeros((len(acoustics), len(CHANNELS)), np.float32)
        waiting = pieces(len(acoustics), self.facts.rate, self.facts.step)
        while waiting:
            frames = waiting[0].end - waiting[0].start
            same = [piece for piece in waiting if piece.end - piece.start == frames][: max(1, _BATCH // frames)]
            batch = np.stack([acoustics[piece.start : piece.end] for piece in same]).astype(np.float32, copy=False)
            motion = self._run(batch)
            for piece, values in zip(same, motion, strict=True):
                out[piece.first : piece.last] = values[piece.first - piece.start : piece.last - piece.start]
            waiting = [piece for piece in waiting if piece not in same]
        return out

    def _run(self, acoustics: np.ndarray) -> np.ndarray:
        """Map acoustics (B, T, n_in) to trajectories (B, T, 18)."""
        try:
            (motion,) = self._session.run(["motion"], {"acoustics": acoustics})
        except Exception as error:  # noqa: BLE001 -- onnxruntime's errors have no common class
            raise BadData(f"the graph of the model fails ({reason(error)}); use an undamaged file") from None
        if motion.shape != (*acoustics.shape[:2], len(CHANNELS)):
            raise BadData(f"the graph of the model returns an array of shape {motion.shape}; use an undamaged file")
        return motion

    @cached_property
    def _session(self) -> InferenceSession:
        return _session(self.graph)

    def __getstate__(self) -> dict:
        """Return what a copy in another process needs; each process opens a session of its own."""
        return {"facts": self.facts, "statistics": self.statistics, "graph": self.graph}


def _check_ends(session: InferenceSession, facts: GraphFacts) -> None:
    """Reject a graph whose input and output are not those of its metadata."""
    ends = {value.name: value.shape[-1] for value in (*session.get_inputs(), *session.get_outputs())}
    if ends != {"acoustics": facts.n_in, "motion": len(CHANNELS)}:
        raise BadData(f"its graph has inputs and outputs {ends}, its metadata states {facts.n_in} acoustic values")


def _check_statistics(statistics: Mapping[str, np.ndarray], n_in: int) -> None:
    """Reject statistics of another shape than inversion expects."""
    channels = len(CHANNELS)
    shapes = {
        "mean": (channels,), "std": (channels,), "interval_weights": (1 + n_in + 2 * channels, channels), "interval_level": (1,),
        "interval_centre": (channels,), "interval_factor": (channels,), "interval_usual": (channels,), "interval_slope": (1,),
    }
    for key, values in statistics.items():
        if key in shapes and values.shape != shapes[key]:
            raise BadData(f"its statistics '{key}' have the shape {values.shape}, expected {shapes[key]}")
    interval = {key for key in shapes if key.startswith("interval")} - {"interval_usual", "interval_slope"}
    if "interval_weights" in statistics and (missing := sorted(interval - statistics.keys())):
        raise BadData(f"its statistics lack '{missing[0]}'")


def _session(graph: bytes) -> InferenceSession:
    """Open a graph on one thread, so that equal acoustics give equal bytes."""
    if _EXTERNAL in graph:
        raise BadData("weights outside the file are not accepted; save the model as one file")
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        return InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 -- onnxruntime's errors have no common class
        raise BadData(reason(error)) from None
