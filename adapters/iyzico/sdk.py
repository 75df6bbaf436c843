"""Calls that the SDK's own classes can't make, or make wrongly, on the SDK's own base class."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from iyzipay.iyzipay_resource import IyzipayResource

Options = dict[str, str]


class PaymentDetails(IyzipayResource):  # type: ignore[misc] # the SDK has no types
    """The report on one payment; the SDK's `RetrievePaymentDetails` can't ask by conversation."""

    def retrieve(self, query: dict[str, str], options: Options) -> Any:
        """Ask by `paymentId` or by `paymentConversationId`."""
        return self.connect("GET", f"/v2/reporting/payment/details?{urlencode(query)}", options)


class DailyTransactions(IyzipayResource):  # type: ignore[misc] # the SDK has no types
    """A day's transactions by pages; the SDK's `RetrieveTransactions` asks for a page `None`."""

    def retrieve(self, day: date, page: int, options: Options) -> Any:
        """Pages count from 1."""
        query = urlencode({"transactionDate": day.isoformat(), "page": page})
        return self.connect("GET", f"/v2/reporting/payment/transactions?{query}", options)


class ScrolledTransactions(IyzipayResource):  # type: ignore[misc] # the SDK has no types
    """A day's transactions behind a cursor; the SDK's `ReportingScrollTransaction` fails where an
    argument is missing, and escapes nothing.
    """

    def retrieve(self, day: date, last_id: str, options: Options) -> Any:
        """The transactions after `last_id`, oldest first; the first ones when it is empty."""
        query = urlencode(
            {
                "transactionDate": day.isoformat(),
                "documentScrollVoSortingOrder": "ASC",
                "lastId": last_id,
            }
        )
        return self.connect("GET", f"/v2/reporting/payment/scroll-transactions?{query}", options)
