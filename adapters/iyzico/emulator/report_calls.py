"""The calls for finance: one payment, a day's transactions, payouts and those that came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from adapters.iyzico.emulator.account import day_of
from adapters.iyzico.emulator.asked import Asked, MerchantCall, number
from adapters.iyzico.emulator.figures import figure, minute, share
from adapters.iyzico.emulator.payment_calls import find_payment
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.refusals import Refusal
from adapters.iyzico.emulator.reports import Row, payment_report, row_document
from adapters.iyzico.emulator.settlement import payouts_on
from adapters.iyzico.emulator.wire import Document

IBAN = "TR330006100519786457841326"


def _payment(provider: Provider, asked: Asked) -> Document:
    payment = find_payment(
        provider,
        asked.query.get("paymentId"),
        conversation_id=asked.query.get("paymentConversationId", ""),
    )
    provider.settle()
    return {"payments": [payment_report(provider.book.payments[payment.payment_id])]}


def _day(provider: Provider, asked: Asked) -> Document:
    rows = _rows(provider, asked)
    page = number(asked.query.get("page", "1"), "11")
    size = provider.settings.report_page_size
    pages = -(-len(rows) // size)
    if page < 1:
        raise Refusal("11")
    return {
        "currentPage": page,
        "totalPageCount": pages,
        "transactions": [row_document(row) for row in rows[(page - 1) * size : page * size]],
    }


def _scroll(provider: Provider, asked: Asked) -> Document:
    """The page behind the row whose transactionId is `lastId`; the first one without."""
    rows = _rows(provider, asked)
    order = asked.query.get("documentScrollVoSortingOrder", "ASC")
    if order not in {"ASC", "DESC"}:
        raise Refusal("11")
    if order == "DESC":
        rows = rows[::-1]
    first = 0
    if last := asked.query.get("lastId"):
        last_id = number(last, "11")
        at = next((place for place, row in enumerate(rows) if row.row_id == last_id), None)
        if at is None:
            raise Refusal("11")
        first = at + 1
    page = rows[first : first + provider.settings.report_page_size]
    return {"transactions": [row_document(row) for row in page]}


def _paid_out(provider: Provider, asked: Asked) -> Document:
    day = _date(asked.text("date"))
    provider.settle()
    return {
        "payoutCompletedTransactions": [
            {
                "paymentTransactionId": str(payout.transaction_id),
                "payoutAmount": share(payout.amount),
                "payoutType": "MERCHANT",
                "subMerchantKey": None,
                "currency": payout.currency,
            }
            for payout in payouts_on(provider, day)
        ]
    }


def _bounced(provider: Provider, asked: Asked) -> Document:
    day = _date(asked.text("date"))
    return {
        "bankTransfers": [
            {
                "settlementReferenceCode": bounce.reference,
                "payoutAmount": figure(bounce.amount),
                "currency": bounce.currency,
                "iban": IBAN,
                "legalCompanyTitle": provider.settings.merchant_name,
                "reason": bounce.reason,
                "bouncedDate": minute(bounce.bounced_at),
            }
            for bounce in provider.book.bounces.values()
            if day_of(bounce.bounced_at) == day
        ]
    }


def _rows(provider: Provider, asked: Asked) -> Sequence[Row]:
    day = _date(asked.query.get("transactionDate", ""))
    provider.settle()
    return provider.days.of(day)


def _date(text: str) -> date:
    """A day, with or without a time behind it. Raises `Refusal`."""
    try:
        return date.fromisoformat(text.partition(" ")[0])
    except ValueError as error:
        raise Refusal("11") from error


CALLS = {
    ("GET", "/v2/reporting/payment/details"): MerchantCall("report", _payment),
    ("GET", "/v2/reporting/payment/transactions"): MerchantCall("transactions", _day),
    ("GET", "/v2/reporting/payment/scroll-transactions"): MerchantCall("scroll", _scroll),
    ("POST", "/reporting/settlement/payoutcompleted"): MerchantCall("payouts", _paid_out),
    ("POST", "/reporting/settlement/bounced"): MerchantCall("bounced", _bounced),
}
