"""What happened to orders: what customers are told, and which histories belong to an order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from application.store import Recorded
from domain.design import DesignJob
from domain.invoices import Invoice
from domain.orders import (
    CreditPurchase,
    Order,
)
from domain.payments import PaymentAttempt
from domain.production import PrintJob
from domain.shared.aggregate import EVENTS, Created, Event
from domain.shipments import Shipment
from projections.base import Lines
from projections.reads import Reads


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened to an order; `kind` is the event's stored name."""

    order_id: UUID
    position: int
    at: datetime
    kind: str
    facts: dict[str, str]


class OrderStream(Struct, frozen=True, kw_only=True):
    """An aggregate that is about an order, and where it began: the order itself, an attempt to pay,
    an invoice, a parcel.
    """

    order_id: UUID
    stream_id: UUID
    position: int


order_timelines = Lines("order_timelines", TimelineEntry, version=4, key=["order_id", "position"])
order_streams = Lines("order_streams", OrderStream, version=1, key=["order_id", "stream_id"])

TOLD: dict[type[Event], tuple[str, ...]] = {
    Order.Placed: ("number",),
    Order.Paid: ("amount",),
    Order.DesignStarted: (),
    Order.ArtworkAttached: (),
    Order.ProductionStarted: (),
    Order.Shipped: (),
    Order.Delivered: (),
    Order.Cancelled: ("reason",),
    Order.Expired: (),
    Order.Held: (),
    Order.HoldReleased: (),
    Order.DeliveryChanged: (),
    Order.BillingChanged: (),
    Order.Noted: ("note_id", "shown_to"),
    Order.MoneyReturned: ("amount", "refund_state"),
    CreditPurchase.Granted: (),
    CreditPurchase.TakenBack: ("credits", "amount"),
    CreditPurchase.GivenBack: ("credits", "amount"),
    PaymentAttempt.FormOpened: (),
    PaymentAttempt.Failed: (),
    PaymentAttempt.Declined: ("group",),
    PaymentAttempt.WentIntoReview: (),
    PaymentAttempt.OutcomeUnknown: (),
    PaymentAttempt.FoundSurplus: ("reason",),
    PaymentAttempt.Expired: (),
    PaymentAttempt.RefundRequested: ("amount", "reason"),
    PaymentAttempt.LineRefunded: ("amount",),
    PaymentAttempt.RefundFailed: ("amount",),
    PaymentAttempt.RefundPending: ("amount",),
    PaymentAttempt.RefundedOutside: ("amount",),
    PaymentAttempt.CancelRequested: ("reason",),
    PaymentAttempt.Cancelled: (),
    Invoice.Issued: ("number",),
    Shipment.ParcelCreated: ("carrier", "carrier_reference"),
    Shipment.StatusReported: ("stands_at",),
    PrintJob.HandedOver: (),
    PrintJob.Printed: (),
    DesignJob.Offered: (),
    DesignJob.Accepted: (),
    DesignJob.Declined: (),
    DesignJob.PreviewSent: ("preview",),
    DesignJob.RevisionRequested: ("revision",),
    DesignJob.Approved: (),
    DesignJob.Cancelled: (),
}
"""The events that make an order's history, and the facts that are told. A new kind is one line;
it needs a field `order_id`, unless it is the order's own."""


def timeline_entry(event: Any, at: Recorded) -> Iterator[TimelineEntry]:
    yield TimelineEntry(
        order_id=getattr(event, "order_id", event.originator_id),
        position=at.position,
        at=event.timestamp,
        kind=event.TOPIC,
        facts={name: str(getattr(event, name)) for name in TOLD[type(event)]},
    )


order_timelines.on(*TOLD)(timeline_entry)


@order_streams.on(Order.Placed)
def order_stream(event: Order.Placed, at: Recorded) -> Iterator[OrderStream]:
    yield OrderStream(
        order_id=event.originator_id, stream_id=event.originator_id, position=at.position
    )


def gather_all_streams() -> None:
    """Let every kind of aggregate that names its order belong to it; call it when all are
    imported.
    """
    for kind in EVENTS.values():
        if issubclass(kind, Created) and "order_id" in kind.__struct_fields__:
            order_streams.on(kind)(_belongs)


def _belongs(event: Any, at: Recorded) -> Iterator[OrderStream]:
    if event.order_id is not None:
        yield OrderStream(
            order_id=event.order_id, stream_id=event.originator_id, position=at.position
        )


async def order_timeline(reads: Reads, order_id: UUID) -> list[TimelineEntry]:
    """All that happened to an order, oldest first."""
    return await reads.all(
        TimelineEntry,
        "SELECT * FROM read.order_timelines WHERE order_id = %s ORDER BY position",
        (order_id,),
    )


async def streams_of_order(reads: Reads, order_id: UUID) -> list[UUID]:
    """The ids of all that is about an order, the oldest first."""
    query = "SELECT stream_id FROM read.order_streams WHERE order_id = %s ORDER BY position"
    return [row[0] for row in await reads.rows(query, (order_id,))]
