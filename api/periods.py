"""Accounting months over HTTP: closing them, and opening them again by two people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from application.four_eyes import Hand
from application.periods import (
    ApproveReopening,
    CloseMonth,
    ProposeReopening,
    RejectReopening,
    WithdrawReopening,
)
from domain.shared.four_eyes import CHECKING_ROLE, ProposalState
from projections.periods import (
    PeriodRow,
    ReopeningRow,
    period_list,
    periods,
    reopening_list,
    reopenings,
)

STAFF = ("admin", "finance")
Place = tuple[datetime, UUID]
MonthText = Annotated[
    str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)", examples=["2026-03"])
]
Note = Annotated[str, Meta(min_length=3, max_length=1_000)]


class MonthBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which month, as `2026-03`."""

    month: MonthText


class ReopeningBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which month is to be opened again, and why in one's own words."""

    month: MonthText
    note: Note


class ReopeningNote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, in one's own words."""

    note: Note


class MonthClosed(Done, frozen=True, kw_only=True):
    """All months up to this one are closed."""

    closed_through: str | None


class ReopeningDone(Done, frozen=True, kw_only=True):
    """The proposal, how it stands, and the last month that is closed now."""

    proposal_id: UUID
    state: ProposalState
    closed_through: str | None


class PeriodsController(Controller):
    path = "/finance/periods"
    tags = ("finance",)

    @get("/", operation_id="Periods", summary="Closed and reopened months, newest first")
    async def all(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[PeriodRow]]:
        """For finance and admins. All months before the oldest one listed are closed."""
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        await ask.fresh(periods)
        before = str(page.after[0]) if page.after else None
        rows = await period_list(ask.reads, before=before, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda row: [row.month])

    @post(
        "/close",
        operation_id="CloseMonth",
        summary="Close a month that is over",
        status_code=200,
    )
    async def close(self, ask: Ask, data: MonthBody) -> Response[MonthClosed]:
        """For finance, from a few minutes after its end on. Months are closed in order; closing
        one twice changes nothing. Needs an `Idempotency-Key`.
        """
        command = CloseMonth(month=data.month, by=_hand(ask))
        return await ask.run(command, required_key=True)

    @get("/reopenings", operation_id="Reopenings", summary="Proposals to open months again")
    async def proposals(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[ReopeningRow]]:
        """For finance and admins, newest first."""
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        await ask.fresh(reopenings)
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await reopening_list(ask.reads, before=before, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda row: [row.made_at, row.proposal_id])

    @post(
        "/reopenings",
        operation_id="ProposeReopening",
        summary="Propose to open the last closed month again",
        status_code=201,
    )
    async def propose(self, ask: Ask, data: ReopeningBody) -> Response[ReopeningDone]:
        """For finance; a second person decides. Needs an `Idempotency-Key`."""
        command = ProposeReopening(
            proposal_id=ask.new_id(), month=data.month, by=_hand(ask), note=data.note
        )
        return await ask.run(command, status=201, required_key=True)

    @post(
        "/reopenings/{proposal_id:uuid}/approve",
        operation_id="ApproveReopening",
        summary="Open a month again that another person proposed to open",
        status_code=200,
    )
    async def approve(self, ask: Ask, proposal_id: UUID) -> Response[ReopeningDone]:
        """For finance. Needs an `Idempotency-Key`. 403 for who proposed it, by whatever account
        and role. 404 if there is no such proposal.
        """
        command = ApproveReopening(proposal_id=proposal_id, by=_hand(ask))
        return await ask.run(command, required_key=True)

    @post(
        "/reopenings/{proposal_id:uuid}/reject",
        operation_id="RejectReopening",
        summary="Leave a month closed",
        status_code=200,
    )
    async def reject(
        self, ask: Ask, proposal_id: UUID, data: ReopeningNote
    ) -> Response[ReopeningDone]:
        """For finance, with a note. 404 if there is no such proposal."""
        command = RejectReopening(proposal_id=proposal_id, by=_hand(ask), note=data.note)
        return await ask.run(command)

    @post(
        "/reopenings/{proposal_id:uuid}/withdraw",
        operation_id="WithdrawReopening",
        summary="Take back a proposal to open a month again",
        status_code=200,
    )
    async def withdraw(self, ask: Ask, proposal_id: UUID) -> Response[ReopeningDone]:
        """For finance, of one's own. 404 if there is no such proposal."""
        return await ask.run(WithdrawReopening(proposal_id=proposal_id, by=_hand(ask)))


def _hand(ask: Ask) -> Hand:
    ask.must_be(CHECKING_ROLE)
    return Hand(person_id=ask.person, session_id=ask.who.session_id)
