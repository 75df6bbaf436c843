"""Ribbons that follow an unseen current, around a label; for poems, music, dreams."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from adapters.painters.local import finish
from adapters.painters.local.canvas import Canvas
from adapters.painters.local.colour import Colour, Floats, mix
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import field
from adapters.painters.local.palettes import Inks
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone

STEPS = 110


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.2, 0.33, 0.8, 0.6, anchor="middle"),
        author=Zone(0.2, 0.645, 0.8, 0.675, anchor="middle"),
        voice=wish.voice("stout display poster classic literary book"),
        author_size=0.034,
        together=True,
    )


def _paths(canvas: Canvas, wish: Wish, *, count: int) -> Floats:
    """Points (steps, count, 2) of particles carried by a smooth field; the size does not matter."""
    small = Canvas(160, round(160 * canvas.tall))
    rng = wish.rng("flow")
    angle = (field(small, rng, frequency=1.5, octaves=2) - 0.5) * np.float32(rng.uniform(9, 15))
    angle += np.float32(rng.uniform(0, 6.28))
    at = rng.random((count, 2), dtype=np.float32) * np.array([1.2, 1.2 * 3.0], np.float32) - 0.1
    at[:, 1] = np.where(at[:, 1] > canvas.tall + 0.1, at[:, 1] % (canvas.tall + 0.1), at[:, 1])
    points = np.empty((STEPS, count, 2), np.float32)
    for step in range(STEPS):
        points[step] = at
        column = np.clip((at[:, 0] * 160).astype(np.int32), 0, 159)
        row = np.clip((at[:, 1] * 160).astype(np.int32), 0, small.height - 1)
        heading = angle[row, column]
        at = at + np.stack([np.cos(heading), np.sin(heading)], axis=-1) * np.float32(0.0042)
    return points


def _ribbons(canvas: Canvas, wish: Wish, *, inks: Inks, ground: Colour) -> None:
    rng = wish.rng("ribbons")
    count = 460
    points = _paths(canvas, wish, count=count)
    scale = canvas.width * 2
    sheet = Image.new("RGB", (scale, canvas.height * 2), _bytes(ground))
    pen = ImageDraw.Draw(sheet)
    colours = (*inks.strong, inks.dark, inks.strong[0])
    widths = np.sort(rng.pareto(1.6, count) * 0.0019 + 0.0016)
    for number in range(count):
        length = int(rng.integers(STEPS // 4, STEPS))
        width = min(0.019, float(widths[number]))
        colour = colours[int(rng.integers(len(colours)))]
        chain = points[:length, number] * np.float32(scale)
        ink = _bytes(mix(colour, ground, share=float(rng.uniform(0, 0.25))))
        pen.line(
            [tuple(p) for p in chain.tolist()],
            fill=ink,
            width=max(1, round(width * scale)),
            joint="curve",
        )
        radius = width * scale / 2
        for x, y in (chain[0].tolist(), chain[-1].tolist()):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    small = sheet.resize((canvas.width, canvas.height), Image.Resampling.BOX)
    canvas.px[...] = np.moveaxis(np.asarray(small, np.float32) / np.float32(255), -1, 0)


def _bytes(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (round(255 * part) for part in colour)
    return (red, green, blue)


def label_panel(
    canvas: Canvas, setting: Setting, *, ground: Colour, line: Colour, pad: float = 0.075
) -> None:
    """A card with a fine line around all the type of a setting."""
    boxes = [b.box for b in (setting.title, setting.label, setting.author) if b.runs]
    if not boxes:
        return
    middle = (min(b[1] for b in boxes) + max(b[3] for b in boxes)) / 2
    half = (max(b[3] for b in boxes) - min(b[1] for b in boxes)) / 2 + pad
    wide = max(max(b[2] - b[0] for b in boxes) / 2 + pad, 0.2 + pad)
    sides = (0.5 - wide, 0.5 + wide)
    for grow, colour in ((0.0, ground), (-0.014, line), (-0.0175, ground)):
        left, right = (
            round((sides[0] - grow) * canvas.width),
            round((sides[1] + grow) * canvas.width),
        )
        top = max(0, round((middle - half - grow) * canvas.width))
        bottom = min(canvas.height, round((middle + half + grow) * canvas.width))
        canvas.px[:, top:bottom, left:right] = np.asarray(colour, np.float32)[:, None, None]


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    inks = wish.inks()
    dark = wish.reading.time == "night" or "dark" in wish.reading.moods
    ground = inks.dark if dark else inks.paper
    ink = inks.paper if dark else inks.dark
    _ribbons(canvas, wish, inks=inks, ground=ground)
    label_panel(canvas, setting, ground=ground, line=ink)
    finish.paper(canvas, wish.rng("paper"), amount=0.05)
    return Written(
        Ink((ink,)), Ink((ink,)), label=Ink((inks.strong[0], inks.strong[1], ink)), grain=0.012
    )


FLOW = Composition(
    name="flow",
    motifs={
        "abstract": 1.6,
        "wind": 2.2,
        "feather": 1.3,
        "love": 0.5,
        "sea": 0.5,
        "time": 0.6,
        "book": 0.5,
        "fish": 0.7,
    },
    plan=_plan,
    draw=_draw,
    base=0.55,
    kinds={"poem": 0.5, "essay": 0.2},
)
