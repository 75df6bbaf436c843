"""Announcing parcels to the carrier."""

from __future__ import annotations

from application.links import Links
from application.ports import Carrier, ParcelRequest
from application.shipments import WEBHOOK_PATH, CreateParcel, RecordParcelCreated
from application.store import EventLog, replay
from domain.orders import Order
from domain.shipments import Shipment
from workers.jobs import works


@works()
async def create_parcel(
    job: CreateParcel, log: EventLog, *, carrier: Carrier, links: Links
) -> RecordParcelCreated | None:
    """The carrier gives the same parcel for the same shipment, so that asking twice is harmless."""
    shipment = replay(await log.load(job.shipment_id))
    assert isinstance(shipment, Shipment)
    if shipment.carrier_reference is not None:
        return None
    order = replay(await log.load(shipment.order_id))
    assert isinstance(order, Order)
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
