"""Deep space: nebula, stars, a great planet with its ring and moons."""

from __future__ import annotations

import math

import numpy as np

from adapters.painters.local.canvas import Canvas, Point
from adapters.painters.local.colour import BLACK, WHITE, Colour, Floats, mix, ramp, toned
from adapters.painters.local.compositions import sky
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import field
from adapters.painters.local.palettes import Air
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.08, 0.08, 0.92, 0.35),
        author=Zone(0.1, 0.905, 0.9, 0.945, anchor="bottom"),
        voice=wish.voice("tall modern deco epic noir"),
    )


def _nebula(canvas: Canvas, wish: Wish, *, air: Air, dark: Colour) -> None:
    rng = wish.rng("nebula")
    canvas.gradient(
        [(0, dark), (0.5, mix(dark, air.sky[1], share=0.45)), (1, mix(dark, BLACK, share=0.4))]
    )
    warp = field(canvas, rng, frequency=2.0, octaves=3)
    cloud = field(canvas, rng, frequency=2.6, octaves=6)
    slope = float(rng.uniform(-0.7, 0.7))
    centre = canvas.ys[:, None] - canvas.tall * 0.5 + np.float32(slope) * (canvas.xs[None, :] - 0.5)
    lane = np.exp(-(((centre + (warp - 0.5) * np.float32(1.1)) / 0.36) ** 2))
    for colour, low, strength in (
        (air.sky[2], 0.34, 1.0),
        (air.sky[3], 0.47, 0.8),
        (mix(air.sky[-1], air.light, share=0.5), 0.58, 0.75),
    ):
        mask = np.clip((cloud - low) * 2.4, 0, 1) * lane * np.float32(strength)
        canvas.add(mask.astype(np.float32), colour)
    dust = np.clip((0.44 - cloud) * 3.2, 0, 1) * lane * np.float32(0.75)
    canvas.blend(dust.astype(np.float32), mix(dark, BLACK, share=0.5))


def _surface(
    canvas: Canvas, wish: Wish, *, at: Point, radius: float
) -> tuple[Floats, slice, slice, Floats]:
    """Bands of the planet's face 0 to 1, where it is, and its normal's depth."""
    rows, columns = canvas.window(at, radius * 1.01)
    x = (canvas.xs[columns] - np.float32(at[0]))[None, :] / np.float32(radius)
    y = (canvas.ys[rows] - np.float32(at[1]))[:, None] / np.float32(radius)
    depth = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    swirl = field(canvas, wish.rng("bands"), frequency=4.0, octaves=5, stretch=3.0)[rows, columns]
    tilt = 0.34
    across = y * np.float32(math.cos(tilt)) - x * np.float32(math.sin(tilt))
    bands = (
        0.5
        + 0.3 * np.sin(across * 9 + (swirl - 0.5) * 6)
        + 0.28 * np.sin(across * 21 + (swirl - 0.5) * 9)
    )
    return np.clip(bands, 0, 1).astype(np.float32), rows, columns, np.asarray(depth, np.float32)


def _planet(canvas: Canvas, wish: Wish, *, at: Point, radius: float, air: Air) -> None:
    canvas.glow(at, radius * 1.6, colour=air.sky[3], strength=0.55)
    bands, rows, columns, depth = _surface(canvas, wish, at=at, radius=radius)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    warm = mix(air.sky[-1], air.light, share=0.35)
    face = ramp(
        [
            (0, mix(air.sky[2], air.near, share=0.25)),
            (0.4, air.sky[3]),
            (0.75, warm),
            (1, air.light),
        ],
        256,
    )
    colours = face[:, (bands * 255).astype(np.int32)]
    x = (canvas.xs[columns] - np.float32(at[0]))[None, :] / np.float32(radius)
    y = (canvas.ys[rows] - np.float32(at[1]))[:, None] / np.float32(radius)
    lit = np.clip(-0.62 * x - 0.5 * y + 0.6 * depth, 0, 1)
    shade = 0.02 + 1.05 * lit**0.85
    edge = np.clip((1 - np.hypot(x, y)) * radius * canvas.width + 0.5, 0, 1).astype(np.float32)
    canvas.blend(edge, colours * shade[None], top=rows.start, left=columns.start)
    rim = np.clip(1 - depth, 0, 1) ** 3.2 * lit**0.5 * edge * 0.75
    canvas.add(
        rim.astype(np.float32),
        mix(air.light, air.sky[3], share=0.4),
        top=rows.start,
        left=columns.start,
    )


def _ring(canvas: Canvas, wish: Wish, *, at: Point, radius: float, air: Air) -> None:
    """A tilted ring; the part behind the planet is left out, its shadow falls on the far side."""
    rows, columns = canvas.window(at, radius * 2.4)
    x = (canvas.xs[columns] - np.float32(at[0]))[None, :] / np.float32(radius)
    y = (canvas.ys[rows] - np.float32(at[1]))[:, None] / np.float32(radius)
    tilt, squeeze = np.float32(-0.36), np.float32(0.2)
    u, v = x * np.cos(tilt) + y * np.sin(tilt), (y * np.cos(tilt) - x * np.sin(tilt)) / squeeze
    far = np.hypot(u, v)
    lanes = np.interp(
        np.linspace(1.3, 2.25, 300),
        np.linspace(1.3, 2.25, 46),
        wish.rng("lanes").uniform(0.15, 1, 46),
    )
    lane = lanes[np.clip(((far - 1.3) / 0.95 * 299), 0, 299).astype(np.int32)]
    inside = np.clip((far - 1.32) * 24, 0, 1) * np.clip((2.22 - far) * 24, 0, 1)
    behind = (v < 0) & (np.hypot(x, y) < 1)
    shadow = np.where((u > 0.1) & (v < 0) & (np.abs(y + 0.4 * x) < 1.2) & (far < 2.1), 0.5, 1.0)
    mask = np.where(behind, 0, inside * lane * 0.82)
    tone = np.asarray(mix(air.light, air.sky[-1], share=0.35), np.float32)
    canvas.blend(
        mask.astype(np.float32),
        tone[:, None, None] * shadow[None].astype(np.float32),
        top=rows.start,
        left=columns.start,
    )


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    air, rng = wish.air(), wish.rng("space")
    if not sky.is_dark(air):
        air = _nightly(air)
    dark = mix(toned(air.sky[0], light=-0.06), BLACK, share=0.45)
    _nebula(canvas, wish, air=air, dark=dark)
    sky.stars(canvas, rng, count=420, bottom=1.0)
    sky.stars(canvas, rng, count=160, bottom=1.6)
    kind = int(rng.integers(3))
    if kind == 0:
        at, radius = (float(rng.uniform(0.4, 0.6)), canvas.down(0.62)), 0.25
        _planet(canvas, wish, at=at, radius=radius, air=air)
        _ring(canvas, wish, at=at, radius=radius, air=air)
    elif kind == 1:
        _planet(canvas, wish, at=(0.66, canvas.down(0.86)), radius=0.62, air=air)
        _planet(
            canvas,
            wish,
            at=(0.26, max(setting.foot + 0.13, canvas.down(0.45))),
            radius=0.065,
            air=air,
        )
    else:
        _planet(canvas, wish, at=(0.36, canvas.down(0.63)), radius=0.3, air=air)
        _planet(
            canvas,
            wish,
            at=(0.8, max(setting.foot + 0.12, canvas.down(0.44))),
            radius=0.07,
            air=air,
        )
        _planet(canvas, wish, at=(0.86, canvas.down(0.72)), radius=0.024, air=air)
    light = mix(air.light, WHITE, share=0.65)
    return Written(
        Ink((light,), glow=mix(dark, BLACK, share=0.3), veil="band"),
        Ink((light,), veil="band"),
        vignette=0.4,
    )


def _nightly(air: Air) -> Air:
    """The same hues as by night."""
    skies = tuple(
        toned(c, light=lift)
        for c, lift in zip(air.sky, (-0.4, -0.36, -0.28, -0.18, -0.08), strict=False)
    )
    return Air(air.name, skies, air.light, air.far, mix(air.near, BLACK, share=0.5), air.tags)


SPACE = Composition(
    name="space",
    motifs={"space": 3.0, "moon": 0.5, "time": 0.5, "eye": 0.3, "order": 0.25},
    plan=_plan,
    draw=_draw,
    base=0.1,
)
