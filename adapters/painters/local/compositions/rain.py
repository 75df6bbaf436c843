"""A wet street by night: blurred lights, rain, a lamp, someone under an umbrella."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image, ImageFilter

from adapters.painters.local.canvas import Canvas, Point
from adapters.painters.local.colour import BLACK, WHITE, Colour, mix, toned
from adapters.painters.local.compositions import sky
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import field
from adapters.painters.local.palettes import Air
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone
from adapters.painters.local.vector import Sheet, skia, smooth, traced

STREET = 0.74
LAMP: Colour = (1.0, 0.85, 0.55)


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.08, 0.075, 0.92, 0.37),
        author=Zone(0.1, 0.905, 0.9, 0.945, anchor="bottom"),
        voice=wish.voice("noir tall book classic"),
    )


def _blocks(canvas: Canvas, wish: Wish, *, air: Air) -> None:
    """House fronts on both sides, closing in towards the middle."""
    rng = wish.rng("blocks")
    sheet = Sheet(canvas)
    base = canvas.down(STREET)
    for depth in range(4):
        near = depth / 3
        colour = mix(
            mix(air.sky[-2], air.near, share=0.35), mix(air.near, BLACK, share=0.2), share=near**0.8
        )
        gap = 0.05 + 0.27 * near
        for side in (-1, 1):
            edge = 0.5 + side * gap
            tall = (0.34 + 0.5 * near) * float(rng.uniform(0.85, 1.15))
            outer = 0.5 + side * 0.6
            left, right = sorted((edge, outer))
            sheet.box((left, base - tall, right, base + 0.02 * depth), colour)
            step = left if side > 0 else right - 0.05
            sheet.box((step, base - tall - 0.02, step + 0.05, base - tall), colour)
            _lit(sheet, rng, box=(left, base - tall, right, base), near=near)
    soft = Image.fromarray(sheet.pixels).filter(ImageFilter.GaussianBlur(canvas.width * 0.0016))
    canvas.lay(np.asarray(soft))


def _lit(
    sheet: Sheet, rng: np.random.Generator, *, box: tuple[float, float, float, float], near: float
) -> None:
    size = 0.008 + 0.012 * near
    y = box[1] + 0.03
    while y < box[3] - 0.05:
        x = max(0.01, box[0] + 0.014)
        while x < min(0.99, box[2]) - size:
            if rng.random() < 0.17:
                lamp = mix((1.0, 0.78, 0.42), (1.0, 0.92, 0.75), share=float(rng.random()))
                sheet.box(
                    (x, y, x + size, y + size * 1.5), lamp, alpha=float(rng.uniform(0.35, 0.85))
                )
            x += size * 2.3
        y += size * 3.2


def _bokeh(canvas: Canvas, wish: Wish, *, tones: tuple[Colour, ...]) -> None:
    rng = wish.rng("bokeh")
    for _ in range(34):
        x = float(np.clip(rng.normal(0.5, 0.24), 0, 1))
        y = canvas.down(STREET - 0.02 - abs(float(rng.normal(0, 0.1))))
        radius = float(rng.uniform(0.012, 0.042))
        tone = tones[int(rng.integers(len(tones)))]
        canvas.glow((x, y), radius * 2.6, colour=tone, strength=0.3)
        canvas.disc(
            (x, y),
            radius,
            colour=mix(tone, WHITE, share=0.15),
            opacity=float(rng.uniform(0.12, 0.36)),
        )


def _wet(canvas: Canvas, wish: Wish) -> None:
    """The street mirrors what stands on it, smeared downwards."""
    top = round(canvas.height * STREET)
    rows = np.arange(canvas.height - top)
    ripple = field(canvas, wish.rng("wet"), frequency=6.0, octaves=4, stretch=7.0)[top:]
    depth = (rows / max(1, len(rows)))[:, None]
    source = top - 1 - rows[:, None] * 0.95 + (ripple - 0.5) * canvas.width * 0.14 * (0.2 + depth)
    index = np.clip(source, 0, top - 1).astype(np.int32)
    columns = np.arange(canvas.width)[None, :]
    dim = (0.72 - 0.5 * depth).astype(np.float32)
    for axis in range(3):
        canvas.px[axis, top:] = canvas.px[axis][index, columns] * dim


def _rain(canvas: Canvas, wish: Wish, *, count: int) -> None:
    rng = wish.rng("rain")
    sheet = Sheet(canvas)
    for _ in range(count):
        x, y = float(rng.uniform(-0.05, 1.1)), float(rng.uniform(-0.1, canvas.tall))
        long = float(rng.uniform(0.02, 0.075))
        path = traced([(x, y), (x - long * 0.16, y + long)], closed=False)
        sheet.stroke(
            path,
            (0.86, 0.9, 0.95),
            width=float(rng.uniform(0.0007, 0.0017)),
            alpha=float(rng.uniform(0.08, 0.34)),
        )
    canvas.lay(sheet.pixels)


COAT = (
    (-0.075, 0.72),
    (-0.105, 0.5),
    (-0.14, 0.2),
    (0.0, 0.175),
    (0.135, 0.2),
    (0.1, 0.5),
    (0.07, 0.72),
)
LEG = ((-0.03, 0.22), (0.03, 0.22), (0.022, 0.0), (0.065, 0.0), (-0.022, 0.0))


def _walker(sheet: Sheet, at: Point, *, tall: float, colour: Colour, shade: Colour) -> None:
    """Someone in a long coat under an umbrella; `at` is between the feet."""
    x, y = at
    sheet.path(smooth([(x + tall * a, y - tall * b) for a, b in COAT], closed=True), colour)
    for side, lifted in ((-1, 0.0), (1, 0.03)):
        foot = x + side * tall * 0.05
        leg = [(foot + side * tall * a, y - tall * (b or lifted)) for a, b in LEG]
        sheet.polygon(leg, colour)
    sheet.disc((x + tall * 0.005, y - tall * 0.775), tall * 0.058, colour=colour)
    grip = x + tall * 0.1
    stick = traced([(grip, y - tall * 1.07), (grip, y - tall * 0.5)], closed=False)
    sheet.stroke(stick, shade, width=tall * 0.013)
    arm = traced([(x + tall * 0.06, y - tall * 0.66), (grip, y - tall * 0.56)], closed=False)
    sheet.stroke(arm, colour, width=tall * 0.05)
    _umbrella(sheet, (grip - tall * 0.04, y - tall * 0.83), radius=tall * 0.37, colour=colour)


def _umbrella(sheet: Sheet, at: Point, *, radius: float, colour: Colour) -> None:
    x, y = at
    path = skia.Path()
    path.moveTo(x - radius, y)
    path.cubicTo(
        x - radius * 0.92, y - radius * 0.88, x + radius * 0.92, y - radius * 0.88, x + radius, y
    )
    for number in range(4):
        ends = x + radius * (1 - 0.5 * number), x + radius * (0.5 - 0.5 * number)
        path.quadTo((ends[0] + ends[1]) / 2, y - radius * 0.16, ends[1], y)
    path.close()
    sheet.path(path, colour)
    sheet.box((x - radius * 0.015, y - radius * 0.75, x + radius * 0.015, y - radius * 0.6), colour)


def _lamp(sheet: Sheet, at: Point, *, tall: float, colour: Colour) -> Point:
    x, y = at
    sheet.box((x - 0.0055, y - tall, x + 0.0055, y), colour)
    sheet.box((x - 0.014, y - 0.05, x + 0.014, y), colour)
    sheet.polygon(
        [
            (x - 0.026, y - tall - 0.06),
            (x + 0.026, y - tall - 0.06),
            (x + 0.016, y - tall),
            (x - 0.016, y - tall),
        ],
        (1.0, 0.9, 0.66),
    )
    sheet.polygon(
        [(x - 0.034, y - tall - 0.06), (x, y - tall - 0.095), (x + 0.034, y - tall - 0.06)], colour
    )
    return (x, y - tall - 0.03)


def _evening(air: Air) -> Air:
    """The same hues after dark, with a warm light."""
    if sky.is_dark(air):
        return air
    skies = tuple(toned(c, light=-0.34 + 0.06 * n, chroma=1.1) for n, c in enumerate(air.sky))
    lamp = mix(air.light, LAMP, share=0.5)
    return Air(air.name, skies, lamp, air.far, mix(air.near, BLACK, share=0.5), air.tags)


def _backdrop(canvas: Canvas, wish: Wish, *, air: Air, glow: Colour) -> None:
    """Everything behind the walker: dusk, house fronts, haze, blurred lights."""
    middle = mix(air.sky[2], air.sky[3], share=0.6)
    top = mix(air.sky[0], BLACK, share=0.25)
    canvas.gradient(
        [(0, top), (0.3, air.sky[1]), (STREET - 0.12, middle), (STREET, glow), (1, air.near)]
    )
    canvas.glow((0.5, canvas.down(STREET - 0.03)), 0.62, colour=glow, strength=0.6)
    _blocks(canvas, wish, air=air)
    misty = replace(air, sky=(glow, glow))
    sky.haze(canvas, wish, band=(STREET - 0.03, 0.12), strength=0.4, air=misty)
    cool = mix(air.sky[-1], (0.4, 0.75, 0.95), share=0.6)
    _bokeh(canvas, wish, tones=(air.light, glow, (1.0, 0.62, 0.3), (0.95, 0.3, 0.24), cool))


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    air, rng = _evening(wish.air()), wish.rng("rain street")
    glow = mix(air.sky[-1], air.light, share=0.2)
    _backdrop(canvas, wish, air=air, glow=glow)
    side = 1 if rng.random() < 0.5 else -1
    post, dark = 0.5 + 0.3 * side, mix(air.near, BLACK, share=0.6)
    sheet = Sheet(canvas)
    street = canvas.down(STREET) + 0.001
    tall = max(0.2, min(0.5, canvas.down(0.8) - setting.foot - 0.2))
    bulb = _lamp(sheet, (post, street), tall=tall, colour=dark)
    handle = mix(dark, glow, share=0.15)
    _walker(sheet, (0.5 - 0.05 * side, street), tall=0.36, colour=dark, shade=handle)
    canvas.lay(sheet.pixels)
    canvas.glow(bulb, 0.5, colour=air.light, strength=0.5)
    canvas.glow(bulb, 0.13, colour=(1.0, 0.93, 0.75), strength=0.9)
    _wet(canvas, wish)
    _rain(canvas, wish, count=620)
    light = mix(air.light, WHITE, share=0.45)
    title = Ink((light,), glow=mix(air.sky[0], BLACK, share=0.5), veil="band")
    return Written(title, Ink((light,), veil="band"), vignette=0.45)


RAIN = Composition(
    name="rain",
    motifs={"rain": 2.8, "crime": 1.7, "city_night": 1.6, "city": 1.5, "love": 0.3},
    weathers=frozenset({"rain"}),
    plan=_plan,
    draw=_draw,
    base=0.0,
    vector=True,
)
