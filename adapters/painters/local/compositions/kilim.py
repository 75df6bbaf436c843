"""A woven rug: stepped Anatolian figures in mirrored bands round a field for the title."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from adapters.painters.local.canvas import Canvas
from adapters.painters.local.colour import mix
from adapters.painters.local.lettering import Ink
from adapters.painters.local.noise import field
from adapters.painters.local.palettes import Inks
from adapters.painters.local.scene import Composition, Wish, Written
from adapters.painters.local.typography import Plan, Setting, Zone

ACROSS = 90
HALF = 140
Grid = npt.NDArray[np.uint8]

HOOKS = (
    ".....##.....",
    "....####....",
    ".##.####.##.",
    "#..######..#",
    "#.###..###.#",
    ".####..####.",
    ".####..####.",
    "#.###..###.#",
    "#..######..#",
    ".##.####.##.",
    "....####....",
    ".....##.....",
)
RAMS = (
    ".###......###.",
    "#...#....#...#",
    "#.#.#....#.#.#",
    "#.##..##..##.#",
    "#....####....#",
    ".############.",
    "....######....",
    ".....####.....",
    "......##......",
    ".....####.....",
    "....######....",
    "..##########..",
)
STAR = (
    "....##....",
    "#...##...#",
    "##.####.##",
    ".########.",
    "..######..",
    "##########",
    "##########",
    "..######..",
    ".########.",
    "##.####.##",
    "#...##...#",
    "....##....",
)
TREE = (
    ".....##.....",
    "....####....",
    "..##.##.##..",
    ".##..##..##.",
    "..########..",
    "##...##...##",
    ".##..##..##.",
    "..########..",
    ".....##.....",
    ".....##.....",
    "...######...",
    "..########..",
)
FIGURES = (HOOKS, RAMS, STAR, TREE)


def _plan(wish: Wish) -> Plan:
    return Plan(
        title=Zone(0.23, 0.36, 0.77, 0.64, anchor="middle"),
        author=Zone(0.23, 0.615, 0.77, 0.645, anchor="middle"),
        voice=wish.voice("slab epic book classic"),
        author_size=0.034,
        together=True,
    )


def _stamp(grid: Grid, figure: tuple[str, ...], *, at: tuple[int, int], colour: int) -> None:
    for row, text in enumerate(figure):
        for column, mark in enumerate(text):
            y, x = at[0] + row, at[1] + column
            if mark == "#" and 0 <= y < grid.shape[0] and 0 <= x < grid.shape[1]:
                grid[y, x] = colour


def _teeth(grid: Grid, top: int, *, high: int, colours: tuple[int, int]) -> None:
    """A row of stepped triangles."""
    xs = np.arange(grid.shape[1])
    for row in range(high):
        reach = np.abs((xs % (2 * high)) - high + 0.5)
        if 0 <= top + row < grid.shape[0]:
            grid[top + row] = np.where(reach < row + 1, colours[0], colours[1])


def _zigzag(grid: Grid, top: int, *, high: int, colours: tuple[int, int]) -> None:
    xs = np.arange(grid.shape[1])
    crest = np.abs((xs % 12) - 6)
    for row in range(high):
        if 0 <= top + row < grid.shape[0]:
            grid[top + row] = np.where((row + crest) % 6 < 3, colours[0], colours[1])


def _figures(
    grid: Grid, top: int, *, figure: tuple[str, ...], colours: tuple[int, int, int]
) -> None:
    grid[top : top + len(figure) + 4] = colours[0]
    wide = len(figure[0]) + 6
    count = grid.shape[1] // wide
    start = (grid.shape[1] - count * wide) // 2 + 3
    for number in range(count):
        _stamp(grid, figure, at=(top + 2, start + number * wide), colour=colours[1 + number % 2])


def _bands(rng: np.random.Generator, *, rows: int) -> Grid:
    """Half of the rug, from its middle outwards; 0 is dark, 1 paper, 2 to 5 are strong."""
    grid = np.zeros((rows, ACROSS), np.uint8)
    y = 0
    while y < rows:
        ground = int(rng.choice([0, 2, 2, 4, 3]))
        first, second = (
            int(c) for c in rng.permutation([c for c in (1, 2, 3, 4, 5) if c != ground])[:2]
        )
        kind = int(rng.integers(4))
        if kind <= 1:
            figure = FIGURES[int(rng.integers(len(FIGURES)))]
            grid[y : y + 1] = 1
            _figures(grid, y + 1, figure=figure, colours=(ground, first, second))
            y += len(figure) + 5
        elif kind == 2:
            _teeth(grid, y, high=5, colours=(first, ground))
            y += 5
        else:
            _zigzag(grid, y, high=8, colours=(first, ground))
            y += 8
        if y < rows:
            grid[y] = 1
        y += 1
    return grid


def _medallion(grid: Grid, box: tuple[int, int, int, int], *, colours: tuple[int, ...]) -> None:
    """A stepped-corner field, ringed by contrasting lines."""
    top, left, bottom, right = box
    rows, columns = np.ogrid[: grid.shape[0], : grid.shape[1]]
    for ring, colour in enumerate(colours):
        grow = (len(colours) - 1 - ring) * 2
        over_y = np.maximum(np.maximum(top - rows, rows - bottom + 1), 0)
        over_x = np.maximum(np.maximum(left - columns, columns - right + 1), 0)
        inner_y = np.minimum(rows - top, bottom - 1 - rows)
        inner_x = np.minimum(columns - left, right - 1 - columns)
        corner = (inner_y // 2 + inner_x // 2) < 4 - grow // 2
        inside = (over_y <= grow) & (over_x <= grow) & ~(corner & (inner_y < 8) & (inner_x < 8))
        grid[inside] = colour


def _weave(canvas: Canvas, wish: Wish) -> None:
    """Threads: fine ribs along x, uneven dye (abrash) from row to row, soft wear."""
    thread = 2 * np.pi * ACROSS * 2
    ribs = 0.5 + 0.5 * np.sin(canvas.ys * np.float32(thread))[:, None]
    warp = 0.5 + 0.5 * np.sin(canvas.xs * np.float32(thread / 2))[None, :]
    dye = field(canvas, wish.rng("dye"), frequency=2.0, octaves=5, stretch=9.0)
    wear = field(canvas, wish.rng("wear"), frequency=5.0, octaves=5)
    canvas.px *= (0.9 + 0.1 * ribs) * (0.96 + 0.04 * warp)
    canvas.px *= 0.82 + 0.36 * dye
    canvas.px += np.clip(wear - 0.58, 0, 1) * np.float32(0.22)


def _grid(wish: Wish, canvas: Canvas, *, setting: Setting) -> Grid:
    """The whole rug about its middle, so that other shapes of picture show the same bands."""
    half = _bands(wish.rng("kilim"), rows=HALF)
    half = np.concatenate([half[:, : ACROSS // 2], half[:, : ACROSS // 2][:, ::-1]], axis=1)
    grid = np.concatenate([half[::-1], half])
    blocks = [b.box for b in (setting.title, setting.label, setting.author) if b.runs]
    if blocks:
        middle = canvas.tall / 2
        reach = max(abs(edge - middle) for box in blocks for edge in (box[1], box[3]))
        cells = int(reach * ACROSS) + 9
        box = (HALF - cells, 16, HALF + cells, ACROSS - 16)
        _medallion(grid, box, colours=(0, 3, 1, 2, 0, 1))
    return grid


def _palette(inks: Inks) -> npt.NDArray[np.float32]:
    wool = [mix(colour, inks.paper, share=0.08) for colour in inks.strong]
    return np.asarray([inks.dark, inks.paper, *wool], np.float32)


def _draw(wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
    inks = wish.inks()
    grid = _grid(wish, canvas, setting=setting)
    reach = min(HALF, canvas.tall * ACROSS / 2)
    shown = Image.fromarray(grid).resize(
        (canvas.width, canvas.height),
        Image.Resampling.NEAREST,
        box=(0, HALF - reach, ACROSS, HALF + reach),
    )
    canvas.px[...] = np.moveaxis(_palette(inks)[np.asarray(shown)], -1, 0)
    _weave(canvas, wish)
    return Written(
        Ink((inks.dark, inks.paper)),
        Ink((inks.dark, inks.paper)),
        label=Ink((mix(inks.strong[0], inks.dark, share=0.3), inks.dark)),
        grain=0.03,
        vignette=0.22,
    )


KILIM = Composition(
    name="kilim",
    motifs={"anatolia": 3.0, "war": 0.5, "house": 0.4, "journey": 0.5, "horse": 0.8, "time": 0.3},
    plan=_plan,
    draw=_draw,
    base=0.2,
)
