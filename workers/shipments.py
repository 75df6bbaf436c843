"""Announcing parcels to the carrier."""

from __future__ import annotations

from application.links import Links
from application.ports import Carrier, ParcelRequest
from application.shipments import WEBHOOK_PATH, CreateParcel, RecordParcelCreated
from application.store import EventLog, look_up
from domain.orders import Order
from domain.shipments import Shipment
from workers.jobs import works


@works()
async def create_parcel(
    job: CreateParcel, log: EventLog, *, carrier: Carrier, links: Links
) -> RecordParcelCreated | None:
    """The carrier gives the same parcel for the same shipment, so that asking twice is harmless."""
    shipment = await look_up(Shipment, job.shipment_id, log=log)
    if shipment.carrier_reference is not None:
        return None
    order = await look_up(Order, shipment.order_id, log=log)
    assert order.particulars.delivery  # what goes nowhere is not shipped
    parcel = await carrier.create_parcel(
        ParcelRequest(
            shipment_id=shipment.id,
            order_number=shipment.order_number,
            recipient=order.particulars.delivery,
            webhook_url=links.url(WEBHOOK_PATH.format(shipment_id=shipment.id)),
        )
    )
    return RecordParcelCreated(
        shipment_id=shipment.id,
        carrier_reference=parcel.carrier_reference,
        webhook_secret=parcel.webhook_secret,
    )
