"""Refusals: a rule said no. They carry facts; the edge puts them into words."""

from __future__ import annotations

import re
from typing import Any, ClassVar


class Refusal(Exception):
    """A rule of the business refused. Nothing was changed.

    `code` is stable and derived from the class's name; `facts` are the figures the rule looked at.
    `replayed` tells that this is the answer to an earlier request under the same key.
    """

    code: ClassVar[str] = "refused"
    by_code: ClassVar[dict[str, type[Refusal]]] = {}
    replayed: bool = False

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        Refusal.by_code[cls.code] = cls

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code}({facts})"


class NotFound(Refusal):
    """It does not exist, or it is not the caller's: which of the two is never told."""


class Forbidden(Refusal):
    """The caller may know of it but lacks the right."""


class Unauthenticated(Refusal):
    """Nobody knows who is asking, or the proof they gave is not good."""


class Conflict(Refusal):
    """The state does not allow it now."""


class StaleVersion(Refusal):
    """The caller decided on an older version than the present one (`If-Match`)."""


class Invalid(Refusal):
    """What was asked is well-formed but can't be; `pointer` is a JSON pointer to the bad field."""

    def __init__(self, pointer: str = "", **facts: Any) -> None:
        super().__init__(**facts)
        self.pointer = pointer


class TooMany(Refusal):
    """Asked too often; `retry_after_seconds` is among the facts."""
