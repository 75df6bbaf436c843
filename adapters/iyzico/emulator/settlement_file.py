"""The settlement file of a day, as CSV: what the provider puts on its file server."""

from __future__ import annotations

import csv
import io
from datetime import date

from adapters.iyzico.emulator.book import ISTANBUL
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.settlement import payouts_on, transfer_total
from adapters.iyzico.emulator.wire import Reply, Request

COLUMNS = (
    "settlementReferenceCode",
    "settlementResolveDate",
    "transactionType",
    "paymentTransactionId",
    "paymentId",
    "conversationId",
    "itemId",
    "payoutAmount",
    "currency",
)
PREFIX, SUFFIX = "/settlement/", ".csv"


def settlement_file(provider: Provider, request: Request) -> Reply | None:
    """The file at `/settlement/2026-11-23.csv`, or None where the request is for something else.

    One row for each line paid out, and at the end one for each transfer, whose type is TOTAL and
    whose amount is what reaches the bank. A day without a transfer has only the header.
    """
    if request.method != "GET" or not request.path.startswith(PREFIX):
        return None
    try:
        day = date.fromisoformat(request.path.removeprefix(PREFIX).removesuffix(SUFFIX))
    except ValueError:
        return None
    provider.settle()
    text = io.StringIO()
    file = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    file.writeheader()
    file.writerows(_rows(provider, day))
    return Reply(200, text.getvalue().encode(), "text/csv; charset=utf-8")


def _rows(provider: Provider, day: date) -> list[dict[str, str]]:
    payouts = payouts_on(provider, day)
    rows: list[dict[str, str]] = []
    for payout in payouts:
        found = provider.book.payment_with_transaction(payout.transaction_id)
        about = {}
        if found is not None:
            payment, item = found
            about = {
                "paymentId": str(payment.payment_id),
                "conversationId": payment.conversation_id,
                "itemId": item.item_id,
            }
        rows.append(
            about
            | {
                "settlementReferenceCode": payout.reference,
                "settlementResolveDate": f"{payout.paid_at.astimezone(ISTANBUL):%Y-%m-%d %H:%M:%S}",
                "transactionType": payout.kind.upper(),
                "paymentTransactionId": str(payout.transaction_id),
                "payoutAmount": f"{payout.amount:f}",
                "currency": payout.currency,
            }
        )
    for reference in dict.fromkeys(payout.reference for payout in payouts):
        transfer = [payout for payout in payouts if payout.reference == reference]
        rows.append(
            {
                "settlementReferenceCode": reference,
                "settlementResolveDate": rows[0]["settlementResolveDate"],
                "transactionType": "TOTAL",
                "payoutAmount": str(transfer_total(transfer)),
                "currency": transfer[0].currency,
            }
        )
    return rows
