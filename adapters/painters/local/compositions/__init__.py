"""The families of pictures and which of them suit a reading."""

from __future__ import annotations

import numpy as np

from adapters.painters.local import vector
from adapters.painters.local.compositions.bigtype import BIGTYPE
from adapters.painters.local.compositions.botanical import BOTANICAL
from adapters.painters.local.compositions.contours import CONTOURS
from adapters.painters.local.compositions.deco import DECO
from adapters.painters.local.compositions.emblem import EMBLEM
from adapters.painters.local.compositions.flow import FLOW
from adapters.painters.local.compositions.forest import FOREST
from adapters.painters.local.compositions.kilim import KILIM
from adapters.painters.local.compositions.lighthouse import LIGHTHOUSE
from adapters.painters.local.compositions.mountains import MOUNTAINS
from adapters.painters.local.compositions.papercut import PAPERCUT
from adapters.painters.local.compositions.rain import RAIN
from adapters.painters.local.compositions.skyline import SKYLINE
from adapters.painters.local.compositions.space import SPACE
from adapters.painters.local.compositions.tiles import TILES
from adapters.painters.local.reading import Reading
from adapters.painters.local.scene import Composition

ALL = (
    MOUNTAINS,
    FLOW,
    TILES,
    SKYLINE,
    PAPERCUT,
    SPACE,
    CONTOURS,
    FOREST,
    BIGTYPE,
    DECO,
    KILIM,
    BOTANICAL,
    LIGHTHOUSE,
    RAIN,
    EMBLEM,
)


def available() -> tuple[Composition, ...]:
    """All families that can be drawn on this machine."""
    return tuple(one for one in ALL if vector.AVAILABLE or not one.vector)


def suitability(composition: Composition, reading: Reading, *, kind: str) -> float:
    """How well a family shows what was asked for."""
    score = composition.base + composition.kinds.get(kind, 0.0)
    for motif, weight in composition.motifs.items():
        score += weight * min(2.0, reading.motifs.get(motif, 0.0))
    if reading.weather in composition.weathers:
        score += 0.6
    return score


def choose(reading: Reading, kind: str, *, rank: int, rng: np.random.Generator) -> Composition:
    """The family for a variant: the best one first, then other families, then again."""
    families = available()
    jitter = rng.uniform(0, 0.7, len(families))
    scores = [
        suitability(one, reading, kind=kind) + float(j)
        for one, j in zip(families, jitter, strict=True)
    ]
    order = sorted(range(len(families)), key=lambda place: -scores[place])
    return families[order[rank % len(families)]]
