"""How events are booked: postings, the rules that make them, and those events that have none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from msgspec import Struct

from domain.ledger.chart import ACCOUNTS, Unit
from domain.shared.aggregate import Event
from domain.shared.money import Money

Movement = Literal[
    "granted",
    "purchased",
    "held",
    "released",
    "consumed",
    "refunded",
    "expired",
    "clawed_back",
    "paid",
    "provider_fee",
    "invoiced",
    "delivered",
    "returned",
    "paid_back",
    "designed",
    "paid_out",
    "arrived",
    "banked",
    "bounced",
    "reconciled",
]
"""What a posting is called in a roll-forward."""

E = TypeVar("E", bound=Event)


class Posting(Struct, frozen=True):
    """One line of an entry: a debit is positive, a credit negative; lira to the kuruş, credits
    whole.
    """

    account: str
    amount: Decimal
    movement: Movement

    @property
    def unit(self) -> Unit:
        """The unit of its account."""
        return ACCOUNTS[self.account].unit


Rule = Callable[[Any], Iterator[Posting]]


class Credits(NamedTuple):
    """So many credits of a class."""

    number: int
    credit_class: str


class OtherCurrency(ValueError):
    """The books are kept in lira."""


class Unbalanced(ArithmeticError):
    """The postings of an event do not add up to zero in a unit."""


class Booking(Struct, frozen=True):
    """How one kind of event is booked. `order_of` finds the order that it belongs to, if any."""

    rule: Rule
    order_of: Callable[[Any], UUID | None]


BOOKINGS: dict[type[Event], Booking] = {}
"""Every kind of event that is booked."""

UNBOOKED: dict[type[Event], str] = {}
"""Events that name money or credits and are not booked, each with the reason."""


def its_order(event: Any) -> UUID | None:
    """The order that an event names."""
    order_id: UUID | None = getattr(event, "order_id", None)
    return order_id


def itself(event: Event) -> UUID:
    """The order whose own event it is."""
    return event.originator_id


def posts(
    kind: type[E], *, order: Callable[[Any], UUID | None] = its_order
) -> Callable[[Callable[[E], Iterator[Posting]]], Callable[[E], Iterator[Posting]]]:
    """Register the rule by which a kind of event is booked, a pure function of the event."""

    def register(rule: Callable[[E], Iterator[Posting]]) -> Callable[[E], Iterator[Posting]]:
        if kind in BOOKINGS or kind in UNBOOKED:
            raise ValueError(f"{kind.TOPIC} is booked already")
        BOOKINGS[kind] = Booking(rule, order)
        return rule

    return register


def posts_nothing(*kinds: type[Event], because: str) -> None:
    """Say why events that name money or credits are not booked."""
    UNBOOKED.update(dict.fromkeys(kinds, because))


def postings_of(event: Event) -> list[Posting]:
    """All postings of an event, none of them of nothing. Raises `Unbalanced`, `OtherCurrency`."""
    postings = [each for each in BOOKINGS[type(event)].rule(event) if each.amount]
    sums: dict[Unit, Decimal] = {}
    for each in postings:
        sums[each.unit] = sums.get(each.unit, Decimal(0)) + each.amount
    if any(sums.values()):
        raise Unbalanced(f"{event.TOPIC}: {sums}")
    return postings


def money(amount: Money, movement: Movement, *, debit: str, credit: str) -> Iterator[Posting]:
    """Lira from one account to another. Raises `OtherCurrency`."""
    if amount.currency != "TRY":
        raise OtherCurrency(f"{amount} is no lira")
    yield Posting(debit, amount.amount, movement)
    yield Posting(credit, -amount.amount, movement)


def counted(credits: Credits, movement: Movement, *, debit: str, credit: str) -> Iterator[Posting]:
    """Credits of a class from one account to another, both without the ending of the class."""
    number, credit_class = credits
    yield Posting(f"{debit}_{credit_class}", Decimal(number), movement)
    yield Posting(f"{credit}_{credit_class}", -Decimal(number), movement)
