"""Art deco: rays and scallops in metal on a dark ground around an arched panel."""

from __future__ import annotations

import math

from adapters.painters.local import finish
from adapters.painters.local.canvas import Canvas
from adapters.painters.local.colour import BLACK, Colour, hexed, luminance, mix, oklch
from adapters.painters.local.lettering import Ink
from adapters.painters.local.palettes import Inks
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone
from adapters.painters.local.vector import Sheet, skia, stroked, traced

GOLD = (hexed("8a6326"), hexed("f2d894"), hexed("c1923f"))
RAYS = 44


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.235, 0.3, 0.765, 0.6, anchor="middle"),
        author=Zone(0.2, 0.896, 0.8, 0.928, anchor="middle"),
        voice=wish.voice("deco epic classic display"),
        author_size=0.034,
    )


def metal(colour: Colour) -> tuple[Colour, Colour, Colour]:
    """Dark, bright and middle tone of a metal: gold, or a colour that is asked for."""
    light, chroma, _ = oklch(colour)
    if chroma < 0.06 or light < 0.5:
        return GOLD
    return (mix(colour, BLACK, share=0.4), mix(colour, (1.0, 1.0, 1.0), share=0.5), colour)


def _sheen(tones: tuple[Colour, Colour, Colour], *, tall: float, width: float) -> skia.Paint:
    """A stroke that shimmers along a slant like foil; width 0 fills."""
    paint = stroked(tones[2], width)
    if not width:
        paint.setStyle(skia.Paint.kFill_Style)
    stops = (tones[0], tones[1], tones[2], tones[1], tones[0], tones[1], tones[0])
    colours = [skia.Color4f(*c, 1).toColor() for c in stops]
    paint.setShader(skia.GradientShader.MakeLinear([(0, 0), (1, tall)], colours))
    return paint


def _rays(
    sheet: Sheet, *, at: tuple[float, float], colours: tuple[Colour, Colour], line: skia.Paint
) -> None:
    for number in range(RAYS):
        first, last = (2 * math.pi * (number + shift) / RAYS for shift in (0, 1))
        ends = [(at[0] + 3 * math.sin(a), at[1] - 3 * math.cos(a)) for a in (first, last)]
        sheet.polygon([at, *ends], colours[number % 2])
    for number in range(0, RAYS, 2):
        angle = 2 * math.pi * number / RAYS
        end = (at[0] + 3 * math.sin(angle), at[1] - 3 * math.cos(angle))
        sheet.skia.drawPath(traced([at, end], closed=False), line)


def _scallops(
    sheet: Sheet, *, top: float, colours: tuple[Colour, Colour], line: skia.Paint
) -> None:
    """Overlapping fans from a height down to the bottom edge."""
    radius, y, row = 0.1, top, 0
    while y < sheet.tall + radius:
        for column in range(-1, 7):
            x = radius * 2 * column + (radius if row % 2 else 0)
            for share in (1.0, 0.78, 0.56, 0.34):
                sheet.disc((x, y), radius * share, colour=colours[row % 2])
                sheet.skia.drawCircle(x, y, radius * share, line)
        y += radius * 0.5
        row += 1


def _arch(box: tuple[float, float, float, float]) -> skia.Path:
    left, top, right, bottom = box
    half = (right - left) / 2
    path = skia.Path()
    path.moveTo(left, bottom)
    path.lineTo(left, top + half)
    path.arcTo(half, half, 0, skia.Path.kSmall_ArcSize, skia.PathDirection.kCW, right, top + half)
    path.lineTo(right, bottom)
    path.close()
    return path


def _crown(sheet: Sheet, *, at: tuple[float, float], line: skia.Paint) -> None:
    """A small rising sun above the title."""
    for number in range(13):
        angle = math.pi * (number / 12 - 0.5)
        long = 0.1 if number % 2 == 0 else 0.075
        ends = [(at[0] + r * math.sin(angle), at[1] - r * math.cos(angle)) for r in (0.045, long)]
        sheet.skia.drawPath(traced(ends, closed=False), line)
    for radius in (0.02, 0.034):
        path = skia.Path()
        path.addArc(
            skia.Rect.MakeLTRB(at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius),
            180,
            180,
        )
        sheet.skia.drawPath(path, line)
    sheet.skia.drawPath(traced([(at[0] - 0.13, at[1]), (at[0] + 0.13, at[1])], closed=False), line)


def _frame(sheet: Sheet, *, line: skia.Paint, edge: Colour) -> None:
    tall = sheet.tall
    rim = 0.035
    for box in ((0, 0, 1, rim), (0, tall - rim, 1, tall), (0, 0, rim, tall), (1 - rim, 0, 1, tall)):
        sheet.box(box, edge)
    for inset, step in ((0.035, 0.0), (0.05, 0.045)):
        low, right, bottom = inset, 1 - inset, tall - inset
        corners = [
            (low + step, low),
            (right - step, low),
            (right - step, low + step),
            (right, low + step),
            (right, bottom - step),
            (right - step, bottom - step),
            (right - step, bottom),
            (low + step, bottom),
            (low + step, bottom - step),
            (low, bottom - step),
            (low, low + step),
            (low + step, low + step),
        ]
        sheet.skia.drawPath(traced(corners), line)


def _tones(inks: Inks) -> tuple[Colour, Colour]:
    base = mix(inks.dark, BLACK, share=0.15)
    if luminance(base) > 0.05:
        base = mix(base, BLACK, share=0.5)
    partner = next(
        (c for c in inks.strong if luminance(c) < 0.12 and oklch(c)[1] > 0.03), inks.strong[0]
    )
    return base, mix(base, partner, share=0.42)


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    inks = wish.inks()
    lead = wish.reading.colours[0] if wish.reading.colours else GOLD[2]
    tones = metal(lead)
    base, second = _tones(inks)
    sheet = Sheet(canvas)
    sheet.box((0, 0, 1, canvas.tall), base)
    fine, bold = (_sheen(tones, tall=canvas.tall, width=w) for w in (0.0022, 0.005))
    heading = setting.heading
    bottom = max(heading[3] + 0.09, canvas.down(0.6))
    top = min(heading[1] - 0.34, canvas.down(0.17))
    box = (0.155, max(0.1, top), 0.845, bottom)
    _rays(sheet, at=(0.5, canvas.down(0.47)), colours=(base, second), line=fine)
    _scallops(sheet, top=canvas.down(0.74), colours=(base, second), line=fine)
    sheet.skia.drawPath(_arch(box), skia.Paint(AntiAlias=True, Color=skia.Color4f(*base, 1)))
    sheet.skia.drawPath(_arch(box), bold)
    inner = (box[0] + 0.018, box[1] + 0.018, box[2] - 0.018, box[3] - 0.018)
    sheet.skia.drawPath(_arch(inner), fine)
    _crown(sheet, at=(0.5, min(heading[1] - 0.05, box[1] + 0.27)), line=bold)
    author = setting.author.box
    if setting.author.runs:
        plate = (author[0] - 0.05, author[1] - 0.03, author[2] + 0.05, author[3] + 0.03)
        sheet.box(plate, base)
        sheet.skia.drawRect(skia.Rect.MakeLTRB(*plate), fine)
    _frame(sheet, line=fine, edge=base)
    canvas.lay(sheet.pixels)
    finish.paper(canvas, wish.rng("paper"), amount=0.1)
    foil = mix(tones[1], tones[2], share=0.25)
    return Written(Ink((foil, inks.paper)), Ink((foil, inks.paper)), vignette=0.3)


DECO = Composition(
    name="deco",
    motifs={
        "gold": 2.8,
        "war": 1.5,
        "time": 1.0,
        "sun": 0.6,
        "love": 0.6,
        "crime": 0.4,
        "city": 0.5,
    },
    plan=_plan,
    draw=_draw,
    base=0.35,
    kinds={"biography": 0.6},
    vector=True,
)
