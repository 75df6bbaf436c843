"""Every decision of an order, tried in every state that it can be in."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from domain.orders import (
    EDGES,
    Note,
    Order,
    OrderMethod,
    OrderState,
)
from domain.shared.aggregate import Event
from domain.shared.errors import Refusal
from domain.shared.money import Money
from tests.given import NOW
from tests.orders.examples import (
    ADDRESS,
    ARTWORK,
    ATTEMPT,
    CUSTOMER,
    FINANCE,
    LINES,
    PAY_BY,
    TOTAL,
    an_order,
)

ELSEWHERE = replace(ADDRESS, line="Atatürk Bulvarı 7", province="Ankara")

Decision = Callable[[Order], None]

QUESTIONS = {"has_edge_to", "may_move_to"}
"""What is public and decides nothing."""

DECISIONS: dict[str, Decision] = {
    "start_payment": lambda order: order.start_payment(ATTEMPT),
    "end_payment": lambda order: order.end_payment(ATTEMPT),
    "mark_paid": lambda order: order.mark_paid(ATTEMPT, TOTAL),
    "start_design": lambda order: order.start_design(),
    "attach_final_artwork": lambda order: order.attach_final_artwork(ARTWORK),
    "start_production": lambda order: order.start_production("ef" * 32),
    "add_parcel": lambda order: order.add_parcel(ATTEMPT, 0, lines=()),
    "end_parcel": lambda order: order.end_parcel(ATTEMPT, "arrived"),
    "ship": lambda order: order.ship(ATTEMPT),
    "deliver": lambda order: order.deliver(),
    "cancel": lambda order: order.cancel("customer"),
    "expire": lambda order: order.at(PAY_BY).expire(),
    "record_refunded": lambda order: order.record_refunded(
        ATTEMPT, LINES[0].line_id, amount=Money.of(1)
    ),
    "settle_refunds": lambda order: order.settle_refunds(
        tuple(order.refunds), document="PLR2026000000001"
    ),
    "hold": lambda order: order.hold(ATTEMPT, "other", by=FINANCE, reason="?"),
    "release": lambda order: order.release(ATTEMPT, by=FINANCE),
    "change_delivery": lambda order: order.change_delivery(ELSEWHERE, by=CUSTOMER),
    "change_billing": lambda order: order.change_billing(
        ADDRESS, tax_number="1", tax_office="", by=CUSTOMER
    ),
    "note": lambda order: order.note(ATTEMPT, Note(by=FINANCE, text="!", shown_to="staff")),
}
"""Each decision as it would be asked for."""

PREPARING = ("add_parcel", "attach_final_artwork", "end_parcel", "hold", "release", "start_payment")
"""Decisions that move nothing and change what may be moved."""


class Walk(Struct, frozen=True, kw_only=True):
    """What came of a decision: the state before it, what happened, and the state after each event;
    nothing happened where it was refused or ignored.
    """

    decision: str
    before: OrderState
    happened: tuple[type[Event], ...]
    states: tuple[OrderState, ...]

    @property
    def after(self) -> OrderState:
        """Where it led."""
        return self.states[-1] if self.states else self.before

    @property
    def steps(self) -> list[tuple[OrderState, OrderState, type[Event]]]:
        """From where to where it went, and by which events."""
        befores = (self.before, *self.states)
        return [
            (before, after, kind)
            for before, after, kind in zip(befores, self.states, self.happened, strict=False)
            if before != after
        ]


def public_decisions() -> set[str]:
    """The names of what can be decided about an order, as its classes have them."""
    parts = [part for part in Order.__mro__ if part.__module__.startswith("domain.orders")]
    return {
        name
        for part in parts
        for name, each in vars(part).items()
        if inspect.isfunction(each) and name[0] != "_" and name not in QUESTIONS
    }


def walks() -> list[Walk]:
    """Every decision in every state that orders of every kind come to."""
    methods: tuple[OrderMethod, ...] = ("upload", "artist", "credits")
    return [walk for method in methods for walk in _walks(method)]


def _walks(method: OrderMethod) -> Iterator[Walk]:
    histories = [_events(an_order(method))]
    seen = set()
    while histories:
        history = histories.pop()
        for name in DECISIONS:
            order, before = _after(history), _after(history).state
            happened = _decided(order, name)
            follows = [_after([*history, *happened[: n + 1]]).state for n in range(len(happened))]
            yield Walk(
                decision=name,
                before=before,
                happened=tuple(type(each) for each in happened),
                states=tuple(follows),
            )
            place = (
                order.state,
                order.artwork,
                order.open_attempt,
                len(order.holds),
                len(order.released),
                tuple(order.parcels.values()),
            )
            moved = order.state != before or (happened and name in PREPARING)
            if moved and place not in seen:
                seen.add(place)
                histories.append([*history, *happened])


def _after(history: list[Event]) -> Order:
    order: Any = None
    for happened in history:
        order = happened.mutate(order)
    found: Order = order
    return found.at(NOW)


def _events(order: Order) -> list[Event]:
    return [each for each in order.collect_events() if isinstance(each, Event)]


def _decided(order: Order, name: str) -> list[Event]:
    try:
        DECISIONS[name](order)
    except Refusal:
        assert not _events(order), "a refusal changes nothing"
    return _events(order)


def edges_taken() -> dict[tuple[OrderState, OrderState], set[str]]:
    """The steps that decisions take, each with the names of the decisions."""
    found: dict[tuple[OrderState, OrderState], set[str]] = {}
    for walk in walks():
        for before, after, _ in walk.steps:
            found.setdefault((before, after), set()).add(walk.decision)
    return found


def edges_allowed() -> set[tuple[OrderState, OrderState]]:
    """The steps that there are."""
    return {(before, after) for before, ends in EDGES.items() for after in ends}
