"""Upcasters: how events that were stored in older shapes become events of the present shape.

When an event changes otherwise than by a field with a default, its `class_version` grows by one and
a function is written here that brings a stored state of the version before up to it:

    @upcasts("wallet.credits_held", since=1)
    def name_the_purpose(state: State) -> State:
        return state | {"purpose": "generation"}

A state is the event's JSON as Python values, with personal fields in the clear and ids, moments and
decimals still as text. An upcaster is a pure function of it: no clock, no chance, no look at other
events. It stays for ever, because the log keeps the old shape for ever; a state of version 1 goes
through all of them in turn. `tests/events.lock.json` refuses a version without its upcaster.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID, uuid5

State = dict[str, Any]
Upcaster = Callable[[State], State]

_upcasters: dict[tuple[str, int], Upcaster] = {}


class NewerShape(Exception):
    """The event was stored by a newer release, in a shape that this one does not know."""


class NoUpcaster(Exception):
    """Nothing here brings this version of the event up to the next."""


def upcasts(topic: str, *, since: int) -> Callable[[Upcaster], Upcaster]:
    """Register a function that brings a state of version `since` (from 1) up to the next one."""

    def register(upcaster: Upcaster) -> Upcaster:
        if since < 1 or (topic, since) in _upcasters:
            raise ValueError(f"version {since} of {topic} can't be upcast, or is already")
        _upcasters[topic, since] = upcaster
        return upcaster

    return register


def upcast(topic: str, state: State, *, stored: int, present: int) -> State:
    """The state in the shape of version `present`. Raises `NewerShape` or `NoUpcaster`."""
    if stored > present:
        raise NewerShape(f"it has version {stored}, and this release knows up to {present}")
    for version in range(stored, present):
        upcaster = _upcasters.get((topic, version))
        if upcaster is None:
            raise NoUpcaster(f"nothing brings version {version} up to {version + 1}")
        state = upcaster(state)
    return state


def upcast_versions(topic: str) -> list[int]:
    """The versions of this event that can be brought up to their next one."""
    return sorted(version for name, version in _upcasters if name == topic)


@upcasts("order.money_returned", since=1)
def take_the_kdv_out(state: State) -> State:
    """Until then there was one line of each kind and one rate of KDV, and nothing had been earned:
    money went back for orders that were called off.
    """
    order_id = UUID(state["originator_id"])
    kinds = ("cover", "design_fee", "message_card", "cargo")
    kind = next(each for each in kinds if str(uuid5(order_id, each)) == state["line_id"])
    amount = Decimal(state["amount"]["amount"])
    net = (amount / Decimal("1.2")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    currency = {"currency": state["amount"]["currency"]}
    part = {
        "kind": kind,
        "net": {"amount": str(net), **currency},
        "kdv": {"amount": str(amount - net), **currency},
        "earned": False,
    }
    return state | {"part": part}


@upcasts("order.placed", since=1)
def orders_were_of_drafts(state: State) -> State:
    """Orders of credits, which came later, have no draft and are delivered to no address."""
    return state


@upcasts("order.paid", since=1)
def payments_were_for_drafts(state: State) -> State:
    """Orders of credits, which came later, have no draft."""
    return state


@upcasts("payment.opened", since=1)
def payments_went_through_iyzico(state: State) -> State:
    """Before, there was one provider."""
    return state | {"provider": "iyzico"}


@upcasts("payment.succeeded", since=1)
def payments_took_the_price(state: State) -> State:
    """Before, nobody paid in instalments, so nothing was taken beyond the price."""
    capture = state["capture"] | {"price": state["capture"]["paid"]}
    return state | {"capture": capture, "provider": "iyzico"}


@upcasts("order.paid", since=2)
def orders_were_paid_at_their_price(state: State) -> State:
    """Before, nothing was charged beyond the price, and each line was charged its own."""
    nothing = {"amount": "0.00", "currency": state["amount"]["currency"]}
    return state | {"surcharge": nothing, "installments": 1, "charged": []}


FREE = {"amount": "0.00", "currency": "TRY"}
"""What credits carry that nobody paid for."""


@upcasts("wallet.credits_granted", since=1)
def give_credits_a_value(state: State) -> State:
    """Before, no credits could be bought."""
    unknown = ("paid", "kdv_rate", "order_id", "entry_id")
    return state | {"value": FREE} | dict.fromkeys(unknown)


@upcasts("wallet.credits_held", since=1)
def refer_to_the_generation(state: State) -> State:
    """Before, credits were held for generations only, under the generation's id."""
    return state | {"shares": _with_class(state["shares"]), "reference": state["hold_id"]}


@upcasts("wallet.hold_captured", since=1)
def tell_what_came_back(state: State) -> State:
    """Before, holds were captured whole."""
    return state | {"shares": _with_class(state["shares"]), "released": []}


@upcasts("wallet.hold_released", since=1)
def name_the_welcome_lot(state: State) -> State:
    """Before, the welcome credits were the only lot that anything could be held from."""
    welcome = str(uuid5(UUID(state["originator_id"]), "welcome"))
    shares = [{"lot_id": welcome, "credits": state["credits"]}]
    rest = {name: fact for name, fact in state.items() if name != "credits"}
    return rest | {"shares": _with_class(shares)}


@upcasts("wallet.credits_expired", since=1)
def tell_what_expired(state: State) -> State:
    """Before, only promotional credits could expire."""
    return state | {"credit_class": "promotional", "value": FREE}


def _with_class(shares: list[State]) -> list[State]:
    return [share | {"credit_class": "promotional", "value": FREE} for share in shares]
