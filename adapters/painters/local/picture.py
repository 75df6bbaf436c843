"""One cover from beginning to end: read, choose, set, draw, finish, encode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image

from adapters.painters.local import compositions, finish, provenance, seeds
from adapters.painters.local.canvas import Canvas
from adapters.painters.local.fonts import Fonts
from adapters.painters.local.lettering import prepared, write
from adapters.painters.local.reading import read
from adapters.painters.local.scene import Wish, Written
from adapters.painters.local.typography import Setting, typeset
from application.ports import Brief, Size


@dataclass(frozen=True)
class Painted:
    """A picture and the name of the family it belongs to."""

    image: Image.Image
    family: str


def draw(brief: Brief, *, variant: int, size: Size, fonts: Fonts) -> Painted:
    """The finished picture of a brief at a size."""
    reading = read(brief.prompt, title=brief.title, kind=brief.kind)
    canvas = Canvas(size.width, size.height)
    # the order of families must not change from one variant of a brief to the next
    shared = seeds.stream(seeds.seed(brief, 0), "families")
    family = compositions.choose(reading, brief.kind, rank=variant, rng=shared)
    wish = Wish(reading, seeds.seed(brief, variant), variant, canvas.tall)
    plan = family.plan(wish)
    setting = typeset(plan, brief, fonts=fonts, tall=canvas.tall)
    written = family.draw(wish, canvas, setting=setting)
    if written.vignette:
        finish.vignette(canvas, written.vignette)
    _write(canvas, setting, written=written, fonts=fonts)
    finish.grain(canvas, wish.rng("grain"), amount=written.grain)
    return Painted(canvas.image(), family.name)


def _write(canvas: Canvas, setting: Setting, *, written: Written, fonts: Fonts) -> None:
    """All type: first made legible, then written."""
    title = prepared(canvas, setting.title, ink=written.title)
    label = written.label or replace(written.title, choices=(title,))
    upper = ((setting.title, written.title), (setting.label, label))
    inks = (*upper, (setting.author, written.author))
    colours = [prepared(canvas, block, ink=ink) for block, ink in inks]
    for (block, ink), colour in zip(inks, colours, strict=True):
        write(canvas, block, ink=ink, colour=colour, fonts=fonts)


def png(image: Image.Image) -> bytes:
    """The picture as a PNG that says how it was made."""
    out = BytesIO()
    image.save(out, "PNG", compress_level=1, pnginfo=provenance.declared())
    return out.getvalue()


def paint(brief: Brief, *, variant: int, size: Size, fonts: Fonts) -> bytes:
    """A PNG of exactly `size`."""
    return png(draw(brief, variant=variant, size=size, fonts=fonts).image)
