"""Upper-casing as Turkish does it, and a folding that makes words comparable."""

from __future__ import annotations

import unicodedata

from application.ports import Language

_FOLDED = str.maketrans("ıİ", "ii")


def upper(text: str, language: Language) -> str:
    """Capital letters; in Turkish i becomes İ and ı becomes I."""
    if language == "tr":
        text = text.replace("i", "İ").replace("ı", "I")
    return text.upper()


def fold(text: str) -> str:
    """Lower case without dots, accents or cedillas: `Işık`, `IŞIK` and `isik` become one."""
    plain = unicodedata.normalize("NFKD", text.translate(_FOLDED).lower())
    return "".join(mark for mark in plain if not unicodedata.combining(mark)).replace("ı", "i")
