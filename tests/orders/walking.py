"""Every decision of an order, tried in every state that it can be in."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from domain.orders import (
    EDGES,
    Note,
    Order,
    OrderMethod,
    OrderState,
)
from domain.orders.beside import BesideSteps
from domain.orders.steps import Steps
from domain.shared.aggregate import Event
from domain.shared.errors import Refusal
from domain.shared.money import Money
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
    "ship": lambda order: order.ship(ATTEMPT),
    "deliver": lambda order: order.deliver(),
    "cancel": lambda order: order.cancel("customer"),
    "expire": lambda order: order.at(PAY_BY).expire(),
    "record_refunded": lambda order: order.record_refunded(
        ATTEMPT, LINES[0].line_id, amount=Money.of(1)
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

PREPARING = ("attach_final_artwork", "hold", "release", "start_payment")
"""Decisions that move nothing and change what may be moved."""


class Walk(Struct, frozen=True, kw_only=True):
    """What came of a decision: the state before and after it, and what happened; nothing did where
    it was refused or ignored.
    """

    decision: str
    before: OrderState
    after: OrderState
    happened: tuple[type[Event], ...]


def public_decisions() -> set[str]:
    """The names of what can be decided about an order, as its classes have them."""
    return {
        name
        for part in (Steps, BesideSteps)
        for name, each in vars(part).items()
        if inspect.isfunction(each) and name[0] != "_" and name not in QUESTIONS
    }


def walks() -> list[Walk]:
    """Every decision in every state that orders of every kind come to."""
    methods: tuple[OrderMethod, ...] = ("upload", "artist", "credits")
    return [walk for method in methods for walk in _walks(method)]


def _walks(method: OrderMethod) -> Iterator[Walk]:
    paths: list[tuple[str, ...]] = [()]
    seen = set()
    while paths:
        path = paths.pop()
        for name in DECISIONS:
            order = _after(method, path)
            before = order.state
            happened = _decided(order, name)
            yield Walk(decision=name, before=before, after=order.state, happened=happened)
            place = (
                order.state,
                order.artwork,
                order.open_attempt,
                len(order.holds),
                len(order.released),
            )
            moved = order.state != before or (happened and name in PREPARING)
            if moved and place not in seen:
                seen.add(place)
                paths.append((*path, name))


def _after(method: OrderMethod, path: tuple[str, ...]) -> Order:
    order = an_order(method)
    for name in path:
        _decided(order, name)
    return order


def _decided(order: Order, name: str) -> tuple[type[Event], ...]:
    order.collect_events()
    try:
        DECISIONS[name](order)
    except Refusal:
        assert not list(order.collect_events()), "a refusal changes nothing"
    return tuple(type(each) for each in order.collect_events() if isinstance(each, Event))


def edges_taken() -> dict[tuple[OrderState, OrderState], set[str]]:
    """The steps that decisions take, each with the names of the decisions."""
    found: dict[tuple[OrderState, OrderState], set[str]] = {}
    for walk in walks():
        if walk.after != walk.before:
            found.setdefault((walk.before, walk.after), set()).add(walk.decision)
    return found


def edges_allowed() -> set[tuple[OrderState, OrderState]]:
    """The steps that there are."""
    return {(before, after) for before, ends in EDGES.items() for after in ends}
