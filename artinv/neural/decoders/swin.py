"""Transformer with shifted windows over time, rows and columns of a grid.

Attention stays within windows of tokens; every second block shifts its windows by half their size, so that neighbours meet. In time
the windows are shifted without wrapping round, and the causal network attends to the same and to earlier tokens only.
"""

from functools import lru_cache
from typing import Annotated

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from artinv.neural.layers import Convolution, Doubling, Span
from artinv.neural.layout import Layout
from artinv.runtime.params import Params

PATCH = 2
"""Frames, rows and columns of a patch."""

Count = Annotated[int, Field(ge=1, le=64)]


class Sizes(Params):
    """Parameters of the decoder."""

    dim: int = Field(ge=4, le=1024)  # values of a token in the first stage; the number doubles from stage to stage
    depths: list[Count] = Field(min_length=1, max_length=6)  # blocks of each stage
    heads: list[Count] = Field(min_length=1, max_length=6)  # of each stage
    frames: int = Field(ge=2, le=64)  # tokens of a window in time; even
    space: int = Field(ge=2, le=16)  # tokens of a window in rows and in columns; even

    @model_validator(mode="after")
    def _fits(self) -> "Sizes":
        if len(self.heads) != len(self.depths) or self.frames % 2 or self.space % 2:
            raise ValueError("one number of heads for each stage, and windows of an even number of tokens are needed")
        if any(self.dim * 2**number % heads for number, heads in enumerate(self.heads)):
            raise ValueError("the dim of a stage is not a multiple of its heads")
        return self


class Attention(nn.Module):
    """Attention within windows, with a bias for each difference of places."""

    def __init__(self, dim: int, heads: int, window: tuple[int, int, int]) -> None:
        """Draw initial weights."""
        super().__init__()
        self.heads = heads
        self.entry, self.readout = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.bias = nn.Parameter(nn.init.trunc_normal_(torch.empty(_differences(window), heads), std=0.02))
        self.register_buffer("pairs", _pairs(window), persistent=False)
        self.pairs: Tensor

    def forward(self, tokens: Tensor, allowed: Tensor) -> Tensor:
        """Attend within windows (B, windows, N, C) where `allowed` (windows, N, N)."""
        query, key, value = self.entry(tokens).unflatten(-1, (3, self.heads, -1)).permute(3, 0, 1, 4, 2, 5)
        bias = self.bias[self.pairs].permute(2, 0, 1).masked_fill(~allowed[:, None], -torch.inf)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return self.readout(mixed.transpose(2, 3).flatten(-2))


class Block(nn.Module):
    """Attention and a dense layer, each added to what enters it."""

    def __init__(self, dim: int, heads: int, window: tuple[int, int, int], shift: tuple[int, int, int], causal: bool) -> None:
        """Draw initial weights."""
        super().__init__()
        self.window, self.shift, self.causal = window, shift, causal
        self.norm, self.inner = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = Attention(dim, heads, window)
        self.dense = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, tokens: Tensor) -> Tensor:
        """Transform tokens (B, T, rows, columns, C)."""
        tokens = tokens + self._attended(self.norm(tokens))
        return tokens + self.dense(self.inner(tokens))

    def _attended(self, tokens: Tensor) -> Tensor:
        frames, rows, columns = tokens.shape[1:4]
        late, down, right = self.shift
        sizes = [-(-(length + more) // size) * size for length, more, size in
                 zip((frames, rows, columns), (late, 0, 0), self.window, strict=True)]
        after = sizes[0] - frames - late
        padded = functional.pad(tokens, (0, 0, 0, sizes[2] - columns, 0, sizes[1] - rows, late, after))
        padded = padded.roll((-down, -right), (2, 3))
        allowed = _allowed((frames, rows, columns), tuple(sizes), self.window, self.shift, self.causal).to(tokens.device)
        mixed = _joined(self.attention(_windows(padded, self.window), allowed), tuple(sizes), self.window)
        return mixed.roll((down, right), (2, 3))[:, late:late + frames, :rows, :columns]


class Swin(nn.Module):
    """The network of this module."""

    def __init__(self, sizes: Sizes, layout: Layout, outputs: int, causal: bool) -> None:
        """Draw initial weights."""
        super().__init__()
        self.layout, self.grid = layout, PATCH * sizes.frames
        self.entry = Convolution(1, sizes.dim, PATCH, causal=causal, stride=PATCH, space=1)
        self.patches = nn.Conv2d(sizes.dim, sizes.dim, PATCH, PATCH)
        rows, columns = (-(-length // PATCH) for length in layout.shape)
        self.stages, self.merges = nn.ModuleList(), nn.ModuleList()
        dim, blocks = sizes.dim, 0
        for number, (depth, heads) in enumerate(zip(sizes.depths, sizes.heads, strict=True)):
            if number:
                self.merges.append(nn.Sequential(nn.LayerNorm(4 * dim), nn.Linear(4 * dim, 2 * dim, bias=False)))
                dim, rows, columns = 2 * dim, -(-rows // 2), -(-columns // 2)
            window = sizes.frames, min(sizes.space, rows), min(sizes.space, columns)
            moved = sizes.frames // 2, _half(window[1], rows), _half(window[2], columns)
            self.stages.append(nn.Sequential(*(
                Block(dim, heads, window, moved if at % 2 else (0, 0, 0), causal) for at in range(depth))))
            blocks += depth
        self.norm = nn.LayerNorm(dim)
        self.doubling = Doubling(dim, sizes.dim, causal=causal)
        self.readout = nn.Linear(sizes.dim, outputs)
        far = PATCH * blocks * (sizes.frames - 1)
        span = self.entry.span + Span(far, 0 if causal else far) + self.doubling.span
        self.reach, self.ahead = span.back, span.ahead

    def forward(self, signals: Tensor) -> Tensor:
        """Map signals (B, T, E) to outputs (B, T, P)."""
        grid = self.layout.on_grid(signals)
        grid = functional.pad(grid, (0, grid.shape[3] % PATCH, 0, grid.shape[2] % PATCH))
        values = self.entry(grid.unsqueeze(1)).transpose(1, 2)
        count = values.shape[:2]
        tokens = self.patches(values.flatten(0, 1)).unflatten(0, count).movedim(2, -1)
        for number, stage in enumerate(self.stages):
            if number:
                tokens = self.merges[number - 1](_gathered(tokens))
            tokens = stage(tokens)
        series = self.norm(tokens).mean((2, 3)).transpose(1, 2)
        series = functional.gelu(self.doubling(series)[..., : signals.shape[1]])
        return self.readout(series.transpose(1, 2))


def build(sizes: Sizes, layout: Layout, outputs: int, causal: bool) -> nn.Module:
    """Return the network; see `artinv.neural.decoders`."""
    return Swin(sizes, layout, outputs, causal)


def _gathered(tokens: Tensor) -> Tensor:
    """Join squares of 2 x 2 tokens: (B, T, rows, columns, C) -> (B, T, rows / 2, columns / 2, 4 C)."""
    rows, columns = tokens.shape[2:4]
    even = functional.pad(tokens, (0, 0, 0, columns % 2, 0, rows % 2))
    return even.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).permute(0, 1, 2, 4, 3, 5, 6).flatten(4)


def _windows(tokens: Tensor, window: tuple[int, int, int]) -> Tensor:
    """Cut (B, T, rows, columns, C) into windows (B, windows, N, C)."""
    cut = tokens.unflatten(3, (-1, window[2])).unflatten(2, (-1, window[1])).unflatten(1, (-1, window[0]))
    return cut.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4, 6).flatten(1, 3)


def _joined(windows: Tensor, sizes: tuple[int, ...], window: tuple[int, int, int]) -> Tensor:
    """Put windows together again; the inverse of `_windows`."""
    counts = [length // size for length, size in zip(sizes, window, strict=True)]
    cut = windows.unflatten(1, counts).unflatten(4, window)
    return cut.permute(0, 1, 4, 2, 5, 3, 6, 7).flatten(5, 6).flatten(3, 4).flatten(1, 2)


@lru_cache(maxsize=64)
def _allowed(
    lengths: tuple[int, ...], sizes: tuple[int, ...], window: tuple[int, int, int], shift: tuple[int, int, int], causal: bool,
) -> Tensor:
    """Return which tokens of a window attend to which (windows, N, N): tokens that were neighbours before the shift, and exist.

    Each token attends to itself, so that the softmax of a token beyond the ends is defined.
    """
    time = torch.arange(sizes[0]) - shift[0]
    exists = (time >= 0) & (time < lengths[0])
    marks = [time, exists.long()]
    regions = []
    for length, size, part, moved in zip(lengths[1:], sizes[1:], window[1:], shift[1:], strict=True):
        place = torch.arange(size).roll(-moved)
        wrapped = torch.zeros(size, dtype=torch.long)
        if moved:
            wrapped[size - part:], wrapped[size - moved:] = 1, 2
        regions.append(torch.where(place < length, wrapped, -1))
    grid = torch.stack(torch.meshgrid(*marks[:1], *regions, indexing="ij"), -1)
    grid = torch.cat([grid, marks[1][:, None, None, None].expand(*grid.shape[:3], 1)], -1)
    tokens = _windows(grid[None], window)[0]
    when, row, column, there = tokens.unbind(-1)
    allowed = (row[:, :, None] == row[:, None]) & (column[:, :, None] == column[:, None])
    allowed &= (there[:, None] == 1) & (row[:, None] >= 0) & (column[:, None] >= 0)
    if causal:
        allowed &= when[:, None] <= when[:, :, None]
    return allowed | torch.eye(tokens.shape[1], dtype=torch.bool)


def _half(window: int, length: int) -> int:
    """Return half a window, by which windows are shifted where they do not span all tokens."""
    return window // 2 if length > window else 0


def _differences(window: tuple[int, int, int]) -> int:
    """Return the number of different offsets between two tokens of a window."""
    return (2 * window[0] - 1) * (2 * window[1] - 1) * (2 * window[2] - 1)


def _pairs(window: tuple[int, int, int]) -> Tensor:
    """Return the number of the offset between each two tokens of a window (N, N)."""
    places = torch.stack(torch.meshgrid(*(torch.arange(size) for size in window), indexing="ij")).flatten(1)
    apart = places[:, :, None] - places[:, None] + torch.tensor(window)[:, None, None] - 1
    return (apart[0] * (2 * window[1] - 1) + apart[1]) * (2 * window[2] - 1) + apart[2]
