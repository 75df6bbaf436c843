"""Layers of cut paper, each casting its shadow on the next: hills, dunes or waves under a sun."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from adapters.painters.local import finish
from adapters.painters.local.canvas import Canvas, Point
from adapters.painters.local.colour import BLACK, WHITE, Colour, Floats, luminance, mix
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import jagged, line
from adapters.painters.local.palettes import Air
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone

LAYERS = 6


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.1, 0.075, 0.9, 0.33),
        author=Zone(0.1, 0.9, 0.9, 0.945, anchor="bottom"),
        voice=wish.voice("stout poster hand slab display modern"),
    )


def _shadowed(canvas: Canvas, mask: Floats, *, first: int, colour: Colour) -> None:
    """Lay a sheet of paper down: a soft shadow above its edge, then the sheet with a lit rim."""
    reach = max(8, round(canvas.width * 0.05))
    top = max(0, first - reach)
    whole = np.zeros((canvas.height - top, canvas.width), np.float32)
    whole[first - top :] = mask
    edge_rows = min(whole.shape[0], round(canvas.width * 0.62))
    small = Image.fromarray((whole[:edge_rows] * 255).astype(np.uint8))
    size = (max(1, canvas.width // 4), max(1, edge_rows // 4))
    soft = small.resize(size).filter(ImageFilter.GaussianBlur(canvas.width * 0.012 / 4))
    cast = np.asarray(soft.resize((canvas.width, edge_rows), Image.Resampling.BICUBIC), np.float32)
    canvas.blend(cast * np.float32(0.42 / 255), mix(colour, BLACK, share=0.85), top=top)
    canvas.blend(mask, colour, top=first)
    lift = max(1, round(canvas.width * 0.0022))
    rim = mask[: edge_rows - lift].copy()
    rim[lift:] -= mask[: rim.shape[0] - lift]
    rim = np.clip(rim, 0, 1) * np.float32(0.55)
    canvas.blend(rim, mix(colour, WHITE, share=0.5), top=first)


def _edge(
    wish: Wish, canvas: Canvas, *, number: int, shape: str, start: float
) -> tuple[Floats, int]:
    seed = int(wish.rng(f"layer{number}").integers(2**31))
    share = start + (0.9 - start) * (number / LAYERS) ** 0.92

    def profile(xs: Floats) -> Floats:
        rng = np.random.Generator(np.random.PCG64(seed))
        base = canvas.down(share)
        if shape == "peaks":
            high = 0.2 - 0.018 * number
            return np.asarray(
                base + 0.1 - high * jagged(xs, rng, frequency=3.0 + number * 0.4, octaves=2) * 1.5,
                np.float32,
            )
        if shape == "waves":
            length, phase = 3.2 + 0.5 * number, float(rng.uniform(0, 1))
            at = (xs * np.float32(length) + np.float32(phase)) % 1
            crest = np.abs(np.sin(np.pi * at)) ** 0.75
            return np.asarray(
                base + 0.045 * (crest - 0.3) + 0.02 * line(xs, rng, frequency=2, octaves=1),
                np.float32,
            )
        return np.asarray(base + 0.13 * line(xs, rng, frequency=1.6, octaves=2), np.float32)

    return canvas.below(profile)


def _shape(wish: Wish) -> str:
    reading = wish.reading
    if reading.wants("sea", "boat", "lighthouse", "fish") > reading.wants(
        "mountain", "desert", "city"
    ):
        return "waves"
    if reading.wants("desert", "journey", "flower", "wind") > reading.wants("mountain", "winter"):
        return "dunes"
    return "peaks"


def _rings(canvas: Canvas, at: Point, *, air: Air, room: float) -> None:
    """Paper rings of light around the disc, from the largest inwards, within a radius."""
    count = max(2, min(4, int((room - 0.13) / 0.062)))
    for number in range(count, -1, -1):
        radius = 0.13 + 0.062 * number
        colour = (
            mix(air.light, air.sky[2], share=0.22 + 0.6 * number / count) if number else air.light
        )
        dark = mix(colour, BLACK, share=0.7)
        for spread in (0.012, 0.006):
            canvas.disc(
                (at[0] + 0.003, at[1] + spread), radius + spread * 0.7, colour=dark, opacity=0.07
            )
        canvas.disc(at, radius, colour=colour)


def _stars(canvas: Canvas, wish: Wish, *, bottom: float, colour: Colour) -> None:
    rng = wish.rng("paper stars")
    for _ in range(46):
        at = (float(rng.uniform(0.03, 0.97)), float(rng.uniform(0.02, bottom)))
        canvas.disc(at, float(rng.uniform(0.0016, 0.0042)), colour=colour, opacity=0.9)


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    air, rng = wish.air(), wish.rng("papercut")
    sky = air.sky[2] if luminance(air.sky[0]) > 0.1 else mix(air.sky[1], air.sky[2], share=0.35)
    canvas.gradient(
        [(0, mix(sky, air.sky[1], share=0.35)), (0.6, mix(sky, air.sky[3], share=0.4)), (1, sky)]
    )
    start = max(0.5, setting.foot / canvas.tall + 0.17)
    disc = (float(rng.uniform(0.34, 0.66)), canvas.down(start) - 0.02)
    dark_sky = luminance(sky) < 0.18
    if dark_sky:
        _stars(canvas, wish, bottom=canvas.down(start), colour=air.light)
    _rings(canvas, disc, air=air, room=disc[1] - setting.foot)
    shape = _shape(wish)
    for number in range(LAYERS):
        share = number / (LAYERS - 1)
        colour = air.land(share) if share else mix(air.far, air.land(0.2), share=0.3)
        if dark_sky:
            colour = mix(colour, air.sky[-2], share=0.42 * (1 - share) + 0.06)
        mask, first = _edge(wish, canvas, number=number, shape=shape, start=start)
        _shadowed(canvas, mask, first=first, colour=colour)
    finish.paper(canvas, wish.rng("paper"), amount=0.07)
    light, dark = mix(air.light, WHITE, share=0.5), mix(air.near, BLACK, share=0.15)
    inks = (light, dark) if dark_sky else (dark, light)
    return Written(
        Ink(inks, veil="band"),
        Ink((light, dark), veil="band"),
        label=Ink(inks, veil="band"),
        grain=0.014,
    )


PAPERCUT = Composition(
    name="papercut",
    motifs={
        "autumn": 0.6,
        "mountain": 1.5,
        "child": 1.6,
        "sun": 1.0,
        "sea": 1.1,
        "desert": 2.2,
        "journey": 1.0,
        "winter": 0.6,
        "boat": 0.7,
        "fish": 1.0,
        "wind": 0.5,
        "moon": 0.6,
    },
    plan=_plan,
    draw=_draw,
    base=0.6,
    kinds={"story": 0.4},
)
