"""What can be asked of shipments: a parcel for an order, and what the carrier tells of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from application.bus import Command, handles
from application.shipments.rules import ShippingRules
from application.store import Store
from application.work import Job
from domain.orders import Order
from domain.shipments import (
    Consignment,
    ParcelStatus,
    Shipment,
    StatusReport,
)


class RequestShipment(Command, frozen=True, kw_only=True):
    """Have a parcel of an order taken to its reader; once per parcel. While the order is held it
    is kept back.
    """

    order_id: UUID
    parcel: int = 0
    lines: tuple[UUID, ...] = ()


class ResumeShipment(Command, frozen=True, kw_only=True):
    """A hold is over: announce the parcels that it kept back, unless there is another hold."""

    order_id: UUID


class HoldParcelBack(Command, frozen=True, kw_only=True):
    """The order is held; the parcel is announced when somebody asks for it again."""

    shipment_id: UUID


class RecordParcelRefused(Command, frozen=True, kw_only=True):
    """The carrier does not take the parcel as it is; `code` is its word for why."""

    shipment_id: UUID
    code: str


class RecordParcelCreated(Command, frozen=True, kw_only=True):
    """The carrier knows the parcel; `webhook_secret` signs what it will tell."""

    shipment_id: UUID
    carrier_reference: str
    webhook_secret: str


class RecordParcelStatus(Command, frozen=True, kw_only=True):
    """The carrier told where a parcel is; the signature has been verified."""

    shipment_id: UUID
    report: StatusReport


class RecordParcelNews(Command, frozen=True, kw_only=True):
    """The carrier answered how a parcel stands; what was known already changes nothing."""

    shipment_id: UUID
    status: ParcelStatus | None
    occurred_at: datetime | None
    tracking_number: str = ""
    codes: tuple[str, ...] = ()


class RecordParcelCancelled(Command, frozen=True, kw_only=True):
    """The carrier has stopped the parcel, or has never heard of it."""

    shipment_id: UUID


class RecordCancelRefused(Command, frozen=True, kw_only=True):
    """The carrier does not stop the parcel any more."""

    shipment_id: UUID
    code: str


class CreateParcel(Job, frozen=True, kw_only=True):
    """Announce a parcel to the carrier, which knows it by our id."""

    ATTEMPTS: ClassVar[int] = 12
    shipment_id: UUID


class CancelAtCarrier(Job, frozen=True, kw_only=True):
    """Have the carrier stop a parcel before it leaves."""

    ATTEMPTS: ClassVar[int] = 12
    shipment_id: UUID


@handles
async def request_shipment(command: RequestShipment, store: Store, rules: ShippingRules) -> None:
    order = await store.get(Order, command.order_id)
    shipment = await store.find(Shipment, Shipment.id_of(order.id, command.parcel))
    if shipment is None:
        shipment = begin_shipment(order, command, carrier=rules.chosen(None), now=store.now)
        store.save(order)
    if order.is_held:
        shipment.hold_back("order_held")
    store.save(shipment)


@handles
async def resume_shipment(command: ResumeShipment, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    store.save(order)
    for shipment_id in () if order.is_held else order.parcels:
        shipment = await store.get(Shipment, shipment_id)
        if shipment.held_back == "order_held":
            shipment.ask_again()
            store.save(shipment)


@handles
async def hold_parcel_back(command: HoldParcelBack, store: Store) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.hold_back("order_held")
    store.save(shipment)


@handles
async def record_parcel_refused(command: RecordParcelRefused, store: Store) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.hold_back("refused", command.code)
    store.save(shipment)


@handles
async def record_parcel_created(
    command: RecordParcelCreated, store: Store, rules: ShippingRules
) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.record_parcel(command.carrier_reference, command.webhook_secret)
    await _estimate(shipment, store, rules=rules, handed_over=store.now)
    store.save(shipment)


@handles
async def record_parcel_status(
    command: RecordParcelStatus, store: Store, rules: ShippingRules
) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    before = shipment.status
    shipment.record_status(command.report)
    if shipment.status != before:
        await _look_ahead(shipment, store, rules=rules)
    store.save(shipment)


@handles
async def record_parcel_news(command: RecordParcelNews, store: Store, rules: ShippingRules) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    if shipment.carrier_reference is None:
        return
    before = shipment.status
    shipment.record_tracking_number(command.tracking_number)
    for code in command.codes:
        shipment.record_code(code)
    if command.status is not None:
        shipment.record_found(command.status, command.occurred_at or store.now)
    if shipment.status != before:
        await _look_ahead(shipment, store, rules=rules)
    store.save(shipment)


@handles
async def record_parcel_cancelled(command: RecordParcelCancelled, store: Store) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.record_cancelled()
    store.save(shipment)


@handles
async def record_cancel_refused(command: RecordCancelRefused, store: Store) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.refuse_cancel(command.code)
    store.save(shipment)


def begin_shipment(
    order: Order, wanted: RequestShipment, *, carrier: str, now: datetime
) -> Shipment:
    """A new shipment of the order, which awaits it from now on; both are to be saved."""
    shipment = Shipment.request(
        Consignment(
            order_id=order.id,
            customer_id=order.customer_id,
            order_number=order.number,
            parcel=wanted.parcel,
            lines=wanted.lines,
        ),
        carrier=carrier,
        now=now,
    )
    order.add_parcel(shipment.id, wanted.parcel, lines=wanted.lines)
    return shipment


async def _look_ahead(shipment: Shipment, store: Store, *, rules: ShippingRules) -> None:
    """Reckon anew from when it left, or from when it was held up."""
    moments = {each.status: each.occurred_at for each in shipment.reports}
    moved = [moments[each] for each in ("in_transit", "exception") if each in moments]
    if moved and shipment.is_under_way:
        await _estimate(shipment, store, rules=rules, handed_over=max(moved))


async def _estimate(
    shipment: Shipment, store: Store, *, rules: ShippingRules, handed_over: datetime
) -> None:
    order = await store.get(Order, shipment.order_id)
    goes_to = order.particulars.delivery
    if goes_to is not None:
        shipment.record_estimate(
            rules.times.estimate(shipment.carrier, goes_to.province, handed_over=handed_over)
        )
