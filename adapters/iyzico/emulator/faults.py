"""Faults that can be ordered for the next calls of a kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

FaultKind = Literal[
    "hang_before",
    "timeout_after_commit",
    "reset_before",
    "reset_after",
    "http_500",
    "html",
    "truncated",
    "rate_limit",
    "wrong_signature",
    "wrong_amount",
    "wrong_basket",
    "wrong_currency",
]


class Fault(Struct, frozen=True):
    """What is to go wrong with the next `times` calls named `call` (`*` is any).

    `timeout_after_commit`, `reset_after`, `http_500`, `html` and `truncated` spoil the answer after
    the work is done; `hang_before`, `reset_before` and `rate_limit` come before it; the `wrong_`
    ones change the answer, and all but `wrong_signature` are signed as changed.
    """

    call: str
    kind: FaultKind
    times: int = 1


class Faults:
    """The faults still to come, first ordered first met."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Let the next calls of this kind go wrong."""
        self._waiting += [fault] * fault.times

    def take(self, call: str) -> FaultKind | None:
        """The fault this call is to meet, used up by asking."""
        for at, fault in enumerate(self._waiting):
            if fault.call in {"*", call}:
                del self._waiting[at]
                return fault.kind
        return None

    def clear(self) -> None:
        """Let everything work again."""
        self._waiting.clear()


def alter(payload: dict[str, object], kind: FaultKind | None) -> None:
    """Change the facts in an answer that is yet to be signed."""
    if kind == "wrong_amount":
        for name in ("price", "paidPrice"):
            if isinstance(figure := payload.get(name), Decimal):
                payload[name] = figure + 1
    elif kind == "wrong_basket" and "basketId" in payload:
        payload["basketId"] = "00000000-0000-4000-8000-000000000000"
    elif kind == "wrong_currency" and "currency" in payload:
        payload["currency"] = "USD"
