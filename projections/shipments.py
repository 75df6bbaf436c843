"""Where parcels are: for the customer, and for whoever holds the tracking link."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.shipments import ParcelStatus, Shipment, ShipmentStatus
from projections.base import Fold
from projections.reads import Reads


class TrackingStep(Struct, frozen=True, kw_only=True):
    """One thing that the carrier reported, and when it says that it happened."""

    sequence: int
    status: ParcelStatus
    occurred_at: datetime


class Tracking(Struct, frozen=True, kw_only=True):
    """One shipment. It holds neither names nor addresses."""

    shipment_id: UUID
    order_id: UUID
    order_number: str
    customer_id: UUID
    carrier: str
    carrier_reference: str | None
    status: ShipmentStatus
    requested_at: datetime
    steps: tuple[TrackingStep, ...]


trackings = Fold(
    "trackings",
    Tracking,
    version=1,
    key=["shipment_id"],
    indexes=["order_id", "requested_at DESC, shipment_id"],
)


@trackings.on(Shipment.Requested)
def requested(_row: Tracking | None, event: Shipment.Requested) -> Tracking:
    return Tracking(
        shipment_id=event.originator_id,
        order_id=event.order_id,
        order_number=event.order_number,
        customer_id=event.customer_id,
        carrier=event.carrier,
        carrier_reference=None,
        status="requested",
        requested_at=event.timestamp,
        steps=(),
    )


@trackings.on(Shipment.ParcelCreated)
def parcel_created(row: Tracking, event: Shipment.ParcelCreated) -> Tracking:
    return replace(row, carrier_reference=event.carrier_reference)


@trackings.on(Shipment.StatusReported)
def status_reported(row: Tracking, event: Shipment.StatusReported) -> Tracking:
    report = event.report
    step = TrackingStep(
        sequence=report.sequence, status=report.status, occurred_at=report.occurred_at
    )
    steps = sorted(
        (*row.steps, step), key=lambda each: (each.sequence, each.occurred_at, each.status)
    )
    return replace(row, status=event.stands_at, steps=tuple(steps))


async def tracking(reads: Reads, shipment_id: UUID) -> Tracking | None:
    """Where a shipment is."""
    return await reads.one(
        Tracking, "SELECT * FROM read.trackings WHERE shipment_id = %s", (shipment_id,)
    )


async def tracking_of_order(reads: Reads, order_id: UUID) -> Tracking | None:
    """Where an order's shipment is; None before there is one."""
    return await reads.one(
        Tracking, "SELECT * FROM read.trackings WHERE order_id = %s", (order_id,)
    )


async def tracking_list(
    reads: Reads,
    *,
    status: ShipmentStatus | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Tracking]:
    """Shipments requested before a date and id (None: from the newest on), newest first."""
    moment, identity = before or (None, None)
    return await reads.all(
        Tracking,
        "SELECT * FROM read.trackings WHERE (%(status)s::text IS NULL OR status = %(status)s)"
        " AND (%(moment)s::timestamptz IS NULL"
        " OR (requested_at, shipment_id) < (%(moment)s, %(id)s::uuid))"
        " ORDER BY requested_at DESC, shipment_id DESC LIMIT %(limit)s",
        {"status": status, "moment": moment, "id": identity, "limit": limit},
    )
