"""Leaves and flowers that grow in from the edges and leave a clearing for the title."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from adapters.painters.local import finish
from adapters.painters.local.canvas import Canvas, Point
from adapters.painters.local.colour import (
    BLACK,
    WHITE,
    Colour,
    contrast,
    from_oklch,
    luminance,
    mix,
    oklch,
)
from adapters.painters.local.lettering import Ink
from adapters.painters.local.palettes import Inks
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone
from adapters.painters.local.vector import Sheet, skia, smooth

STEMS = 34


@dataclass(frozen=True)
class Clearing:
    """The ellipse nothing grows into."""

    x: float
    y: float
    wide: float
    high: float

    def holds(self, at: Point, margin: float = 0.0) -> bool:
        """Whether a point lies inside (or within a margin of) the clearing."""
        u = (at[0] - self.x) / (self.wide + margin)
        v = (at[1] - self.y) / (self.high + margin)
        return bool(abs(u) ** 2.6 + abs(v) ** 2.6 < 1)


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.2, 0.34, 0.8, 0.58, anchor="middle"),
        author=Zone(0.2, 0.62, 0.8, 0.65, anchor="middle"),
        voice=wish.voice("display script classic literary poster"),
        author_size=0.034,
        together=True,
    )


def _leaf(
    sheet: Sheet, at: Point, *, heading: float, size: tuple[float, float], colour: Colour
) -> None:
    long, wide = size
    tip = (at[0] + long * math.cos(heading), at[1] + long * math.sin(heading))
    across = (-math.sin(heading) * wide, math.cos(heading) * wide)

    def side(way: int, share: float) -> Point:
        return (
            at[0] + (tip[0] - at[0]) * share + way * across[0],
            at[1] + (tip[1] - at[1]) * share + way * across[1],
        )

    path = skia.Path()
    path.moveTo(*at)
    path.cubicTo(*side(1, 0.25), *side(1, 0.65), *tip)
    path.cubicTo(*side(-1, 0.65), *side(-1, 0.25), *at)
    sheet.path(path, colour)
    half = skia.Path()
    half.moveTo(*at)
    half.cubicTo(*side(1, 0.25), *side(1, 0.65), *tip)
    half.close()
    sheet.path(half, mix(colour, BLACK, share=0.25), alpha=0.45)
    vein = skia.Path()
    vein.moveTo(*at)
    vein.lineTo(*side(0, 0.9))
    sheet.stroke(vein, mix(colour, WHITE, share=0.45), width=0.0013, alpha=0.7)


def _bloom(
    sheet: Sheet,
    rng: np.random.Generator,
    *,
    at: Point,
    radius: float,
    colours: tuple[Colour, Colour],
) -> None:
    turn = float(rng.uniform(0, 6.28))
    for ring, (share, count) in enumerate(((1.0, 8), (0.68, 7), (0.4, 5))):
        tone = mix(colours[0], WHITE, share=0.17 * ring)
        for number in range(count):
            angle = turn + ring * 0.4 + 2 * math.pi * number / count
            _petal(sheet, at, angle=angle, long=radius * share, colour=tone)
    sheet.disc(at, radius * 0.17, colour=colours[1])
    for number in range(9):
        angle = 2 * math.pi * number / 9
        spot = (at[0] + radius * 0.2 * math.cos(angle), at[1] + radius * 0.2 * math.sin(angle))
        sheet.disc(spot, radius * 0.035, colour=mix(colours[1], BLACK, share=0.25))


def _petal(sheet: Sheet, at: Point, *, angle: float, long: float, colour: Colour) -> None:
    path = skia.Path()
    tip = (at[0] + long * math.cos(angle), at[1] + long * math.sin(angle))
    ends = []
    for spread, reach in ((0.62, 0.75), (0.3, 1.12), (-0.3, 1.12), (-0.62, 0.75)):
        ends.append(
            (
                at[0] + long * reach * math.cos(angle + spread),
                at[1] + long * reach * math.sin(angle + spread),
            )
        )
    path.moveTo(*at)
    path.cubicTo(*ends[0], *ends[1], *tip)
    path.cubicTo(*ends[2], *ends[3], *at)
    sheet.path(path, colour)
    sheet.stroke(path, mix(colour, BLACK, share=0.3), width=0.0011, alpha=0.5)


def _start(rng: np.random.Generator, number: int, *, tall: float) -> tuple[Point, float]:
    """A place on the edge and a heading inwards; the places go round evenly."""
    at = (number + float(rng.uniform(-0.3, 0.3))) / STEMS * (2 + 2 * tall)
    if at < 1:
        return (at, -0.03), math.pi / 2
    if at < 1 + tall:
        return (1.03, at - 1), math.pi
    if at < 2 + tall:
        return (2 + tall - at, tall + 0.03), -math.pi / 2
    return (-0.03, 2 + 2 * tall - at), 0.0


def _stem(
    sheet: Sheet,
    rng: np.random.Generator,
    *,
    number: int,
    clearing: Clearing,
    inks: tuple[Colour, ...],
) -> None:
    at, heading = _start(rng, number, tall=sheet.tall)
    heading += float(rng.normal(0, 0.4))
    curl = float(rng.uniform(-0.11, 0.11))
    colour = inks[int(rng.integers(len(inks)))]
    points, spots = [at], []
    for step in range(int(rng.integers(7, 13))):
        at = (at[0] + 0.032 * math.cos(heading), at[1] + 0.032 * math.sin(heading))
        if clearing.holds(at, 0.07):
            break
        heading += curl
        points.append(at)
        spots.append((at, heading, step))
    if len(points) < 3:
        return
    sheet.stroke(smooth(points), mix(colour, BLACK, share=0.2), width=0.0035)
    long, slim = float(rng.uniform(0.055, 0.1)), float(rng.uniform(0.26, 0.5))
    for place, way, step in spots:
        share = 1 - 0.45 * step / 12
        for side in (-1, 1):
            angle = way + side * float(rng.uniform(0.65, 0.95))
            tip = (place[0] + long * math.cos(angle), place[1] + long * math.sin(angle))
            if not clearing.holds(tip, 0.015):
                _leaf(
                    sheet,
                    place,
                    heading=angle,
                    size=(long * share, long * slim * share),
                    colour=colour,
                )
    _leaf(sheet, points[-1], heading=heading, size=(long * 0.6, long * slim * 0.6), colour=colour)


def _grown(
    sheet: Sheet, wish: Wish, *, inks: Inks, clearing: Clearing, greens: tuple[Colour, ...]
) -> None:
    _, blooms = _garden(inks)
    rng = wish.rng("botanical")
    for number in rng.permutation(STEMS):
        _stem(sheet, rng, number=int(number), clearing=clearing, inks=greens)
    places: list[tuple[float, float, float]] = []
    for _ in range(260):
        x, y = float(rng.uniform(0.02, 0.98)), float(rng.uniform(0.02, sheet.tall - 0.02))
        radius = float(rng.uniform(0.035, 0.1))
        near = any(math.hypot(x - a, y - b) < radius + c + 0.05 for a, b, c in places)
        if near or clearing.holds((x, y), radius * 0.95 + 0.01) or len(places) > 12:
            continue
        places.append((x, y, radius))
    for x, y, radius in places:
        petal, heart = blooms if radius > 0.055 else (blooms[1], blooms[0])
        heart = mix(heart, inks.dark, share=0.2)
        _bloom(sheet, rng, at=(x, y), radius=radius, colours=(petal, heart))


def _greenness(colour: Colour) -> float:
    _, chroma, hue = oklch(colour)
    away = abs(math.remainder(hue - 2.4, 2 * math.pi))
    return chroma * (0.75 - away)


def _is_dark(wish: Wish) -> bool:
    reading = wish.reading
    if reading.time == "night" or "dark" in reading.moods:
        return True
    bright = reading.time or reading.moods & {"warm", "lively", "calm"}
    return not bright and bool(wish.rng("ground").random() < 0.4)


def _garden(inks: Inks) -> tuple[Colour, tuple[Colour, Colour]]:
    """A leaf green and two colours for blooms, out of the palette where it has them."""
    leaf = max(inks.strong, key=_greenness)
    others = [colour for colour in inks.strong if colour != leaf and _greenness(colour) < 0.035]
    if _greenness(leaf) < 0.02:
        leaf = from_oklch(0.55, 0.07, hue=2.35)
    blooms = (others or list(inks.strong))[:2]
    return leaf, (blooms[0], blooms[-1])


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    inks, dark = wish.inks(), _is_dark(wish)
    ground = mix(inks.dark, BLACK, share=0.1) if dark else inks.paper
    canvas.fill(ground)
    boxes = [b.box for b in (setting.title, setting.label, setting.author) if b.runs]
    top = min((b[1] for b in boxes), default=canvas.down(0.45))
    bottom = max((b[3] for b in boxes), default=canvas.down(0.55))
    clearing = Clearing(0.5, (top + bottom) / 2, 0.385, (bottom - top) / 2 + 0.13)
    leaf, blooms = _garden(inks)
    leafy = (
        mix(leaf, inks.dark, share=0.1),
        mix(leaf, inks.dark, share=0.4),
        mix(leaf, ground, share=0.35),
        mix(leaf, inks.strong[1], share=0.3),
    )
    greens = tuple(c for c in leafy if contrast(luminance(c), luminance(ground)) > 1.3) or leafy
    sheet = Sheet(canvas)
    _grown(sheet, wish, inks=inks, clearing=clearing, greens=greens)
    canvas.lay(sheet.pixels)
    finish.paper(canvas, wish.rng("paper"), amount=0.07)
    ink = inks.paper if dark else inks.dark
    return Written(Ink((ink,)), Ink((ink,)), label=Ink((*blooms, ink)), grain=0.014)


BOTANICAL = Composition(
    name="botanical",
    motifs={
        "autumn": 1.6,
        "flower": 2.8,
        "love": 1.0,
        "forest": 0.8,
        "bird": 0.7,
        "tree": 0.8,
        "house": 0.3,
        "feather": 0.6,
        "wind": 0.4,
    },
    plan=_plan,
    draw=_draw,
    base=0.45,
    kinds={"poem": 0.4},
    vector=True,
)
