"""Keeping what a provider reports of a day: each reading as it was, and what it changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg.sql import SQL, Composed, Identifier

from adapters.postgres.pool import Pool
from application.ports import BouncedTransfer, ReportedPayout, ReportedTransaction

LOCK = 7_065_020
"""The class of the advisory locks under which reports of a provider are kept and matched."""


class Report(Struct, frozen=True):
    """A kind of report: its name, and the columns of its table with how a row fills them."""

    name: str
    columns: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]

    @property
    def table(self) -> str:
        """The table that keeps it."""
        return f"recon_{self.name}"


class Reading(Struct, frozen=True, kw_only=True):
    """All rows of a report of a day, as they were read at a moment."""

    provider: str
    day: date
    at: datetime
    rows: Sequence[Any]


class Kept(Struct, frozen=True, kw_only=True):
    """One reading: how many rows it had, and how it differs from the one before of the same day."""

    fetch_id: int
    rows: int
    appeared: int
    vanished: int


def _transaction(row: ReportedTransaction) -> tuple[Any, ...]:
    return (
        row.kind,
        row.reported_id,
        row.transaction_id,
        row.payment_id,
        row.conversation_id,
        row.basket_id,
        abs(row.paid.amount),
        row.paid.currency,
        row.commission,
        row.fee,
        row.payout,
        row.succeeded,
        row.after_settlement,
    )


def _payout(row: ReportedPayout) -> tuple[Any, ...]:
    return (row.transaction_id, row.amount, row.currency, row.kind, row.reference)


def _bounce(row: BouncedTransfer) -> tuple[Any, ...]:
    return (row.reference, row.amount.amount, row.amount.currency, row.reason)


TRANSACTIONS = Report(
    "transactions",
    (
        "kind",
        "reported_id",
        "transaction_id",
        "payment_id",
        "conversation_id",
        "basket_id",
        "paid",
        "currency",
        "commission",
        "fee",
        "payout",
        "succeeded",
        "after_settlement",
    ),
    _transaction,
)
PAYOUTS = Report("payouts", ("transaction_id", "amount", "currency", "kind", "reference"), _payout)
BOUNCES = Report("bounces", ("reference", "amount", "currency", "reason"), _bounce)

ARRIVED = "CREATE TEMP TABLE arrived ON COMMIT DROP AS SELECT fingerprint, {columns} FROM {table}"
NUMBERED = """
CREATE TEMP TABLE numbered ON COMMIT DROP AS
SELECT *, row_number() OVER (PARTITION BY fingerprint)::int AS copy FROM arrived
"""
FETCHED = """
WITH present AS (
    SELECT fingerprint, copy FROM {table}
    WHERE provider = %(provider)s AND day = %(day)s AND gone_by IS NULL
)
INSERT INTO recon_fetches (provider, report, day, fetched_at, digest, rows, appeared, vanished)
SELECT %(provider)s, %(report)s, %(day)s, %(at)s,
    (SELECT sha256(coalesce(string_agg(fingerprint::text || '/' || copy, ','
                                       ORDER BY fingerprint, copy), '')::bytea) FROM numbered),
    (SELECT count(*) FROM numbered),
    (SELECT count(*) FROM numbered LEFT JOIN present USING (fingerprint, copy)
     WHERE present.copy IS NULL),
    (SELECT count(*) FROM present LEFT JOIN numbered USING (fingerprint, copy)
     WHERE numbered.copy IS NULL)
RETURNING fetch_id, rows, appeared, vanished
"""
GONE = """
UPDATE {table} AS kept SET gone_by = %(fetch)s
WHERE provider = %(provider)s AND day = %(day)s AND gone_by IS NULL AND NOT EXISTS (
    SELECT FROM numbered
    WHERE numbered.fingerprint = kept.fingerprint AND numbered.copy = kept.copy)
"""
NEW = """
INSERT INTO {table} (provider, day, fingerprint, copy, {columns}, seen_by)
SELECT %(provider)s, %(day)s, fingerprint, copy, {columns}, %(fetch)s FROM numbered
WHERE NOT EXISTS (
    SELECT FROM {table} AS kept
    WHERE provider = %(provider)s AND day = %(day)s AND gone_by IS NULL
        AND kept.fingerprint = numbered.fingerprint AND kept.copy = numbered.copy)
"""


async def keep(pool: Pool, report: Report, *, reading: Reading) -> Kept:
    """Keep one whole reading of a report; all of it or nothing. Rows that were read before stay as
    they are, those that are not there any more are marked as gone.
    """
    asked: dict[str, Any] = {
        "provider": reading.provider,
        "report": report.name,
        "day": reading.day,
        "at": reading.at,
    }
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = on")
        await connection.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (LOCK, reading.provider)
        )
        await connection.execute(_sql(ARRIVED + " WITH NO DATA", report))
        cursor = connection.cursor()
        async with cursor.copy(
            _sql("COPY arrived (fingerprint, {columns}) FROM STDIN", report)
        ) as copy:
            for row in reading.rows:
                values = report.values(row)
                await copy.write_row((fingerprint(values), *values))
        await connection.execute(NUMBERED)
        cursor = await connection.execute(_sql(FETCHED, report), asked)
        fetch_id, count, appeared, vanished = await cursor.fetchone() or (0, 0, 0, 0)
        if vanished:
            await connection.execute(_sql(GONE, report), asked | {"fetch": fetch_id})
        if appeared:
            await connection.execute(_sql(NEW, report), asked | {"fetch": fetch_id})
        return Kept(fetch_id=fetch_id, rows=count, appeared=appeared, vanished=vanished)


def fingerprint(values: Sequence[Any]) -> UUID:
    """What makes a reported row the same when it is read again, however its numbers are written."""
    text = "\x1f".join(_plain(value) for value in values)
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())


def _plain(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _sql(template: str, report: Report) -> Composed:
    columns = SQL(", ").join(map(Identifier, report.columns))
    return SQL(template).format(table=Identifier(report.table), columns=columns)
