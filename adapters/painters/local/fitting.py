"""Breaking a title into lines and finding its size, from measured widths only."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[str], float]

MOST_LINES = 8
MOST_WORDS = 48
SHORT = 3
HYPHENATED = 0.36


@dataclass(frozen=True)
class Fit:
    """Lines of text and the size at which all of them stay inside the box."""

    lines: tuple[str, ...]
    size: float


@dataclass(frozen=True)
class Box:
    """What there is room for: width and height, the largest size, the distance of base lines
    (in sizes), and the smallest size before words are cut.
    """

    width: float
    height: float
    largest: float
    leading: float = 1.1
    smallest: float = 0.026


def fit(text: str, measure: Measure, *, box: Box) -> Fit:
    """The best setting of a text. `measure` gives a line's width at size 1.

    Every line is at most `box.width` wide and all lines together at most `box.height` high; a text
    that would fall under the smallest size loses words at its end (marked by an ellipsis).
    """
    words = text.split()
    if len(words) > MOST_WORDS:
        words = [*words[: MOST_WORDS - 1], words[MOST_WORDS - 1] + "…"]
    if not words:
        return Fit((), 0.0)
    best = _best(words, measure, box=box)
    for size in (box.largest * HYPHENATED, box.smallest):
        if best.size < size:
            cut = [part for word in words for part in _pieces(word, measure, room=box.width / size)]
            other = _best(cut, measure, box=box)
            if other.size > best.size * 1.25:
                words, best = cut, other
    while best.size < box.smallest and len(words) > 1:
        keep = max(1, min(len(words) - 1, int(len(words) * 0.85)))
        words = [*words[: keep - 1], words[keep - 1].rstrip(".,;:-…") + "…"]
        best = _best(words, measure, box=box)
    return best


def _best(words: list[str], measure: Measure, *, box: Box) -> Fit:
    widths = _spans(words, measure)
    fits: list[tuple[float, Fit]] = []
    for count in range(1, min(MOST_LINES, len(words)) + 1):
        breaks = _broken(widths, len(words), count=count)
        lines = tuple(" ".join(words[a:b]) for a, b in breaks)
        lengths = [widths[a][b - a - 1] for a, b in breaks]
        high = box.leading * (count - 1) + 1.25
        size = min(box.largest, box.width / max(lengths), box.height / high)
        fits.append((_score(lines, lengths, size=size, box=box), Fit(lines, size)))
    return max(fits, key=lambda scored: scored[0])[1]


def _spans(words: list[str], measure: Measure) -> list[list[float]]:
    """For each first word, the widths of the lines of 1, 2, 3 ... words."""
    single = [max(measure(word), 1e-6) for word in words]
    space = measure("a a") - 2 * measure("a")
    spans = []
    for first in range(len(words)):
        total = 0.0
        widths: list[float] = []
        for word in single[first:]:
            total += word + (space if widths else 0.0)
            widths.append(total * 1.004)
        spans.append(widths)
    return spans


def _broken(widths: list[list[float]], words: int, *, count: int) -> list[tuple[int, int]]:
    """Breaks into `count` lines whose widest line is as narrow as can be, then most even."""
    worst: dict[tuple[int, int], tuple[float, float, int]] = {(words, 0): (0.0, 0.0, words)}
    for left in range(1, count + 1):
        for first in range(words - left, -1, -1):
            options = []
            for last in range(first + 1, words - left + 2):
                rest = worst.get((last, left - 1))
                if rest is None:
                    continue
                wide = widths[first][last - first - 1]
                options.append((max(wide, rest[0]), wide * wide + rest[1], last))
            if options:
                worst[(first, left)] = min(options)
    breaks, first = [], 0
    for left in range(count, 0, -1):
        last = worst[(first, left)][2]
        breaks.append((first, last))
        first = last
    return breaks


def _score(lines: tuple[str, ...], lengths: list[float], *, size: float, box: Box) -> float:
    longest = max(lengths)
    ragged = sum((longest - length) / longest for length in lengths) / len(lengths)
    hanging = sum(1 for line in lines[:-1] if len(line.split()[-1]) <= SHORT and " " in line)
    lonely = 1 if len(lines) > 1 and len(lines[-1]) <= SHORT else 0
    filled = size / box.largest
    return 1.1 * math.log(filled) - 0.6 * ragged - 0.12 * hanging - 0.3 * lonely - 0.09 * len(lines)


def _pieces(word: str, measure: Measure, *, room: float) -> list[str]:
    """A word wider than the room (at size 1), cut into hyphenated pieces that fit."""
    pieces = []
    while measure(word) > room and len(word) > 1:
        keep = len(word) - 1
        while keep > 1 and measure(word[:keep] + "-") > room:
            keep = int(keep * 0.8)
        pieces.append(word[:keep] + "-")
        word = word[keep:]
    return [*pieces, word]
