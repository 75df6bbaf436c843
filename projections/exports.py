"""Tables that finance takes away: their columns, and their rows in batches of any number."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import LiteralString

from msgspec import Struct, structs

from application.tables import Column, Row
from projections.base import AnyReadModel
from projections.invoices import invoices
from projections.ledger import ledger_entries, ledger_months
from projections.manual_entries import manual_entries
from projections.reads import Reads
from projections.wallet_lots import wallet_entries

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

MANUAL_ENTRIES = Export(
    meaning="Credits that were given or taken by hand, in the order in which they were made.",
    columns=(
        Column("entry_id", "id", "The entry"),
        Column("made_at", "moment", "When it was made"),
        Column("customer_id", "id", "Whose credits"),
        Column("credits", "whole", "Given, or negative: taken"),
        Column("reason", "text", "Code of the reason"),
        Column("note", "text", "Why, in the words of its maker"),
        Column("state", "text", "open, approved (booked), rejected, withdrawn or expired"),
        Column("needs_second", "yes_or_no", "Whether a second person had to approve"),
        Column("made_by", "id", "Who made it"),
        Column("decided_by", "id", "Who decided on it, if somebody had to"),
        Column("decided_at", "moment", "When that was decided"),
        Column("effective_on", "date", "The day that it is about, if not that of its making"),
        Column("month", "text", "Month to which it was posted because of that"),
        Column("position", "whole", "Position in the log of its latest event"),
    ),
    models=(manual_entries,),
    sieves=("since", "until"),
    query=(
        "SELECT entry_id, made_at, customer_id, credits, reason, note, state, needs_second,"
        " made_by, decided_by, decided_at, effective_on, month, position"
        " FROM (SELECT *, to_char(made_at AT TIME ZONE 'Europe/Istanbul', 'YYYY-MM') AS period"
        "  FROM read.manual_entries) AS dated"
        " WHERE (%(since)s::text IS NULL OR period >= %(since)s)"
        " AND (%(until)s::text IS NULL OR period <= %(until)s)"
        " ORDER BY made_at, entry_id"
    ),
)
LOT_ENTRIES = Export(
    meaning="What each event did to each lot of credits: what every lot is, and what it paid for.",
    columns=(
        Column("customer_id", "id", "Whose lot"),
        Column("lot_id", "id", "The lot"),
        Column("position", "whole", "Position in the log of the event"),
        Column("at", "moment", "When it happened"),
        Column("kind", "text", "granted, held, captured, given_back, refunded, expired or taken"),
        Column("credits", "whole", "Added to what is left in the lot, or negative"),
        Column("held", "whole", "Added to what of that is held, or negative"),
        Column("hold_id", "id", "The hold, if it is about one"),
        Column("credit_class", "text", "promotional or purchased; told by the grant"),
        Column("origin", "text", "Where the lot came from; told by the grant"),
        Column("expires_at", "moment", "When it expires, if it does; told by the grant"),
        Column("paid", "amount", "What was paid for it, in TRY with KDV; told by the grant"),
        Column("order_id", "id", "The order by which it was bought; told by the grant"),
    ),
    models=(wallet_entries,),
    sieves=("since", "until"),
    query=(
        "SELECT customer_id, lot_id, position, at, kind, credits, held, hold_id, credit_class,"
        " origin, expires_at, (paid->>'amount')::numeric, order_id"
        " FROM (SELECT *, to_char(at AT TIME ZONE 'Europe/Istanbul', 'YYYY-MM') AS period"
        "  FROM read.wallet_entries) AS dated"
        " WHERE (%(since)s::text IS NULL OR period >= %(since)s)"
        " AND (%(until)s::text IS NULL OR period <= %(until)s)"
        " ORDER BY customer_id, lot_id, position"
    ),
)
RECONCILED_LINES = Export(
    meaning="How each line of payments and refunds stands beside the provider's books.",
    columns=(
        Column("day", "date", "The day of the line in Turkey"),
        Column("kind", "text", "payment, refund, or payout (of nothing that is known)"),
        Column("status", "text", "matched, expected, mismatched or aged"),
        Column("faults", "text", "What differs, with spaces between"),
        Column("difference", "text", "By how much less the provider's books have than ours"),
        Column("order_id", "id", "The order, if it is known"),
        Column("attempt_id", "id", "The attempt to pay, if it is known"),
        Column("line_id", "id", "The order's line, if it is known"),
        Column("refund_id", "id", "The refund, if it is one"),
        Column("transaction_id", "text", "The provider's name of the line"),
        Column("currency", "text", "Currency of all figures"),
        Column("ours", "amount", "What was paid or refunded, in our books"),
        Column("theirs", "amount", "The same in the provider's books"),
        Column("our_commission", "text", "Commission in our books, with parts of a kuruş"),
        Column("their_commission", "text", "The same in the provider's books"),
        Column("our_fee", "text", "Fee in our books, with parts of a kuruş"),
        Column("their_fee", "text", "The same in the provider's books"),
        Column("due", "text", "What is to be paid out in the end, with parts of a kuruş"),
        Column("paid_out", "text", "What was paid out and did not come back"),
        Column("due_on", "date", "The day on which it is to be paid out"),
        Column("payout_references", "text", "The transfers it was part of, with spaces between"),
    ),
    models=(),
    sieves=("since", "until"),
    query=(
        "SELECT day, kind, status, array_to_string(faults, ' '), difference::text, order_id,"
        " attempt_id, line_id, refund_id, transaction_id, currency, round(ours, 2),"
        " round(theirs, 2), our_commission::text, their_commission::text, our_fee::text,"
        " their_fee::text, due::text, paid_out::text, due_on,"
        " array_to_string(payout_references, ' ')"
        " FROM recon_lines"
        " WHERE (%(since)s::text IS NULL OR day >= (%(since)s || '-01')::date)"
        " AND (%(until)s::text IS NULL OR day < (%(until)s || '-01')::date + interval '1 month')"
        " ORDER BY day, line_key"
    ),
)

EXPORTS: dict[str, Export] = {
    "invoices": INVOICES,
    "ledger-entries": LEDGER_ENTRIES,
    "ledger-months": LEDGER_MONTHS,
    "lot-entries": LOT_ENTRIES,
    "manual-entries": MANUAL_ENTRIES,
    "reconciled-lines": RECONCILED_LINES,
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
