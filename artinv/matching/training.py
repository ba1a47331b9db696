"""Train networks that estimate settings from sounds, with the loop of `artinv.learn.loop`."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from artinv.learn.loop import Trained, autocast, descend, device_of, reproducible
from artinv.matching import networks
from artinv.matching.choices import FitParams
from artinv.matching.heads import Head, mean_loss
from artinv.matching.matcher import Matcher, Typical
from artinv.matching.sounds import Part, Pool, SampleParams, load, synthesizer, to_sound
from artinv.measure.spectra import correlation
from artinv.synth.synthesizers.protocol import of_unit

_TYPICAL = 200  # validation sounds that are rendered again from their estimate


def fit_all(folder: Path, sample: SampleParams, params: FitParams, models: Path) -> dict[str, Trained]:
    """Train the listed networks on the sounds in `folder`; write each to `models`; return their training by name.

    An interrupted run resumes from a file beside `models`: DVC removes that folder, an output, before the next run.
    """
    parts = load(folder, "train"), load(folder, "valid")
    fits = {}
    for name in params.networks:
        matcher, fits[name] = fit(name, parts, sample, params, models.parent / f".{name}.state")
        matcher.save(models / f"{name}.safetensors")
    return fits


def fit(
    name: str, parts: tuple[Part, Part], sample: SampleParams, params: FitParams, state: Path | None = None,
) -> tuple[Matcher, Trained]:
    """Train one network on the first part, and validate on the second; equal input gives equal weights.

    With `state`, an interrupted run resumes from that file (see `descend`).
    """
    networks.check(name, sample.points)
    device, head = device_of(params.device), Head(params.head, synthesizer(sample).spec)
    with reproducible(params):
        pool, valid = (Pool(part, sample, device) for part in parts)
        network = networks.build(name, sample.samples, head.outputs, sample.points).to(device)

        def batches(epoch: int) -> list[Tensor]:
            return pool.batches(params.batch, (params.seed, epoch))

        def terms(chosen: Tensor) -> Tensor:
            sounds, levels = pool.batch(chosen)
            with autocast(params, device):
                raw = network(sounds)
            return head.terms(raw.float(), levels)

        def validate() -> float:
            return loss(network, head, valid, params)

        trained = descend(
            network, params, batches=batches, terms=terms, combine=mean_loss, validate=validate, state=state,
            mark=_mark(name, sample, params, parts, device),
        )
        provenance = {"origin": "synthetic", "sounds": str(len(pool)), "seed": str(params.seed)}
        return Matcher(
            synth=sample.synth, sample_rate=sample.sample_rate, samples=sample.samples, points=sample.points,
            normalise=sample.normalise, network=name, head=params.head, weights=trained.network,
            typical=_typical(trained.network, head, parts[1], sample), provenance=provenance,
        ), trained


@torch.no_grad()
def loss(network: nn.Module, head: Head, pool: Pool, params: FitParams) -> float:
    """Return the loss over all sounds of a pool."""
    network.eval()
    sums = torch.zeros(2, device=pool.device)
    for sounds, levels in pool.all(params.batch):
        with autocast(params, pool.device):
            raw = network(sounds)
        sums += head.terms(raw.float(), levels)
    return float(mean_loss(sums))


@torch.no_grad()
def _typical(network: nn.Module, head: Head, valid: Part, sample: SampleParams) -> Typical:
    """Return what the sounds are like and how close estimates come, from the first validation sounds."""
    part, synth = valid.head(_TYPICAL), synthesizer(sample)
    sounds = torch.from_numpy(part.sound(slice(None)))
    values = of_unit(synth.spec, head.shares(network(sounds)))
    close = correlation(to_sound(synth, values, normalise=sample.normalise), sounds).numpy()
    quietest, loudest = np.percentile(part.peaks, (5, 95))
    return Typical(quietest=float(quietest), loudest=float(loudest), correlation=float(np.percentile(close, 5)))


def _mark(name: str, sample: SampleParams, params: FitParams, parts: tuple[Part, Part], device: torch.device) -> str:
    """Return a hash of everything that a training run depends on."""
    digest = hashlib.blake2b(digest_size=16)
    facts = [name, sample.model_dump(), params.model_dump(exclude={"networks"}), str(device), torch.__version__]
    digest.update(json.dumps(facts, sort_keys=True).encode())
    for part in parts:
        for array in (part.levels, part.sounds, part.peaks):
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
