"""Reconciliation over HTTP: how our books stand beside those of the payment provider."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.params import QueryParameter

from api.ask import Ask, Listed
from projections.reconciliation import (
    LineChange,
    LineFilter,
    LineStatus,
    ReconciledDay,
    ReconciledLine,
    changes_of_line,
    reconciled_days,
    reconciled_lines,
)
from projections.settlements import SettlementRow, settlement_list, settlements

STAFF = ("admin", "finance")

AfterLine = tuple[date, str]
BeforeSettlement = tuple[date, UUID]
WithStatus = Annotated[LineStatus | None, QueryParameter(name="status")]
OfDay = Annotated[date | None, QueryParameter(name="day", description="Only lines of this day")]
LineKey = Annotated[str, QueryParameter(name="line_key", max_length=100)]


class ReconciliationController(Controller):
    path = "/finance/reconciliation"
    tags = ("finance",)

    @get("/days", operation_id="ReconciledDays", summary="Reconciled days, newest first")
    async def days(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[ReconciledDay]]:
        """For finance and admins: how many lines of each day stand how since its last run."""
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        before = msgspec.convert(page.after[0], date) if page.after else None
        rows = await reconciled_days(ask.reads, before=before, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda row: [row.day])

    @get("/lines", operation_id="ReconciledLines", summary="Lines and how they stand")
    async def lines(
        self,
        ask: Ask,
        *,
        status: WithStatus = None,
        day: OfDay = None,
        order_id: UUID | None = None,
        attempt_id: UUID | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[ReconciledLine]]:
        """For finance and admins: lines of payments and refunds, the oldest day first, beside what
        the provider reports of them. All filters given must fit.
        """
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        wanted = LineFilter(status=status, day=day, order_id=order_id, attempt_id=attempt_id)
        after = msgspec.convert(page.after, AfterLine) if page.after else None
        rows = await reconciled_lines(ask.reads, wanted, after=after, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda row: [row.day, row.line_key])

    @get("/changes", operation_id="LineChanges", summary="How a line came to stand as it does")
    async def changes(self, ask: Ask, line_key: LineKey = "") -> Response[list[LineChange]]:
        """For finance and admins: what each run found of the line `line_key` otherwise than the one
        before, oldest first; nothing of a line that no run has seen.
        """
        ask.must_be(*STAFF)
        return ask.answer(await changes_of_line(ask.reads, line_key))

    @get("/settlements", operation_id="Settlements", summary="What was paid out, newest first")
    async def transfers(
        self,
        ask: Ask,
        *,
        in_transit: bool = False,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[SettlementRow]]:
        """For finance and admins: each transfer of the provider, and what of it has arrived; if
        `in_transit`, only those that have not arrived as they were reported.
        """
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        await ask.fresh(settlements)
        before = msgspec.convert(page.after, BeforeSettlement) if page.after else None
        rows = await settlement_list(
            ask.reads, in_transit=in_transit, before=before, limit=page.limit + 1
        )
        return ask.listed(rows, page, key=lambda row: [row.day, row.settlement_id])
