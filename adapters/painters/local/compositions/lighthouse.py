"""The sea: a lighthouse on its rock or a lone sail, rolling waves, sun, moon or beam of light."""

from __future__ import annotations

import math

import numpy as np

from adapters.painters.local.canvas import Canvas, Point
from adapters.painters.local.colour import BLACK, WHITE, Colour, Floats, mix
from adapters.painters.local.compositions import sky
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import field, jagged, line
from adapters.painters.local.palettes import Air
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone
from adapters.painters.local.vector import Sheet, skia, smooth

SEA = 0.645
WAVES = 7


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.08, 0.07, 0.92, 0.32),
        author=Zone(0.1, 0.905, 0.9, 0.945, anchor="bottom"),
        voice=wish.voice("display classic literary slab stout"),
    )


def _tower(
    sheet: Sheet, at: Point, *, tall: float, colours: tuple[Colour, Colour, Colour]
) -> Point:
    """A banded tower; gives the place of its lamp."""
    x, base = at
    pale, band, dark = colours
    foot, neck, top = tall * 0.115, tall * 0.072, base - tall * 0.76
    for number in range(5):
        shares = (number / 5, (number + 1) / 5)
        (low, y_low), (high, y_high) = (
            (foot + (neck - foot) * share, base + (top - base) * share) for share in shares
        )
        corners = [(x - low, y_low), (x + low, y_low), (x + high, y_high), (x - high, y_high)]
        sheet.polygon(corners, pale if number % 2 else band)
    shade = [(x + foot * 0.1, base), (x + foot, base), (x + neck, top), (x + neck * 0.1, top)]
    sheet.polygon(shade, dark, alpha=0.32)
    sheet.box((x - neck * 0.16, base - tall * 0.1, x + neck * 0.16, base), dark)
    _lantern(sheet, (x, top), size=(neck, tall), colours=(band, dark))
    return (x, top - tall * 0.08)


def _lantern(
    sheet: Sheet, at: Point, *, size: tuple[float, float], colours: tuple[Colour, Colour]
) -> None:
    """Gallery, panes and roof on top of a tower; `size` is its neck and its height."""
    x, top = at
    neck, tall = size
    band, dark = colours
    sheet.box((x - neck * 1.5, top - tall * 0.022, x + neck * 1.5, top), dark)
    for number in range(7):
        rail = x - neck * 1.4 + neck * 2.8 * number / 6
        sheet.box((rail - 0.0011, top - tall * 0.062, rail + 0.0011, top), dark)
    sheet.box((x - neck * 1.45, top - tall * 0.066, x + neck * 1.45, top - tall * 0.06), dark)
    upper, lower = top - tall * 0.14, top - tall * 0.02
    sheet.box((x - neck * 0.72, upper, x + neck * 0.72, lower), (1.0, 0.9, 0.62))
    for offset in (-0.72, -0.24, 0.24, 0.66):
        sheet.box((x + neck * offset, upper, x + neck * (offset + 0.07), lower), dark)
    sheet.polygon(
        [(x - neck * 1.05, upper), (x, top - tall * 0.235), (x + neck * 1.05, upper)], band
    )
    sheet.disc((x, top - tall * 0.24), tall * 0.011, colour=dark)


def _rock(canvas: Canvas, wish: Wish, *, x: float, top: float, colour: Colour) -> None:
    seed = int(wish.rng("rock").integers(2**31))

    def profile(xs: Floats) -> Floats:
        rng = np.random.Generator(np.random.PCG64(seed))
        off = np.abs(xs - np.float32(x)) / 0.42
        rough = jagged(xs, rng, frequency=9, octaves=5) - 0.5
        return np.asarray(
            top
            + 0.34 * np.clip(off - 0.2, 0, 2) ** 1.1
            + 0.07 * rough * np.clip(off * 5 - 0.8, 0, 1),
            np.float32,
        )

    canvas.land(
        profile,
        [(0, mix(colour, WHITE, share=0.12)), (0.4, colour), (1, mix(colour, BLACK, share=0.4))],
    )


def _beam(canvas: Canvas, at: Point, *, way: float, colour: Colour) -> None:
    """A cone of light that widens and fades."""
    across = canvas.xs[None, :] - np.float32(at[0])
    down = canvas.ys[:, None] - np.float32(at[1])
    along = across * np.float32(math.cos(way)) + down * np.float32(math.sin(way))
    off = np.abs(down * np.float32(math.cos(way)) - across * np.float32(math.sin(way)))
    spread = 0.012 + 0.17 * np.clip(along, 0, 2)
    mask = (
        np.clip(1 - off / spread, 0, 1) ** 1.3
        * np.clip(1 - along / 1.25, 0, 1)
        * (along > 0)
        * 0.55
    )
    canvas.add(mask.astype(np.float32), colour)


def _sea(canvas: Canvas, wish: Wish, *, air: Air, light_at: float, deep: Colour) -> None:
    """Open water to the horizon, brighter under the light."""
    top = round(canvas.height * SEA)
    rows = canvas.height - top
    depth = (np.arange(rows, dtype=np.float32) / rows)[:, None]
    near = mix(deep, air.sky[-2], share=0.3)
    far = mix(air.sky[-2], air.horizon, share=0.5)
    first, last = (np.asarray(c, np.float32)[:, None, None] for c in (far, near))
    canvas.px[:, top:] = first + (last - first) * np.minimum(1, depth * 2.4)
    ripple = field(canvas, wish.rng("sea"), frequency=7.0, octaves=4, stretch=12.0)[top:]
    path = np.exp(-(((canvas.xs[None, :] - np.float32(light_at)) / (0.07 + 0.3 * depth)) ** 2))
    glint = np.clip((ripple - 0.5) * 7, 0, 1) * path * np.clip(1 - depth * 1.6, 0, 1)
    canvas.add((glint * 0.85).astype(np.float32), air.light, top=top)


def _wave(canvas: Canvas, wish: Wish, *, number: int, air: Air, deep: Colour) -> None:
    rng = wish.rng(f"wave{number}")
    near = number / (WAVES - 1)
    base, high = 0.72 + 0.17 * near**1.15, 0.006 + 0.034 * near
    length, phase = 6.5 - 3.6 * near, float(rng.uniform(0, 1))
    seed = int(rng.integers(2**31))

    def profile(xs: Floats) -> Floats:
        drift = np.random.Generator(np.random.PCG64(seed))
        sway = line(xs, drift, frequency=3, octaves=3)
        at = xs * np.float32(length) + np.float32(phase) + 0.25 * sway
        crest = 1 - np.abs(np.sin(np.pi * at)) ** 0.85
        return np.asarray(canvas.down(base) - high * (crest * (0.75 + 0.4 * sway)), np.float32)

    body = mix(mix(air.sky[-2], deep, share=0.55), mix(deep, BLACK, share=0.2), share=near)
    foam = mix(body, air.light, share=0.55 - 0.18 * near)
    canvas.land(profile, [(0, foam), (1, foam)])

    def lower(xs: Floats) -> Floats:
        patches = line(xs, np.random.Generator(np.random.PCG64(seed + 1)), frequency=5, octaves=3)
        thin = (0.001 + 0.011 * near) * np.clip(0.15 + patches, 0, 1)
        return np.asarray(profile(xs) + thin, np.float32)

    canvas.land(
        lower,
        [(0, mix(body, air.light, share=0.12)), (0.25, body), (1, mix(body, BLACK, share=0.25))],
    )


def _sail(sheet: Sheet, at: Point, *, tall: float, colours: tuple[Colour, Colour]) -> None:
    x, y = at
    cloth, hull = colours
    main = skia.Path()
    main.moveTo(x, y - tall)
    main.quadTo(x + tall * 0.42, y - tall * 0.45, x + tall * 0.4, y - tall * 0.14)
    main.lineTo(x, y - tall * 0.14)
    main.close()
    sheet.path(main, cloth)
    jib = skia.Path()
    jib.moveTo(x - tall * 0.03, y - tall * 0.9)
    jib.quadTo(x - tall * 0.12, y - tall * 0.4, x - tall * 0.34, y - tall * 0.14)
    jib.lineTo(x - tall * 0.03, y - tall * 0.14)
    jib.close()
    sheet.path(jib, mix(cloth, hull, share=0.2))
    sheet.box((x - tall * 0.014, y - tall * 1.04, x + tall * 0.006, y - tall * 0.08), hull)
    sheet.path(
        smooth(
            [
                (x - tall * 0.44, y - tall * 0.1),
                (x - tall * 0.3, y + tall * 0.05),
                (x, y + tall * 0.06),
                (x + tall * 0.36, y + tall * 0.04),
                (x + tall * 0.48, y - tall * 0.1),
            ],
            closed=True,
        ),
        hull,
    )


def _station(canvas: Canvas, wish: Wish, *, side: float, foot: float, air: Air) -> None:
    """Tower, lamp, beam and rock; `foot` is where the title ends."""
    night = sky.is_dark(air)
    band, pale = (0.72, 0.2, 0.17), mix(air.light, WHITE, share=0.4)
    if night:
        band, pale = (
            mix((0.5, 0.12, 0.12), air.near, share=0.4),
            mix(air.sky[-1], air.near, share=0.35),
        )
    sheet = Sheet(canvas)
    base = canvas.down(0.672)
    tall = max(0.25, min(0.56, base - foot - 0.1))
    lamp = _tower(
        sheet, (side, base), tall=tall, colours=(pale, band, mix(air.near, BLACK, share=0.3))
    )
    if night:
        way = math.pi + 0.2 if side > 0.5 else -0.2
        _beam(canvas, lamp, way=way, colour=(1.0, 0.92, 0.7))
    canvas.lay(sheet.pixels)
    canvas.glow(lamp, 0.17, colour=(1.0, 0.88, 0.6), strength=0.85 if night else 0.35)
    stone = mix(air.near, air.sky[1], share=0.12)
    _rock(canvas, wish, x=side, top=base - 0.015, colour=stone)


def _sailing(canvas: Canvas, *, x: float, air: Air) -> None:
    sheet = Sheet(canvas)
    colours = (mix(air.light, WHITE, share=0.5), mix(air.near, BLACK, share=0.2))
    _sail(sheet, (x, canvas.down(0.725)), tall=0.26, colours=colours)
    canvas.lay(sheet.pixels)


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    air, rng = wish.air(), wish.rng("lighthouse")
    reading, night = wish.reading, sky.is_dark(air)
    tower = reading.wants("lighthouse") > 0 or (reading.wants("boat") == 0 and rng.random() < 0.65)
    sky.paint_sky(canvas, wish, air=air, horizon=SEA)
    side = 0.7 if rng.random() < 0.6 else 0.3
    light_x = 1 - side + float(rng.uniform(-0.04, 0.1)) if tower else float(rng.uniform(0.35, 0.65))
    high = max(setting.foot + 0.15, canvas.down(0.48 if night else 0.55))
    if night:
        sky.stars(canvas, rng, count=260, bottom=0.6)
        sky.moon(canvas, wish, at=(light_x, high), radius=0.075, air=air)
    else:
        sky.sun(canvas, (light_x, max(high, canvas.down(0.585))), radius=0.11, air=air)
        sky.birds(canvas, wish, at=(light_x, high - 0.14), air=air, count=6)
    deep = mix(air.near, air.sky[0], share=0.45)
    _sea(canvas, wish, air=air, light_at=light_x, deep=deep)
    if tower:
        _station(canvas, wish, side=side, foot=setting.foot, air=air)
    else:
        _sailing(canvas, x=1 - light_x + 0.06, air=air)
    for number in range(WAVES):
        _wave(canvas, wish, number=number, air=air, deep=deep)
    light, dark = mix(air.light, WHITE, share=0.55), mix(air.near, BLACK, share=0.15)
    inks = (light, dark) if night else (dark, light)
    title = Ink(inks, shade=0.22 if night else 0.0, veil="band")
    return Written(title, Ink((light,), veil="band"), vignette=0.3)


LIGHTHOUSE = Composition(
    name="lighthouse",
    motifs={"sea": 2.2, "lighthouse": 3.0, "boat": 1.8, "bird": 0.6, "moon": 0.5, "sun": 0.4},
    plan=_plan,
    draw=_draw,
    base=0.1,
    vector=True,
)
