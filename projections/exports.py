"""Tables that finance takes away: their columns, and their rows in batches of any number."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import LiteralString

from msgspec import Struct, structs

from application.tables import Column, Row
from projections.base import AnyReadModel
from projections.invoices import invoices
from projections.ledger import ledger_entries, ledger_months
from projections.reads import Reads

BATCH = 5_000
"""Rows that are in memory at a time."""


class Export(Struct, frozen=True, kw_only=True):
    """A table to take away: what its rows are, its columns, the read models it is made of, and
    which of the parameters `since`, `until` (months) and `account` sieve its rows.
    """

    meaning: str
    columns: tuple[Column, ...]
    models: tuple[AnyReadModel, ...]
    sieves: tuple[str, ...]
    query: LiteralString

    def unused(self, sieve: Sieve) -> list[str]:
        """The parameters that are given and do not sieve this table."""
        given = {name for name, value in structs.asdict(sieve).items() if value is not None}
        return sorted(given - {*self.sieves})


LEDGER_ENTRIES = Export(
    meaning="Every line of every entry of the ledger, in the order of the log.",
    columns=(
        Column("position", "whole", "Position in the log of the event that was booked"),
        Column("line", "whole", "Number of the line in the event's entry, from 1"),
        Column("account", "text", "Key of the account"),
        Column("unit", "text", "TRY, or the class of credits: promotional or purchased"),
        Column("amount", "amount", "Debit positive, credit negative"),
        Column("movement", "text", "What happened, as roll-forwards call it"),
        Column("customer_id", "id", "The customer, if there is one"),
        Column("order_id", "id", "The order, if there is one"),
        Column("entry_id", "id", "The manual entry, if it is one"),
        Column("source_id", "id", "The aggregate whose event it is"),
        Column("topic", "text", "The kind of the event"),
        Column("period", "text", "Month in which it is booked, YYYY-MM"),
        Column("booked_at", "moment", "When it was booked"),
        Column("effective_on", "date", "The day to which it belongs"),
    ),
    models=(ledger_entries,),
    sieves=("since", "until", "account"),
    query=(
        "SELECT position, line, account, unit, amount, movement, customer_id, order_id, entry_id,"
        " source_id, topic, period, booked_at, effective_on FROM read.ledger_entries"
        " WHERE (%(since)s::text IS NULL OR period >= %(since)s)"
        " AND (%(until)s::text IS NULL OR period <= %(until)s)"
        " AND (%(account)s::text IS NULL OR account = %(account)s) ORDER BY position, line"
    ),
)
LEDGER_MONTHS = Export(
    meaning="What was booked on each account in each month, by what happened.",
    columns=(
        Column("period", "text", "Month, YYYY-MM"),
        Column("account", "text", "Key of the account"),
        Column("movement", "text", "What happened, as roll-forwards call it"),
        Column("debits", "amount", "Sum of the debits"),
        Column("credits", "amount", "Sum of the credits"),
        Column("entries", "whole", "Number of lines"),
    ),
    models=(ledger_months,),
    sieves=("since", "until", "account"),
    query=(
        "SELECT period, account, movement, debits, credits, entries FROM read.ledger_months"
        " WHERE (%(since)s::text IS NULL OR period >= %(since)s)"
        " AND (%(until)s::text IS NULL OR period <= %(until)s)"
        " AND (%(account)s::text IS NULL OR account = %(account)s)"
        " ORDER BY period, account, movement"
    ),
)
INVOICES = Export(
    meaning="Every invoice with its sums, in the order of its number.",
    columns=(
        Column("number", "text", "Number of the invoice"),
        Column("kind", "text", "sale or return"),
        Column("issued_at", "moment", "When it was issued"),
        Column("ettn", "id", "Number by which the revenue administration knows it"),
        Column("order_number", "text", "Number of the order"),
        Column("order_id", "id", "The order"),
        Column("customer_id", "id", "The customer"),
        Column("net", "amount", "Sum without KDV, in TRY"),
        Column("tax", "amount", "KDV, in TRY"),
        Column("gross", "amount", "What was paid, in TRY"),
        Column("sample", "yes_or_no", "Whether it is an example without force"),
    ),
    models=(invoices,),
    sieves=("since", "until"),
    query=(
        "SELECT number, kind, issued_at, ettn, order_number, order_id, customer_id,"
        " (net->>'amount')::numeric, (tax->>'amount')::numeric, (gross->>'amount')::numeric, sample"
        " FROM (SELECT *, to_char(issued_at AT TIME ZONE 'Europe/Istanbul', 'YYYY-MM') AS period"
        "  FROM read.invoices) AS dated"
        " WHERE (%(since)s::text IS NULL OR period >= %(since)s)"
        " AND (%(until)s::text IS NULL OR period <= %(until)s)"
        " ORDER BY letters, kind, year, sequence"
    ),
)

EXPORTS: dict[str, Export] = {
    "invoices": INVOICES,
    "ledger-entries": LEDGER_ENTRIES,
    "ledger-months": LEDGER_MONTHS,
}
"""Every table that can be taken away, by its name."""


class Sieve(Struct, frozen=True, kw_only=True):
    """Which rows are wanted: months from `since` to `until`, both included, and one account."""

    since: str | None = None
    until: str | None = None
    account: str | None = None


async def counted(reads: Reads, export: Export, *, sieve: Sieve) -> int:
    """How many rows there are."""
    query: LiteralString = "SELECT count(*) FROM (" + export.query + ") AS rows"  # noqa: S608  # both are constants
    [(count,)] = await reads.rows(query, structs.asdict(sieve))
    return int(count)


def exported(reads: Reads, export: Export, *, sieve: Sieve) -> AsyncGenerator[list[Row], None]:
    """The rows in batches, all of one state of the database."""
    return reads.batches(export.query, structs.asdict(sieve), size=BATCH)
