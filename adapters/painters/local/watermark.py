"""The visible sample mark: slanted type over the whole picture, so that no crop is free of it."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from adapters.painters.local import provenance
from adapters.painters.local.fonts import Fonts

MARK = "POLİKRAMİ · ÖRNEK"
SLANT = 28
LIGHT, DARK = 0.42, 0.36


@lru_cache(maxsize=6)
def _mask(size: tuple[int, int], folder: Path) -> npt.NDArray[np.float32]:
    """The type of the mark over a picture of that size, 0 to 1."""
    width, height = size
    letters = max(9.0, min(width, height) * 0.046)
    font = Fonts(folder).load("inter-bold", letters)
    step = (font.getlength(MARK) + letters * 1.6, letters * 2.7)
    side = int(np.hypot(width, height)) + 2
    sheet = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(sheet)
    for row in range(int(side / step[1]) + 2):
        x = -step[0] * (0.5 if row % 2 else 0.0) - letters
        while x < side:
            pen.text((x, row * step[1]), MARK, font=font, fill=255)
            x += step[0]
    turned = sheet.rotate(SLANT, Image.Resampling.BICUBIC)
    left, top = (side - width) // 2, (side - height) // 2
    cut = turned.crop((left, top, left + width, top + height))
    return np.asarray(cut, np.float32) / np.float32(255)


def mark(picture: bytes, longest_side: int, *, fonts: Fonts) -> bytes:
    """A WebP of the picture, its longer side at most `longest_side` pixels, with the sample mark.

    Raises `ValueError` for a side under 16 pixels.
    """
    if longest_side < 16:
        raise ValueError("a marked picture needs at least 16 pixels")
    with Image.open(BytesIO(picture), formats=("PNG", "JPEG", "WEBP")) as opened:
        image = opened.convert("RGB")
    image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    mask = _mask(image.size, fonts.folder)
    edge = Image.fromarray((mask * 255).astype(np.uint8))
    soft = edge.filter(ImageFilter.GaussianBlur(max(1.0, min(image.size) * 0.004)))
    shade = np.clip(np.asarray(soft, np.float32) / np.float32(160), 0, 1) * np.float32(DARK)
    pixels = np.asarray(image, np.float32)
    pixels = pixels * (1 - (shade * (1 - mask))[..., None])
    pixels = pixels + (255 - pixels) * (mask * np.float32(LIGHT))[..., None]
    out = BytesIO()
    marked = Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))
    marked.save(out, "WEBP", quality=82, method=2, xmp=provenance.XMP.encode())
    return out.getvalue()
