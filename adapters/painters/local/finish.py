"""The last touches that make a picture look printed: vignette, grain, paper."""

from __future__ import annotations

import numpy as np
from PIL import Image

from adapters.painters.local.canvas import Canvas
from adapters.painters.local.noise import field


def vignette(canvas: Canvas, strength: float) -> None:
    """Darken towards the corners."""
    half_x, half_y = 48, max(8, round(48 * canvas.tall))
    across = np.linspace(-1, 1, half_x, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, half_y, dtype=np.float32)[:, None]
    far = np.clip((across**2 + down**2) / 2 - 0.12, 0, 1)
    small = Image.fromarray(1 - np.float32(strength) * far)
    full = small.resize((canvas.width, canvas.height), Image.Resampling.BICUBIC)
    canvas.px *= np.asarray(full, np.float32)


def grain(canvas: Canvas, rng: np.random.Generator, *, amount: float = 0.018) -> None:
    """Film grain in the lightness only; it also hides the steps of 8-bit gradients."""
    tile = rng.standard_normal((640, 640), dtype=np.float32) * np.float32(amount)
    rows = -(-canvas.height // 640)
    columns = -(-canvas.width // 640)
    noise = np.tile(tile, (rows, columns))[: canvas.height, : canvas.width]
    canvas.px += noise


def paper(canvas: Canvas, rng: np.random.Generator, *, amount: float = 0.05) -> None:
    """The cloudy unevenness of printed card, multiplied over everything."""
    soft = field(canvas, rng, frequency=7.0, octaves=5)
    canvas.px *= 1 - np.float32(amount) * np.clip((soft - 0.3) * 1.6, 0, 1.4)
