"""A value that must never be seen in logs, tracebacks or error messages."""

from __future__ import annotations

import hmac
import math
from collections import Counter
from itertools import pairwise
from typing import NoReturn

WEAK_WORDS = ("secret", "password", "changeme", "change-me", "example", "default", "local-")


class Secret:
    """Hides its value from `repr`, `str`, formatting and pickling; compares in constant time."""

    __slots__ = ("_value",)

    def __init__(self, value: str | bytes) -> None:
        self._value = value.encode() if isinstance(value, str) else value

    @property
    def text(self) -> str:
        """The value as UTF-8 text."""
        return self._value.decode()

    @property
    def raw(self) -> bytes:
        """The value as bytes."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")


def weakness(text: str) -> str | None:
    """Why `text` is no good as a key, or None; a rough guard against words and patterns."""
    if len(text) < 32:
        return f"has {len(text)} characters, fewer than 32"
    if any(word in text.lower() for word in WEAK_WORDS):
        return "contains an everyday word, so it was not drawn at random"
    if (text + text).find(text, 1) < len(text):
        return "repeats itself"
    steps = sum(abs(ord(a) - ord(b)) <= 1 for a, b in pairwise(text))
    if steps > len(text) * 3 / 4:
        return "counts up, down or stands still"
    shares = [count / len(text) for count in Counter(text).values()]
    if -sum(share * math.log2(share) for share in shares) * len(text) < 80:
        return "has too few different characters"
    return None
