"""How each order stands."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.orders import (
    HOLDABLE,
    AppliedCoupon,
    HoldKind,
    NoteReader,
    Order,
    OrderLine,
    OrderMethod,
    OrderState,
    Particulars,
    RefundState,
)
from domain.shared.money import Money, total
from domain.shared.text import folded
from projections.base import Fold


class HoldRow(Struct, frozen=True, kw_only=True):
    """A hold that is not over. `by` is nobody where a rule held the order."""

    hold_id: UUID
    kind: HoldKind
    by: UUID | None
    at: datetime
    reason: str


class NoteRow(Struct, frozen=True, kw_only=True):
    """What somebody who works here wrote."""

    note_id: UUID
    by: UUID
    at: datetime
    text: str
    shown_to: NoteReader


class OrderRow(Struct, frozen=True, kw_only=True):
    """One order. `updated_at` is the time of its latest event; amounts have KDV inside. `credits`
    is how many were bought by it; then it is of no draft. `surcharge` is what was charged beyond
    the `total` for paying in so many `installments`. `title_words` and `province` are folded, so
    that they are found however they are written.
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
    held: bool = False
    holds: tuple[HoldRow, ...] = ()
    notes: tuple[NoteRow, ...] = ()
    title_words: str = ""
    province: str = ""
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    position: int


class OrderHead(Struct, frozen=True, kw_only=True):
    """What a list shows of an order."""

    order_id: UUID
    customer_id: UUID
    number: str
    method: OrderMethod
    state: OrderState
    refund_state: RefundState
    held: bool
    title: str
    credits: int
    total: Money
    preview_digest: str | None
    created_at: datetime


orders = Fold(
    "orders",
    OrderRow,
    version=4,
    key=["order_id"],
    indexes=["customer_id, created_at DESC, order_id DESC", "created_at DESC, order_id DESC"],
)


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
        title_words=words_of(event.particulars.title),
        province=_province(event.particulars),
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


@orders.on(Order.MoneySettled)
def money_settled(row: OrderRow, _event: Order.MoneySettled, at: Recorded) -> OrderRow:
    return _changed(row, at)


@orders.on(Order.MoneyReturned)
def money_returned(row: OrderRow, event: Order.MoneyReturned, at: Recorded) -> OrderRow:
    return _changed(
        row,
        at,
        refund_state=event.refund_state,
        refunded=row.refunded + event.amount,
    )


@orders.on(Order.Held)
def held(row: OrderRow, event: Order.Held, at: Recorded) -> OrderRow:
    hold = HoldRow(
        hold_id=event.hold_id,
        kind=event.kind,
        by=event.by,
        at=event.timestamp,
        reason=event.reason,
    )
    return _changed(row, at, holds=(*row.holds, hold))


@orders.on(Order.HoldReleased)
def hold_released(row: OrderRow, event: Order.HoldReleased, at: Recorded) -> OrderRow:
    left = tuple(each for each in row.holds if each.hold_id != event.hold_id)
    return _changed(row, at, holds=left)


@orders.on(Order.DeliveryChanged, Order.BillingChanged)
def address_changed(
    row: OrderRow, event: Order.DeliveryChanged | Order.BillingChanged, at: Recorded
) -> OrderRow:
    changed = event.particulars
    return _changed(row, at, particulars=changed, province=_province(changed))


@orders.on(Order.Noted)
def noted(row: OrderRow, event: Order.Noted, at: Recorded) -> OrderRow:
    note = NoteRow(
        note_id=event.note_id,
        by=event.by,
        at=event.timestamp,
        text=event.text,
        shown_to=event.shown_to,
    )
    return _changed(row, at, notes=(*row.notes, note))


def words_of(title: str) -> str:
    """The words of a title, folded, with a space before each."""
    return "".join(f" {word}" for word in re.findall(r"\w+", folded(title)))


def _province(particulars: Particulars) -> str:
    place = particulars.delivery or particulars.billing
    return folded(place.province).strip()


def _changed(row: OrderRow, at: Recorded, **values: Any) -> OrderRow:
    changed = replace(
        row,
        version=at.event.originator_version,
        updated_at=at.event.timestamp,
        position=at.position,
        **values,
    )
    return replace(changed, held=bool(changed.holds) and changed.state in HOLDABLE)
