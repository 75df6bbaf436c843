"""A map of heights: contour lines and tinted steps, a dotted track and a marked place."""

from __future__ import annotations

import numpy as np

from adapters.painters.local import finish
from adapters.painters.local.canvas import Canvas, Point
from adapters.painters.local.colour import Floats, luminance, mix, ramp
from adapters.painters.local.compositions.flow import label_panel
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import field
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.2, 0.1, 0.8, 0.36, anchor="top"),
        author=Zone(0.1, 0.9, 0.9, 0.94, anchor="middle"),
        voice=wish.voice("slab modern literary classic noir"),
        author_size=0.038,
    )


def _lines(canvas: Canvas, heights: Floats, *, steps: int) -> tuple[Floats, Floats]:
    """The step 0 to 1 every pixel is on, and the mask of the lines between steps."""
    raised = heights * np.float32(steps)
    down, across = np.gradient(raised)
    slope = np.maximum(np.hypot(across, down), np.float32(1e-5))
    off = np.abs(raised - np.round(raised)) / slope
    thick = np.where(np.round(raised) % 5 == 0, 0.0017, 0.0008) * canvas.width
    mask = np.clip(thick - off + 0.5, 0, 1).astype(np.float32)
    return np.floor(raised) / np.float32(steps), mask


def _track(wish: Wish, *, start: Point, end: Point) -> list[Point]:
    """A way from start to end that swings."""
    rng = wish.rng("track")
    bends = rng.uniform(-0.16, 0.16, 4)
    points = []
    for share in np.linspace(0, 1, 46):
        swing = sum(float(b) * np.sin(np.pi * share * (n + 1)) for n, b in enumerate(bends))
        points.append(
            (start[0] + (end[0] - start[0]) * share + swing, start[1] + (end[1] - start[1]) * share)
        )
    return [(float(np.clip(x, 0.06, 0.94)), float(y)) for x, y in points]


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    inks, rng = wish.inks(), wish.rng("contours")
    dark = wish.reading.time == "night" or "dark" in wish.reading.moods
    ground, ink = (inks.dark, inks.paper) if dark else (inks.paper, inks.dark)
    tones = (inks.strong[0], inks.strong[3] if dark or wish.reading.colours else inks.strong[1])
    heights = field(canvas, rng, frequency=float(rng.uniform(1.7, 2.4)), octaves=4)
    heights = (heights - heights.min()) / max(1e-6, float(heights.max() - heights.min()))
    step, mask = _lines(canvas, heights, steps=22)
    tints = ramp(
        [
            (0, mix(ground, tones[1], share=0.06)),
            (0.45, mix(ground, tones[1], share=0.35)),
            (0.75, mix(tones[1], tones[0], share=0.55)),
            (1, tones[0]),
        ],
        256,
    )
    canvas.px[...] = tints[:, np.clip(step * 255, 0, 255).astype(np.int32)]
    canvas.blend(mask * np.float32(0.55), ink)
    end = (float(rng.uniform(0.25, 0.75)), setting.foot + 0.2)
    accent = max(inks.strong, key=lambda c: abs(luminance(c) - luminance(tones[1])) + 0.1 * c[0])
    points = _track(wish, start=(0.5, canvas.down(0.86)), end=end)
    for place in points[:-2]:
        canvas.disc(place, 0.0068, colour=ground)
        canvas.disc(place, 0.0046, colour=ink)
    canvas.disc(points[-1], 0.034, colour=ground)
    canvas.disc(points[-1], 0.028, colour=accent)
    canvas.disc(points[-1], 0.01, colour=ground)
    above = Setting(setting.title, setting.label)
    label_panel(canvas, above, ground=ground, line=ink)
    label_panel(canvas, Setting(author=setting.author), ground=ground, line=ink, pad=0.042)
    finish.paper(canvas, wish.rng("paper"), amount=0.06)
    return Written(Ink((ink,)), Ink((ink,)), grain=0.012)


CONTOURS = Composition(
    name="contours",
    motifs={
        "abstract": 1.0,
        "journey": 2.2,
        "mountain": 1.0,
        "desert": 0.9,
        "order": 0.5,
        "sea": 0.3,
        "war": 0.4,
    },
    plan=_plan,
    draw=_draw,
    base=0.45,
    kinds={"biography": 0.4, "essay": 0.2},
)
