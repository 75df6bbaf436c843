"""Announcing parcels to carriers, and stopping them."""

from __future__ import annotations

from application.bus import Command
from application.links import Links
from application.ports import Carriers, ParcelRefused, ParcelRequest
from application.shipments import (
    WEBHOOK_PATH,
    CancelAtCarrier,
    CreateParcel,
    HoldParcelBack,
    RecordCancelRefused,
    RecordParcelCancelled,
    RecordParcelCreated,
    RecordParcelRefused,
    ShippingRules,
)
from application.store import EventLog, look_up
from domain.orders import Order
from domain.shipments import Shipment
from workers.jobs import works


@works()
async def create_parcel(
    job: CreateParcel, log: EventLog, *, carriers: Carriers, links: Links, rules: ShippingRules
) -> Command | None:
    """The carrier gives the same parcel for the same shipment, so that asking twice is harmless."""
    shipment = await look_up(Shipment, job.shipment_id, log=log)
    if not shipment.is_to_be_announced or shipment.held_back is not None:
        return None
    order = await look_up(Order, shipment.order_id, log=log)
    if order.is_held:
        return HoldParcelBack(shipment_id=shipment.id)
    assert order.particulars.delivery  # what goes nowhere is not shipped
    request = ParcelRequest(
        shipment_id=shipment.id,
        order_number=shipment.order_number,
        recipient=order.particulars.delivery,
        webhook_url=links.url(WEBHOOK_PATH.format(shipment_id=shipment.id)),
        size=rules.size,
    )
    try:
        parcel = await carriers.named(shipment.carrier).create_parcel(request)
    except ParcelRefused as refused:
        return RecordParcelRefused(shipment_id=shipment.id, code=refused.code)
    return RecordParcelCreated(
        shipment_id=shipment.id,
        carrier_reference=parcel.carrier_reference,
        webhook_secret=parcel.webhook_secret,
    )


@works()
async def cancel_at_carrier(
    job: CancelAtCarrier, log: EventLog, *, carriers: Carriers
) -> Command | None:
    """What the carrier does not know may be on its way there: then it is cancelled when it is
    known, because whoever records it asks again.
    """
    shipment = await look_up(Shipment, job.shipment_id, log=log)
    if not shipment.cancelling or shipment.status == "cancelled":
        return None
    answer = await carriers.named(shipment.carrier).cancel_parcel(shipment.id)
    if answer == "too_late":
        return RecordCancelRefused(shipment_id=shipment.id, code=answer)
    return RecordParcelCancelled(shipment_id=shipment.id)
