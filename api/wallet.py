"""A customer's wallet over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from litestar import Controller, Response, get
from msgspec import UNSET, Struct, UnsetType

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
from application.past import NothingYet
from application.store import Recorded
from domain.shared.errors import NotFound
from domain.wallet import Wallet
from projections.past import Change, Past
from projections.wallet import (
    StatementLine,
    WalletBalance,
    wallet_balance,
    wallet_balance_then,
    wallet_balances,
    wallet_course,
    wallet_statement,
    wallet_statement_then,
    wallet_statements,
)


class WalletAnswer(Struct, frozen=True, kw_only=True):
    """Credits: all of them, those held for work under way, and what may be spent.

    `explanation` is there if it was asked for.
    """

    balance: int
    held: int
    available: int
    explanation: Explanation | UnsetType = UNSET


class StatementEntry(Struct, frozen=True, kw_only=True):
    """One change; `credits` is signed, and holds and releases do not change the balance.

    `kind` is granted, held, captured, released or expired. `because` is there if an explanation was
    asked for.
    """

    position: int
    at: datetime
    kind: str
    credits: int
    purpose: str
    because: Because | UnsetType = UNSET


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
            return ask.answer(await _balance(ask, row, past=past if explain else None))
        await ask.fresh(wallet_balances)
        row = await wallet_balance(ask.reads, ask.person)
        if row is None:
            raise NotFound
        explained = past_until(ask, row.position) if explain else None
        return ask.answer(await _balance(ask, row, past=explained))

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
            await ask.fresh(wallet_statements)
            lines = await wallet_statement(ask.reads, ask.person, before=before, limit=most)
        told = await _becauses(ask, lines) if explain else {}
        items = [_entry(line, told.get(line.position, UNSET)) for line in lines]
        return ask.listed(items, page, key=lambda line: [line.position])


async def _balance(ask: Ask, row: WalletBalance, *, past: Past | None) -> WalletAnswer:
    explanation: Explanation | UnsetType = UNSET
    if past is not None:
        course = await wallet_course(past, ask.person)
        reasons = [_reason(change) for change in course]
        told = [each for each in reasons if each is not None]
        explanation = await explanation_of(ask, told, owner_id=ask.person)
    return WalletAnswer(
        balance=row.balance, held=row.held, available=row.available, explanation=explanation
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
    if isinstance(event, Wallet.CreditsHeld | Wallet.HoldCaptured | Wallet.HoldReleased):
        return [Document("generation", str(event.hold_id))]
    return []


def _entry(line: StatementLine, because: Because | UnsetType) -> StatementEntry:
    return StatementEntry(
        position=line.position,
        at=line.at,
        kind=line.kind,
        credits=line.credits,
        purpose=line.purpose,
        because=because,
    )
