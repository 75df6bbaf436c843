"""Rows of iyzico's reports, read exactly. All readers raise `ReportUnreadable`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from adapters.iyzico.answers import (
    Answer,
    BrokenAnswer,
    amount,
    objects,
    signed_amount,
    text,
)
from application.ports import (
    BouncedTransfer,
    ReportedKind,
    ReportedPayout,
    ReportedTransaction,
    ReportUnreadable,
)
from domain.shared.money import Money

Row = TypeVar("Row")

KINDS: dict[str, ReportedKind] = {"PAYMENT": "payment", "REFUND": "refund", "CANCEL": "cancel"}
SUCCEEDED = {"1", "2", "SUCCESS"}
YES = ("1", 1, "true", True)


def read_transactions(answer: Answer, day: date) -> tuple[ReportedTransaction, ...]:
    """The rows of a day's transactions; all of them must be of that day."""
    return _read(answer, "transactions", each=lambda row: _transaction(row, day))


def read_payouts(answer: Answer) -> tuple[ReportedPayout, ...]:
    """What was paid out, without the transfers it was in."""
    return _read(answer, "payoutCompletedTransactions", each=_payout)


def read_bounced(answer: Answer) -> tuple[BouncedTransfer, ...]:
    """The transfers that came back."""
    return _read(answer, "bankTransfers", each=_bounced)


def page_count(answer: Answer, *, asked: int) -> int:
    """How many pages a report has, told on the page that was asked for."""
    try:
        current, pages = amount(answer.get("currentPage")), amount(answer.get("totalPageCount"))
    except BrokenAnswer as broken:
        raise ReportUnreadable(f"pages: {broken.reason}") from broken
    if current != asked:
        raise ReportUnreadable(f"page {current} instead of {asked}")
    return int(pages)


def _read(answer: Answer, name: str, *, each: Callable[[dict[str, Any]], Row]) -> tuple[Row, ...]:
    try:
        return tuple(each(row) for row in objects(answer.get(name)))
    except BrokenAnswer as broken:
        raise ReportUnreadable(f"{name}: {broken.reason}") from broken


def _transaction(row: dict[str, Any], day: date) -> ReportedTransaction:
    kind = KINDS.get(text(row.get("transactionType")))
    happened = text(row.get("transactionDate"))
    if kind is None or not happened.startswith(day.isoformat()):
        raise BrokenAnswer("foreign_row")
    currency = _currency(row, "transactionCurrency")
    return ReportedTransaction(
        kind=kind,
        day=day,
        reported_id=_id(row, "transactionId"),
        transaction_id=_id(row, "paymentTxId"),
        payment_id=_id(row, "paymentId"),
        conversation_id=text(row.get("conversationId")),
        basket_id=text(row.get("basketId")),
        price=Money.of(amount(row.get("price")), currency),
        paid=Money.of(amount(row.get("paidPrice")), currency),
        commission=signed_amount(row.get("iyzicoCommission")),
        fee=signed_amount(row.get("iyzicoFee")),
        payout=signed_amount(row.get("merchantPayoutAmount")),
        succeeded=text(row.get("transactionStatus")) in SUCCEEDED,
        after_settlement=row.get("afterSettlement") in YES,
    )


def _payout(row: dict[str, Any]) -> ReportedPayout:
    paid_out = signed_amount(row.get("payoutAmount"))
    return ReportedPayout(
        transaction_id=_id(row, "paymentTransactionId"),
        amount=paid_out,
        currency=_currency(row, "currency"),
        kind="refund" if paid_out < 0 else "payment",
        reference="",
    )


def _bounced(row: dict[str, Any]) -> BouncedTransfer:
    return BouncedTransfer(
        reference=_id(row, "settlementReferenceCode"),
        amount=Money.of(signed_amount(row.get("payoutAmount")), _currency(row, "currency")),
        reason=text(row.get("reason")),
    )


def _id(row: dict[str, Any], name: str) -> str:
    found = text(row.get(name))
    if not found:
        raise BrokenAnswer(f"no_{name}")
    return found


def _currency(row: dict[str, Any], name: str) -> str:
    found = text(row.get(name))
    if not (len(found) == 3 and found.isascii() and found.isupper()):
        raise BrokenAnswer("no_currency")
    return found
