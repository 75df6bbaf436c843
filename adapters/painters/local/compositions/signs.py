"""The signs an emblem shows: each a path about the origin, about one unit high."""

from __future__ import annotations

import math
from collections.abc import Callable

from adapters.painters.local.vector import skia, traced


def _rect(path: skia.Path, left: float, *, top: float, right: float, bottom: float) -> None:
    path.addRect(skia.Rect.MakeLTRB(left, top, right, bottom))


def _oval(path: skia.Path, x: float, *, y: float, wide: float, high: float) -> None:
    path.addOval(skia.Rect.MakeLTRB(x - wide, y - high, x + wide, y + high))


def _cut(path: skia.Path, holes: skia.Path) -> skia.Path:
    return skia.Op(path, holes, skia.PathOp.kDifference_PathOp)


def _joined(first: skia.Path, second: skia.Path) -> skia.Path:
    return skia.Op(first, second, skia.PathOp.kUnion_PathOp)


def heart() -> skia.Path:
    """A heart."""
    path = skia.Path()
    path.moveTo(0, 0.48)
    path.cubicTo(-0.7, 0.02, -0.52, -0.5, -0.24, -0.46)
    path.cubicTo(-0.08, -0.44, 0, -0.3, 0, -0.2)
    path.cubicTo(0, -0.3, 0.08, -0.44, 0.24, -0.46)
    path.cubicTo(0.52, -0.5, 0.7, 0.02, 0, 0.48)
    path.close()
    return path


def key() -> skia.Path:
    """An old key, bow up."""
    path, holes = skia.Path(), skia.Path()
    for angle in (90, 210, 330):
        x, y = 0.13 * math.cos(math.radians(angle)), -0.3 - 0.13 * math.sin(math.radians(angle))
        lobe, hole = skia.Path(), skia.Path()
        lobe.addCircle(x, y, 0.125)
        hole.addCircle(x, y, 0.068)
        path, holes = _joined(path, lobe), _joined(holes, hole)
    shaft = skia.Path()
    _rect(shaft, -0.036, top=-0.24, right=0.036, bottom=0.5)
    for top, reach in ((0.3, 0.17), (0.42, 0.21)):
        _rect(shaft, 0.0, top=top, right=reach, bottom=top + 0.065)
    _rect(shaft, -0.075, top=-0.12, right=0.075, bottom=-0.08)
    return _joined(_cut(path, holes), skia.Simplify(shaft))


def eye() -> skia.Path:
    """An open eye with lashes."""
    lid, iris, pupil, shine = skia.Path(), skia.Path(), skia.Path(), skia.Path()
    lid.moveTo(-0.62, 0)
    lid.cubicTo(-0.28, -0.44, 0.28, -0.44, 0.62, 0)
    lid.cubicTo(0.28, 0.4, -0.28, 0.4, -0.62, 0)
    lid.close()
    inner = skia.Path(lid)
    inner.transform(skia.Matrix.Scale(0.88, 0.84))
    iris.addCircle(0, -0.01, 0.225)
    pupil.addCircle(0, -0.01, 0.13)
    shine.addCircle(0.06, -0.07, 0.055)
    ring = _joined(_cut(iris, pupil), skia.Path())
    centre = skia.Path()
    centre.addCircle(0, -0.01, 0.1)
    whole = _joined(_joined(_cut(lid, inner), ring), _cut(centre, shine))
    for number in range(7):
        angle = math.radians(-150 + number * 20)
        ends = [(r * math.cos(angle), 0.08 + r * 0.95 * math.sin(angle)) for r in (0.46, 0.6)]
        wide = 0.014
        whole = _joined(
            whole,
            traced(
                [
                    (ends[0][0] - wide, ends[0][1]),
                    (ends[1][0], ends[1][1]),
                    (ends[0][0] + wide, ends[0][1]),
                ]
            ),
        )
    return whole


def moon() -> skia.Path:
    """A crescent with three stars."""
    full, bite = skia.Path(), skia.Path()
    full.addCircle(-0.04, 0, 0.46)
    bite.addCircle(0.17, -0.08, 0.39)
    whole = _cut(full, bite)
    for x, y, size in ((0.2, -0.12, 0.13), (0.4, 0.14, 0.07), (0.12, 0.17, 0.05)):
        points = [
            (
                (size if n % 2 == 0 else size * 0.32) * math.sin(n * math.pi / 4) + x,
                y - (size if n % 2 == 0 else size * 0.32) * math.cos(n * math.pi / 4),
            )
            for n in range(8)
        ]
        whole = _joined(whole, traced(points))
    return whole


def book() -> skia.Path:
    """An open book."""
    whole = skia.Path()
    for side in (-1, 1):
        for level in range(3):
            page = skia.Path()
            drop = 0.075 * level
            page.moveTo(side * 0.025, 0.3 - drop * 0.2 + drop)
            page.cubicTo(side * 0.2, 0.16 + drop, side * 0.42, 0.16 + drop, side * 0.6, 0.24 + drop)
            top = -0.3 if level == 0 else 0.2 + drop - 0.055
            inner = -0.24 if level == 0 else 0.26 + drop - 0.055
            page.lineTo(side * 0.6, top + (0.0 if level else 0.02))
            page.cubicTo(side * 0.42, top - 0.07, side * 0.2, top - 0.07, side * 0.025, inner)
            page.close()
            whole = _joined(whole, page)
    rules = skia.Path()
    for side in (-1, 1):
        for number in range(4):
            y = -0.17 + 0.085 * number
            left, right = sorted((side * 0.12, side * 0.5))
            _rect(rules, left, top=y, right=right, bottom=y + 0.018)
    return _cut(whole, rules)


def clock() -> skia.Path:
    """An hourglass."""
    whole, glass, sand = skia.Path(), skia.Path(), skia.Path()
    for y in (-0.5, 0.43):
        _rect(whole, -0.34, top=y, right=0.34, bottom=y + 0.07)
    glass.moveTo(-0.27, -0.43)
    glass.cubicTo(-0.27, -0.1, -0.035, -0.08, -0.035, 0)
    glass.cubicTo(-0.035, 0.08, -0.27, 0.1, -0.27, 0.43)
    glass.lineTo(0.27, 0.43)
    glass.cubicTo(0.27, 0.1, 0.035, 0.08, 0.035, 0)
    glass.cubicTo(0.035, -0.08, 0.27, -0.1, 0.27, -0.43)
    glass.close()
    inner = skia.Path(glass)
    inner.transform(skia.Matrix.Scale(0.84, 0.92))
    sand.moveTo(-0.2, 0.38)
    sand.quadTo(0, 0.06, 0.2, 0.38)
    sand.close()
    upper = traced(
        [
            (-0.155, -0.2),
            (0.155, -0.2),
            (0.012, -0.02),
            (0.012, 0.3),
            (-0.012, 0.3),
            (-0.012, -0.02),
        ]
    )
    return _joined(_joined(_joined(whole, _cut(glass, inner)), sand), upper)


def bird() -> skia.Path:
    """A swallow on the wing."""
    path = skia.Path()
    path.moveTo(-0.62, -0.26)
    path.cubicTo(-0.3, -0.36, -0.12, -0.2, -0.03, -0.1)
    path.cubicTo(0.02, -0.3, 0.2, -0.46, 0.56, -0.52)
    path.cubicTo(0.36, -0.36, 0.26, -0.16, 0.2, 0.02)
    path.cubicTo(0.16, 0.16, 0.06, 0.22, -0.06, 0.24)
    path.cubicTo(-0.2, 0.34, -0.3, 0.42, -0.52, 0.54)
    path.cubicTo(-0.42, 0.42, -0.36, 0.34, -0.32, 0.27)
    path.cubicTo(-0.44, 0.32, -0.54, 0.34, -0.68, 0.33)
    path.cubicTo(-0.48, 0.25, -0.34, 0.17, -0.25, 0.05)
    path.cubicTo(-0.22, -0.06, -0.36, -0.2, -0.62, -0.26)
    path.close()
    head = traced([(0.14, 0.03), (0.32, 0.04), (0.2, 0.12)])
    skull = skia.Path()
    skull.addCircle(0.13, 0.06, 0.095)
    return _joined(_joined(path, skull), head)


def cat() -> skia.Path:
    """A sitting cat seen from behind, its tail curling."""
    path = skia.Path()
    path.moveTo(-0.2, -0.3)
    path.lineTo(-0.22, -0.53)
    path.lineTo(-0.08, -0.42)
    path.quadTo(0, -0.45, 0.08, -0.42)
    path.lineTo(0.22, -0.53)
    path.lineTo(0.2, -0.3)
    path.cubicTo(0.2, -0.18, 0.16, -0.13, 0.13, -0.1)
    path.cubicTo(0.32, 0.06, 0.34, 0.34, 0.29, 0.5)
    path.lineTo(-0.29, 0.5)
    path.cubicTo(-0.34, 0.34, -0.32, 0.06, -0.13, -0.1)
    path.cubicTo(-0.16, -0.13, -0.2, -0.18, -0.2, -0.3)
    path.close()
    tail, paint = (
        skia.Path(),
        skia.Paint(
            Style=skia.Paint.kStroke_Style, StrokeWidth=0.085, StrokeCap=skia.Paint.kRound_Cap
        ),
    )
    tail.moveTo(0.22, 0.45)
    tail.cubicTo(0.62, 0.5, 0.62, 0.12, 0.44, 0.1)
    outline = skia.Path()
    skia.PathUtils.FillPathWithPaint(tail, paint, outline) if hasattr(
        skia, "PathUtils"
    ) else paint.getFillPath(tail, outline)
    return _joined(path, outline)


def house() -> skia.Path:
    """A small house with a lit window and smoke."""
    whole, holes = skia.Path(), skia.Path()
    _rect(whole, -0.34, top=-0.02, right=0.34, bottom=0.48)
    _rect(whole, 0.16, top=-0.38, right=0.26, bottom=0.0)
    whole = _joined(whole, traced([(-0.46, 0.0), (0, -0.42), (0.46, 0.0)]))
    _rect(holes, -0.22, top=0.1, right=-0.04, bottom=0.28)
    _rect(holes, 0.08, top=0.14, right=0.22, bottom=0.48)
    bars = skia.Path()
    _rect(bars, -0.14, top=0.1, right=-0.12, bottom=0.28)
    _rect(bars, -0.22, top=0.18, right=-0.04, bottom=0.2)
    return _joined(_cut(whole, holes), skia.Simplify(bars))


def fish() -> skia.Path:
    """A fish with scales."""
    body, tail, holes = skia.Path(), skia.Path(), skia.Path()
    body.moveTo(-0.62, 0)
    body.cubicTo(-0.36, -0.34, 0.1, -0.34, 0.36, 0)
    body.cubicTo(0.1, 0.34, -0.36, 0.34, -0.62, 0)
    body.close()
    tail.moveTo(0.28, 0)
    tail.quadTo(0.46, -0.08, 0.66, -0.3)
    tail.quadTo(0.56, 0, 0.66, 0.3)
    tail.quadTo(0.46, 0.08, 0.28, 0)
    tail.close()
    holes.addCircle(-0.43, -0.05, 0.038)
    for column in range(5):
        for row in range(-1, 2):
            x, y = -0.22 + 0.1 * column, 0.1 * row + (0.05 if column % 2 else 0)
            arc = skia.Path()
            arc.addCircle(x, y, 0.042)
            bite = skia.Path()
            bite.addCircle(x - 0.025, y, 0.042)
            holes.addPath(_cut(arc, bite))
    return _cut(_joined(body, tail), holes)


def feather() -> skia.Path:
    """A quill."""
    vane, cuts = skia.Path(), skia.Path()
    vane.moveTo(-0.3, 0.5)
    vane.cubicTo(-0.34, 0.1, -0.1, -0.4, 0.42, -0.54)
    vane.cubicTo(0.4, -0.1, 0.16, 0.24, -0.22, 0.34)
    vane.lineTo(-0.3, 0.5)
    vane.close()
    for x, y, turn in ((0.16, -0.04, 0.3), (0.02, 0.12, 0.26), (-0.1, -0.14, -0.9)):
        end = (x + 0.22 * math.cos(turn), y + 0.22 * math.sin(turn))
        cuts.addPath(traced([(x, y), end, (end[0] - 0.03, end[1] + 0.045)]))
    spine = traced([(-0.335, 0.58), (0.3, -0.44), (-0.318, 0.5)])
    whole = _cut(_cut(vane, skia.Simplify(cuts)), spine)
    return _joined(whole, traced([(-0.36, 0.62), (-0.27, 0.4), (-0.25, 0.42), (-0.345, 0.62)]))


def tree() -> skia.Path:
    """A broad tree of leaves on a forked trunk."""
    whole = traced(
        [
            (-0.06, 0.5),
            (-0.035, 0.05),
            (-0.2, -0.16),
            (-0.17, -0.18),
            (0, -0.02),
            (0.16, -0.22),
            (0.19, -0.2),
            (0.035, 0.06),
            (0.06, 0.5),
        ]
    )
    golden = math.pi * (3 - math.sqrt(5))
    for number in range(46):
        far = 0.4 * math.sqrt((number + 0.5) / 46)
        x, y = far * math.cos(number * golden) * 1.15, -0.2 + far * math.sin(number * golden) * 0.85
        leaf = skia.Path()
        size = 0.062
        leaf.moveTo(x, y - size)
        leaf.quadTo(x + size * 0.8, y, x, y + size)
        leaf.quadTo(x - size * 0.8, y, x, y - size)
        leaf.transform(skia.Matrix().postRotate(math.degrees(number * golden), x, y))
        whole = _joined(whole, leaf)
    return whole


def crown() -> skia.Path:
    """A crown with pearls."""
    whole = traced(
        [
            (-0.48, 0.3),
            (-0.56, -0.22),
            (-0.26, 0.04),
            (0, -0.36),
            (0.26, 0.04),
            (0.56, -0.22),
            (0.48, 0.3),
        ]
    )
    for x, y in ((-0.56, -0.28), (0, -0.43), (0.56, -0.28)):
        pearl = skia.Path()
        pearl.addCircle(x, y, 0.062)
        whole = _joined(whole, pearl)
    base, gaps = skia.Path(), skia.Path()
    _rect(base, -0.48, top=0.34, right=0.48, bottom=0.45)
    for x in (-0.28, 0.0, 0.28):
        _oval(gaps, x, y=0.19, wide=0.045, high=0.06)
    return _joined(_cut(whole, gaps), base)


SIGNS: dict[str, Callable[[], skia.Path]] = {
    "love": heart,
    "key": key,
    "eye": eye,
    "moon": moon,
    "book": book,
    "time": clock,
    "bird": bird,
    "cat": cat,
    "house": house,
    "fish": fish,
    "feather": feather,
    "tree": tree,
    "war": crown,
}
