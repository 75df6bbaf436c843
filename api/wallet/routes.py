"""What a customer asks of their own wallet."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from litestar import Controller, Response, get
from msgspec import UNSET, UnsetType

from api.ask import Ask, Listed
from api.explained import (
    Amounts,
    Because,
    Document,
    Explain,
    Explanation,
    Reason,
    becauses,
    explanation_of,
    past_until,
    reason,
)
from api.past import AsOf, past_at
from api.wallet.answers import (
    GenerationAsked,
    LotAnswer,
    StatementEntry,
    WalletAnswer,
    WhyAnswer,
    entry,
    lot_answer,
    parts_of,
    payment,
    uses_of,
)
from application.past import NothingYet
from application.store import Recorded
from domain.shared.errors import NotFound
from domain.wallet import Wallet
from projections.past import Change, Past
from projections.wallet import (
    StatementLine,
    WalletBalance,
    hold_lines,
    wallet_balance,
    wallet_balance_then,
    wallet_balances,
    wallet_course,
    wallet_statement,
    wallet_statement_then,
    wallet_statements,
)
from projections.wallet_lots import (
    Expiring,
    HoldUse,
    expiring,
    expiring_of,
    hold_entries,
    lot_payments,
    lots_by_id,
    lots_then,
    wallet_entries,
    wallet_lots,
    wallet_uses,
)

OF_A_HOLD = (
    Wallet.CreditsHeld
    | Wallet.HoldCaptured
    | Wallet.HoldReleased
    | Wallet.HoldExpired
    | Wallet.CaptureRefunded
)


class WalletController(Controller):
    path = "/wallet"
    tags = ("wallet",)

    @get(operation_id="WalletBalance", summary="How many credits the caller has")
    async def balance(
        self, ask: Ask, as_of: AsOf = None, explain: Explain = False
    ) -> Response[WalletAnswer]:
        """The balance, what is held, and what is available. 404 before the wallet is open."""
        if as_of is not None:
            past = await past_at(ask, as_of)
            row = await wallet_balance_then(past, ask.person)
            if row is None:
                raise NothingYet
            ends = expiring_of(await lots_then(past, ask.person))
            explained = past if explain else None
            return ask.answer(await _balance(ask, row, ends=ends, past=explained))
        await ask.fresh(wallet_balances, wallet_entries)
        row = await wallet_balance(ask.reads, ask.person)
        if row is None:
            raise NotFound
        explained = past_until(ask, row.position) if explain else None
        ends = await expiring(ask.reads, ask.person)
        return ask.answer(await _balance(ask, row, ends=ends, past=explained))

    @get(
        "/history",
        operation_id="WalletStatement",
        summary="What changed in the caller's wallet, newest first",
    )
    async def history(
        self,
        ask: Ask,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: AsOf = None,
        explain: Explain = False,
    ) -> Response[Listed[StatementEntry]]:
        """The statement, line by line."""
        page = ask.page(limit, cursor)
        before, most = page.after[0] if page.after else None, page.limit + 1
        if as_of is not None:
            past = await past_at(ask, as_of)
            lines = await wallet_statement_then(past, ask.person, before=before, limit=most)
        else:
            await ask.fresh(wallet_statements, wallet_uses)
            lines = await wallet_statement(ask.reads, ask.person, before=before, limit=most)
        told = await _becauses(ask, lines) if explain else {}
        uses = await uses_of(ask, lines)
        items = [
            entry(ask, line, uses=uses, because=told.get(line.position, UNSET)) for line in lines
        ]
        return ask.listed(items, page, key=lambda line: [line.position])

    @get(
        "/charges/{hold_id:uuid}/why",
        operation_id="WhyCharged",
        summary="Why the caller was charged",
    )
    async def why(self, ask: Ask, hold_id: UUID) -> Response[WhyAnswer]:
        """By the `hold_id` of a line: what it was for, which lots paid, and each step, from the
        reservation to a refund.
        """
        await ask.fresh(wallet_statements, wallet_entries, wallet_uses)
        lines = await hold_lines(ask.reads, ask.person, hold_id=hold_id)
        if not lines:
            raise NotFound
        return ask.answer(await _why(ask, hold_id, lines=lines))

    @get("/lots", operation_id="WalletLots", summary="What the caller's credits come from")
    async def lots(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[LotAnswer]]:
        """Every lot, newest first, with what is left of it and what it paid for."""
        page = ask.page(limit, cursor)
        await ask.fresh(wallet_entries, wallet_uses)
        before = page.after[0] if page.after else None
        found = await wallet_lots(ask.reads, ask.person, before=before, limit=page.limit + 1)
        spent = await lot_payments(ask.reads, ask.person, lot_ids=[lot.lot_id for lot in found])
        uses = await uses_of(ask, spent)
        positions = {lot.lot_id: lot.position for lot in found}
        items = [
            lot_answer(lot, [payment(ask, e, uses=uses) for e in spent if e.lot_id == lot.lot_id])
            for lot in found
        ]
        return ask.listed(items, page, key=lambda lot: [positions[lot.lot_id]])


async def _balance(
    ask: Ask, row: WalletBalance, *, ends: list[Expiring], past: Past | None
) -> WalletAnswer:
    explanation: Explanation | UnsetType = UNSET
    if past is not None:
        course = await wallet_course(past, ask.person)
        reasons = [_reason(change) for change in course]
        told = [each for each in reasons if each is not None]
        explanation = await explanation_of(ask, told, owner_id=ask.person)
    return WalletAnswer(
        balance=row.balance,
        held=row.held,
        available=row.available,
        expiring=ends,
        explanation=explanation,
    )


async def _why(ask: Ask, hold_id: UUID, *, lines: Sequence[StatementLine]) -> WhyAnswer:
    moved = await hold_entries(ask.reads, ask.person, hold_id=hold_id)
    lots = await lots_by_id(ask.reads, ask.person, lot_ids={each.lot_id for each in moved})
    told = await _becauses(ask, lines)
    uses = await uses_of(ask, lines)
    return WhyAnswer(
        hold_id=hold_id,
        charged=-sum(each.credits for each in moved),
        generation=_generation(uses.get(hold_id)),
        lots=parts_of(lots, moved),
        steps=[entry(ask, each, uses=uses, because=told[each.position]) for each in lines],
    )


def _generation(use: HoldUse | None) -> GenerationAsked | None:
    if use is None or use.draft_id is None:
        return None
    return GenerationAsked(
        id=use.hold_id, draft_id=use.draft_id, title=use.title, candidates=use.candidates
    )


async def _becauses(ask: Ask, lines: Sequence[StatementLine]) -> dict[int, Because]:
    past = past_until(ask, max((line.position for line in lines), default=0))
    events = {each.position: each for each in await past.events([Wallet.id_of(ask.person)])}
    reasons = [
        Reason(recorded, {"credits": line.credits}, _documents(recorded))
        for line in lines
        for recorded in [events[line.position]]
    ]
    told = await becauses(ask, reasons, owner_id=ask.person)
    return {each.position: each for each in told}


def _reason(change: Change) -> Reason | None:
    return reason(change, _amounts, documents=_documents(change.recorded))


def _amounts(row: object) -> Amounts:
    if not isinstance(row, WalletBalance):
        return {}
    return {"balance": row.balance, "held": row.held, "available": row.available}


def _documents(recorded: Recorded) -> list[Document]:
    event = recorded.event
    if isinstance(event, OF_A_HOLD):
        return [Document("generation", str(event.hold_id))]
    return []
