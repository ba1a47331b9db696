"""Helpers for writing native corpus files without the project's writers."""

from pathlib import Path

import numpy as np
import soundfile

from artinv.core.channels import COIL_COLUMNS
from tests.support import corpora

FIELDS = ["NAME", "SRATE", "SIGNAL"]


def read_all(name, root):
    corpus = corpora.get(name)
    return [utterance for source in corpus.find(root).sources for utterance in corpus.read(source)]


def put_est(path, names, values, rate):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.column_stack([np.arange(len(values)) / rate, np.ones(len(values)), values]).astype("<f4")
    keys = f"BreaksPresent true\nNumChannels {len(names)}\nByteOrder 01\nNumFrames {len(values)}\nDataType binary\nEqualSpace 1\n"
    head = "EST_File Track\n" + keys + "".join(f"Channel_{i} {name}\n" for i, name in enumerate(names)) + "EST_Header_End\n"
    path.write_bytes(head.encode() + rows.tobytes())


def put_wav(path, samples, rate=16000):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype="PCM_16")


def structs(elements, fields):
    array = np.empty((1, len(elements)), dtype=[(field, object) for field in fields])
    for index, element in enumerate(elements):
        array[0, index] = tuple(element.get(field, np.zeros((1, 0))) for field in fields)
    return array


def coil(utterance, name):
    return utterance.coils[:, COIL_COLUMNS.index(name)]


def files_of(root):
    return sorted(path for path in Path(root).rglob("*") if path.is_file())
