"""Which characters a typeface can set; the rest is replaced, or the invoice would not compile."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from PIL import ImageFont

REPLACEMENT = "?"
# Not a character, so every typeface answers with the picture it has for missing ones
_NOBODY_HAS = "\U0010ffff"


class Typeface:
    """Knows one font file."""

    def __init__(self, path: Path) -> None:
        font = ImageFont.truetype(str(path), 24, layout_engine=ImageFont.Layout.BASIC)
        missing = bytes(font.getmask(_NOBODY_HAS))

        @cache
        def sets(character: str) -> bool:
            if unicodedata.category(character).startswith("C"):
                return False  # some fonts have pictures for control characters; PDF/A has not
            return bytes(font.getmask(character)) != missing

        self._sets = sets

    def settable(self, text: str) -> str:
        """The text in composed form, with `?` for each character that has no glyph here."""
        composed = unicodedata.normalize("NFC", text).replace("\t", " ").replace("\r", "")
        return "".join(
            letter if letter == "\n" or self._sets(letter) else REPLACEMENT for letter in composed
        )

    def settable_throughout(self, content: Any) -> Any:
        """The same nested lists and dicts, with each text in them made settable."""
        if isinstance(content, str):
            return self.settable(content)
        if isinstance(content, dict):
            return {name: self.settable_throughout(value) for name, value in content.items()}
        if isinstance(content, list):
            return [self.settable_throughout(value) for value in content]
        return content
