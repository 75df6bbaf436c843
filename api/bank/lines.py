"""Lines of the bank's statements: what they are, and what finance says of the others."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from application.bank import AssignBankLine, ExplainBankLine, ReturnBankLine
from application.four_eyes import Hand
from application.store import look_up
from domain.bank import BankLine, BankParty, LineState
from domain.shared.errors import NotFound
from domain.shared.four_eyes import CHECKING_ROLE
from projections.bank import (
    BankLineRow,
    bank_line_list,
    bank_lines,
    bank_transfers,
    newest_transfer,
)

Place = tuple[date, UUID]
InState = Annotated[LineState | None, QueryParameter(name="state")]
Note = Annotated[str, Meta(min_length=3, max_length=500)]


class BankLineAnswer(Struct, frozen=True, kw_only=True):
    """One line, and the other side as the bank has it; `set_aside` wants to be looked at."""

    line: BankLineRow
    party: BankParty


class AssignBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The order that the money is for, and why, in one's own words."""

    order_id: UUID
    note: Note


class LineNoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, in one's own words."""

    note: Note


class LineDone(Done, frozen=True, kw_only=True):
    """How the line stands."""

    state: LineState


class LineReturned(Done, frozen=True, kw_only=True):
    """How the line stands, and the reference under which it is to be sent back."""

    state: LineState
    reference: str


class BankLinesController(Controller):
    path = "/finance/bank-lines"
    tags = ("finance",)

    @get("/", operation_id="BankLines", summary="Lines of our bank's statements, newest first")
    async def all(
        self,
        ask: Ask,
        only: InState = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[BankLineAnswer]]:
        """For finance: `set_aside` are the ones to look at."""
        ask.must_be(CHECKING_ROLE)
        page = ask.page(limit, cursor)
        await ask.fresh(bank_lines)
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await bank_line_list(ask.reads, state=only, before=before, limit=page.limit + 1)
        answers = [
            BankLineAnswer(
                line=row, party=(await look_up(BankLine, row.line_id, log=ask.log)).party
            )
            for row in rows
        ]
        return ask.listed(answers, page, key=lambda each: [each.line.booked_on, each.line.line_id])

    @post(
        "/{line_id:uuid}/assign",
        operation_id="AssignBankLine",
        summary="Give a line to an order",
        status_code=200,
    )
    async def assign(self, ask: Ask, line_id: UUID, data: AssignBody) -> Response[LineDone]:
        """For finance, with a note: money whose sender forgot the reference. Needs an
        `Idempotency-Key`. 403 for whoever pays that order; 404 if there is no such line, or no
        transfer was asked for that order; 409 if the amount is not exactly what was asked, or the
        line is explained.
        """
        by = _hand(ask)
        await ask.fresh(bank_transfers)
        transfer = await newest_transfer(ask.reads, data.order_id)
        if transfer is None:
            raise NotFound(kind="order", id=data.order_id)
        command = AssignBankLine(
            line_id=line_id, reference=transfer.reference, by=by, note=data.note
        )
        return await ask.run(command, required_key=True)

    @post(
        "/{line_id:uuid}/return",
        operation_id="ReturnBankLine",
        summary="Have a line sent back to where it came from",
        status_code=200,
    )
    async def give_back(
        self, ask: Ask, line_id: UUID, data: LineNoteBody
    ) -> Response[LineReturned]:
        """For finance, with a note: it goes onto the list of returns. Needs an `Idempotency-Key`.
        404 if there is no such line; 409 if it is explained, or did not come in.
        """
        command = ReturnBankLine(line_id=line_id, by=_hand(ask), note=data.note)
        return await ask.run(command, required_key=True)

    @post(
        "/{line_id:uuid}/explain",
        operation_id="ExplainBankLine",
        summary="Say that a line is not the shop's business",
        status_code=200,
    )
    async def explain(self, ask: Ask, line_id: UUID, data: LineNoteBody) -> Response[LineDone]:
        """For finance, with a note: rent, salaries and the like, which are booked elsewhere. Needs
        an `Idempotency-Key`. 404 if there is no such line; 409 if it is explained.
        """
        command = ExplainBankLine(line_id=line_id, by=_hand(ask), note=data.note)
        return await ask.run(command, required_key=True)


async def _answer(ask: Ask, row: BankLineRow) -> BankLineAnswer:
    line = await look_up(BankLine, row.line_id, log=ask.log)
    return BankLineAnswer(line=row, party=line.party)


def _hand(ask: Ask) -> Hand:
    ask.must_be(CHECKING_ROLE)
    return Hand(person_id=ask.person, session_id=ask.who.session_id)
