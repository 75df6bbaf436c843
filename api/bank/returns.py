"""Money that finance is to send back by transfer: the list, and a file of it."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from msgspec import Struct

from api.ask import Ask, Listed
from application.store import look_up
from domain.bank import BankLine, printed
from domain.shared.four_eyes import CHECKING_ROLE
from projections.bank import BankReturnRow, bank_returns, open_returns

MOST_IN_FILE = 1_000
COLUMNS = ("iban", "name", "amount", "currency", "reference")

Place = tuple[datetime, UUID]


class BankReturnAnswer(Struct, frozen=True, kw_only=True):
    """One return, and to whom: as the bank named them when the money came. `iban` is empty where
    the bank did not tell it, so that the customer has to be asked.
    """

    back: BankReturnRow
    name: str
    iban: str


class BankReturnsController(Controller):
    path = "/finance/bank-returns"
    tags = ("finance",)

    @get("/", operation_id="BankReturns", summary="Money to send back, oldest first")
    async def all(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[BankReturnAnswer]]:
        """For finance. A return leaves the list when a statement shows it with its reference."""
        ask.must_be(CHECKING_ROLE)
        page = ask.page(limit, cursor)
        await ask.fresh(bank_returns)
        after = msgspec.convert(page.after, Place) if page.after else None
        rows = await open_returns(ask.reads, after=after, limit=page.limit + 1)
        answers = [await _answer(ask, row) for row in rows]
        return ask.listed(
            answers, page, key=lambda each: [each.back.ordered_at, each.back.return_id]
        )

    @get("/file", operation_id="BankReturnFile", summary="The money to send back, as CSV")
    async def file(self, ask: Ask) -> Response[bytes]:
        """For finance: up to 1,000 transfers, oldest first, for the bank's page of bulk transfers.
        The reference has to stand in the transfer's text: by it the statement confirms the return.
        """
        ask.must_be(CHECKING_ROLE)
        await ask.fresh(bank_returns)
        rows = await open_returns(ask.reads, limit=MOST_IN_FILE)
        content = as_csv([await _answer(ask, row) for row in rows])
        return Response(
            content,
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": 'attachment; filename="bank-returns.csv"',
                "Cache-Control": "no-store",
            },
        )


def as_csv(answers: list[BankReturnAnswer]) -> bytes:
    """One line for each; nothing in it can be taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in answers:
        amount = each.back.amount
        name = each.name.lstrip("=+-@\t\r")
        reference = printed(each.back.reference)
        writer.writerow((each.iban, name, f"{amount.amount:.2f}", amount.currency, reference))
    return out.getvalue().encode("utf-8-sig")


async def _answer(ask: Ask, row: BankReturnRow) -> BankReturnAnswer:
    party = (await look_up(BankLine, row.payer_line_id, log=ask.log)).party
    return BankReturnAnswer(back=row, name=party.name, iban=party.iban)
