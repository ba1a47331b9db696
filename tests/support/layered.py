"""A project with the inverter of one fold: untrained, on small synthetic records with known differences between speakers."""

import dataclasses

import numpy as np
import torch
import yaml

from artinv.core import store
from artinv.core.ids import SpeakerId
from artinv.core.workspace import Workspace
from artinv.data.splits import Split
from artinv.data.stats import Stats
from artinv.factors.layers.fold import LayerParams
from artinv.factors.workspace import FactorFiles
from artinv.learn import models
from artinv.learn.inverter import Inverter
from tests.support import toys
from tools.deps import ROOT

SPEAKERS = ("F01", "F02", "F03", "M01", "M02", "M03")
SIZES = {"context": 1, "dense": 12, "dense_layers": 1, "width": 6, "layers": 2, "smoothing": "none", "cutoff": 10.0, "stride": 4}


def inverter(smoothing="none"):
    """Return a small network with random weights."""
    sizes = models.get("strided").Sizes.of(SIZES | {"smoothing": smoothing})
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = models.build("strided", sizes, 6, 100.0)
    return Inverter(model="strided", sizes=sizes, n_in=6, rate=100.0, network=network.eval())


def utterance(speaker, number, offset=3.0):
    """Return frames whose acoustics lie at another place for each speaker, which says nothing of the sex."""
    made = toys.frames(speaker, number, 80)
    place = offset * np.eye(6)[SPEAKERS.index(speaker)]
    return dataclasses.replace(made, acoustics=(made.acoustics / 20 + place).astype(np.float32), motion=made.motion / 3,
                               origin="synthetic")


def utterances(speakers=SPEAKERS, count=6):
    return [utterance(speaker, number) for speaker in speakers for number in range(count)]


def params(**changes):
    content = yaml.safe_load((ROOT / "pipelines/layers/params.yaml").read_text(encoding="utf-8"))
    return LayerParams.within(content | {"profile": "smoke"}, "params").model_copy(update=changes)


def project(folder):
    """Write the files that the stages of the pipeline read."""
    workspace, records = Workspace(folder), utterances()
    store.write(workspace.normalized / "hprc", records)
    for speaker in SPEAKERS:
        names = np.array([frames.name for frames in records if frames.speaker == speaker])
        zeros, ones = np.zeros((len(names), 18), np.float32), np.ones(18, np.float32)
        Stats(names=names, motion_mean=zeros, motion_std=ones, acoustic_mean=zeros[0, :6], acoustic_std=ones[:6],
              reglued=np.zeros((0, 2), int)).save(workspace.stats / f"hprc/{speaker}.npz")
    for unseen in ("F01", "M02"):
        ids = {part: tuple(frames.id for frames in records if (frames.speaker == unseen) == (part == "test")
                           and (part != "valid") != (frames.order == 5 and part != "test")) for part in ("train", "valid", "test")}
        place = workspace.fold_models / "indep-strided" / unseen
        inverter("fixed").save(place / "inverter.safetensors")
        Split(split="indep", test_speaker=SpeakerId(f"hprc/{unseen}"), unseen_text=False, origin="synthetic", **ids).save(
            place / "split.json")
    content = yaml.safe_load((ROOT / "pipelines/layers/params.yaml").read_text(encoding="utf-8"))
    content |= {"profile": "smoke"}
    content["layers"]["folds"] = ["F01", "M02"]
    files = FactorFiles(workspace)
    files.layer_params.parent.mkdir(parents=True)
    files.layer_params.write_text(yaml.safe_dump(content))
    return files
