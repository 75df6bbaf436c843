"""What a composition is given and gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from adapters.painters.local import palettes, seeds, voices
from adapters.painters.local.canvas import Canvas
from adapters.painters.local.lettering import Ink
from adapters.painters.local.palettes import Air, Inks
from adapters.painters.local.reading import Reading
from adapters.painters.local.typography import Plan, Setting
from adapters.painters.local.voices import Voice


@dataclass(frozen=True)
class Wish:
    """What is asked for. `rank` is the variant: it moves palette and voice."""

    reading: Reading
    number: int
    rank: int
    tall: float

    def rng(self, purpose: str) -> np.random.Generator:
        """Chance for one purpose of this picture."""
        return seeds.stream(self.number, purpose)

    def air(self) -> Air:
        """The sky and land colours of this picture."""
        return palettes.air(self.reading, self.rng("air"), rank=self.rank)

    def inks(self) -> Inks:
        """The flat colours of this picture."""
        return palettes.inks(self.reading, self.rng("inks"), rank=self.rank)

    def voice(self, names: str) -> Voice:
        """A voice among the named ones."""
        return voices.voice(names, self.reading, rng=self.rng("voice"), rank=self.rank)


@dataclass(frozen=True)
class Written:
    """With which inks the title, label and author are written on the finished art."""

    title: Ink
    author: Ink
    label: Ink | None = None
    grain: float = 0.016
    vignette: float = 0.0


class Draw(Protocol):
    """Fills the canvas around type that is already measured."""

    def __call__(self, wish: Wish, canvas: Canvas, *, setting: Setting) -> Written:
        """Draw everything but the type; say with which inks that is to be written."""
        ...


@dataclass(frozen=True)
class Composition:
    """A family of pictures. `motifs` says how well it shows each motif; `draw` fills the canvas."""

    name: str
    motifs: Mapping[str, float]
    plan: Callable[[Wish], Plan]
    draw: Draw
    base: float = 0.0
    kinds: Mapping[str, float] = field(default_factory=dict)
    weathers: frozenset[str] = frozenset()
    vector: bool = False
