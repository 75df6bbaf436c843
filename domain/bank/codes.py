"""Reference codes that people type into their bank: short, unambiguous, with two check symbols."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from typing import Literal
from uuid import UUID

from domain.shared.text import folded

SYMBOLS = "23456789ABCDEFGHJKMNPRTUVWXYZ"
"""No 0, 1, I, L, O, Q and S, which are taken for each other. There are 29 of them: a prime number,
so that two check symbols notice any two wrong ones, and any two that changed places.
"""

Purpose = Literal["transfer", "return", "payout", "payout_run"]
MARKS: dict[Purpose, str] = {"transfer": "PK", "return": "PR", "payout": "PD", "payout_run": "PT"}
_DATA, _CHECKS = 6, 2
_FIELD = len(SYMBOLS)
_VALUE = {symbol: value for value, symbol in enumerate(SYMBOLS)}
_CODE = re.compile(f"(?=(P[KRDT][{SYMBOLS}]{{{_DATA + _CHECKS}}}))")
_PARTED = re.compile(r"[^A-Z0-9]+")


def code_of(purpose: Purpose, subject_id: UUID, *, turn: int = 0) -> str:
    """The code for a subject; the next `turn` gives another one, where this one is taken."""
    drawn = int.from_bytes(sha256(f"{purpose}/{subject_id}/{turn}".encode()).digest(), "big")
    values = []
    for _ in range(_DATA):
        drawn, value = divmod(drawn, _FIELD)
        values.append(value)
    return MARKS[purpose] + "".join(SYMBOLS[value] for value in (*values, *_checks(values)))


def is_code(text: str) -> bool:
    """Whether the mark, the alphabet and the check symbols are right."""
    if len(text) != len("PK") + _DATA + _CHECKS or not _CODE.match(text):
        return False
    values = [_VALUE[symbol] for symbol in text[2:]]
    return _checks(values[:_DATA]) == values[_DATA:]


def codes_in(text: str) -> tuple[str, ...]:
    """All codes in what somebody typed, whatever spaces, signs and case are in them. A symbol that
    is wrong is not put right: whoever guesses gives somebody's money to another.
    """
    plain = _PARTED.sub("", _capitals(text))
    found = (each.group(1) for each in _CODE.finditer(plain))
    return tuple(dict.fromkeys(code for code in found if is_code(code)))


def printed(code: str) -> str:
    """As it is shown: `PK-7H3K-9MTR`."""
    return f"{code[:2]}-{code[2:6]}-{code[6:]}"


def _checks(values: list[int]) -> list[int]:
    """Two symbols that make the sum and the weighted sum of all of them zero."""
    # With weights 1 to 8: c1 + c2 = -plain and 7 c1 + 8 c2 = -weighted.
    plain = sum(values) % _FIELD
    weighted = sum(place * value for place, value in enumerate(values, 1)) % _FIELD
    second = (7 * plain - weighted) % _FIELD
    return [(-plain - second) % _FIELD, second]


def _capitals(text: str) -> str:
    """Capital letters without marks, by which all ways to write a code are one."""
    parted = unicodedata.normalize("NFKD", folded(text))
    return "".join(each for each in parted if not unicodedata.combining(each)).upper()
