"""Sentences in Turkish and English, read once from a file beside whoever says them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct, convert

from application.ports import Language


class Phrase(Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in both languages; `{fact}` stands for a fact."""

    tr: str
    en: str

    def told(self, language: Language, **facts: object) -> str:
        """The sentence with its facts."""
        return (self.tr if language == "tr" else self.en).format(**facts)


@cache
def phrases_of(file: Path) -> Mapping[str, Phrase]:
    """All sentences of a file by their names."""
    return convert(tomllib.loads(file.read_text(encoding="utf-8")), dict[str, Phrase])
