"""Skies: graded air with cloud, stars, sun or moon, birds, snow; shared by the outdoor scenes."""

from __future__ import annotations

import numpy as np

from adapters.painters.local.canvas import Canvas, Point
from adapters.painters.local.colour import WHITE, Floats, luminance, mix
from adapters.painters.local.noise import field, line
from adapters.painters.local.palettes import Air
from adapters.painters.local.scene import Wish


def is_dark(air: Air) -> bool:
    """Whether type on the upper sky has to be light."""
    return luminance(air.sky[1]) < 0.2


def paint_sky(canvas: Canvas, wish: Wish, *, air: Air, horizon: float = 0.6) -> None:
    """The sky down to a share of the height, with streaks of cloud."""
    rng = wish.rng("sky")
    places = np.linspace(0, 1, len(air.sky)) ** 0.9 * horizon
    stops = [(float(at), colour) for at, colour in zip(places, air.sky, strict=True)]
    soft = field(canvas, rng, frequency=1.6, octaves=3, stretch=2.4)
    canvas.gradient([*stops, (1.0, air.horizon)], bend=(soft - 0.5) * np.float32(0.11))
    cloud = field(canvas, rng, frequency=2.2, octaves=6, stretch=4.5)
    band = np.exp(-(((canvas.ys / canvas.tall - horizon * 0.62) / 0.2) ** 2)).astype(np.float32)
    mask = np.clip((cloud - 0.52) * 3.4, 0, 1) * band[:, None]
    canvas.blend(mask * np.float32(0.5), mix(air.horizon, air.light, share=0.4))
    shadow = np.clip((0.47 - cloud) * 3.0, 0, 1) * band[:, None]
    canvas.blend(shadow * np.float32(0.28), air.sky[1])


def stars(canvas: Canvas, rng: np.random.Generator, *, count: int, bottom: float) -> None:
    """Small stars of uneven brightness, fading towards a share of the height."""
    for _ in range(count):
        x, fall = float(rng.uniform(0, 1)), float(rng.random())
        y = bottom * fall**1.1
        size = 0.0006 + 0.0013 * float(rng.random()) ** 4
        light = (0.25 + 0.75 * float(rng.random())) * (1 - 0.9 * fall) ** 0.6
        canvas.disc((x, canvas.down(y)), size, colour=WHITE, opacity=light)
        if size > 0.0016:
            canvas.glow((x, canvas.down(y)), size * 7, colour=WHITE, strength=0.35 * light)


def sun(canvas: Canvas, at: Point, *, radius: float, air: Air) -> None:
    """A bright disc with a wide glow."""
    canvas.glow(at, radius * 6.5, colour=air.light, strength=0.42)
    canvas.glow(at, radius * 2.6, colour=air.light, strength=0.55)
    canvas.disc(at, radius, colour=mix(air.light, WHITE, share=0.25))


def moon(canvas: Canvas, wish: Wish, *, at: Point, radius: float, air: Air) -> None:
    """A moon with faint seas and a halo."""
    canvas.glow(at, radius * 5.5, colour=air.light, strength=0.34)
    canvas.glow(at, radius * 1.9, colour=air.light, strength=0.4)
    canvas.disc(at, radius, colour=air.light)
    rows, columns = canvas.window(at, radius)
    seas = field(canvas, wish.rng("moon"), frequency=9.0, octaves=4)[rows, columns]
    near = canvas.distance(at, rows, columns=columns) / np.float32(radius)
    inside = np.clip((1 - near) * 40, 0, 1)
    dim = np.clip((seas - 0.5) * 2.2, 0, 0.5) * inside * np.float32(0.55)
    canvas.blend(dim, mix(air.light, air.sky[1], share=0.6), top=rows.start, left=columns.start)
    limb = np.clip(near - 0.55, 0, 1) ** 2 * inside * np.float32(0.5)
    canvas.blend(limb, mix(air.light, air.sky[2], share=0.6), top=rows.start, left=columns.start)


def birds(canvas: Canvas, wish: Wish, *, at: Point, air: Air, count: int = 7) -> None:
    """A loose flock, drawn as shallow wing arcs."""
    rng = wish.rng("birds")
    for _ in range(count):
        x = at[0] + float(rng.normal(0, 0.075))
        y = at[1] + float(rng.normal(0, 0.022))
        span = float(rng.uniform(0.008, 0.017))
        _bird(canvas, (x, y), span=span, tilt=float(rng.uniform(-0.25, 0.25)), air=air)


def _bird(canvas: Canvas, at: Point, *, span: float, tilt: float, air: Air) -> None:
    rows, columns = canvas.window(at, span * 1.4)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    u = (canvas.xs[columns] - np.float32(at[0]))[None, :] / np.float32(span)
    v = (canvas.ys[rows] - np.float32(at[1]))[:, None] / np.float32(span)
    wing = 0.32 - 0.75 * np.sqrt(np.abs(u) + 0.004) + 0.55 * np.abs(u) ** 1.5 + tilt * u
    thick = 0.085 * np.clip(1 - np.abs(u), 0, 1) ** 0.7
    mask = np.clip((thick - np.abs(v - wing)) * span * canvas.width + 0.5, 0, 1)
    mask = np.asarray(mask * (np.abs(u) < 1) * 0.85, np.float32)
    canvas.blend(mask, mix(air.near, air.sky[0], share=0.15), top=rows.start, left=columns.start)


def snow(canvas: Canvas, rng: np.random.Generator, *, count: int = 420) -> None:
    """Falling flakes, a few of them near and soft."""
    for _ in range(count):
        at = (float(rng.uniform(0, 1)), float(rng.uniform(0, canvas.tall)))
        near = float(rng.random()) ** 6
        size = 0.0012 + 0.008 * near
        if near > 0.25:
            canvas.glow(at, size * 2.2, colour=WHITE, strength=0.5)
        else:
            canvas.disc(at, size, colour=WHITE, opacity=float(rng.uniform(0.35, 0.9)))


def haze(
    canvas: Canvas, wish: Wish, *, band: tuple[float, float], strength: float, air: Air
) -> None:
    """A bank of mist; `band` is its middle and its reach, in shares of the height."""
    at, high = band
    top = max(0, int((at - high) * canvas.height))
    bottom = min(canvas.height, int((at + high) * canvas.height))
    down = canvas.ys[top:bottom] / np.float32(canvas.tall)
    bank = np.exp(-(((down - np.float32(at)) / np.float32(high * 0.45)) ** 2))[:, None]
    drift: Floats = field(canvas, wish.rng(f"haze{at:.2f}"), frequency=1.8, octaves=4, stretch=3.0)
    mask = bank * np.clip(0.25 + 1.3 * drift[top:bottom], 0, 1.2) * np.float32(strength)
    canvas.blend(
        np.clip(mask, 0, 1).astype(np.float32), mix(air.horizon, WHITE, share=0.15), top=top
    )


def aurora(canvas: Canvas, wish: Wish, *, bottom: float, air: Air) -> None:
    """Curtains of northern light that hang above a share of the height."""
    rng = wish.rng("aurora")
    last = max(1, round(bottom * canvas.height))
    ys = canvas.ys[:last][:, None]
    for number in range(3):
        hem = canvas.down(bottom * (0.62 + 0.14 * number)) + 0.12 * line(
            canvas.xs, rng, frequency=2, octaves=2
        )
        fold = 0.55 + 0.45 * line(canvas.xs, rng, frequency=26, octaves=3)
        above = (hem[None, :] - ys) / np.float32(0.16 + 0.08 * number)
        veil = np.where(above > 0, np.exp(-np.clip(above, 0, 9)), np.exp(np.clip(above, -9, 0) * 9))
        mask = veil * np.clip(fold, 0, 1)[None, :] * np.float32(0.62)
        colour = mix(air.sky[-2], air.sky[-1], share=0.3 * number)
        canvas.add(mask.astype(np.float32), colour)
