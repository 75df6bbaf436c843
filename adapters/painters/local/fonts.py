"""The type faces: where they are, what they can write, how wide and high it gets."""

from __future__ import annotations

import struct
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "data" / "fonts"
REFERENCE = 400

FACES = {
    "playfair": "playfair-display/PlayfairDisplay_700Bold.ttf",
    "playfair-black": "playfair-display/PlayfairDisplay_900Black.ttf",
    "cormorant": "cormorant-garamond/CormorantGaramond_600SemiBold.ttf",
    "garamond": "eb-garamond/EBGaramond_400Regular.ttf",
    "garamond-bold": "eb-garamond/EBGaramond_700Bold.ttf",
    "dm-serif": "dm-serif-display/DMSerifDisplay_400Regular.ttf",
    "abril": "abril-fatface/AbrilFatface_400Regular.ttf",
    "cinzel": "cinzel/Cinzel_600SemiBold.ttf",
    "josefin": "josefin-sans/JosefinSans_400Regular.ttf",
    "josefin-bold": "josefin-sans/JosefinSans_600SemiBold.ttf",
    "grotesk": "space-grotesk/SpaceGrotesk_500Medium.ttf",
    "grotesk-bold": "space-grotesk/SpaceGrotesk_700Bold.ttf",
    "oswald": "oswald/Oswald_600SemiBold.ttf",
    "bebas": "bebas-neue/BebasNeue_400Regular.ttf",
    "dancing": "dancing-script/DancingScript_700Bold.ttf",
    "zilla": "zilla-slab/ZillaSlab_700Bold.ttf",
    "inter": "inter/Inter_400Regular.ttf",
    "inter-bold": "inter/Inter_700Bold.ttf",
    "poiret": "poiret-one/PoiretOne_400Regular.ttf",
    "caveat": "caveat/Caveat_700Bold.ttf",
}
FALLBACKS = ("garamond-bold", "inter-bold")


class Fonts:
    """The faces in one folder (the product ships `deploy/data/fonts`)."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder

    def load(self, face: str, pixels: float) -> ImageFont.FreeTypeFont:
        """A face at a size in pixels. Raises `OSError` if its file is missing."""
        return _load(str(self.folder / FACES[face]), round(pixels, 2))

    def covers(self, face: str, text: str) -> bool:
        """Whether every visible character has a glyph."""
        known = _characters(str(self.folder / FACES[face]))
        return all(ord(mark) in known for mark in text if not mark.isspace())

    def writable(self, face: str, text: str) -> str:
        """The text without what the face can't write."""
        known = _characters(str(self.folder / FACES[face]))
        return "".join(mark for mark in text if mark.isspace() or ord(mark) in known)

    def width(self, face: str, text: str, *, tracking: float = 0.0) -> float:
        """The advance of a line at size 1, with tracking (in sizes) between its letters."""
        length = self.load(face, REFERENCE).getlength(text, language="tr") / REFERENCE
        return float(length) + tracking * max(0, len(text) - 1)

    def extent(self, face: str, text: str) -> tuple[float, float]:
        """How far the ink reaches above and below the base line at size 1."""
        font = self.load(face, REFERENCE)
        _, top, _, bottom = font.getbbox(text, anchor="ls", language="tr")
        return (-float(top) / REFERENCE, float(bottom) / REFERENCE)


@lru_cache(maxsize=96)
def _load(path: str, pixels: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, pixels)


@cache
def _characters(path: str) -> frozenset[int]:
    """The code points of a font file's Unicode `cmap` (formats 4 and 12)."""
    data = Path(path).read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    for number in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        if tag == b"cmap":
            return frozenset(_mapped(data, start))
    return frozenset()


def _mapped(data: bytes, start: int) -> set[int]:
    found: set[int] = set()
    for number in range(struct.unpack_from(">H", data, start + 2)[0]):
        platform, _, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * number)
        if platform not in {0, 3}:
            continue
        table = start + offset
        kind = struct.unpack_from(">H", data, table)[0]
        if kind == 4:
            found |= _segments(data, table)
        elif kind == 12:
            groups = struct.unpack_from(">I", data, table + 12)[0]
            for group in range(groups):
                first, last, _ = struct.unpack_from(">III", data, table + 16 + 12 * group)
                found.update(range(first, last + 1))
    return found


def _segments(data: bytes, table: int) -> set[int]:
    count = struct.unpack_from(">H", data, table + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, table + 14)
    starts = struct.unpack_from(f">{count}H", data, table + 16 + 2 * count)
    shares = struct.unpack_from(f">{count}H", data, table + 16 + 4 * count)
    at = table + 16 + 6 * count
    offsets = struct.unpack_from(f">{count}H", data, at)
    found: set[int] = set()
    for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code + shares[number]
            if offsets[number]:
                place = at + 2 * number + offsets[number] + 2 * (code - first)
                glyph = struct.unpack_from(">H", data, place)[0]
            if glyph & 0xFFFF:
                found.add(code)
    return found
