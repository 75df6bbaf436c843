"""Smooth random fields and lines in unit coordinates: the same at every picture size."""

from __future__ import annotations

import numpy as np
from PIL import Image

from adapters.painters.local.canvas import Canvas
from adapters.painters.local.colour import Floats

TALLEST = 3.0


def _octave(size: tuple[int, int], tall: float, *, cells: Floats, frequency: float) -> Floats:
    lattice = Image.fromarray(cells)
    across = min(frequency, cells.shape[1] - 3.0)
    ratio = (cells.shape[0] - 3.0) / TALLEST
    box = (1.0, 1.0, 1.0 + across, 1.0 + min(ratio * tall, cells.shape[0] - 3.0))
    return np.asarray(lattice.resize(size, Image.Resampling.BICUBIC, box=box), np.float32)


def field(
    canvas: Canvas,
    rng: np.random.Generator,
    *,
    frequency: float = 4.0,
    octaves: int = 4,
    stretch: float = 1.0,
) -> Floats:
    """Fractal noise (height, width), about 0 to 1; `stretch` above 1 makes it wide and low.

    Drawn at the size its finest octave needs and enlarged.
    """
    finest = frequency * max(1.0, stretch) * 2 ** (octaves - 1)
    share = min(0.5, max(0.06, finest * 5 / canvas.width))
    size = (max(8, round(canvas.width * share)), max(8, round(canvas.height * share)))
    total = np.zeros((size[1], size[0]), np.float32)
    weight, summed = 1.0, 0.0
    for _ in range(octaves):
        rows = max(5, int(frequency * stretch * TALLEST) + 4)
        cells = rng.random((rows, int(frequency) + 4), dtype=np.float32)
        total += _octave(size, canvas.tall, cells=cells, frequency=frequency) * np.float32(weight)
        summed += weight
        weight *= 0.5
        frequency *= 2.0
    full = Image.fromarray(total / np.float32(summed))
    wide = full.resize((canvas.width, canvas.height), Image.Resampling.BICUBIC)
    return np.asarray(wide, np.float32)


def line(xs: Floats, rng: np.random.Generator, *, frequency: float, octaves: int = 5) -> Floats:
    """Fractal noise along x, about -1 to 1, for ridges and shores."""
    total = np.zeros_like(xs)
    weight = 1.0
    for _ in range(octaves):
        knots = rng.uniform(-1, 1, int(frequency) + 5).astype(np.float32)
        total += weight * _smooth(xs * np.float32(frequency) + np.float32(1.3), knots)
        weight *= 0.5
        frequency *= 2.07
    return np.asarray(total / np.float32(1.6), np.float32)


def _smooth(at: Floats, knots: Floats) -> Floats:
    index = np.clip(np.floor(at).astype(np.int32), 0, len(knots) - 2)
    share = np.clip(at - index, 0, 1)
    share = share * share * (3 - 2 * share)
    return np.asarray(knots[index] * (1 - share) + knots[index + 1] * share, np.float32)


def jagged(xs: Floats, rng: np.random.Generator, *, frequency: float, octaves: int = 6) -> Floats:
    """Sharp-peaked noise along x, about 0 (valley) to 1 (peak)."""
    total = np.zeros_like(xs)
    weight, summed = 1.0, 0.0
    for _ in range(octaves):
        knots = rng.uniform(0, 1, int(frequency) + 5).astype(np.float32)
        at = xs * np.float32(frequency) + np.float32(1.0 + rng.uniform(0, 1))
        index = np.clip(np.floor(at).astype(np.int32), 0, len(knots) - 2)
        share = np.clip(at - index, 0, 1)
        total += np.float32(weight) * (knots[index] * (1 - share) + knots[index + 1] * share)
        summed += weight
        weight *= 0.47
        frequency *= 2.03
    return np.asarray(total / np.float32(summed), np.float32)
