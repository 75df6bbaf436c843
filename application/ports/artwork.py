"""Painting, inspecting and printing covers."""

from __future__ import annotations

from decimal import Decimal
from math import ceil
from typing import Protocol

from msgspec import Struct

from application.ports.world import Language


class Brief(Struct, frozen=True, kw_only=True):
    """What a cover is to show and to say. `kind` is the book's kind (novel, story, poem, ...)."""

    prompt: str
    title: str
    author: str
    kind: str = "novel"
    language: Language = "tr"


class Size(Struct, frozen=True):
    """Width and height in pixels."""

    width: int
    height: int


class Painter(Protocol):
    """Paints cover candidates; the same brief, variant, size and version give the same picture."""

    @property
    def version(self) -> str:
        """The version of the rules by which pictures are made; kept with each candidate."""
        ...

    async def paint(self, brief: Brief, *, variant: int, size: Size) -> bytes:
        """A PNG of exactly `size`. Variants 0, 1, 2, ... of one brief are visibly different."""
        ...

    async def watermark(self, picture: bytes, *, longest_side: int) -> bytes:
        """A WebP no larger than `longest_side`, with the visible sample mark over all of it."""
        ...


class RefusedArtwork(Struct, frozen=True, tag="refused"):
    """Why an uploaded file can't be taken; `reason` is a stable code (`unknown_type`, ...)."""

    reason: str
    detail: str


class AcceptedArtwork(Struct, frozen=True, tag="accepted"):
    """An upload that was decoded, measured and, where it is an image, rebuilt without metadata."""

    content: bytes
    media_type: str
    preview: bytes
    width: int
    height: int
    warnings: tuple[str, ...] = ()


class ArtworkInspector(Protocol):
    """Looks at uploaded files in a limited process that may crash without harm."""

    async def inspect(self, content: bytes) -> AcceptedArtwork | RefusedArtwork:
        """Identify by content, decode with a pixel limit, rebuild, measure."""
        ...


class PrintSpec(Struct, frozen=True):
    """Trim size and bleed of the printed sheet in millimetres, resolution in dots per inch."""

    trim_width_mm: Decimal
    trim_height_mm: Decimal
    bleed_mm: Decimal
    dpi: int = 300

    @property
    def pixels(self) -> Size:
        """The sheet with its bleed on all sides, in pixels, rounded up."""
        bleeds = 2 * self.bleed_mm
        sides = (self.trim_width_mm + bleeds, self.trim_height_mm + bleeds)
        return Size(*(ceil(side * self.dpi / Decimal("25.4")) for side in sides))


class PrintFile(Struct, frozen=True, kw_only=True):
    """What a print file is made of; `artwork` is PNG, JPEG or PDF."""

    order_number: str
    title: str
    artwork: bytes
    spec: PrintSpec


class Prepress(Protocol):
    """Makes and checks files for the print house."""

    async def make(self, file: PrintFile) -> bytes:
        """A one-page PDF at trim plus bleed, boxes set, fonts embedded, and preflighted."""
        ...
