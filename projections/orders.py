"""What customers and admins see of orders: how each one stands, and its whole history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.design import DesignJob
from domain.invoices import Invoice
from domain.orders import (
    AppliedCoupon,
    CreditPurchase,
    Order,
    OrderLine,
    OrderMethod,
    OrderState,
    Particulars,
    RefundState,
)
from domain.payments import PaymentAttempt
from domain.production import PrintJob
from domain.shared.aggregate import Event
from domain.shared.money import Money, total
from domain.shipments import Shipment
from projections.base import Fold, Lines
from projections.past import Change, Past, first_of
from projections.reads import Reads


class OrderRow(Struct, frozen=True, kw_only=True):
    """One order. `updated_at` is the time of its latest event; amounts have KDV inside. `credits`
    is how many were bought by it; then it is of no draft. `surcharge` is what was charged beyond
    the `total` for paying in so many `installments`.
    """

    order_id: UUID
    version: int
    customer_id: UUID
    draft_id: UUID | None
    number: str
    method: OrderMethod
    state: OrderState
    refund_state: RefundState
    lines: tuple[OrderLine, ...]
    total: Money
    surcharge: Money
    installments: int
    refunded: Money
    credits: int
    size: str
    paper: str
    coupons: tuple[AppliedCoupon, ...]
    particulars: Particulars
    preview_digest: str | None
    designer_id: UUID | None
    open_attempt_id: UUID | None
    shipment_id: UUID | None
    pay_by: datetime
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    position: int


class OrderHead(Struct, frozen=True, kw_only=True):
    """What a list shows of an order."""

    order_id: UUID
    number: str
    method: OrderMethod
    state: OrderState
    refund_state: RefundState
    title: str
    credits: int
    total: Money
    preview_digest: str | None
    created_at: datetime


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened to an order; `kind` is the event's stored name."""

    order_id: UUID
    position: int
    at: datetime
    kind: str
    facts: dict[str, str]


orders = Fold(
    "orders",
    OrderRow,
    version=4,
    key=["order_id"],
    indexes=["customer_id, created_at DESC, order_id DESC", "created_at DESC, order_id DESC"],
)
order_timelines = Lines("order_timelines", TimelineEntry, version=3, key=["order_id", "position"])

HEADS: Final = (
    "SELECT order_id, number, method, state, refund_state, particulars ->> 'title' AS title,"
    " credits, total, preview_digest, created_at FROM read.orders"
)
PAGE: Final = (
    " (created_at, order_id) < (%(at)s::timestamptz, %(id)s::uuid)"
    " AND (%(state)s::text IS NULL OR state = %(state)s)"
    " ORDER BY created_at DESC, order_id DESC LIMIT %(limit)s"
)
# Two queries and a place that is always given, so that one plan for all callers finds the index.
CUSTOMERS: Final = f"{HEADS} WHERE customer_id = %(customer)s AND{PAGE}"
EVERYBODYS: Final = f"{HEADS} WHERE{PAGE}"
IDS: Final = (
    "SELECT order_id FROM read.orders WHERE customer_id = %(customer)s"
    " AND (created_at, order_id) < (%(at)s::timestamptz, %(id)s::uuid)"
    " ORDER BY created_at DESC, order_id DESC"
)
EVERYBODYS_IDS: Final = (
    "SELECT order_id, created_at FROM read.orders"
    " WHERE (created_at, order_id) < (%(at)s::timestamptz, %(id)s::uuid)"
    " ORDER BY created_at DESC, order_id DESC LIMIT 500"
)
AHEAD = timedelta(days=1)
"""By how much an order's own time may be ahead of the log's, with room to spare."""
LATEST = datetime.max.replace(tzinfo=UTC)
HIGHEST = UUID(int=2**128 - 1)

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


@orders.on(Order.Placed)
def placed(_row: OrderRow | None, event: Order.Placed, at: Recorded) -> OrderRow:
    purchase = event.purchase
    price = total((line.gross for line in purchase.lines), purchase.lines[0].gross.currency)
    return OrderRow(
        order_id=event.originator_id,
        version=event.originator_version,
        customer_id=event.customer_id,
        draft_id=purchase.draft_id,
        number=event.number,
        method=purchase.method,
        state="awaiting_payment",
        refund_state="none",
        lines=purchase.lines,
        total=price,
        surcharge=Money.of(0, price.currency),
        installments=1,
        refunded=Money.of(0, price.currency),
        credits=sum(line.credits for line in purchase.lines),
        size=purchase.size,
        paper=purchase.paper,
        coupons=purchase.coupons,
        particulars=event.particulars,
        preview_digest=purchase.artwork.preview_digest if purchase.artwork else None,
        designer_id=purchase.designer_id,
        open_attempt_id=None,
        shipment_id=None,
        pay_by=purchase.pay_by,
        created_at=event.timestamp,
        updated_at=event.timestamp,
        position=at.position,
    )


@orders.on(Order.PaymentStarted)
def payment_started(row: OrderRow, event: Order.PaymentStarted, at: Recorded) -> OrderRow:
    return _changed(row, at, open_attempt_id=event.attempt_id)


@orders.on(Order.PaymentEnded)
def payment_ended(row: OrderRow, _event: Order.PaymentEnded, at: Recorded) -> OrderRow:
    return _changed(row, at, open_attempt_id=None)


@orders.on(Order.Paid)
def paid(row: OrderRow, event: Order.Paid, at: Recorded) -> OrderRow:
    still_open = row.open_attempt_id if row.open_attempt_id != event.attempt_id else None
    return _changed(
        row,
        at,
        state="paid",
        paid_at=event.timestamp,
        open_attempt_id=still_open,
        surcharge=event.surcharge,
        installments=event.installments,
    )


@orders.on(Order.DesignStarted)
def design_started(row: OrderRow, _event: Order.DesignStarted, at: Recorded) -> OrderRow:
    return _changed(row, at, state="in_design")


@orders.on(Order.ArtworkAttached)
def artwork_attached(row: OrderRow, event: Order.ArtworkAttached, at: Recorded) -> OrderRow:
    return _changed(row, at, preview_digest=event.artwork.preview_digest)


@orders.on(Order.ProductionStarted)
def production_started(row: OrderRow, _event: Order.ProductionStarted, at: Recorded) -> OrderRow:
    return _changed(row, at, state="in_production")


@orders.on(Order.Shipped)
def shipped(row: OrderRow, event: Order.Shipped, at: Recorded) -> OrderRow:
    return _changed(
        row, at, state="shipped", shipment_id=event.shipment_id, shipped_at=event.timestamp
    )


@orders.on(Order.Delivered)
def delivered(row: OrderRow, event: Order.Delivered, at: Recorded) -> OrderRow:
    return _changed(row, at, state="delivered", delivered_at=event.timestamp)


@orders.on(Order.Cancelled)
def cancelled(row: OrderRow, _event: Order.Cancelled, at: Recorded) -> OrderRow:
    return _changed(row, at, state="cancelled")


@orders.on(Order.Expired)
def expired(row: OrderRow, _event: Order.Expired, at: Recorded) -> OrderRow:
    return _changed(row, at, state="expired")


@orders.on(Order.MoneyReturned)
def money_returned(row: OrderRow, event: Order.MoneyReturned, at: Recorded) -> OrderRow:
    return _changed(
        row,
        at,
        refund_state=event.refund_state,
        refunded=row.refunded + event.amount,
    )


def _changed(row: OrderRow, at: Recorded, **values: Any) -> OrderRow:
    return replace(
        row,
        version=at.event.originator_version,
        updated_at=at.event.timestamp,
        position=at.position,
        **values,
    )


async def order(reads: Reads, order_id: UUID) -> OrderRow | None:
    """One order."""
    return await reads.one(OrderRow, "SELECT * FROM read.orders WHERE order_id = %s", (order_id,))


async def order_list(
    reads: Reads,
    *,
    customer_id: UUID | None = None,
    state: OrderState | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[OrderHead]:
    """The newest orders first: one customer's or everybody's, of one state or of all."""
    return await reads.all(
        OrderHead,
        EVERYBODYS if customer_id is None else CUSTOMERS,
        {
            "customer": customer_id,
            "state": state,
            "at": before[0] if before else LATEST,
            "id": before[1] if before else HIGHEST,
            "limit": limit,
        },
    )


async def order_timeline(reads: Reads, order_id: UUID) -> list[TimelineEntry]:
    """All that happened to an order, oldest first."""
    return await reads.all(
        TimelineEntry,
        "SELECT * FROM read.order_timelines WHERE order_id = %s ORDER BY position",
        (order_id,),
    )


async def order_then(past: Past, order_id: UUID) -> OrderRow | None:
    """One order as it was."""
    return (await _orders_then(past, [order_id])).get(order_id)


async def order_list_then(
    past: Past,
    *,
    customer_id: UUID | None = None,
    state: OrderState | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[OrderHead]:
    """The newest orders of that time first, one customer's or everybody's: those that were in this
    state, or all.

    Which orders there are is read from the live table, which must have got so far.
    """
    at, highest = before or (min(LATEST, past.cut.at + AHEAD), HIGHEST)
    place: dict[str, Any] = {"customer": customer_id, "at": at, "id": highest}
    found: list[OrderRow] = []
    while len(found) < limit:
        ids = await past.reads.rows(IDS if customer_id else EVERYBODYS_IDS, place)
        found += await first_of(
            [row[0] for row in ids],
            lambda some: _orders_then(past, some),
            limit=limit - len(found),
            wanted=lambda row: state in {None, row.state},
        )
        if customer_id or not ids:
            break
        place |= {"id": ids[-1][0], "at": ids[-1][1]}
    return [_head(row) for row in found]


async def order_course(past: Past, order_id: UUID) -> list[Change]:
    """What made an order what it was, event by event."""
    return await past.course(orders, await past.events([order_id]))


async def _orders_then(past: Past, order_ids: Sequence[UUID]) -> Mapping[UUID, OrderRow]:
    return await past.rows(orders, await past.events(order_ids))


def _head(row: OrderRow) -> OrderHead:
    said = {name: getattr(row, name) for name in OrderHead.__struct_fields__ if hasattr(row, name)}
    return OrderHead(**said, title=row.particulars.title)
