"""Faults that can be ordered for the next calls of a kind or to a path."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

FaultKind = Literal[
    "timeout_after_commit",
    "reset_before",
    "reset_after",
    "slow_body",
    "http_500_before",
    "http_500",
    "html",
    "truncated",
    "rate_limit",
    "wrong_signature",
    "wrong_amount",
    "wrong_basket",
    "wrong_currency",
    "wrong_conversation",
]


class Fault(Struct, frozen=True):
    """What is to go wrong with the next `times` calls named `call`: the name of a call, `*` for any
    call of the merchant, or a path such as `/cpp` for whatever is asked for there.

    `reset_before`, `http_500_before` and `rate_limit` come before the work is done;
    `timeout_after_commit`, `reset_after`, `slow_body` (with `seconds_per_byte`), `http_500`,
    `html` and `truncated` spoil the answer after it; the `wrong_` ones change the answer of a call,
    and all but `wrong_signature` are signed as changed.
    """

    call: str
    kind: FaultKind
    times: Annotated[int, Meta(ge=1, le=1000)] = 1
    seconds_per_byte: Annotated[float, Meta(ge=0, le=60)] = 0.05


class Faults:
    """The faults still to come, first ordered first met."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Let the next calls of this kind go wrong."""
        self.waiting += [fault] * fault.times

    def take(self, call: str | None, path: str) -> Fault | None:
        """The fault this request is to meet, used up by asking; `call` is None for a page."""
        names = {path} if call is None else {path, call, "*"}
        for at, fault in enumerate(self.waiting):
            if fault.call in names:
                del self.waiting[at]
                return fault
        return None

    def clear(self) -> None:
        """Let everything work again."""
        self.waiting.clear()


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
    elif kind == "wrong_conversation":
        payload["conversationId"] = "00000000-0000-4000-8000-000000000001"
