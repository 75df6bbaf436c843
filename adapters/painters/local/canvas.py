"""The picture while it is made: planar float pixels, addressed in units of the picture's width."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from adapters.painters.local.colour import Colour, Floats, ramp

Point = tuple[float, float]
Bytes = npt.NDArray[np.uint8]
Profile = Callable[[Floats], Floats]


def enlarged(small: Floats, size: tuple[int, int]) -> Floats:
    """A soft field enlarged to (width, height)."""
    full = Image.fromarray(small).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(full, np.float32)


class Canvas:
    """Pixels (3, height, width) in sRGB 0 to 1; x runs 0 to 1, y 0 to `tall` (widths)."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.tall = height / width
        self.px: Floats = np.zeros((3, height, width), np.float32)
        self.xs: Floats = ((np.arange(width) + 0.5) / width).astype(np.float32)
        self.ys: Floats = ((np.arange(height) + 0.5) / width).astype(np.float32)

    def down(self, share: float) -> float:
        """The y of a share (0 top, 1 bottom) of the height."""
        return share * self.tall

    def fill(self, colour: Colour) -> None:
        """One colour everywhere."""
        self.px[...] = np.asarray(colour, np.float32)[:, None, None]

    def gradient(
        self, stops: Sequence[tuple[float, Colour]], *, bend: Floats | None = None
    ) -> None:
        """A vertical ramp; `bend` (height, width) moves it, in shares of the height."""
        colours = ramp(stops, 1024)
        if bend is None:
            at = np.linspace(0, 1023, self.height).astype(np.int32)
            self.px[...] = colours[:, at][:, :, None]
            return
        half = bend[::2, ::2]
        shares = np.linspace(0, 1, half.shape[0], dtype=np.float32)[:, None] + half
        at = np.clip(shares * 1023, 0, 1023).astype(np.intp)
        for axis in range(3):
            self.px[axis] = enlarged(colours[axis][at], (self.width, self.height))

    def blend(self, mask: Floats, colour: Colour | Floats, *, top: int = 0, left: int = 0) -> None:
        """Move pixels towards a colour (or an array (3, ...) that broadcasts) by a mask 0 to 1."""
        rows, columns = mask.shape
        last = self.width if columns == 1 else left + columns
        for axis in range(3):
            part = self.px[axis, top : top + rows, left:last]
            part += (np.float32(1) * colour[axis] - part) * mask

    def add(self, mask: Floats, colour: Colour, *, top: int = 0, left: int = 0) -> None:
        """Screen light of a colour over the pixels by a mask 0 to 1."""
        rows, columns = mask.shape
        for axis in range(3):
            part = self.px[axis, top : top + rows, left : left + columns]
            part += (1 - part) * (mask * np.float32(colour[axis]))

    def window(self, at: Point, radius: float) -> tuple[slice, slice]:
        """The rows and columns that a circle may touch."""
        x, y = at
        width = self.width
        top, bottom = math.floor((y - radius) * width), math.ceil((y + radius) * width)
        left, right = math.floor((x - radius) * width), math.ceil((x + radius) * width)
        return (
            slice(max(0, min(self.height, top)), max(0, min(self.height, bottom))),
            slice(max(0, min(width, left)), max(0, min(width, right))),
        )

    def distance(self, at: Point, rows: slice, *, columns: slice) -> Floats:
        """Distances to a point, in units of the width."""
        across = self.xs[columns][None, :] - np.float32(at[0])
        return np.asarray(np.hypot(across, self.ys[rows][:, None] - np.float32(at[1])), np.float32)

    def disc(self, at: Point, radius: float, *, colour: Colour, opacity: float = 1.0) -> None:
        """A smooth-edged disc."""
        rows, columns = self.window(at, radius + 2 / self.width)
        edge = (radius - self.distance(at, rows, columns=columns)) * self.width + 0.5
        mask = np.clip(edge, 0, 1) * np.float32(opacity)
        self.blend(mask, colour, top=rows.start, left=columns.start)

    def glow(self, at: Point, radius: float, *, colour: Colour, strength: float) -> None:
        """Soft light that fades to nothing at `radius`; large glows are made small and enlarged."""
        rows, columns = self.window(at, radius)
        high, wide = rows.stop - rows.start, columns.stop - columns.start
        if high <= 0 or wide <= 0:
            return
        step = 4 if radius * self.width > 60 else 1
        down, across = self.ys[rows][::step, None] - at[1], self.xs[columns][None, ::step] - at[0]
        near = np.clip(1 - np.hypot(across, down) / np.float32(radius), 0, 1)
        fade = near * near * (3 - 2 * near)
        light = np.asarray(fade * fade * np.float32(strength), np.float32)
        if step > 1:
            light = enlarged(light, (wide, high))
        self.add(light, colour, top=rows.start, left=columns.start)

    def below(self, profile: Profile) -> tuple[Floats, int]:
        """The smooth mask of all that lies below a line y(x), and the row it begins at."""
        fine = ((np.arange(self.width * 3) + 0.5) / (self.width * 3)).astype(np.float32)
        line = profile(fine).reshape(self.width, 3) * np.float32(self.width)
        first = max(0, min(self.height - 1, math.floor(float(line.min())) - 2))
        last = max(first + 1, min(self.height, math.ceil(float(line.max())) + 2))
        rows = (np.arange(first, last, dtype=np.float32) + 0.5)[:, None]
        mask = np.ones((self.height - first, self.width), np.float32)
        edge = np.zeros((last - first, self.width), np.float32)
        for part in range(3):
            edge += np.clip(rows - line[None, :, part] + 0.5, 0, 1)
        mask[: last - first] = edge / 3
        return mask, first

    def land(self, profile: Profile, stops: Sequence[tuple[float, Colour]]) -> None:
        """Everything below a line, coloured by a ramp from its highest point to the bottom edge."""
        mask, first = self.below(profile)
        colours = ramp(stops, mask.shape[0])
        self.blend(mask, colours[:, :, None], top=first)

    def image(self) -> Image.Image:
        """The pixels as an 8-bit RGB image."""
        out = np.empty((self.height, self.width, 3), np.uint8)
        for axis in range(3):
            out[..., axis] = np.clip(self.px[axis] * 255 + 0.5, 0, 255)
        return Image.fromarray(out)

    def lay(self, layer: Bytes, *, opacity: float = 1.0) -> None:
        """Lay RGBA pixels (height, width, 4; straight alpha) over the picture."""
        alpha = layer[..., 3]
        rows = np.flatnonzero(alpha.any(axis=1))
        if rows.size == 0:
            return
        first, last = int(rows[0]), int(rows[-1]) + 1
        mask = alpha[first:last].astype(np.float32) * np.float32(opacity / 255)
        for axis in range(3):
            part = self.px[axis, first:last]
            part += (layer[first:last, :, axis] * np.float32(1 / 255) - part) * mask
