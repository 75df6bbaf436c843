"""Writing set type on a picture so that it can be read: mask, contrast, shadow, scrim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from adapters.painters.local.canvas import Canvas
from adapters.painters.local.colour import Colour, Floats, contrast, luminance, luminances
from adapters.painters.local.fonts import Fonts
from adapters.painters.local.typography import Block

LEAST_CONTRAST = 4.5


def mask_of(canvas: Canvas, block: Block, *, fonts: Fonts) -> Image.Image:
    """The type of a block as an 8-bit mask of the whole picture."""
    mask = Image.new("L", (canvas.width, canvas.height), 0)
    draw = ImageDraw.Draw(mask)
    for run in block.runs:
        font = fonts.load(run.face, run.size * canvas.width)
        at = (run.x * canvas.width, run.y * canvas.width)
        if not run.tracking:
            draw.text(at, run.text, font=font, fill=255, anchor="ls", language="tr")
            continue
        for number, letter in enumerate(run.text):
            before = fonts.width(run.face, run.text[: number + 1]) - fonts.width(run.face, letter)
            step = (before + run.tracking * number) * run.size * canvas.width
            draw.text(
                (at[0] + step, at[1]), letter, font=font, fill=255, anchor="ls", language="tr"
            )
    return mask


@dataclass(frozen=True)
class Ink:
    """Colours to write with (the first that is legible wins), and how: a shadow, a glow."""

    choices: tuple[Colour, ...]
    shade: float = 0.0
    glow: Colour | None = None
    veil: Literal["halo", "band"] = "halo"


def prepared(canvas: Canvas, block: Block, *, ink: Ink) -> Colour:
    """The colour in which a block can be read here: contrast at least 4.5, by a soft scrim on the
    picture if need be. Every block is prepared before the first is written, for a scrim would dim
    letters that already stand.
    """
    return _legible(canvas, block, ink=ink) if block.runs else ink.choices[0]


def write(canvas: Canvas, block: Block, *, ink: Ink, colour: Colour, fonts: Fonts) -> None:
    """Write a block in a colour, with the ink's shadow and glow behind it."""
    if not block.runs:
        return
    mask = mask_of(canvas, block, fonts=fonts)
    if ink.shade:
        _cast(canvas, mask, block=block, colour=(0.0, 0.0, 0.0), opacity=ink.shade)
    if ink.glow is not None:
        _cast(canvas, mask, block=block, colour=ink.glow, opacity=0.9)
    left, top, right, bottom = _pixels(canvas, block, margin=0.02)
    part = np.asarray(mask.crop((left, top, right, bottom)), np.float32) / np.float32(255)
    canvas.blend(part, colour, top=top, left=left)


def _pixels(canvas: Canvas, block: Block, *, margin: float) -> tuple[int, int, int, int]:
    left, top, right, bottom = block.box
    width, height = canvas.width, canvas.height
    return (
        max(0, min(width - 1, int((left - margin) * width))),
        max(0, min(height - 1, int((top - margin) * width))),
        max(1, min(width, int((right + margin) * width) + 1)),
        max(1, min(height, int((bottom + margin) * width) + 1)),
    )


def _cast(
    canvas: Canvas, mask: Image.Image, *, block: Block, colour: Colour, opacity: float
) -> None:
    """A blurred copy of the type behind it, made at quarter size."""
    margin = 0.08
    box = _pixels(canvas, block, margin=margin)
    size = (box[2] - box[0], box[3] - box[1])
    small = mask.crop(box).resize((max(1, size[0] // 4), max(1, size[1] // 4)))
    soft = small.filter(ImageFilter.GaussianBlur(0.018 * canvas.width / 4)).resize(size)
    strength = np.clip(np.asarray(soft, np.float32) * np.float32(opacity / 150), 0, opacity)
    canvas.blend(strength, colour, top=box[1], left=box[0])


def worst_contrast(pixels: Floats, colour: Colour) -> float:
    """The contrast of a colour against the least favourable (but for 3 %) of some pixels."""
    own = luminance(colour)
    behind = luminances(np.clip(pixels, 0, 1))
    low, high = (float(np.quantile(behind, share)) for share in (0.03, 0.97))
    if low <= own <= high:
        return 1.0
    return min(contrast(own, low), contrast(own, high))


def _behind(canvas: Canvas, block: Block) -> Floats:
    left, top, right, bottom = _pixels(canvas, block, margin=0.004)
    step = max(1, canvas.width // 400)
    return canvas.px[:, top:bottom:step, left:right:step]


def _legible(canvas: Canvas, block: Block, *, ink: Ink) -> Colour:
    for colour in ink.choices:
        if worst_contrast(_behind(canvas, block), colour) >= LEAST_CONTRAST:
            return colour
    colour = max(ink.choices, key=lambda one: worst_contrast(_behind(canvas, block), one))
    mean = _behind(canvas, block).reshape(3, -1).mean(axis=1)
    light = luminance(colour) > 0.25
    goal = tuple(float(value * 0.25) if light else float(1 - (1 - value) * 0.25) for value in mean)
    scrim = _band if ink.veil == "band" else _halo
    for _ in range(22):
        scrim(canvas, block, colour=(goal[0], goal[1], goal[2]))
        if worst_contrast(_behind(canvas, block), colour) >= LEAST_CONTRAST:
            break
    return colour


def _halo(canvas: Canvas, block: Block, *, colour: Colour) -> None:
    """A soft-edged veil behind a block."""
    margin = 0.2
    left, top, right, bottom = _pixels(canvas, block, margin=margin)
    xs, ys = canvas.xs[left:right], canvas.ys[top:bottom]

    def edge(at: Floats, low: float, *, high: float) -> Floats:
        rise = np.clip((at - (low - margin)) / margin, 0, 1)
        fall = np.clip((high + margin - at) / margin, 0, 1)
        both = np.minimum(rise, fall)
        return np.asarray(both * both * (3 - 2 * both), np.float32)

    down = edge(ys, block.box[1], high=block.box[3])[:, None]
    across = edge(xs, block.box[0], high=block.box[2])[None, :]
    canvas.blend(down * across * np.float32(0.12), colour, top=top, left=left)


def _band(canvas: Canvas, block: Block, *, colour: Colour) -> None:
    """A veil over the whole width that fades away from the nearer edge of the picture."""
    _, top, _, bottom = block.box
    reach = 0.2
    if (top + bottom) / 2 < canvas.tall / 2:
        fade = np.clip((bottom + reach - canvas.ys) / reach, 0, 1)
    else:
        fade = np.clip((canvas.ys - top + reach) / reach, 0, 1)
    mask = (fade * fade * (3 - 2 * fade) * np.float32(0.1)).astype(np.float32)
    canvas.blend(mask[:, None], colour)
