"""iyzico's books of a day: transactions line by line, payouts, and transfers that came back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any

from iyzipay import BouncedBankTransferList, PayoutCompletedTransactionList

from adapters.iyzico.answers import Answer, BrokenAnswer, failure, has_succeeded
from adapters.iyzico.merchant import Merchant, Send
from adapters.iyzico.report_rows import (
    page_count,
    read_bounced,
    read_payouts,
    read_transactions,
)
from adapters.iyzico.sdk import DailyTransactions, ScrolledTransactions
from adapters.iyzico.settlements import SettlementFiles, with_references
from application.ports import (
    BouncedTransfer,
    RateLimited,
    ReportedPayout,
    ReportedTransaction,
    ReportUnreadable,
    Unavailable,
    Unknown,
)

Page = tuple[ReportedTransaction, ...]

MOST_PAGES = 100_000


class IyzicoReports:
    """Implements the `ProviderReports` port. `today` tells the day in Istanbul."""

    def __init__(
        self, merchant: Merchant, *, today: Callable[[], date], files: SettlementFiles | None = None
    ) -> None:
        self._merchant = merchant
        self._today = today
        self._files = files

    async def transactions(self, day: date) -> AsyncIterator[Page]:
        # While rows are still added to a day, its pages move and only the cursor stands.
        reading = self._scrolled if day >= self._today() else self._paged
        before: Page = ()
        async for page in reading(day):
            # A row may be there twice, which is for the matching to judge; a page may not.
            if page == before:
                raise ReportUnreadable(f"the report of {day} has the same page twice")
            yield page
            before = page

    async def payouts(self, day: date) -> tuple[ReportedPayout, ...]:
        body = {"locale": "en", "date": f"{day} 00:00:00"}
        answer = await self._report(
            "payouts",
            PayoutCompletedTransactionList,
            send=lambda payouts, options: payouts.retrieve(body, options),
        )
        payouts = read_payouts(answer)
        if self._files is None:
            return payouts
        try:
            lines = await self._files.of(day)
        except Unavailable:
            # A day on which nothing is paid out may have no file, and none is waited for.
            if payouts:
                raise
            return payouts
        return with_references(payouts, lines)

    async def bounced(self, day: date) -> tuple[BouncedTransfer, ...]:
        body = {"locale": "en", "date": f"{day} 00:00:00"}
        answer = await self._report(
            "bounced",
            BouncedBankTransferList,
            send=lambda transfers, options: transfers.retrieve(body, options),
        )
        return read_bounced(answer)

    async def _paged(self, day: date) -> AsyncIterator[Page]:
        for number in range(1, MOST_PAGES):
            query = {"transactionDate": day.isoformat(), "page": str(number)}
            answer = await self._rows("transactions", DailyTransactions, query=query)
            page = read_transactions(answer, day)
            if page:
                yield page
            if number >= page_count(answer, asked=number):
                return

    async def _scrolled(self, day: date) -> AsyncIterator[Page]:
        last_id = ""
        for _ in range(MOST_PAGES):
            query = {
                "transactionDate": day.isoformat(),
                "documentScrollVoSortingOrder": "ASC",
                "lastId": last_id,
                "conversationId": f"{day:%Y%m%d}",
            }
            answer = await self._rows("scroll", ScrolledTransactions, query=query)
            page = read_transactions(answer, day)
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
