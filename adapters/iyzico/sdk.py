"""Calls that the SDK's own classes can't make, or make wrongly, on the SDK's own base class."""

from __future__ import annotations

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

    def retrieve(self, query: dict[str, str], options: Options) -> Any:
        """Ask for the `page`, counted from 1, of a `transactionDate`."""
        return self.connect(
            "GET", f"/v2/reporting/payment/transactions?{urlencode(query)}", options
        )


class ScrolledTransactions(IyzipayResource):  # type: ignore[misc] # the SDK has no types
    """A day's transactions behind a cursor; the SDK's `ReportingScrollTransaction` fails where an
    argument is missing, and escapes nothing.
    """

    def retrieve(self, query: dict[str, str], options: Options) -> Any:
        """Ask for those of a `transactionDate` after `lastId`: the first ones when it is empty."""
        path = "/v2/reporting/payment/scroll-transactions"
        return self.connect("GET", f"{path}?{urlencode(query)}", options)
