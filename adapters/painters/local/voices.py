"""Type pairings: a face for the title, one for the author, and how they are set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from adapters.painters.local.reading import Reading


@dataclass(frozen=True)
class Voice:
    """How a cover speaks. Tracking is in sizes, `largest` in widths of the picture."""

    face: str
    author: str
    capitals: bool = False
    tracking: float = 0.0
    leading: float = 1.08
    largest: float = 0.15
    tags: frozenset[str] = frozenset()


def _tags(words: str) -> frozenset[str]:
    return frozenset(words.split())


VOICES = {
    "literary": Voice(
        "cormorant",
        "josefin-bold",
        leading=0.98,
        largest=0.15,
        tags=_tags("calm fog journey mountain sad wind"),
    ),
    "classic": Voice(
        "playfair",
        "josefin-bold",
        leading=1.1,
        largest=0.135,
        tags=_tags("love flower time house sea"),
    ),
    "stout": Voice(
        "playfair-black",
        "josefin-bold",
        leading=1.08,
        largest=0.14,
        tags=_tags("winter warm sun lively"),
    ),
    "poster": Voice(
        "abril", "josefin-bold", leading=1.08, largest=0.14, tags=_tags("lively flower love cat")
    ),
    "display": Voice(
        "dm-serif", "josefin-bold", leading=1.06, largest=0.15, tags=_tags("sea wind calm bird")
    ),
    "noir": Voice(
        "oswald",
        "oswald",
        capitals=True,
        tracking=0.008,
        leading=1.14,
        largest=0.17,
        tags=_tags("crime dark city rain city_night"),
    ),
    "tall": Voice(
        "bebas",
        "josefin-bold",
        capitals=True,
        tracking=0.02,
        leading=0.98,
        largest=0.22,
        tags=_tags("crime space war lively dark"),
    ),
    "epic": Voice(
        "cinzel",
        "cinzel",
        capitals=True,
        tracking=0.03,
        leading=1.14,
        largest=0.12,
        tags=_tags("war gold forest anatolia dark"),
    ),
    "modern": Voice(
        "grotesk-bold", "grotesk", leading=1.02, largest=0.14, tags=_tags("order space time")
    ),
    "script": Voice(
        "dancing", "josefin-bold", leading=1.05, largest=0.17, tags=_tags("love flower warm")
    ),
    "hand": Voice(
        "caveat", "josefin-bold", leading=0.92, largest=0.2, tags=_tags("child cat warm")
    ),
    "slab": Voice(
        "zilla", "zilla", leading=1.0, largest=0.15, tags=_tags("journey desert anatolia house")
    ),
    "deco": Voice(
        "poiret",
        "josefin-bold",
        capitals=True,
        tracking=0.05,
        leading=1.16,
        largest=0.12,
        tags=_tags("gold"),
    ),
    "book": Voice(
        "garamond-bold",
        "garamond-bold",
        leading=1.0,
        largest=0.145,
        tags=_tags("book feather time sad"),
    ),
}


def voice(names: str, reading: Reading, *, rng: np.random.Generator, rank: int) -> Voice:
    """A voice among those a composition allows, nearest to the reading; ranks turn through."""
    allowed = names.split()
    jitter = rng.uniform(0, 0.8, len(allowed))
    asked = reading.moods | {reading.time, reading.weather}

    def score(place: int) -> float:
        tags = VOICES[allowed[place]].tags
        motifs = sum(min(1.5, w) for m, w in reading.motifs.items() if m in tags)
        return motifs + len(asked & tags) + float(jitter[place]) - 0.2 * place

    order = sorted(range(len(allowed)), key=score, reverse=True)
    return VOICES[allowed[order[rank % min(2, len(order))]]]
