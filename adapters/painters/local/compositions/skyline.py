"""Istanbul over the water: domes, minarets, a tower, lit windows, moon or sun, and a ferry."""

from __future__ import annotations

import math

import numpy as np

from adapters.painters.local.canvas import Canvas, Point
from adapters.painters.local.colour import BLACK, WHITE, Colour, Floats, hexed, mix
from adapters.painters.local.compositions import sky
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import field
from adapters.painters.local.palettes import Air
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone
from adapters.painters.local.vector import Sheet, skia, traced

SHORE = 0.66
LAMP = hexed("ffd489")


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.08, 0.07, 0.92, 0.33),
        author=Zone(0.1, 0.905, 0.9, 0.945, anchor="bottom"),
        voice=wish.voice("noir classic display tall epic"),
    )


def _houses(
    sheet: Sheet, rng: np.random.Generator, *, base: float, high: float, colour: Colour
) -> None:
    x = -0.02
    while x < 1.02:
        wide = float(rng.uniform(0.018, 0.05))
        tall = high * float(rng.uniform(0.35, 1.0)) ** 1.3
        sheet.box((x, base - tall, x + wide, base + 0.01), colour)
        if rng.random() < 0.45:
            sheet.polygon(
                [
                    (x - 0.002, base - tall),
                    (x + wide / 2, base - tall - 0.014),
                    (x + wide + 0.002, base - tall),
                ],
                colour,
            )
        elif rng.random() < 0.4:
            sheet.box((x + wide * 0.3, base - tall - 0.012, x + wide * 0.42, base - tall), colour)
        x += wide * float(rng.uniform(0.8, 1.02))


def _dome(path: skia.Path, at: Point, *, radius: float) -> None:
    x, y = at
    path.addArc(
        skia.Rect.MakeLTRB(x - radius, y - radius * 0.86, x + radius, y + radius * 0.86), 180, 180
    )
    path.addRect(skia.Rect.MakeLTRB(x - 0.0014, y - radius * 0.86 - radius * 0.26, x + 0.0014, y))
    path.addCircle(x, y - radius * 0.86 - radius * 0.3, max(0.0022, radius * 0.045))


def _minaret(path: skia.Path, at: Point, *, tall: float) -> None:
    x, base = at
    wide = tall * 0.022
    path.addRect(skia.Rect.MakeLTRB(x - wide, base - tall * 0.78, x + wide, base))
    for share in (0.45, 0.62):
        path.addRect(
            skia.Rect.MakeLTRB(
                x - wide * 1.9,
                base - tall * share - tall * 0.013,
                x + wide * 1.9,
                base - tall * share,
            )
        )
    path.moveTo(x - wide * 1.05, base - tall * 0.78)
    path.lineTo(x, base - tall)
    path.lineTo(x + wide * 1.05, base - tall * 0.78)
    path.close()


def mosque(sheet: Sheet, at: Point, *, wide: float, colour: Colour) -> None:
    """A great mosque: stepped domes between slender minarets. `at` is the middle of its foot."""
    x, base = at
    path = skia.Path()
    body = wide * 0.2
    path.addRect(
        skia.Rect.MakeLTRB(x - wide * 0.5, base - body * 0.62, x + wide * 0.5, base + 0.01)
    )
    path.addRect(skia.Rect.MakeLTRB(x - wide * 0.3, base - body * 1.25, x + wide * 0.3, base))
    _dome(path, (x, base - body * 1.55), radius=wide * 0.205)
    path.addRect(
        skia.Rect.MakeLTRB(x - wide * 0.205, base - body * 1.58, x + wide * 0.205, base - body)
    )
    for side in (-1, 1):
        _dome(path, (x + side * wide * 0.235, base - body * 1.2), radius=wide * 0.105)
        _dome(path, (x + side * wide * 0.36, base - body * 0.6), radius=wide * 0.072)
        _dome(path, (x + side * wide * 0.45, base - body * 0.6), radius=wide * 0.045)
        _minaret(path, (x + side * wide * 0.54, base), tall=wide * 0.74)
        _minaret(path, (x + side * wide * 0.335, base), tall=wide * 0.86)
    sheet.path(path, colour)


def _tower(sheet: Sheet, at: Point, *, tall: float, colour: Colour) -> None:
    """A round stone tower with a gallery and a pointed cap."""
    x, base = at
    wide = tall * 0.115
    path = traced(
        [
            (x - wide * 1.06, base),
            (x - wide, base - tall * 0.6),
            (x + wide, base - tall * 0.6),
            (x + wide * 1.06, base),
        ]
    )
    path.addRect(
        skia.Rect.MakeLTRB(x - wide * 1.2, base - tall * 0.635, x + wide * 1.2, base - tall * 0.6)
    )
    path.addRect(
        skia.Rect.MakeLTRB(x - wide * 0.9, base - tall * 0.72, x + wide * 0.9, base - tall * 0.6)
    )
    path.addRect(
        skia.Rect.MakeLTRB(
            x - wide * 1.05, base - tall * 0.735, x + wide * 1.05, base - tall * 0.715
        )
    )
    path.moveTo(x - wide * 1.02, base - tall * 0.73)
    path.lineTo(x, base - tall)
    path.lineTo(x + wide * 1.02, base - tall * 0.73)
    path.close()
    sheet.path(path, colour)
    for number in range(5):
        angle = -0.8 + number * 0.4
        lit = (x + wide * 0.82 * math.sin(angle), base - tall * 0.665)
        sheet.box((lit[0] - 0.003, lit[1] - 0.01, lit[0] + 0.003, lit[1] + 0.01), LAMP, alpha=0.85)


def _windows(sheet: Sheet, rng: np.random.Generator, *, base: float, high: float) -> None:
    for _ in range(330):
        x, y = float(rng.random()), base - 0.004 - high * 0.75 * float(rng.random()) ** 1.6
        size = float(rng.uniform(0.0009, 0.0019))
        glow = mix(LAMP, WHITE, share=float(rng.random()) * 0.4)
        sheet.box((x, y, x + size, y + size * 1.5), glow, alpha=float(rng.uniform(0.35, 0.95)))


def _ferry(sheet: Sheet, at: Point, *, length: float, colour: Colour) -> None:
    x, y = at
    half, unit = length / 2, length * 0.065
    hull = traced(
        [
            (x - half, y - unit * 0.9),
            (x + half * 1.04, y - unit * 1.1),
            (x + half * 0.9, y + unit * 0.55),
            (x - half * 0.9, y + unit * 0.55),
        ]
    )
    for level, (left, right) in enumerate(((0.8, 0.78), (0.62, 0.55))):
        top = y - unit * (2.6 + 1.7 * level)
        hull.addRect(skia.Rect.MakeLTRB(x - half * left, top, x + half * right, top + unit * 2))
    hull.addRect(skia.Rect.MakeLTRB(x - half * 0.12, y - unit * 7.2, x + half * 0.06, y - unit * 4))
    hull.addRect(skia.Rect.MakeLTRB(x + half * 0.3, y - unit * 5.5, x + half * 0.48, y - unit * 4))
    sheet.path(hull, colour)
    for level, (left, right) in enumerate(((0.72, 0.7), (0.55, 0.48))):
        row = y - unit * (2.0 + 1.7 * level)
        count = 15 - 4 * level
        for number in range(count):
            at_x = x - half * left + half * (left + right) * number / (count - 1)
            sheet.box(
                (at_x - unit * 0.28, row, at_x + unit * 0.28, row + unit * 0.62), LAMP, alpha=0.95
            )


def _reflect(canvas: Canvas, wish: Wish, *, air: Air, night: bool) -> None:
    """Mirror everything above the shore into the water, broken by ripples that grow nearer."""
    shore = round(canvas.height * SHORE)
    rows = np.arange(canvas.height - shore)
    depth = rows / max(1, canvas.height - shore)
    ripple = field(canvas, wish.rng("ripple"), frequency=5.0, octaves=4, stretch=14.0)[shore:]
    source = (
        shore
        - 1
        - (rows * 0.86)[:, None]
        + (ripple - 0.5) * (0.16 * canvas.width * (0.1 + depth))[:, None]
    )
    index = np.clip(source, 0, shore - 1).astype(np.int32)
    columns = np.arange(canvas.width, dtype=np.int32)[None, :]
    deep = mix(air.near, BLACK, share=0.3) if night else mix(air.sky[0], air.near, share=0.35)
    sink = (0.22 + 0.62 * depth)[:, None].astype(np.float32)
    for axis in range(3):
        mirrored = canvas.px[axis][index, columns]
        canvas.px[axis, shore:] = mirrored + (np.float32(deep[axis]) - mirrored) * sink
    glint: Floats = np.clip((ripple - 0.6) * 5, 0, 1) * (0.3 * (1 - depth))[:, None]
    canvas.add(glint.astype(np.float32), mix(air.light, air.horizon, share=0.5), top=shore)


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    air, rng = wish.air(), wish.rng("city")
    night = sky.is_dark(air)
    sky.paint_sky(canvas, wish, air=air, horizon=SHORE)
    place = (float(rng.uniform(0.5, 0.76)), max(setting.foot + 0.13, canvas.down(0.42)))
    if night:
        sky.stars(canvas, rng, count=120, bottom=0.45)
        sky.moon(canvas, wish, at=place, radius=0.115, air=air)
    else:
        sky.sun(canvas, (place[0], max(place[1], canvas.down(0.5))), radius=0.115, air=air)
    base = canvas.down(SHORE)
    far = mix(mix(air.sky[-2], air.near, share=0.42), air.horizon, share=0.2)
    back = Sheet(canvas)
    _houses(back, rng, base=base, high=0.09, colour=far)
    mosque(back, (0.3, base - 0.03), wide=0.42, colour=mix(far, air.near, share=0.25))
    canvas.lay(back.pixels)
    sky.haze(canvas, wish, band=(SHORE - 0.015, 0.035), strength=0.3, air=air)
    front = Sheet(canvas)
    near = mix(air.near, air.sky[0], share=0.25)
    _houses(front, rng, base=base, high=0.07, colour=near)
    tower = place[0] + 0.09
    _tower(front, (tower, base), tall=base - place[1] + 0.09, colour=near)
    _windows(front, rng, base=base, high=0.07)
    canvas.lay(front.pixels)
    _reflect(canvas, wish, air=air, night=night)
    boat = Sheet(canvas)
    _ferry(boat, (0.36, canvas.down(0.782)), length=0.4, colour=mix(air.near, BLACK, share=0.5))
    canvas.lay(boat.pixels)
    light, dark = mix(air.light, WHITE, share=0.35), mix(air.near, BLACK, share=0.2)
    inks = (light, dark) if night else (dark, light)
    glow = mix(air.sky[1], BLACK, share=0.4) if night else None
    return Written(
        Ink(inks, glow=glow, veil="band"),
        Ink((light,), veil="band"),
        label=Ink(inks, veil="band"),
        vignette=0.35,
    )


SKYLINE = Composition(
    name="skyline",
    motifs={
        "istanbul": 2.8,
        "city": 1.1,
        "boat": 0.9,
        "moon": 0.6,
        "sea": 0.7,
        "crime": 0.5,
        "house": 0.4,
        "city_night": 0.8,
        "war": 0.3,
    },
    plan=_plan,
    draw=_draw,
    base=-0.3,
    vector=True,
)
