"""What admins ask of parcels: a further one, a stop, and what happens now that one is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from application.bus import Command, handles
from application.shipments.commands import RequestShipment, begin_shipment
from application.shipments.rules import ShippingRules
from application.store import Store
from domain.orders import Order, OrderCannotMove
from domain.shared.errors import NotFound
from domain.shared.lines import GOODS
from domain.shipments import ParcelDecision, Shipment

SENT_WITHOUT_PRINTING = 100
"""The number of the first parcel that is not a printed copy."""


class AddParcel(Command, frozen=True, kw_only=True):
    """Send a further parcel of an order, with all that goes anywhere or with some of its lines, by
    a chosen carrier or the usual one.
    """

    order_id: UUID
    by: UUID
    lines: tuple[UUID, ...] = ()
    carrier: str | None = None


class AnnounceAgain(Command, frozen=True, kw_only=True):
    """Announce a parcel that was held back; ignored if it was not."""

    shipment_id: UUID
    expected_version: int | None = None


class CancelParcel(Command, frozen=True, kw_only=True):
    """Have a parcel stopped before it leaves."""

    shipment_id: UUID
    by: UUID
    expected_version: int | None = None


class DeclareParcelLost(Command, frozen=True, kw_only=True):
    """Take a parcel as lost of which the carrier tells nothing any more; ignored when its journey
    is over.
    """

    shipment_id: UUID
    by: UUID
    expected_version: int | None = None


class DecideParcel(Command, frozen=True, kw_only=True):
    """Say what happens now that a parcel is lost, or has come back: it is sent again as it is, a
    copy is printed and sent, or the money goes back.
    """

    shipment_id: UUID
    decision: ParcelDecision
    by: UUID
    carrier: str | None = None
    expected_version: int | None = None


@handles
async def add_parcel(command: AddParcel, store: Store, rules: ShippingRules) -> dict[str, Any]:
    order = await store.get(Order, command.order_id)
    if not order.takes_parcels:
        raise OrderCannotMove(state=order.state, to="shipped")
    goods = {line.line_id for line in order.lines if line.kind in GOODS}
    if unknown := set(command.lines) - goods:
        raise NotFound(kind="order line", id=min(unknown))
    lines = tuple(dict.fromkeys(command.lines))
    shipment = _further(order, lines, carrier=rules.chosen(command.carrier), now=store.now)
    store.save(shipment, order)
    return {"shipment_id": shipment.id, "carrier": shipment.carrier}


@handles
async def announce_again(command: AnnounceAgain, store: Store) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.must_be_at(command.expected_version)
    shipment.ask_again()
    store.save(shipment)


@handles
async def cancel_parcel(command: CancelParcel, store: Store) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.must_be_at(command.expected_version)
    shipment.request_cancel(command.by)
    store.save(shipment)


@handles
async def declare_parcel_lost(command: DeclareParcelLost, store: Store) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.must_be_at(command.expected_version)
    if shipment.carrier_reference is None or shipment.is_under_way:
        shipment.record_found("lost", store.now)
    store.save(shipment)


@handles
async def decide_parcel(
    command: DecideParcel, store: Store, rules: ShippingRules
) -> dict[str, Any]:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.must_be_at(command.expected_version)
    undecided = shipment.decision is None
    shipment.decide(command.decision, by=command.by)
    store.save(shipment)
    answer: dict[str, Any] = {"decision": shipment.decision}
    if command.decision == "resend" and undecided:
        order = await store.get(Order, shipment.order_id)
        carrier = rules.chosen(command.carrier)
        further = _further(order, shipment.lines, carrier=carrier, now=store.now)
        store.save(further, order)
        answer["resent_as"] = further.id
    return answer


def _further(order: Order, lines: tuple[UUID, ...], *, carrier: str, now: datetime) -> Shipment:
    wanted = RequestShipment(order_id=order.id, parcel=next_parcel(order), lines=lines)
    return begin_shipment(order, wanted, carrier=carrier, now=now)


def next_parcel(order: Order) -> int:
    """The number of the next parcel that is sent without printing."""
    number = SENT_WITHOUT_PRINTING
    while Shipment.id_of(order.id, number) in order.parcels:
        number += 1
    return number
