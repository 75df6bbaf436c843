"""Payout runs over HTTP: one person in finance proposes, another one approves."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from application.bank import BankRules
from application.earnings import (
    ApprovePayoutRun,
    CallOffPayoutRun,
    MarkPayoutRunSent,
    PayoutAsk,
    ProposePayoutRun,
    RefusePayout,
    RejectPayoutRun,
    TakePayoutFile,
    WithdrawPayoutRun,
    payout_book,
)
from application.four_eyes import Hand
from application.ports import PayoutFiles
from domain.earnings import MOST_ITEMS, PayoutFileForm, RunState
from domain.shared.errors import NotFound
from domain.shared.four_eyes import CHECKING_ROLE
from domain.shared.money import Money
from projections.payouts import (
    PayoutRow,
    PayoutRunRow,
    payout_runs,
    payouts,
    payouts_of_run,
    run_by_id,
    run_list,
)

Note = Annotated[str, Meta(min_length=3, max_length=500)]
MEDIA_TYPES: dict[PayoutFileForm, tuple[str, str]] = {
    "pain.001": ("application/xml", "xml"),
    "csv": ("text/csv; charset=utf-8", "csv"),
}


class AskedPayout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request, and the account that it is of."""

    account_id: UUID
    payout_id: UUID


class RunBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The requests to pay, all in one run."""

    payouts: Annotated[tuple[AskedPayout, ...], Meta(min_length=1, max_length=MOST_ITEMS)]


class RunNoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, in one's own words."""

    note: Note


class RunDone(Done, frozen=True, kw_only=True):
    """How the run stands; the bank repeats its `reference` on the statement."""

    run_id: UUID
    reference: str
    state: RunState
    items: int
    amount: Money


class RunAnswer(Struct, frozen=True, kw_only=True):
    """A run with its payouts."""

    run: PayoutRunRow
    payouts: list[PayoutRow]


class PayoutRunsController(Controller):
    path = "/finance/payout-runs"
    tags = ("finance",)

    @get("/", operation_id="PayoutRuns", summary="Payout runs, newest first")
    async def all(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[PayoutRunRow]]:
        """For finance."""
        ask.must_be(CHECKING_ROLE)
        page = ask.page(limit, cursor)
        await ask.fresh(payout_runs)
        before = int(page.after[0]) if page.after else None
        rows = await run_list(ask.reads, before=before, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda each: [each.position])

    @get("/{run_id:uuid}", operation_id="PayoutRun", summary="A payout run with its payouts")
    async def one(self, ask: Ask, run_id: UUID) -> Response[RunAnswer]:
        """For finance. 404 if there is no such run."""
        ask.must_be(CHECKING_ROLE)
        await ask.fresh(payout_runs, payouts)
        run = await run_by_id(ask.reads, run_id)
        if run is None:
            raise NotFound(kind="payoutrun", id=run_id)
        rows = await payouts_of_run(ask.reads, run_id)
        return ask.answer(RunAnswer(run=run, payouts=rows))

    @post("/", operation_id="ProposePayoutRun", summary="Propose a payout run", status_code=201)
    async def propose(self, ask: Ask, data: RunBody) -> Response[RunDone]:
        """For finance. Needs an `Idempotency-Key`. 403 where the maker would be paid, by whatever
        account; 404 for a request that is not there; 409 for one that is in a run, or that what was
        earned does not cover any more.
        """
        command = ProposePayoutRun(
            request_id=ask.new_id(),
            payouts=tuple(
                PayoutAsk(account_id=each.account_id, payout_id=each.payout_id)
                for each in data.payouts
            ),
            by=_hand(ask),
        )
        return await ask.run(command, status=201, required_key=True)

    @post(
        "/{run_id:uuid}/approve",
        operation_id="ApprovePayoutRun",
        summary="Approve another person's run",
        status_code=200,
    )
    async def approve(self, ask: Ask, run_id: UUID) -> Response[RunDone]:
        """For finance. Needs an `Idempotency-Key`. 403 for the maker, by whatever account, and for
        whoever is paid by it; 404 if there is no such run; 409 if it was decided, if an IBAN is
        missing or rests, or if what was earned was reversed since.
        """
        command = ApprovePayoutRun(run_id=run_id, by=_hand(ask))
        return await ask.run(command, required_key=True)

    @post(
        "/{run_id:uuid}/reject",
        operation_id="RejectPayoutRun",
        summary="Say no to another person's run",
        status_code=200,
    )
    async def reject(self, ask: Ask, run_id: UUID, data: RunNoteBody) -> Response[RunDone]:
        """For finance, with a note; its requests wait again. 404 if there is no such run."""
        return await ask.run(RejectPayoutRun(run_id=run_id, by=_hand(ask), note=data.note))

    @post(
        "/{run_id:uuid}/withdraw",
        operation_id="WithdrawPayoutRun",
        summary="Take back one's own run",
        status_code=200,
    )
    async def withdraw(self, ask: Ask, run_id: UUID) -> Response[RunDone]:
        """For finance, of one's own; its requests wait again. 404 if there is no such run."""
        return await ask.run(WithdrawPayoutRun(run_id=run_id, by=_hand(ask)))

    @post(
        "/{run_id:uuid}/file",
        operation_id="TakePayoutFile",
        summary="Take the file for the bank",
        status_code=200,
    )
    async def file(
        self,
        ask: Ask,
        run_id: UUID,
        form: Annotated[PayoutFileForm, QueryParameter(name="format")] = "pain.001",
    ) -> Response[bytes]:
        """For finance, of an approved run: ISO 20022 pain.001 or CSV, with IBANs. Who takes it is
        recorded; taken again it is the same. Needs an `Idempotency-Key`. 404 if there is no such
        run; 409 if it is not approved, or an IBAN is missing, rests, or is another one than before.
        """
        await ask.run(TakePayoutFile(run_id=run_id, form=form, by=_hand(ask)), required_key=True)
        book = await payout_book(run_id, ask.log, payer=ask.port(BankRules))
        media_type, ending = MEDIA_TYPES[form]
        return Response(
            ask.port(PayoutFiles).write(book, form),
            media_type=media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{book.reference}.{ending}"',
                "Cache-Control": "no-store",
            },
        )

    @post(
        "/{run_id:uuid}/sent",
        operation_id="MarkPayoutRunSent",
        summary="Record that the bank was given the file",
        status_code=200,
    )
    async def sent(self, ask: Ask, run_id: UUID) -> Response[RunDone]:
        """For finance. 404 if there is no such run; 409 if nobody has taken its file."""
        return await ask.run(MarkPayoutRunSent(run_id=run_id, by=_hand(ask)))

    @post(
        "/{run_id:uuid}/call-off",
        operation_id="CallOffPayoutRun",
        summary="Do not send an approved run",
        status_code=200,
    )
    async def call_off(self, ask: Ask, run_id: UUID, data: RunNoteBody) -> Response[RunDone]:
        """For finance, with a note; its requests wait again. 404 if there is no such run; 409 when
        it was sent or (a part of it) paid.
        """
        return await ask.run(CallOffPayoutRun(run_id=run_id, by=_hand(ask), note=data.note))

    @post(
        "/{run_id:uuid}/payouts/{payout_id:uuid}/refused",
        operation_id="RefusePayout",
        summary="Record that the bank did not take one payout",
        status_code=200,
    )
    async def refused(self, ask: Ask, run_id: UUID, payout_id: UUID) -> Response[RunDone]:
        """For finance: no money moved, so it is available again. Needs an `Idempotency-Key`. 404 if
        it is not in this run; 409 before the run was sent, and when it was paid.
        """
        command = RefusePayout(run_id=run_id, payout_id=payout_id, by=_hand(ask))
        return await ask.run(command, required_key=True)


def _hand(ask: Ask) -> Hand:
    ask.must_be(CHECKING_ROLE)
    return Hand(person_id=ask.person, session_id=ask.who.session_id)
