"""A grid of circles, arcs and bars in strong flat colours, after the Bauhaus."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from adapters.painters.local import finish
from adapters.painters.local.canvas import Canvas
from adapters.painters.local.colour import Colour
from adapters.painters.local.lettering import Ink
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone
from adapters.painters.local.vector import Sheet, filled, skia

COLUMNS = 4
Cell = tuple[float, float, float]


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.065, 0.05, 0.935, 0.27, align="left"),
        author=Zone(0.065, 0.928, 0.8, 0.965, align="left", anchor="middle"),
        voice=wish.voice("modern tall slab noir"),
        author_size=0.036,
    )


def _quarter(sheet: Sheet, cell: Cell, *, colours: tuple[Colour, ...], turn: int) -> None:
    x, y, side = cell
    corner = (x + side * (turn % 2), y + side * (turn // 2 % 2))
    for number, share in enumerate((1.0, 0.75, 0.5, 0.25)):
        sheet.disc(corner, side * share, colour=colours[number % 2])


def _half(sheet: Sheet, cell: Cell, *, colours: tuple[Colour, ...], turn: int) -> None:
    x, y, side = cell
    middle = (
        (x + side / 2, y),
        (x + side, y + side / 2),
        (x + side / 2, y + side),
        (x, y + side / 2),
    )
    sheet.disc(middle[turn], side / 2, colour=colours[0])
    sheet.disc(middle[turn], side / 4, colour=colours[1])


def _ring(sheet: Sheet, cell: Cell, *, colours: tuple[Colour, ...], turn: int) -> None:
    x, y, side = cell
    centre = (x + side / 2, y + side / 2)
    sheet.disc(centre, side * 0.42, colour=colours[0])
    if turn % 2:
        sheet.skia.save()
        sheet.skia.clipRect(skia.Rect.MakeLTRB(x, y, x + side / 2, y + side))
        sheet.disc(centre, side * 0.42, colour=colours[1])
        sheet.skia.restore()
    sheet.disc(centre, side * 0.16, colour=colours[2])


def _bars(sheet: Sheet, cell: Cell, *, colours: tuple[Colour, ...], turn: int) -> None:
    x, y, side = cell
    step = side / 7
    for number in (1, 3, 5):
        if turn % 2:
            sheet.box((x, y + step * number, x + side, y + step * (number + 1)), colours[0])
        else:
            sheet.box((x + step * number, y, x + step * (number + 1), y + side), colours[0])


def _triangle(sheet: Sheet, cell: Cell, *, colours: tuple[Colour, ...], turn: int) -> None:
    x, y, side = cell
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    sheet.polygon(corners[:turn] + corners[turn + 1 :], colours[0])


def _diamond(sheet: Sheet, cell: Cell, *, colours: tuple[Colour, ...], turn: int) -> None:
    x, y, side = cell
    half = side / 2
    reach = half * (0.94 if turn % 2 else 0.7)
    middle = (x + half, y + half)
    sheet.polygon(
        [
            (middle[0], middle[1] - reach),
            (middle[0] + reach, middle[1]),
            (middle[0], middle[1] + reach),
            (middle[0] - reach, middle[1]),
        ],
        colours[0],
    )


def _petal(sheet: Sheet, cell: Cell, *, colours: tuple[Colour, ...], turn: int) -> None:
    x, y, side = cell
    path = skia.Path()
    first, second = ((x, y), (x + side, y + side)) if turn % 2 else ((x + side, y), (x, y + side))
    path.moveTo(*first)
    path.arcTo(side, side, 0, skia.Path.kSmall_ArcSize, skia.PathDirection.kCW, *second)
    path.arcTo(side, side, 0, skia.Path.kSmall_ArcSize, skia.PathDirection.kCW, *first)
    sheet.skia.drawPath(path, filled(colours[0]))
    sheet.disc((x + side / 2, y + side / 2), side * 0.1, colour=colours[1])


SHAPES: tuple[Callable[..., None], ...] = (
    _quarter,
    _half,
    _ring,
    _bars,
    _triangle,
    _diamond,
    _petal,
)


def _cells(rng: np.random.Generator, *, top: float, bottom: float) -> list[Cell]:
    side = 1 / COLUMNS
    rows = max(2, round((bottom - top) / side))
    free = {(row, column) for row in range(rows) for column in range(COLUMNS)}
    cells: list[Cell] = []
    bigs = [(r, c) for r in range(rows - 1) for c in range(COLUMNS - 1)]
    rng.shuffle(bigs)
    for row, column in bigs[:4]:
        block = {(row + a, column + b) for a in (0, 1) for b in (0, 1)}
        if block <= free and len(cells) < 2:
            free -= block
            cells.append((column * side, bottom - (rows - row) * side, 2 * side))
    cells.extend((c * side, bottom - (rows - r) * side, side) for r, c in sorted(free))
    return cells


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    inks, rng = wish.inks(), wish.rng("tiles")
    sheet = Sheet(canvas)
    sheet.box((0, 0, 1, canvas.tall), inks.paper)
    foot = canvas.down(0.895)
    top = max(setting.foot + 0.045, canvas.down(0.2))
    palette = [*inks.strong, inks.dark, inks.paper]
    sheet.skia.save()
    sheet.skia.clipRect(skia.Rect.MakeLTRB(0, top, 1, foot))
    last: Colour | None = None
    for x, y, side in _cells(rng, top=top, bottom=foot):
        ground = palette[int(rng.choice(len(palette), p=_odds(len(palette))))]
        while ground == last:
            ground = palette[int(rng.integers(len(palette)))]
        last = ground
        flat = skia.Paint(AntiAlias=False, Color=skia.Color4f(*ground, 1))
        sheet.skia.drawRect(skia.Rect.MakeLTRB(x, y, x + side, y + side), flat)
        others = [colour for colour in palette if colour != ground]
        rng.shuffle(others)
        sheet.skia.save()
        sheet.skia.clipRect(skia.Rect.MakeLTRB(x, y, x + side, y + side))
        if side > 0.3:
            shape: Callable[..., None] = (_ring, _quarter, _half)[int(rng.integers(3))]
        else:
            shape = SHAPES[int(rng.integers(len(SHAPES)))]
        chosen = tuple((float(c[0]), float(c[1]), float(c[2])) for c in others)
        shape(
            sheet, (x, y, side), colours=(chosen[0], chosen[1], ground), turn=int(rng.integers(4))
        )
        sheet.skia.restore()
    sheet.skia.restore()
    sheet.box((0, foot, 1, canvas.tall + 0.01), inks.dark)
    sheet.disc((0.915, canvas.down(0.9465)), 0.022, colour=inks.strong[0])
    canvas.lay(sheet.pixels)
    finish.paper(canvas, wish.rng("paper"), amount=0.06)
    return Written(Ink((inks.dark,)), Ink((inks.paper,)), grain=0.012)


def _odds(count: int) -> list[float]:
    weights = [1.0] * (count - 2) + [1.6, 1.6]
    return [weight / sum(weights) for weight in weights]


TILES = Composition(
    name="tiles",
    motifs={"abstract": 1.6, "order": 2.4, "time": 0.7, "city": 0.5, "book": 0.5, "eye": 0.6},
    plan=_plan,
    draw=_draw,
    base=0.4,
    kinds={"essay": 0.6, "biography": 0.3},
    vector=True,
)
