"""Ranges of mountains one behind the other in mist, with sun or moon, pines, birds, snow."""

from __future__ import annotations

import numpy as np

from adapters.painters.local.canvas import Canvas
from adapters.painters.local.colour import BLACK, WHITE, Colour, Floats, mix
from adapters.painters.local.compositions import sky
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import jagged, line
from adapters.painters.local.palettes import Air
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone

RIDGES = 5


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.09, 0.075, 0.91, 0.36),
        author=Zone(0.1, 0.9, 0.9, 0.945, anchor="bottom"),
        voice=wish.voice("literary display classic epic stout"),
    )


def _peaks(rng: np.random.Generator, xs: Floats, *, near: float) -> Floats:
    """Heights of one range, 0 to about 1, with one or two leading summits."""
    rough = jagged(xs, rng, frequency=2.2 + 2.5 * near, octaves=8)
    lead = np.zeros_like(xs)
    for _ in range(2):
        centre, wide = rng.uniform(0.05, 0.95), rng.uniform(0.22, 0.4)
        tall = rng.uniform(0.4, 1.0)
        lead = np.maximum(lead, tall * np.clip(1 - np.abs(xs - centre) / wide, 0, 1) ** 1.25)
    return np.asarray(0.55 * rough + 0.6 * lead * (1 - 0.5 * near), np.float32)


def _range(canvas: Canvas, wish: Wish, *, number: int, horizon: float, air: Air) -> None:
    rng = wish.rng(f"ridge{number}")
    near = number / (RIDGES - 1)
    base = horizon + (0.03 + 0.31 * near**1.15)
    high = canvas.tall * (0.17 - 0.07 * near)

    def profile(xs: Floats) -> Floats:
        again = np.random.Generator(np.random.PCG64(seed))
        return np.asarray(canvas.down(base) - high * _peaks(again, xs, near=near), np.float32)

    seed = int(rng.integers(2**31))
    body = mix(air.land(0.74 * near**0.9), air.horizon, share=0.34 * (1 - near))
    foot = mix(body, mix(air.horizon, WHITE, share=0.2), share=0.9 - 0.42 * near)
    canvas.land(profile, [(0, body), (0.1, mix(body, foot, share=0.3)), (0.3, foot), (1, foot)])


def _pines(canvas: Canvas, wish: Wish, *, base: float, size: float, colour: Colour) -> None:
    rng = wish.rng(f"pines{base:.3f}")
    trees: list[tuple[float, float, float]] = []
    at = -0.02
    while at < 1.02:
        tall = size * float(rng.uniform(0.4, 1.0)) * (1.25 if rng.random() < 0.15 else 1)
        trees.append((at, tall, float(rng.uniform(0.13, 0.19))))
        at += size * float(rng.uniform(0.035, 0.13))
    seed = int(rng.integers(2**31))

    def profile(xs: Floats) -> Floats:
        ground = line(xs, np.random.Generator(np.random.PCG64(seed)), frequency=3) * size * 0.45
        top = np.full_like(xs, canvas.down(base)) + ground
        floor = top.copy()
        for centre, tall, slim in trees:
            low, high = np.searchsorted(xs, (centre - tall * slim, centre + tall * slim))
            off = np.abs(xs[low:high] - centre) / (tall * slim)
            tier = off * 9
            serrated = off + 0.075 * (0.5 - tier + np.floor(tier)) * np.clip(off * 5, 0, 1)
            spire = floor[low:high] - tall * np.clip(1 - serrated, 0, 1)
            top[low:high] = np.minimum(top[low:high], spire)
        return np.asarray(top, np.float32)

    canvas.land(profile, [(0, colour), (1, mix(colour, BLACK, share=0.25))])


def _heaven(canvas: Canvas, wish: Wish, *, air: Air, horizon: float, foot: float) -> None:
    """Sky with stars and moon, or with sun and birds; `foot` is where the title ends."""
    rng = wish.rng("mountains")
    sky.paint_sky(canvas, wish, air=air, horizon=horizon + 0.06)
    across = float(rng.uniform(0.3, 0.72))
    if _is_night(wish, air):
        sky.stars(canvas, rng, count=260, bottom=horizon)
        if wish.reading.wants("aurora"):
            sky.aurora(canvas, wish, bottom=horizon, air=air)
        place = (across, max(foot + 0.14, canvas.down(horizon - 0.1)))
        sky.moon(canvas, wish, at=place, radius=0.085, air=air)
        return
    place = (across, canvas.down(horizon - 0.035))
    sky.sun(canvas, place, radius=float(rng.uniform(0.1, 0.135)), air=air)
    aside = across + (0.28 if across < 0.5 else -0.28)
    sky.birds(canvas, wish, at=(aside, canvas.down(horizon - 0.075)), air=air)


def _is_night(wish: Wish, air: Air) -> bool:
    return sky.is_dark(air) and (wish.reading.time == "night" or "night" in air.tags)


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    air, reading = wish.air(), wish.reading
    horizon = max(0.44, min(0.56, setting.foot / canvas.tall + 0.17))
    _heaven(canvas, wish, air=air, horizon=horizon, foot=setting.foot)
    fog = 1.1 if reading.weather == "fog" or "fog" in air.tags else 0.5
    for number in range(RIDGES):
        _range(canvas, wish, number=number, horizon=horizon, air=air)
        if number < RIDGES - 1:
            bank, mist = horizon + 0.1 + 0.075 * number, fog * (0.75 - 0.12 * number)
            sky.haze(canvas, wish, band=(bank, 0.06), strength=mist, air=air)
    _pines(canvas, wish, base=0.87, size=0.13, colour=mix(air.land(0.84), air.horizon, share=0.05))
    sky.haze(canvas, wish, band=(0.85, 0.05), strength=fog * 0.5, air=air)
    _pines(canvas, wish, base=0.945, size=0.21, colour=air.near)
    if reading.weather == "snow":
        sky.snow(canvas, wish.rng("snow"))
    light, dark = mix(air.light, WHITE, share=0.6), mix(air.near, air.sky[0], share=0.1)
    inks = (light, dark) if sky.is_dark(air) else (dark, light)
    title = Ink(inks, shade=0.16 if inks[0] == light else 0, veil="band")
    return Written(title, Ink((light, dark)), vignette=0.25)


MOUNTAINS = Composition(
    name="mountains",
    motifs={
        "autumn": 0.5,
        "aurora": 1.4,
        "mountain": 2.4,
        "sun": 1.2,
        "journey": 0.8,
        "winter": 1.1,
        "forest": 0.7,
        "moon": 0.7,
        "bird": 0.5,
        "tree": 0.5,
    },
    weathers=frozenset({"fog", "snow"}),
    plan=_plan,
    draw=_draw,
    base=0.35,
)
