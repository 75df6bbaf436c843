"""IBANs: written without spaces, with two check digits."""

from __future__ import annotations

import re

_FORM = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
TURKISH_LENGTH = 26


def plain_iban(text: str) -> str:
    """Without spaces, in capital letters."""
    return re.sub(r"\s+", "", text).upper()


def is_iban(text: str) -> bool:
    """Whether the form and the check digits are right."""
    if not _FORM.fullmatch(text) or (text[:2] == "TR" and len(text) != TURKISH_LENGTH):
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1


def grouped_iban(iban: str) -> str:
    """As people read it: in groups of four."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
