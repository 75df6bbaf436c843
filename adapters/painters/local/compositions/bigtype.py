"""Hardly more than type: the title as large as it goes over one bold shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from adapters.painters.local import finish
from adapters.painters.local.canvas import Canvas
from adapters.painters.local.colour import BLACK, Colour, Floats, contrast, grounded, luminance, mix
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import field
from adapters.painters.local.palettes import Inks
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone
from adapters.painters.local.voices import Voice


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.07, 0.06, 0.93, 0.56, align="left"),
        author=Zone(0.07, 0.915, 0.93, 0.95, align="left", anchor="bottom"),
        voice=_large(wish),
        author_size=0.042,
    )


def _large(wish: Wish) -> Voice:
    return replace(wish.voice("tall noir modern stout poster"), largest=0.34)


def _stripes(canvas: Canvas, wish: Wish, *, colours: tuple[Colour, Colour], top: float) -> None:
    """A disc cut by widening gaps, like a sun going down in blinds."""
    radius = float(wish.rng("disc").uniform(0.36, 0.41))
    at = (0.5, max(canvas.down(0.66), top + radius * 0.72))
    rows, columns = canvas.window(at, radius)
    inside = np.clip(
        (radius - canvas.distance(at, rows, columns=columns)) * canvas.width + 0.5, 0, 1
    )
    down = np.clip((canvas.ys[rows] - np.float32(at[1] - radius)) / np.float32(2 * radius), 0, 1)
    wave = (down**1.2 * 11) % 1
    duty = 1 - 0.72 * np.clip(down - 0.3, 0, 1)
    edge = np.clip((duty - wave) * canvas.width * 0.05, 0, 1)
    share = down[None, :, None] * np.ones((1, 1, 1), np.float32)
    first, second = (np.asarray(c, np.float32)[:, None, None] for c in colours)
    canvas.blend(
        (inside * edge[:, None]).astype(np.float32),
        first + (second - first) * share,
        top=rows.start,
        left=columns.start,
    )


def _dots(canvas: Canvas, wish: Wish, *, colours: tuple[Colour, Colour], top: float) -> None:
    """A halftone swell: dots that grow towards a lower corner."""
    pitch = 0.034
    u = (canvas.xs[None, :] * 0.82 + canvas.ys[:, None] * 0.57) / pitch
    v = (canvas.ys[:, None] * 0.82 - canvas.xs[None, :] * 0.57) / pitch
    off = np.hypot(u % 1 - 0.5, v % 1 - 0.5) * pitch
    swell = field(canvas, wish.rng("swell"), frequency=1.3, octaves=2)
    begin = np.clip((canvas.ys[:, None] - np.float32(top - 0.02)) / 0.75, 0, 1)
    size = pitch * 0.72 * np.clip(begin * (0.35 + 1.35 * swell), 0, 1)
    solid = np.clip((canvas.ys[:, None] - np.float32(canvas.tall - 0.42)) / 0.2, 0, 1)
    size = np.maximum(size, pitch * 0.8 * solid)
    mask = np.clip((size - off) * canvas.width + 0.5, 0, 1)
    canvas.blend(np.asarray(mask * (size > pitch * 0.06), np.float32), colours[0])


def _folds(canvas: Canvas, wish: Wish, *, colours: tuple[Colour, Colour], top: float) -> None:
    """Great overlapping waves, shaded like folded cloth."""
    swing = wish.rng("folds").uniform(0, 6.28, 3)
    for number in range(7):
        share = number / 6
        base = top + 0.25 + (canvas.tall - top - 0.2) * 0.92 * share**1.1

        def profile(xs: Floats, base: float = base, *, number: int = number) -> Floats:
            bow = 0.1 * np.sin(xs * 3.4 + swing[0] + number * 0.55) + 0.05 * np.sin(
                xs * 6.1 + swing[1] - number * 0.8
            )
            return np.asarray(base + bow, np.float32)

        body = mix(colours[0], colours[1], share=share)
        canvas.land(
            profile,
            [
                (0, mix(body, (1.0, 1.0, 1.0), share=0.16)),
                (0.3, body),
                (0.75, mix(body, BLACK, share=0.3)),
                (1, mix(body, BLACK, share=0.4)),
            ],
        )


def _ground(inks: Inks, *, dark: bool, rng: np.random.Generator) -> Colour:
    if dark:
        return inks.dark
    chosen = (inks.paper, inks.strong[0], inks.paper)[int(rng.integers(3))]
    return grounded(chosen, (inks.paper, inks.dark))


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    inks, rng = wish.inks(), wish.rng("bigtype")
    reading = wish.reading
    dark = reading.time == "night" or "dark" in reading.moods or reading.wants("crime", "space") > 0
    ground = _ground(inks, dark=dark, rng=rng)
    canvas.fill(ground)
    free = sorted(
        (c for c in (*inks.strong, inks.dark, inks.paper) if c != ground),
        key=lambda c: -contrast(luminance(c), luminance(ground)),
    )
    inked = free[0]
    lively = [c for c in free[1:] if contrast(luminance(c), luminance(ground)) > 1.35] or free[1:]
    pair = (lively[0], lively[1 % len(lively)])
    styles = (_stripes, _dots, _folds)
    styles[int(rng.integers(3))](canvas, wish, colours=pair, top=setting.foot)
    finish.paper(canvas, wish.rng("paper"), amount=0.05)
    other = inks.paper if inked != inks.paper else inks.dark
    return Written(
        Ink((inked, other)), Ink((inked, other, inks.dark, inks.paper), veil="band"), grain=0.018
    )


BIGTYPE = Composition(
    name="bigtype",
    motifs={
        "abstract": 1.3,
        "order": 0.8,
        "crime": 1.3,
        "war": 0.7,
        "sun": 0.8,
        "wind": 0.6,
        "time": 0.6,
        "desert": 0.4,
        "city_night": 0.4,
    },
    plan=_plan,
    draw=_draw,
    base=0.5,
    kinds={"essay": 0.3, "other": 0.3},
)
