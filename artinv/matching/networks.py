"""Networks from sound (B, samples) to raw outputs (B, points, outputs), which `artinv.matching.heads` interprets.

`points` is 1 for settings that stay constant during a sound. The convolutional networks are those of InverSynth (arXiv 1812.06349):
strided convolutions over time and frequency, then two dense layers; `e2e` replaces the spectrogram by convolutions over time.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from artinv.learn.layers import dense
from artinv.learn.models.bilstm import Bidirectional
from artinv.runtime.errors import BadParams, expected

WINDOW, HOP = 512, 256
"""Window and step of the log spectrogram in samples; one second at 16,384 Hz gives 64 frames of 257 bins."""

DENSE = 512
"""Width of the dense layer after the convolutions."""

CONVOLUTIONS: dict[str, tuple[tuple[int, int, int, int, int], ...]] = {
    "C1": ((38, 13, 26, 13, 26),),
    "C2": ((35, 6, 7, 5, 6), (87, 6, 9, 5, 8)),
    "C3": ((32, 4, 5, 3, 4), (98, 4, 6, 3, 5), (128, 4, 6, 3, 5)),
    "C4": ((32, 3, 4, 2, 3), (65, 3, 4, 2, 3), (105, 3, 4, 2, 3), (128, 4, 5, 3, 4)),
    "C5": ((32, 3, 3, 2, 2), (98, 3, 3, 2, 2), (128, 3, 4, 2, 3), (128, 3, 5, 2, 4), (128, 3, 3, 2, 2)),
    "C6": ((32, 3, 3, 2, 2), (71, 3, 3, 2, 2), (128, 3, 4, 2, 3), (128, 3, 3, 2, 2), (128, 3, 3, 2, 2), (128, 3, 3, 1, 2)),
    "C6XL": ((64, 3, 3, 2, 2), (128, 3, 3, 2, 2), (128, 3, 4, 2, 3), (128, 3, 3, 2, 2), (256, 3, 3, 2, 2), (256, 3, 3, 1, 2)),
}
"""Filters, kernel (time, frequency) and stride (time, frequency) of each convolution."""

ON_SOUND = ((96, 64, 4), (96, 32, 4), (128, 16, 4), (257, 8, 4))
"""Filters, kernel and stride of the convolutions over time of E2E, before those of C6."""

HIDDEN: dict[str, tuple[int, ...]] = {"FC-lin": (), "FC1": (1287,), "FC2": (717, 717), "FC3": (568, 568, 568)}
"""Widths of the hidden layers of the dense networks, chosen so that FC1 to FC3 are as large as C1 to C6."""

POOLED = (4, 8)
"""Frames and bins whose levels are averaged for an input of the dense networks."""

NAMES = (*HIDDEN, *CONVOLUTIONS, "E2E", "bilstm")

_SILENCE, _SPAN = 1e-4, 40.0  # magnitude added to each bin, and dB per unit of a network's input


class LogSpectrogram(nn.Module):
    """Levels (B, frames, 257) of short-time spectra, scaled to about -1 to 1; frame k is centred on sample k * 256."""

    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)

    def forward(self, sound: Tensor) -> Tensor:
        """Map (B, samples) to (B, ceil(samples / 256), 257)."""
        frames = math.ceil(sound.shape[1] / HOP)
        spectrum = torch.stft(sound, WINDOW, HOP, WINDOW, self.window, pad_mode="constant", return_complex=True)[..., :frames]
        power = torch.view_as_real(spectrum).square().sum(-1).mT
        return (10 * torch.log10(power + _SILENCE ** 2) + _SPAN) / _SPAN


class Same(nn.Module):
    """A strided convolution with ReLU, padded with zeros so that it has ceil(size / stride) outputs along each axis."""

    def __init__(self, n_in: int, filters: int, kernel: tuple[int, ...], stride: tuple[int, ...]) -> None:
        super().__init__()
        kind = nn.Conv1d if len(kernel) == 1 else nn.Conv2d
        self.convolution = kind(n_in, filters, kernel, stride)  # type: ignore[arg-type]
        self.kernel, self.stride = kernel, stride

    def forward(self, values: Tensor) -> Tensor:
        """Map (B, n_in, ...) to (B, filters, ...)."""
        pads: list[int] = []
        for size, kernel, stride in zip(values.shape[2:], self.kernel, self.stride, strict=True):
            missing = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
            pads = [missing // 2, missing - missing // 2, *pads]  # the last axis comes first
        return functional.relu(self.convolution(functional.pad(values, pads)))


class Convolutional(nn.Module):
    """Convolutions over time and frequency, then two dense layers."""

    def __init__(self, name: str, samples: int, outputs: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if name == "E2E":
            widths = (1, *(filters for filters, _, _ in ON_SOUND))
            pairs = zip(pairwise(widths), ON_SOUND, strict=True)
            layers = [Same(n_in, n_out, (kernel,), (stride,)) for (n_in, n_out), (_, kernel, stride) in pairs]
        self.front = nn.Sequential(nn.Unflatten(1, (1, -1)), *layers, _Swapped()) if layers else LogSpectrogram()
        frames, bins = math.ceil(samples / HOP), WINDOW // 2 + 1
        stack: list[nn.Module] = []
        n_in = 1
        for filters, *sizes in CONVOLUTIONS["C6" if name == "E2E" else name]:
            stack.append(Same(n_in, filters, tuple(sizes[:2]), tuple(sizes[2:])))
            n_in, frames, bins = filters, math.ceil(frames / sizes[2]), math.ceil(bins / sizes[3])
        self.stack = nn.Sequential(*stack, nn.Flatten())
        self.dense = nn.Sequential(nn.Linear(n_in * frames * bins, DENSE), nn.ReLU(), nn.Linear(DENSE, outputs))

    def forward(self, sound: Tensor) -> Tensor:
        """Map (B, samples) to (B, 1, outputs)."""
        return self.dense(self.stack(self.front(sound)[:, None]))[:, None]


class Dense(nn.Module):
    """Dense layers on a log spectrogram that is averaged over blocks of frames and bins."""

    def __init__(self, name: str, samples: int, outputs: int) -> None:
        super().__init__()
        self.front = LogSpectrogram()
        count = math.ceil(math.ceil(samples / HOP) / POOLED[0]) * math.ceil((WINDOW // 2 + 1) / POOLED[1])
        hidden = [dense([count, *HIDDEN[name]])] if HIDDEN[name] else []
        self.layers = nn.Sequential(nn.Flatten(), *hidden, nn.Linear((count, *HIDDEN[name])[-1], outputs))

    def forward(self, sound: Tensor) -> Tensor:
        """Map (B, samples) to (B, 1, outputs)."""
        blocks = functional.avg_pool2d(self.front(sound)[:, None], POOLED, ceil_mode=True)
        return self.layers(blocks)[:, None]


class Recurrent(nn.Module):
    """A bidirectional LSTM over the frames of a log spectrogram, for settings that move; constant ones use its mean over time."""

    def __init__(self, outputs: int, points: int, width: int = 128) -> None:
        super().__init__()
        self.front, self.points = LogSpectrogram(), points
        self.dense = dense([WINDOW // 2 + 1, width])
        self.recurrent = nn.ModuleList([Bidirectional(width, width), Bidirectional(2 * width, width)])
        self.readout = nn.Linear(2 * width, outputs)

    def forward(self, sound: Tensor) -> Tensor:
        """Map (B, samples) to (B, points, outputs)."""
        values = self.dense(self.front(sound))
        lengths = torch.full((len(values),), values.shape[1], dtype=torch.int64, device=values.device)
        for layer in self.recurrent:
            values = layer(values, lengths)
        return self.readout(_weights(self.points, values.shape[1], values) @ values)


class _Swapped(nn.Module):
    """The last two axes in exchanged order: channels of a convolution over time become bins."""

    def forward(self, values: Tensor) -> Tensor:
        """Map (B, bins, frames) to (B, frames, bins)."""
        return values.mT


def _weights(points: int, frames: int, like: Tensor) -> Tensor:
    """Return weights (points, frames) that average all frames for one point, and interpolate between frames for several."""
    if points == 1:
        return torch.full((1, frames), 1 / frames, dtype=like.dtype, device=like.device)
    place = (torch.arange(points, dtype=like.dtype, device=like.device) * (frames / points)).clamp(max=frames - 1)[:, None]
    return (1 - (place - torch.arange(frames, dtype=like.dtype, device=like.device)).abs()).clamp(min=0)


def check(name: str, points: int, key: str = "train.networks") -> None:
    """Raise BadParams for an unknown network, and for one that cannot follow settings that move."""
    if name not in NAMES:
        raise BadParams(f"{key}: unknown network '{name}'; {expected(name, NAMES)}")
    if points > 1 and name != "bilstm":
        raise BadParams(f"{key}: '{name}' estimates constant settings only; use bilstm, or set sample.points to 1")


def build(name: str, samples: int, outputs: int, points: int = 1) -> nn.Module:
    """Return a network with initial weights from torch's global random generator."""
    check(name, points)
    if name == "bilstm":
        return Recurrent(outputs, points)
    return (Dense if name in HIDDEN else Convolutional)(name, samples, outputs)
