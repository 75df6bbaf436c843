"""One sign in the middle: a heart, a key, a bird, a cat ... before a disc, with fine ornament."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from adapters.painters.local import finish
from adapters.painters.local.canvas import Canvas, Point
from adapters.painters.local.colour import Colour, contrast, grounded, luminance, mix
from adapters.painters.local.compositions.signs import SIGNS
from adapters.painters.local.lettering import Ink
from adapters.painters.local.palettes import Inks
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone
from adapters.painters.local.vector import Sheet, skia, traced


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.11, 0.085, 0.89, 0.36),
        author=Zone(0.12, 0.895, 0.88, 0.93, anchor="bottom"),
        voice=wish.voice("display poster classic stout book hand slab"),
    )


def _sign(wish: Wish) -> str:
    found = {name: wish.reading.motifs.get(name, 0.0) for name in SIGNS}
    best = max(found, key=lambda name: found[name])
    if found[best] > 0.5:
        return best
    return sorted(SIGNS)[int(wish.rng("sign").integers(len(SIGNS)))]


def _burst(sheet: Sheet, at: Point, *, radius: float, colour: Colour) -> None:
    """Fine rays of alternating length round the disc."""
    for number in range(96):
        angle = 2 * math.pi * number / 96
        long = (0.1, 0.03, 0.055, 0.03)[number % 4]
        ends = [
            (at[0] + r * math.sin(angle), at[1] - r * math.cos(angle))
            for r in (radius + 0.022, radius + 0.022 + long)
        ]
        sheet.stroke(traced(ends, closed=False), colour, width=0.0026)
        if number % 4 == 0:
            tip = radius + 0.145
            sheet.disc(
                (at[0] + tip * math.sin(angle), at[1] - tip * math.cos(angle)),
                0.0048,
                colour=colour,
            )


def _halo(sheet: Sheet, at: Point, *, radius: float, colour: Colour) -> None:
    """Concentric dotted rings, like ripples."""
    for ring in range(5):
        reach = radius + 0.035 + 0.036 * ring
        count = int(reach * 150)
        for number in range(count):
            angle = 2 * math.pi * (number + 0.5 * (ring % 2)) / count
            spot = (at[0] + reach * math.sin(angle), at[1] - reach * math.cos(angle))
            sheet.disc(spot, 0.0062 - 0.001 * ring, colour=colour)


def _sprigs(sheet: Sheet, at: Point, *, radius: float, colour: Colour) -> None:
    """Two laurel branches that close around the disc."""
    for side in (-1, 1):
        for number in range(17):
            angle = math.radians(172 - number * 9.2) * side
            spot = (
                at[0] + (radius + 0.06) * math.sin(angle),
                at[1] - (radius + 0.06) * math.cos(angle),
            )
            for lean in (-0.75, 0.75):
                way = angle - side * (math.pi / 2 + lean) - math.pi / 2
                tip = (spot[0] + 0.062 * math.cos(way), spot[1] + 0.062 * math.sin(way))
                leaf = skia.Path()
                bulge = (0.02 * -math.sin(way), 0.02 * math.cos(way))
                middle = ((spot[0] + tip[0]) / 2, (spot[1] + tip[1]) / 2)
                leaf.moveTo(*spot)
                leaf.quadTo(middle[0] + bulge[0], middle[1] + bulge[1], *tip)
                leaf.quadTo(middle[0] - bulge[0], middle[1] - bulge[1], *spot)
                sheet.path(leaf, colour)


def _frame(sheet: Sheet, *, colour: Colour) -> None:
    for inset, width in ((0.042, 0.0045), (0.054, 0.0016)):
        right, bottom = 1 - inset, sheet.tall - inset
        sheet.stroke(
            traced([(inset, inset), (right, inset), (right, bottom), (inset, bottom)]),
            colour,
            width=width,
        )


def _scattered(
    sheet: Sheet,
    rng: np.random.Generator,
    *,
    keep: tuple[Point, float],
    box: tuple[float, float, float, float],
    colour: Colour,
) -> None:
    """Small four-pointed stars where nothing else is."""
    for _ in range(70):
        x, y = float(rng.uniform(0.08, 0.92)), float(rng.uniform(0.09, sheet.tall - 0.22))
        free = math.dist((x, y), keep[0]) > keep[1] and not (
            box[0] - 0.04 < x < box[2] + 0.04 and box[1] - 0.05 < y < box[3] + 0.05
        )
        if not free:
            continue
        size = float(rng.uniform(0.004, 0.013))
        points = [
            (
                (size if n % 2 == 0 else size * 0.28) * math.sin(n * math.pi / 4) + x,
                y - (size if n % 2 == 0 else size * 0.28) * math.cos(n * math.pi / 4),
            )
            for n in range(8)
        ]
        sheet.polygon(points, colour)


def _tones(
    inks: Inks, *, dark: bool, rng: np.random.Generator
) -> tuple[Colour, Colour, Colour, Colour]:
    """Ground, disc, sign, ornament."""
    ground = inks.dark if dark else (inks.paper, inks.strong[0])[int(rng.integers(2))]
    ground = grounded(ground, (inks.paper, inks.dark))
    free = [
        c
        for c in (*inks.strong, inks.paper, inks.dark)
        if contrast(luminance(c), luminance(ground)) > 1.6
    ]
    disc = free[int(rng.integers(min(2, len(free))))]
    sign = max(
        (inks.dark, inks.paper, ground), key=lambda c: contrast(luminance(c), luminance(disc))
    )
    ornament = next((c for c in reversed(free) if c != disc), disc)
    return ground, disc, sign, ornament


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    inks, rng = wish.inks(), wish.rng("emblem")
    dark = wish.reading.time == "night" or bool({"dark", "sad"} & wish.reading.moods)
    ground, disc, sign, ornament = _tones(inks, dark=dark, rng=rng)
    sheet = Sheet(canvas)
    sheet.box((0, 0, 1, canvas.tall), ground)
    at = (0.5, max(canvas.down(0.6), setting.foot + 0.43))
    radius = 0.27
    ornaments: tuple[Callable[..., None], ...] = (_burst, _halo, _sprigs)
    ornaments[int(rng.integers(3))](sheet, at, radius=radius, colour=ornament)
    sheet.disc(at, radius, colour=disc)
    path = skia.Path(SIGNS[_sign(wish)]())
    path.transform(skia.Matrix().postScale(0.36, 0.36).postTranslate(at[0], at[1]))
    sheet.path(path, sign)
    _frame(sheet, colour=ornament)
    _scattered(
        sheet,
        rng,
        keep=(at, radius + 0.2),
        box=setting.heading,
        colour=mix(ornament, ground, share=0.35),
    )
    canvas.lay(sheet.pixels)
    finish.paper(canvas, wish.rng("paper"), amount=0.08)
    best = sorted((inks.paper, inks.dark), key=lambda c: -contrast(luminance(c), luminance(ground)))
    return Written(Ink(tuple(best)), Ink(tuple(best)), label=Ink((ornament, *best)), grain=0.016)


EMBLEM = Composition(
    name="emblem",
    motifs={
        "love": 2.0,
        "key": 2.6,
        "eye": 2.4,
        "moon": 1.4,
        "book": 2.2,
        "time": 1.8,
        "bird": 2.2,
        "cat": 2.8,
        "house": 1.5,
        "fish": 2.2,
        "feather": 2.0,
        "tree": 1.4,
        "war": 1.2,
    },
    plan=_plan,
    draw=_draw,
    base=0.1,
    vector=True,
)
