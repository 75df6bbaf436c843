"""A customer's wallet over HTTP."""

from __future__ import annotations

from datetime import datetime

from litestar import Controller, Response, get
from msgspec import Struct

from api.ask import Ask, Listed
from domain.shared.errors import NotFound
from projections.wallet import (
    StatementLine,
    wallet_balance,
    wallet_balances,
    wallet_statement,
    wallet_statements,
)


class WalletAnswer(Struct, frozen=True, kw_only=True):
    """Credits: all of them, those held for work under way, and what may be spent."""

    balance: int
    held: int
    available: int


class StatementEntry(Struct, frozen=True, kw_only=True):
    """One change; `credits` is signed, and holds and releases do not change the balance.

    `kind` is granted, held, captured, released or expired.
    """

    position: int
    at: datetime
    kind: str
    credits: int
    purpose: str


class WalletController(Controller):
    path = "/wallet"
    tags = ("wallet",)

    @get(operation_id="WalletBalance", summary="How many credits the caller has")
    async def balance(self, ask: Ask) -> Response[WalletAnswer]:
        """The balance, what is held, and what is available. 404 before the wallet is open."""
        await ask.fresh(wallet_balances)
        row = await wallet_balance(ask.reads, ask.person)
        if row is None:
            raise NotFound
        return ask.answer(WalletAnswer(balance=row.balance, held=row.held, available=row.available))

    @get(
        "/history",
        operation_id="WalletStatement",
        summary="What changed in the caller's wallet, newest first",
    )
    async def history(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[StatementEntry]]:
        """The statement, line by line."""
        page = ask.page(limit, cursor)
        await ask.fresh(wallet_statements)
        before = page.after[0] if page.after else None
        lines = await wallet_statement(ask.reads, ask.person, before=before, limit=page.limit + 1)
        return ask.listed([_entry(line) for line in lines], page, key=lambda line: [line.position])


def _entry(line: StatementLine) -> StatementEntry:
    return StatementEntry(
        position=line.position,
        at=line.at,
        kind=line.kind,
        credits=line.credits,
        purpose=line.purpose,
    )
