"""Trunks fading into mist, shafts of light, and a small house or wanderer far off."""

from __future__ import annotations

import math

import numpy as np

from adapters.painters.local.canvas import Canvas, Point, enlarged
from adapters.painters.local.colour import WHITE, Colour, Floats, mix
from adapters.painters.local.compositions import sky
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import line
from adapters.painters.local.palettes import Air
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone

DEPTHS = 5


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.1, 0.09, 0.9, 0.4),
        author=Zone(0.1, 0.905, 0.9, 0.945, anchor="bottom"),
        voice=wish.voice("epic literary classic book noir display"),
    )


def _trunk(
    canvas: Canvas, rng: np.random.Generator, *, at: Point, wide: float, colour: Colour
) -> None:
    """A leaning trunk that widens at its root (`at`), with a few rising branches."""
    x, foot = at
    lean, bend = float(rng.normal(0, 0.018)), rng.uniform(0, 6.28, 2)
    bottom = min(canvas.height, round(foot * canvas.width))
    ys = canvas.ys[:bottom]
    share = ys / np.float32(foot)
    middle = (
        x
        + lean * (1 - share)
        + wide * 0.22 * np.sin(share * 5 + bend[0])
        + wide * 0.1 * np.sin(share * 13 + bend[1])
    )
    half = wide * (
        0.3 + 0.2 * share + 0.55 * np.clip(share - 0.93, 0, 1) * 8 * np.clip(share - 0.9, 0, 1) * 10
    )
    left = max(0, int((float((middle - half).min()) - 0.01) * canvas.width))
    right = min(canvas.width, int((float((middle + half).max()) + 0.01) * canvas.width) + 2)
    if left < right:
        off = np.abs(canvas.xs[left:right][None, :] - middle[:, None])
        mask = np.clip((half[:, None] - off) * canvas.width + 0.5, 0, 1)
        canvas.blend(mask.astype(np.float32), colour, left=left)
    for _ in range(int(rng.integers(2, 6))):
        _branch(
            canvas,
            rng,
            at=(float(middle[0]), float(rng.uniform(0.02, 0.6)) * foot),
            wide=wide,
            colour=colour,
        )


def _branch(
    canvas: Canvas,
    rng: np.random.Generator,
    *,
    at: tuple[float, float],
    wide: float,
    colour: Colour,
) -> None:
    side = 1 if rng.random() < 0.5 else -1
    long, rise = wide * float(rng.uniform(2, 5)), float(rng.uniform(0.3, 0.9))
    low, high = sorted((at[0], at[0] + side * long))
    left, right = max(0, int(low * canvas.width)), min(canvas.width, int(high * canvas.width))
    top, bottom = (
        max(0, int((at[1] - long) * canvas.width)),
        min(canvas.height, int((at[1] + wide) * canvas.width)),
    )
    if left >= right or top >= bottom:
        return
    out = np.abs(canvas.xs[left:right] - np.float32(at[0]))[None, :] / np.float32(long)
    curve = at[1] - long * rise * (out**1.35)
    thick = wide * 0.15 * np.clip(1 - out, 0, 1) ** 0.8
    mask = np.clip(
        (thick - np.abs(canvas.ys[top:bottom][:, None] - curve)) * canvas.width + 0.5, 0, 1
    )
    canvas.blend(mask.astype(np.float32), colour, top=top, left=left)


def _shafts(canvas: Canvas, wish: Wish, *, at: tuple[float, float], air: Air) -> None:
    """Rays of light fanning from a point; soft, so made small and enlarged."""
    rng = wish.rng("shafts")
    across = canvas.xs[None, ::3] - np.float32(at[0])
    down = canvas.ys[::3, None] - np.float32(at[1])
    angle = np.arctan2(across, np.abs(down) + 0.05)
    beams = np.zeros_like(angle)
    for _ in range(9):
        aim, spread, strength = rng.uniform(-1.1, 1.1), rng.uniform(0.02, 0.07), rng.uniform(0.3, 1)
        beams += np.exp(-(((angle - aim) / spread) ** 2)) * strength
    reach = np.clip(1 - np.hypot(across, down) / 1.15, 0, 1) ** 1.4
    mask = np.asarray(np.clip(beams, 0, 1) * reach * 0.3, np.float32)
    canvas.add(enlarged(mask, (canvas.width, canvas.height)), air.light)


def _house(canvas: Canvas, at: Point, *, colour: Colour, lamp: Colour) -> None:
    x, base = at

    def profile(xs: Floats) -> Floats:
        off = np.abs(xs - np.float32(x))
        roof = base - 0.075 - 0.045 * np.clip(1 - off / 0.05, 0, 1)
        top = np.where(off < 0.046, roof, base + 9)
        chimney = np.abs(xs - np.float32(x + 0.024)) < 0.006
        return np.asarray(np.where(chimney, base - 0.128, top), np.float32)

    mask, first = canvas.below(profile)
    last = min(mask.shape[0], max(1, round((base + 0.01) * canvas.width) - first))
    canvas.blend(mask[:last], colour, top=first)
    canvas.glow((x - 0.012, base - 0.035), 0.11, colour=lamp, strength=0.8)
    side = 0.0085
    left, right = round((x - 0.012 - side) * canvas.width), round((x - 0.012 + side) * canvas.width)
    top, bottom = round((base - 0.05) * canvas.width), round((base - 0.022) * canvas.width)
    canvas.px[:, top:bottom, left:right] = np.asarray(lamp, np.float32)[:, None, None]


def _ground(
    canvas: Canvas, wish: Wish, *, share: float, depth: int, colours: tuple[Colour, Colour]
) -> None:
    seed = int(wish.rng(f"ground{depth}").integers(2**31))

    def profile(xs: Floats) -> Floats:
        rng = np.random.Generator(np.random.PCG64(seed))
        rough = 0.02 * line(xs, rng, frequency=2, octaves=3) + 0.006 * line(
            xs, rng, frequency=60, octaves=2
        )
        return np.asarray(canvas.down(share) + rough, np.float32)

    canvas.land(profile, [(0, colours[0]), (0.35, colours[1]), (1, colours[1])])


def _stand(canvas: Canvas, wish: Wish, *, depth: int, source: Point, colour: Colour) -> None:
    """All trunks at one depth; the nearer ones keep the middle open."""
    rng = wish.rng(f"stand{depth}")
    near = depth / (DEPTHS - 1)
    foot = canvas.down(_base(depth)) + 0.03
    for _ in range((17, 13, 9, 5, 3)[depth]):
        x = float(rng.uniform(-0.02, 1.02))
        if near > 0.4:
            side = 1 if rng.random() < 0.5 else -1
            x = source[0] + side * (0.25 + 0.5 * float(rng.random())) * (0.7 + 0.5 * near)
        wide = (0.012 + 0.05 * near**1.5) * float(rng.uniform(0.7, 1.3))
        _trunk(canvas, rng, at=(x, foot), wide=wide, colour=colour)


def _base(depth: int) -> float:
    return 0.7 + 0.2 * math.pow(depth / (DEPTHS - 1), 1.2)


def _clearing(canvas: Canvas, *, air: Air, source: Point, night: bool) -> Colour:
    """The glow at the heart of the wood; gives its colour."""
    bright = mix(air.horizon, air.light, share=0.5)
    if night:
        bright = mix(air.sky[-2], air.sky[-1], share=0.4)
    deep = mix(air.sky[1], air.sky[2], share=0.5)
    above, middle = mix(deep, air.sky[1], share=0.5), mix(deep, bright, share=0.45)
    canvas.gradient([(0, above), (0.45, middle), (0.72, bright), (1, bright)])
    canvas.glow(source, 0.75, colour=air.light, strength=0.5)
    return bright


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    air, rng = wish.air(), wish.rng("forest")
    night = sky.is_dark(air)
    source = (float(rng.uniform(0.35, 0.65)), max(canvas.down(0.55), setting.foot + 0.1))
    bright = _clearing(canvas, air=air, source=source, night=night)
    home = wish.reading.wants("house", "child", "love", "winter") > 0 or rng.random() < 0.5
    for depth in range(DEPTHS):
        near = depth / (DEPTHS - 1)
        base = _base(depth)
        body = mix(bright, air.near, share=0.14 + 0.86 * near**1.25)
        if depth == 2 and home:
            stone = mix(body, air.near, share=0.4)
            place = (source[0] + 0.03, canvas.down(base) + 0.01)
            _house(canvas, place, colour=stone, lamp=(1.0, 0.84, 0.5))
        _stand(canvas, wish, depth=depth, source=source, colour=body)
        soil = (body, mix(body, air.near, share=0.5))
        _ground(canvas, wish, share=base, depth=depth, colours=soil)
        mist = 0.75 * (1 - near) + 0.05
        sky.haze(canvas, wish, band=(base - 0.02, 0.09), strength=mist, air=air)
    _shafts(canvas, wish, at=(source[0], canvas.down(0.1)), air=air)
    if wish.reading.weather == "snow":
        sky.snow(canvas, rng)
    light = mix(air.light, WHITE, share=0.6)
    title = Ink((light,), shade=0.22, veil="band")
    return Written(title, Ink((light,), veil="band"), vignette=0.45)


FOREST = Composition(
    name="forest",
    motifs={
        "autumn": 1.3,
        "aurora": 0.9,
        "forest": 2.8,
        "tree": 1.0,
        "bird": 0.4,
        "crime": 0.5,
        "child": 0.5,
        "house": 0.8,
        "winter": 0.7,
    },
    weathers=frozenset({"fog"}),
    plan=_plan,
    draw=_draw,
    base=0.15,
)
