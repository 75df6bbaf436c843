"""Entries by account, customer, order and event, and customers' balances."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from projections.ledger.tables import LedgerCustomer, LedgerEntry
from projections.reads import Reads

# What stood on a customer's accounts after a line: what stands there now without what came later.
STOOD: LiteralString = (
    "SELECT c.account, c.debits - c.credits - coalesce(later.amount, 0)"
    " FROM read.ledger_customers AS c LEFT JOIN ("
    " SELECT account, sum(amount) AS amount FROM read.ledger_entries"
    " WHERE customer_id = %(customer)s AND (position, line) > (%(position)s, %(line)s)"
    " GROUP BY account) AS later USING (account) WHERE c.customer_id = %(customer)s"
)
# What came on each account after a line of a page up to the page's newest one, shown or sieved out.
LATER: LiteralString = (
    "SELECT position, line, later FROM (SELECT position, line, sum(amount) OVER ("
    "  PARTITION BY account ORDER BY position DESC, line DESC) - amount AS later"
    "  FROM read.ledger_entries WHERE customer_id = %(customer)s AND account = ANY (%(accounts)s)"
    "  AND (position, line) <= (%(position)s, %(line)s)"
    "  AND (position, line) >= (%(first_position)s, %(first_line)s)) AS page"
    " JOIN unnest(%(positions)s::bigint[], %(lines)s::bigint[]) AS shown(position, line)"
    " USING (position, line)"
)
MOVERS = (
    "SELECT customer_id, sum(greatest(amount, 0)) AS debits, sum(greatest(-amount, 0)) AS credits,"
    " count(*) AS entries FROM read.ledger_entries"
    " WHERE account = %(account)s AND period = %(period)s AND customer_id IS NOT NULL"
    " GROUP BY customer_id ORDER BY abs(sum(amount)) DESC, customer_id LIMIT %(limit)s"
)


class Place(Struct, frozen=True):
    """The place of an entry's line in a statement: what follows is older."""

    period: str
    position: int
    line: int


class Filter(Struct, frozen=True, kw_only=True):
    """Which entries are wanted; None leaves a property open. `until` is the newest position."""

    account: str | None = None
    customer_id: UUID | None = None
    order_id: UUID | None = None
    period: str | None = None
    movement: str | None = None
    until: int | None = None


class CustomerLine(Struct, frozen=True, kw_only=True):
    """A line of a customer's statement, with the customer's balance of its account after it."""

    entry: LedgerEntry
    net: Decimal


class Mover(Struct, frozen=True, kw_only=True):
    """What one customer moved on an account in a period."""

    customer_id: UUID
    debits: Decimal
    credits: Decimal
    entries: int


async def entries_of_event(reads: Reads, position: int) -> list[LedgerEntry]:
    """The lines that the event at a position was booked as, in order."""
    return await reads.all(
        LedgerEntry,
        "SELECT * FROM read.ledger_entries WHERE position = %s ORDER BY line",
        (position,),
    )


async def ledger_statement(
    reads: Reads, wanted: Filter, *, before: Place | None, limit: int
) -> list[LedgerEntry]:
    """The newest entries before a place (None: from the newest on), newest first.

    They are found by account, customer or order; the other properties are sieved.
    """
    query: LiteralString = "SELECT * FROM read.ledger_entries WHERE true"
    if wanted.account is not None:
        query += " AND account = %(account)s"
    if wanted.customer_id is not None:
        query += " AND customer_id = %(customer_id)s"
    if wanted.order_id is not None:
        query += " AND order_id = %(order_id)s"
    if wanted.period is not None:
        query += " AND period = %(period)s"
    if wanted.movement is not None:
        query += " AND movement = %(movement)s"
    if wanted.until is not None:
        query += " AND position <= %(until)s"
    by_month = wanted.account and not (wanted.customer_id or wanted.order_id)
    if by_month:
        if before is not None:
            query += " AND (period, position, line) < (%(month)s, %(position)s, %(line)s)"
        query += " ORDER BY period DESC, position DESC, line DESC LIMIT %(limit)s"
    else:
        if before is not None:
            query += " AND (position, line) < (%(position)s, %(line)s)"
        query += " ORDER BY position DESC, line DESC LIMIT %(limit)s"
    return await reads.all(LedgerEntry, query, _parameters(wanted, before, limit=limit))


async def customer_statement(
    reads: Reads, wanted: Filter, *, before: Place | None, limit: int
) -> list[CustomerLine]:
    """A customer's newest entries before a place, each with the balance of its account after it.

    `wanted` names the customer. Balances are debits less credits, and right as far as
    `ledger_customers` stands where `ledger_entries` does.
    """
    entries = await ledger_statement(reads, wanted, before=before, limit=limit)
    if not entries:
        return []
    newest, oldest = entries[0], entries[-1]
    ends: dict[str, object] = {
        "customer": wanted.customer_id,
        "position": newest.position,
        "line": newest.line,
    }
    page = {
        "first_position": oldest.position,
        "first_line": oldest.line,
        "accounts": list({each.account for each in entries}),
        "positions": [each.position for each in entries],
        "lines": [each.line for each in entries],
    }
    stood: dict[str, Decimal] = dict(await reads.rows(STOOD, ends))
    later = {(at, line): moved for at, line, moved in await reads.rows(LATER, ends | page)}
    return [
        CustomerLine(entry=each, net=stood[each.account] - later[each.position, each.line])
        for each in entries
    ]


async def customer_accounts(reads: Reads, customer_id: UUID) -> list[LedgerCustomer]:
    """What stands on each account for a customer now."""
    return await reads.all(
        LedgerCustomer,
        "SELECT * FROM read.ledger_customers WHERE customer_id = %s ORDER BY account",
        (customer_id,),
    )


async def largest_movers(reads: Reads, account: str, *, period: str, limit: int) -> Sequence[Mover]:
    """Those customers for whom an account changed most in a period."""
    parameters = {"account": account, "period": period, "limit": limit}
    return await reads.all(Mover, MOVERS, parameters)


def _parameters(wanted: Filter, before: Place | None, *, limit: int) -> dict[str, object]:
    return {
        "account": wanted.account,
        "customer_id": wanted.customer_id,
        "order_id": wanted.order_id,
        "period": wanted.period,
        "movement": wanted.movement,
        "until": wanted.until,
        "month": before.period if before else None,
        "position": before.position if before else None,
        "line": before.line if before else None,
        "limit": limit,
    }
