"""Antialiased vector drawing on a transparent sheet through skia, in picture widths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from adapters.painters.local.canvas import Bytes, Canvas, Point
from adapters.painters.local.colour import Colour

try:
    import skia
except ImportError:  # libEGL or libGL is missing: the registry leaves vector scenes out
    skia = None

AVAILABLE = skia is not None

__all__ = ["AVAILABLE", "Sheet", "filled", "skia", "smooth", "stroked", "traced"]


class Sheet:
    """A transparent sheet of the canvas's size; `pixels` is RGBA with straight alpha."""

    def __init__(self, canvas: Canvas) -> None:
        self.pixels: Bytes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
        self._surface = skia.Surface(self.pixels)
        self.skia = self._surface.getCanvas()
        self.skia.scale(canvas.width, canvas.width)
        self.tall = canvas.tall

    def polygon(self, points: Iterable[Point], colour: Colour, *, alpha: float = 1.0) -> None:
        """A filled polygon."""
        self.skia.drawPath(traced(points), filled(colour, alpha))

    def path(self, path: skia.Path, colour: Colour, *, alpha: float = 1.0, blur: float = 0) -> None:
        """A filled path; `blur` softens it (units of width)."""
        paint = filled(colour, alpha)
        if blur:
            paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
        self.skia.drawPath(path, paint)

    def stroke(
        self, path: skia.Path, colour: Colour, *, width: float, alpha: float = 1.0, blur: float = 0
    ) -> None:
        """A stroked path with round ends."""
        paint = stroked(colour, width, alpha=alpha)
        if blur:
            paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
        self.skia.drawPath(path, paint)

    def disc(
        self, at: Point, radius: float, *, colour: Colour, alpha: float = 1.0, blur: float = 0
    ) -> None:
        """A disc, softened by `blur` if given."""
        paint = filled(colour, alpha)
        if blur:
            paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
        self.skia.drawCircle(at[0], at[1], radius, paint)

    def box(
        self, box: tuple[float, float, float, float], colour: Colour, *, alpha: float = 1
    ) -> None:
        """A rectangle given as left, top, right, bottom."""
        self.skia.drawRect(skia.Rect.MakeLTRB(*box), filled(colour, alpha))


def filled(colour: Colour, alpha: float = 1.0) -> skia.Paint:
    """A paint that fills."""
    return skia.Paint(AntiAlias=True, Color=skia.Color4f(*colour, alpha))


def stroked(colour: Colour, width: float, *, alpha: float = 1.0) -> skia.Paint:
    """A paint that strokes with round ends and joins."""
    return skia.Paint(
        AntiAlias=True,
        Color=skia.Color4f(*colour, alpha),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=width,
        StrokeCap=skia.Paint.kRound_Cap,
        StrokeJoin=skia.Paint.kRound_Join,
    )


def traced(points: Iterable[Point], *, closed: bool = True) -> skia.Path:
    """A path along points."""
    path = skia.Path()
    for number, (x, y) in enumerate(points):
        if number:
            path.lineTo(x, y)
        else:
            path.moveTo(x, y)
    if closed:
        path.close()
    return path


def smooth(points: Sequence[Point], *, closed: bool = False) -> skia.Path:
    """A path that bends softly through points (quadratic mid-point spline)."""
    path = skia.Path()
    path.moveTo(*points[0])
    for here, after in pairwise(points[1:]):
        middle = ((here[0] + after[0]) / 2, (here[1] + after[1]) / 2)
        path.quadTo(*here, *middle)
    path.lineTo(*points[-1])
    if closed:
        path.close()
    return path
