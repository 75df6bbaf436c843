"""The shapes of the provider's reports: a payment with its returns, and a day row by row.

A row of a return has its price as a positive figure; what is paid out for it, and the commission
that comes back with it, are below 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from adapters.iyzico.emulator.account import day_of
from adapters.iyzico.emulator.book import Book
from adapters.iyzico.emulator.documents import item_document
from adapters.iyzico.emulator.figures import figure, minute, share
from adapters.iyzico.emulator.records import PaidItem, Payment, Refund
from adapters.iyzico.emulator.wire import Document

RowType = Literal["PAYMENT", "REFUND", "CANCEL"]
REFUND_STATUS = {"done": 1, "pending": 2, "failed": 0}


class Row(Struct, frozen=True, kw_only=True):
    """One thing that happened to one line of a payment, with what it is worth to the merchant."""

    kind: RowType
    row_id: int
    at: datetime
    payment: Payment
    item: PaidItem
    status: int
    price: Decimal
    commission: Decimal
    fee: Decimal
    payout: Decimal
    refund: Refund | None = None


class Days:
    """The rows of a book, day by day; a day is put together again only after it has changed."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._known: dict[date, tuple[int, tuple[Row, ...]]] = {}

    def of(self, day: date) -> Sequence[Row]:
        """What happened on a day, in the order in which it did."""
        version, rows = self._known.get(day, (-1, ()))
        if version != self._book.version:
            rows = tuple(sorted(self._rows(day), key=lambda row: (row.at, row.row_id)))
            self._known[day] = self._book.version, rows
        return rows

    def _rows(self, day: date) -> Iterator[Row]:
        for payment_id in self._book.moved_on.get(day, ()):
            yield from (r for r in _rows(self._book.payments[payment_id]) if day_of(r.at) == day)


def row_document(row: Row) -> Document:
    """One row as the daily and the scrolled report tell it."""
    payment = row.payment
    price = row.item.price if row.kind == "PAYMENT" else row.price
    conversation_id = {
        "PAYMENT": payment.conversation_id,
        "CANCEL": payment.cancel_conversation_id,
        "REFUND": row.refund.conversation_id if row.refund else "",
    }[row.kind]
    after_settlement = row.refund is not None and row.refund.after_settlement
    return {
        "transactionType": row.kind,
        "transactionDate": minute(row.at),
        "transactionId": row.row_id,
        "transactionStatus": row.status,
        "afterSettlement": int(after_settlement),
        "paymentTxId": row.item.transaction_id,
        "paymentId": payment.payment_id,
        "conversationId": conversation_id,
        "paymentPhase": payment.phase,
        "price": figure(price),
        "paidPrice": figure(row.price),
        "transactionCurrency": payment.currency,
        "installment": payment.installments,
        "threeDS": int(payment.md_status is not None),
        "iyzicoCommission": share(row.commission),
        "iyzicoFee": share(row.fee),
        "parity": share(Decimal(1)),
        "iyzicoConversionAmount": share(Decimal(0)),
        "settlementCurrency": payment.currency,
        "merchantPayoutAmount": share(row.payout),
        "connectorType": "mock",
        "posOrderId": f"mock-{payment.payment_id}",
        "posName": payment.card.bank,
        "authCode": payment.auth_code,
        "hostReference": row.refund.host_reference if row.refund else payment.host_reference,
        "basketId": payment.basket_id,
    }


def payment_report(payment: Payment) -> Document:
    """A payment with its refunds and its cancellation."""
    commission = sum((item.commission for item in payment.items), Decimal(0))
    fee = sum((item.fee for item in payment.items), Decimal(0))
    given_back = sum(r.price for i in payment.items for r in i.refunds if r.state == "done")
    refunded = "NOT_REFUNDED"
    if given_back:
        whole = given_back == payment.paid_price
        refunded = "TOTALLY_REFUNDED" if whole else "PARTIALLY_REFUNDED"
    return {
        "paymentId": payment.payment_id,
        "paymentConversationId": payment.conversation_id,
        "paymentStatus": 1,
        "paymentRefundStatus": refunded,
        "price": figure(payment.price),
        "paidPrice": figure(payment.paid_price),
        "currency": payment.currency,
        "installment": payment.installments,
        "iyziCommissionRateAmount": share(commission),
        "iyziCommissionFee": share(fee),
        "fraudStatus": payment.fraud_status,
        "threeDS": int(payment.md_status is not None),
        "phase": payment.phase,
        "acquirerBankName": payment.card.bank,
        "connectorName": "mock",
        "authCode": payment.auth_code,
        "hostReference": payment.host_reference,
        "basketId": payment.basket_id,
        "createdDate": minute(payment.created_at),
        "cancels": _cancels(payment),
        "itemTransactions": [
            item_document(payment, item)
            | {"refunds": [_refund(payment, refund) for refund in item.refunds]}
            for item in payment.items
        ],
    }


def _cancels(payment: Payment) -> list[Document]:
    if payment.cancelled_at is None:
        return []
    return [
        {
            "cancelConversationId": payment.cancel_conversation_id,
            "cancelPrice": figure(payment.paid_price),
            "cancelStatus": 1,
            "currencyCode": payment.currency,
            "authCode": payment.auth_code,
            "hostReference": f"mock-cancel-{payment.payment_id}",
            "createdDate": minute(payment.cancelled_at),
        }
    ]


def _refund(payment: Payment, refund: Refund) -> Document:
    return {
        "refundTxId": refund.refund_id,
        "refundConversationId": refund.conversation_id,
        "refundPrice": figure(refund.price),
        "refundStatus": REFUND_STATUS[refund.state],
        "isAfterSettlement": refund.after_settlement,
        "currencyCode": payment.currency,
        "authCode": payment.auth_code,
        "hostReference": refund.host_reference,
        "createdDate": minute(refund.created_at),
    }


def _rows(payment: Payment) -> Iterator[Row]:
    for item in payment.items:
        yield Row(
            kind="PAYMENT",
            row_id=item.transaction_id,
            at=payment.created_at,
            payment=payment,
            item=item,
            status=payment.fraud_status,
            price=item.paid_price,
            commission=item.commission,
            fee=item.fee,
            payout=item.payout,
        )
        if payment.cancelled_at is not None:
            yield _cancel_row(payment, item, at=payment.cancelled_at)
        for refund in item.refunds:
            yield _refund_row(payment, item, refund=refund)


def _cancel_row(payment: Payment, item: PaidItem, *, at: datetime) -> Row:
    return Row(
        kind="CANCEL",
        row_id=item.cancel_id or item.transaction_id,
        at=at,
        payment=payment,
        item=item,
        status=1,
        price=item.paid_price,
        commission=-item.commission,
        fee=-item.fee,
        payout=-item.payout,
    )


def _refund_row(payment: Payment, item: PaidItem, *, refund: Refund) -> Row:
    return Row(
        kind="REFUND",
        row_id=refund.refund_id,
        at=refund.created_at,
        payment=payment,
        item=item,
        status={"done": 1, "pending": 0, "failed": -1}[refund.state],
        price=refund.price,
        commission=-refund.commission_back,
        fee=Decimal(0),
        payout=refund.commission_back - refund.price,
        refund=refund,
    )
