"""What finance sees of designers' accounts and of the payouts that they ask for."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from api.ask import Ask, Listed
from api.earnings.answers import (
    BalancesAnswer,
    MonthText,
    StatementAnswer,
    balances_of,
    statement_file,
    statement_of,
)
from domain.earnings import PayoutState
from domain.shared.errors import NotFound
from domain.shared.four_eyes import CHECKING_ROLE
from projections.earnings import (
    DesignerAccountRow,
    account_by_id,
    account_list,
    designer_accounts,
)
from projections.payouts import PayoutRow, payout_list, payouts

InState = Annotated[PayoutState | None, QueryParameter(name="state")]


class DesignerAccountAnswer(Struct, frozen=True, kw_only=True):
    """Whose account, and its balances."""

    account_id: UUID
    designer_id: UUID
    person_id: UUID
    balances: BalancesAnswer


class PayoutsController(Controller):
    path = "/finance"
    tags = ("finance",)

    @get("/payouts", operation_id="Payouts", summary="Payouts of all designers, newest first")
    async def all(
        self,
        ask: Ask,
        only: InState = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[PayoutRow]]:
        """For finance: `requested` are those to propose in a run."""
        ask.must_be(CHECKING_ROLE)
        page = ask.page(limit, cursor)
        await ask.fresh(payouts)
        before = int(page.after[0]) if page.after else None
        rows = await payout_list(ask.reads, state=only, before=before, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda each: [each.position])

    @get("/designer-accounts", operation_id="DesignerAccounts", summary="Designers' accounts")
    async def accounts(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[DesignerAccountAnswer]]:
        """For finance: all balances."""
        ask.must_be(CHECKING_ROLE)
        page = ask.page(limit, cursor)
        await ask.fresh(designer_accounts)
        after = UUID(page.after[0]) if page.after else None
        rows = await account_list(ask.reads, after=after, limit=page.limit + 1)
        answers = [
            DesignerAccountAnswer(
                account_id=row.account_id,
                designer_id=row.designer_id,
                person_id=row.person_id,
                balances=balances_of(row),
            )
            for row in rows
        ]
        return ask.listed(answers, page, key=lambda each: [each.account_id])

    @get(
        "/designer-accounts/{account_id:uuid}/statements/{month:str}",
        operation_id="DesignerStatement",
        summary="A designer's statement of a month",
    )
    async def statement(
        self, ask: Ask, account_id: UUID, month: MonthText
    ) -> Response[StatementAnswer]:
        """For finance. 404 if there is no such account."""
        return await statement_of(ask, await _account(ask, account_id), month=month)

    @get(
        "/designer-accounts/{account_id:uuid}/statements/{month:str}/file",
        operation_id="DesignerStatementFile",
        summary="A designer's statement of a month as CSV",
    )
    async def file(self, ask: Ask, account_id: UUID, month: MonthText) -> Response[bytes]:
        """For finance. 404 if there is no such account."""
        return await statement_file(ask, await _account(ask, account_id), month=month)


async def _account(ask: Ask, account_id: UUID) -> DesignerAccountRow:
    ask.must_be(CHECKING_ROLE)
    await ask.fresh(designer_accounts)
    row = await account_by_id(ask.reads, account_id)
    if row is None:
        raise NotFound(kind="designeraccount", id=account_id)
    return row
