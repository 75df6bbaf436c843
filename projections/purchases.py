"""What customers and finance see of bought credits: what was paid, granted and taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.invoices import Invoice
from domain.orders import CreditPurchase, Order, OrderState
from domain.shared.money import Money
from projections.base import Fold
from projections.reads import Reads


class PurchaseRow(Struct, frozen=True, kw_only=True):
    """One order of credits. `paid` has KDV inside at `kdv_rate` percent and is 0 until it is paid;
    `taken_back` counts the credits that went against refunds, and `refunded` the money that arrived
    back. `lot_id` is the lot in the wallet, from when there is one.
    """

    order_id: UUID
    customer_id: UUID
    number: str
    credits: int
    price: Money
    paid: Money
    kdv_rate: Decimal
    state: OrderState
    lot_id: UUID | None
    taken_back: int
    refunded: Money
    invoice_number: str
    placed_at: datetime
    updated_at: datetime


credit_purchases = Fold(
    "credit_purchases",
    PurchaseRow,
    version=1,
    key=["order_id"],
    indexes=["customer_id, placed_at DESC, order_id DESC"],
)

_order = attrgetter("order_id")
_Ended = Order.Delivered | Order.Cancelled | Order.Expired
STATES: dict[type[Any], OrderState] = {
    Order.Delivered: "delivered",
    Order.Cancelled: "cancelled",
    Order.Expired: "expired",
}


def _of_credits(event: Order.Placed) -> UUID | None:
    return event.originator_id if event.purchase.method == "credits" else None


def _paid_for_credits(event: Order.Paid) -> UUID | None:
    return event.originator_id if event.method == "credits" else None


@credit_purchases.on(Order.Placed, key=_of_credits)
def placed(_row: PurchaseRow | None, event: Order.Placed) -> PurchaseRow:
    [line] = event.purchase.lines
    nothing = Money.of(0, line.gross.currency)
    return PurchaseRow(
        order_id=event.originator_id,
        customer_id=event.customer_id,
        number=event.number,
        credits=line.credits,
        price=line.gross,
        paid=nothing,
        kdv_rate=line.kdv_rate,
        state="awaiting_payment",
        lot_id=None,
        taken_back=0,
        refunded=nothing,
        invoice_number="",
        placed_at=event.timestamp,
        updated_at=event.timestamp,
    )


@credit_purchases.on(Order.Paid, key=_paid_for_credits)
def paid(row: PurchaseRow, event: Order.Paid) -> PurchaseRow:
    return _changed(row, event, state="paid", paid=event.amount)


@credit_purchases.on(Order.Delivered, Order.Cancelled, Order.Expired)
def ended(row: PurchaseRow | None, event: _Ended) -> PurchaseRow | None:
    return row and _changed(row, event, state=STATES[type(event)])


@credit_purchases.on(Order.MoneyReturned)
def money_returned(row: PurchaseRow | None, event: Order.MoneyReturned) -> PurchaseRow | None:
    return row and _changed(row, event, refunded=row.refunded + event.amount)


@credit_purchases.on(CreditPurchase.Granted, key=_order)
def granted(row: PurchaseRow, event: CreditPurchase.Granted) -> PurchaseRow:
    return _changed(row, event, lot_id=event.lot_id)


@credit_purchases.on(CreditPurchase.TakenBack, key=_order)
def taken_back(row: PurchaseRow, event: CreditPurchase.TakenBack) -> PurchaseRow:
    return _changed(row, event, taken_back=row.taken_back + event.credits)


@credit_purchases.on(CreditPurchase.GivenBack, key=_order)
def given_back(row: PurchaseRow, event: CreditPurchase.GivenBack) -> PurchaseRow:
    return _changed(row, event, taken_back=row.taken_back - event.credits)


@credit_purchases.on(Invoice.Issued, key=_order)
def invoiced(row: PurchaseRow | None, event: Invoice.Issued) -> PurchaseRow | None:
    return row and _changed(row, event, invoice_number=event.number)


def _changed(row: PurchaseRow, event: Any, **values: Any) -> PurchaseRow:
    return replace(row, updated_at=event.timestamp, **values)


async def purchase_list(
    reads: Reads, customer_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[PurchaseRow]:
    """The customer's orders of credits, newest first."""
    return await reads.all(
        PurchaseRow,
        "SELECT * FROM read.credit_purchases WHERE customer_id = %(customer)s"
        " AND (%(at)s::timestamptz IS NULL OR (placed_at, order_id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY placed_at DESC, order_id DESC LIMIT %(limit)s",
        {
            "customer": customer_id,
            "at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )


async def purchases_by_id(
    reads: Reads, order_ids: Collection[UUID | None]
) -> Mapping[UUID | None, PurchaseRow]:
    """Those of these orders that are of credits."""
    wanted = [each for each in order_ids if each is not None]
    if not wanted:
        return {}
    rows = await reads.all(
        PurchaseRow, "SELECT * FROM read.credit_purchases WHERE order_id = ANY(%s)", (wanted,)
    )
    return {row.order_id: row for row in rows}
