"""What a merchant's call is: what was asked, how it is read, what answers it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import Struct

from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.refusals import Refusal
from adapters.iyzico.emulator.wire import Document

Body = dict[str, Any]


class Asked(Struct, frozen=True):
    """What a merchant sent: the JSON body, the query, and the address the call came to."""

    body: Body
    query: dict[str, str]
    origin: str

    @property
    def language(self) -> str:
        """The language to answer in."""
        locale = self.body.get("locale") or self.query.get("locale")
        return "en" if locale == "en" else "tr"

    @property
    def conversation_id(self) -> str:
        """The merchant's own id for what it is about, or nothing."""
        return str(self.body.get("conversationId") or self.query.get("conversationId") or "")

    def text(self, name: str) -> str:
        """A field of the body as text; one that is not there is empty."""
        return str(self.body.get(name) or "")

    def number(self, name: str, *, otherwise: str) -> int:
        """A field of the body as an id. Raises `Refusal` with the code given."""
        return number(self.body.get(name), otherwise)

    def part(self, name: str) -> Body:
        """An object within the body. Raises `Refusal`."""
        value = self.body.get(name)
        if not isinstance(value, dict):
            raise Refusal("11")
        return value


class MerchantCall(Struct, frozen=True):
    """One call: what it is named in logs and faults, what answers it, which fields are signed, and
    whether it is for merchants that send cards themselves.
    """

    name: str
    handle: Callable[[Provider, Asked], Document]
    signed: tuple[str, ...] = ()
    direct: bool = False


def number(value: object, code: str) -> int:
    """An id, which comes as text or number. Raises `Refusal`."""
    try:
        return int(str(value))
    except ValueError as error:
        raise Refusal(code) from error


def amount(value: object, code: str) -> Decimal:
    """A figure, which comes as text or number. Raises `Refusal`."""
    try:
        figure = Decimal(str(value))
    except ArithmeticError as error:
        raise Refusal(code) from error
    if not figure.is_finite():
        raise Refusal(code)
    return figure
