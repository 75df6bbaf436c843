"""A designer's own earnings over HTTP: balances, statements, the IBAN, and payouts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from api.earnings.answers import (
    BalancesAnswer,
    MonthText,
    StatementAnswer,
    balances_of,
    statement_file,
    statement_of,
)
from application.earnings import GiveIban, RequestPayout, WithdrawPayout
from application.store import Store
from application.terms import Terms
from domain.earnings import Payee, PayoutState
from domain.shared.errors import NotFound
from domain.shared.money import Money
from projections.earnings import DesignerAccountRow, account_of_person, designer_accounts, earnings
from projections.payouts import PayoutRow, payout_list, payouts

Lira = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$(?!\n)", examples=["450.00"])]
Iban = Annotated[str, Meta(min_length=15, max_length=50)]
Holder = Annotated[str, Meta(min_length=1, max_length=140, pattern=r"\S")]


class OwnEarnings(Struct, frozen=True, kw_only=True):
    """The balances, the least that is paid out, and the end of the IBAN that is paid to, from when
    on; no `last_four` where none was given.
    """

    balances: BalancesAnswer
    least: Money
    last_four: str
    usable_from: datetime | None


class IbanBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Turkish IBAN, with or without spaces, and whose account it is."""

    iban: Iban
    holder: Holder


class IbanDone(Done, frozen=True, kw_only=True):
    """The end of the IBAN, and from when on it is paid to."""

    last_four: str
    usable_from: datetime


class PayoutBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much to pay out, in lira."""

    amount: Lira


class PayoutDone(Done, frozen=True, kw_only=True):
    """How the payout stands, and the reference that the transfer will have."""

    payout_id: UUID
    state: PayoutState
    reference: str = ""


class OwnEarningsController(Controller):
    path = "/designer/earnings"
    tags = ("designers",)

    @get("/", operation_id="OwnEarnings", summary="What one has earned, and what is available")
    async def own(self, ask: Ask) -> Response[OwnEarnings]:
        """For designers, about themselves."""
        row = await _own(ask)
        payee = await Store(ask.log, ask.now).find(Payee, Payee.id_of(ask.person))
        known = payee is not None and bool(payee.iban)
        return ask.answer(
            OwnEarnings(
                balances=balances_of(row),
                least=ask.port(Terms).payout_least,
                last_four=payee.last_four if payee else "",
                usable_from=payee.usable_from if payee and known else None,
            )
        )

    @get(
        "/statements/{month:str}",
        operation_id="OwnEarningsStatement",
        summary="The statement of a month",
    )
    async def statement(self, ask: Ask, month: MonthText) -> Response[StatementAnswer]:
        """For designers, about themselves: opening balance, movements, closing balance."""
        return await statement_of(ask, await _own(ask), month=month)

    @get(
        "/statements/{month:str}/file",
        operation_id="OwnEarningsFile",
        summary="The statement of a month as CSV",
    )
    async def file(self, ask: Ask, month: MonthText) -> Response[bytes]:
        """For designers, about themselves."""
        return await statement_file(ask, await _own(ask), month=month)

    @post("/iban", operation_id="GiveIban", summary="Say where to be paid", status_code=200)
    async def give_iban(self, ask: Ask, data: IbanBody) -> Response[IbanDone]:
        """For designers. A changed IBAN rests before it is paid to. 422 if it is not Turkish, or
        its check digits are wrong.
        """
        ask.must_be("designer")
        command = GiveIban(person_id=ask.person, iban=data.iban, holder=data.holder)
        return await ask.run(command, required_key=True)

    @get("/payouts", operation_id="OwnPayouts", summary="One's payouts, newest first")
    async def payouts(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[PayoutRow]]:
        """For designers, about themselves."""
        row = await _own(ask)
        page = ask.page(limit, cursor)
        await ask.fresh(payouts)
        before = int(page.after[0]) if page.after else None
        rows: list[PayoutRow] = []
        if row is not None:
            rows = await payout_list(
                ask.reads, account_id=row.account_id, before=before, limit=page.limit + 1
            )
        return ask.listed(rows, page, key=lambda each: [each.position])

    @post("/payouts", operation_id="RequestPayout", summary="Ask for money", status_code=201)
    async def request(self, ask: Ask, data: PayoutBody) -> Response[PayoutDone]:
        """For designers. Needs an `Idempotency-Key`. 404 where nothing was earned yet; 409 if it is
        more than what is available, less than the least amount, if another request is open, or no
        IBAN is known.
        """
        ask.must_be("designer")
        command = RequestPayout(
            payout_id=ask.new_id(), person_id=ask.person, amount=Money.of(data.amount)
        )
        return await ask.run(command, status=201, required_key=True)

    @post(
        "/payouts/{payout_id:uuid}/withdraw",
        operation_id="WithdrawPayout",
        summary="Take back a request",
        status_code=200,
    )
    async def withdraw(self, ask: Ask, payout_id: UUID) -> Response[PayoutDone]:
        """For designers. 404 if it is not theirs; 409 when finance has it in a run already."""
        ask.must_be("designer")
        await ask.fresh(designer_accounts)
        if await account_of_person(ask.reads, ask.person) is None:
            raise NotFound(kind="payout", id=payout_id)
        return await ask.run(WithdrawPayout(payout_id=payout_id, person_id=ask.person))


async def _own(ask: Ask) -> DesignerAccountRow | None:
    ask.must_be("designer")
    await ask.fresh(designer_accounts, earnings)
    return await account_of_person(ask.reads, ask.person)
