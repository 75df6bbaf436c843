"""iyzico's books of a day: transactions line by line, payouts, and transfers that came back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import date
from typing import Any

from iyzipay import BouncedBankTransferList, PayoutCompletedTransactionList

from adapters.iyzico.answers import (
    Answer,
    BrokenAnswer,
    amount,
    failure,
    has_succeeded,
    objects,
    signed_amount,
    text,
)
from adapters.iyzico.merchant import Merchant, Send
from adapters.iyzico.sdk import DailyTransactions, ScrolledTransactions
from adapters.iyzico.settlements import SettlementFiles, with_references
from application.ports import (
    BouncedTransfer,
    RateLimited,
    ReportedKind,
    ReportedPayout,
    ReportedTransaction,
    ReportUnreadable,
    Unavailable,
    Unknown,
)
from domain.shared.money import Money

Page = tuple[ReportedTransaction, ...]

MOST_PAGES = 100_000
KINDS: dict[str, ReportedKind] = {"PAYMENT": "payment", "REFUND": "refund", "CANCEL": "cancel"}
SUCCEEDED = {"1", "2", "SUCCESS"}


class IyzicoReports:
    """Implements the `ProviderReports` port. `today` tells the day in Istanbul."""

    def __init__(
        self, merchant: Merchant, *, today: Callable[[], date], files: SettlementFiles | None = None
    ) -> None:
        self._merchant = merchant
        self._today = today
        self._files = files

    async def transactions(self, day: date) -> AsyncIterator[Page]:
        seen: set[tuple[ReportedKind, str]] = set()
        # While rows are still added to a day, its pages move and only the cursor stands.
        reading = self._scrolled if day >= self._today() else self._paged
        async for page in reading(day):
            for row in page:
                if (row.kind, row.reported_id) in seen:
                    raise ReportUnreadable(f"the report of {day} has {row.reported_id} twice")
                seen.add((row.kind, row.reported_id))
            yield page

    async def payouts(self, day: date) -> tuple[ReportedPayout, ...]:
        body = {"locale": "en", "date": f"{day} 00:00:00"}
        answer = await self._report(
            "payouts",
            PayoutCompletedTransactionList,
            send=lambda payouts, options: payouts.retrieve(body, options),
        )
        rows = _read(answer, "payoutCompletedTransactions", each=_payout)
        if self._files is None:
            return tuple(rows)
        return with_references(rows, await self._files.of(day))

    async def bounced(self, day: date) -> tuple[BouncedTransfer, ...]:
        body = {"locale": "en", "date": f"{day} 00:00:00"}
        answer = await self._report(
            "bounced",
            BouncedBankTransferList,
            send=lambda transfers, options: transfers.retrieve(body, options),
        )
        return tuple(_read(answer, "bankTransfers", each=_bounced))

    async def _paged(self, day: date) -> AsyncIterator[Page]:
        for number in range(1, MOST_PAGES):
            query = {"transactionDate": day.isoformat(), "page": str(number)}
            answer = await self._rows("transactions", DailyTransactions, query=query)
            page = _transactions(answer, day)
            if page:
                yield page
            if number >= _pages(answer, asked=number):
                return

    async def _scrolled(self, day: date) -> AsyncIterator[Page]:
        last_id = ""
        for _ in range(MOST_PAGES):
            query = {
                "transactionDate": day.isoformat(),
                "documentScrollVoSortingOrder": "ASC",
                "lastId": last_id,
            }
            answer = await self._rows("scroll", ScrolledTransactions, query=query)
            page = _transactions(answer, day)
            if not page:
                return
            yield page
            last_id = page[-1].reported_id

    async def _rows(self, call: str, resource_type: type[Any], *, query: dict[str, str]) -> Answer:
        return await self._report(
            call, resource_type, send=lambda report, options: report.retrieve(query, options)
        )

    async def _report(self, call: str, resource_type: type[Any], *, send: Send) -> Answer:
        answer = await self._merchant.ask(call, resource_type, send=send)
        if isinstance(answer, RateLimited):
            raise Unavailable("iyzico is asked too often")
        if isinstance(answer, Unknown):
            raise Unavailable(f"iyzico's report: {answer.reason}")
        if not has_succeeded(answer):
            _refuse(answer)
        return answer


def _refuse(answer: Answer) -> None:
    try:
        refused = failure(answer)
    except BrokenAnswer as broken:
        raise ReportUnreadable(broken.reason) from broken
    if isinstance(refused, Unknown | RateLimited):
        raise Unavailable("iyzico has no report for now")
    raise ReportUnreadable(f"iyzico refuses the report: {refused.code} {refused.message}")


def _read(answer: Answer, name: str, *, each: Callable[[dict[str, Any]], Any]) -> list[Any]:
    try:
        return [each(row) for row in objects(answer.get(name))]
    except BrokenAnswer as broken:
        raise ReportUnreadable(f"{name}: {broken.reason}") from broken


def _transactions(answer: Answer, day: date) -> Page:
    rows: Iterable[ReportedTransaction] = _read(
        answer, "transactions", each=lambda row: _transaction(row, day)
    )
    return tuple(rows)


def _transaction(row: dict[str, Any], day: date) -> ReportedTransaction:
    kind = KINDS.get(text(row.get("transactionType")))
    happened = text(row.get("transactionDate"))
    if kind is None or not happened.startswith(day.isoformat()):
        raise BrokenAnswer("foreign_row")
    currency = text(row.get("transactionCurrency"))
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
        after_settlement=row.get("afterSettlement") in (1, "1", True, "true"),
    )


def _payout(row: dict[str, Any]) -> ReportedPayout:
    paid_out = signed_amount(row.get("payoutAmount"))
    return ReportedPayout(
        transaction_id=_id(row, "paymentTransactionId"),
        amount=paid_out,
        currency=text(row.get("currency")),
        kind="refund" if paid_out < 0 else "payment",
        reference="",
    )


def _bounced(row: dict[str, Any]) -> BouncedTransfer:
    return BouncedTransfer(
        reference=_id(row, "settlementReferenceCode"),
        amount=Money.of(signed_amount(row.get("payoutAmount")), text(row.get("currency"))),
        reason=text(row.get("reason")),
    )


def _id(row: dict[str, Any], name: str) -> str:
    found = text(row.get(name))
    if not found:
        raise BrokenAnswer(f"no_{name}")
    return found


def _pages(answer: Answer, *, asked: int) -> int:
    try:
        current, pages = amount(answer.get("currentPage")), amount(answer.get("totalPageCount"))
    except BrokenAnswer as broken:
        raise ReportUnreadable(f"pages: {broken.reason}") from broken
    if current != asked:
        raise ReportUnreadable(f"page {current} instead of {asked}")
    return int(pages)
