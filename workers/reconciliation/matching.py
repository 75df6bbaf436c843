"""Matching: one transaction that compares all lines of some days, and keeps what it found."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg import AsyncConnection

from adapters.postgres.pool import Pool
from workers.reconciliation.lines import FINDINGS, KEEP_LINES, STEPS, TELL_CHANGES
from workers.reconciliation.reports import LOCK

SLACK_DAYS = 5
"""How many days after it was due something may be missing before it is aged: long enough for any
row of public holidays but the longest.
"""
ASK_DAYS = 2
"""For how long after it was first read an attempt that is reported as paid is asked about, before a
person looks.
"""
INSTALMENT_DAYS = 30
"""How long a provider may hold the money of one instalment."""

Connection = AsyncConnection[tuple[Any, ...]]

AS_OF = """
SELECT max(day) + 1 FROM recon_fetches WHERE provider = %s AND report = 'payouts'
"""
NEW_RUN = """
INSERT INTO recon_runs (provider, day, since, as_of, looked_at, changed, began_at)
SELECT %(provider)s, %(until)s, %(since)s, %(as_of)s,
    (SELECT count(*) FROM found), (SELECT count(*) FROM changed), %(began_at)s
RETURNING run_id, looked_at, changed
"""


class Run(Struct, frozen=True, kw_only=True):
    """A run of the matching: how many lines it looked at, and how many stand otherwise since."""

    run_id: int
    looked_at: int
    changed: int


class Differing(Struct, frozen=True, kw_only=True):
    """A line that a person should hear of, or should hear of no more."""

    line_key: str
    kind: str
    status: str
    faults: list[str]
    day: date
    order_id: UUID | None
    attempt_id: UUID | None
    transaction_id: str
    conversation_id: str
    currency: str
    ours: Decimal | None
    theirs: Decimal | None
    our_commission: Decimal | None
    their_commission: Decimal | None
    due: Decimal | None
    paid_out: Decimal | None
    difference: Decimal
    booked: Decimal
    told: str


async def match(pool: Pool, provider: str, *, since: date, until: date, began_at: datetime) -> Run:
    """Compare all that happened on these days, on either side, and all that was open before.

    It is judged by what reports say up to the last day of which payouts were read, so it does not
    matter when this is called; and a second time it changes nothing.
    """
    async with pool.connection() as connection, connection.transaction():
        for name in ("enable_seqscan", "enable_bitmapscan"):
            # The pool forbids such plans so that short queries never meet them; here all matter.
            await connection.execute(f"SET LOCAL {name} = on")
        await connection.execute("SET LOCAL work_mem = '64MB'")
        await connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (LOCK, provider))
        asked = {
            "provider": provider,
            "since": since,
            "until": until,
            "as_of": await _as_of(connection, provider) or until + timedelta(days=1),
            "slack": SLACK_DAYS,
            "ask_days": ASK_DAYS,
            "instalment_days": INSTALMENT_DAYS,
            "began_at": began_at,
        }
        for table, step in STEPS:
            await connection.execute(step, asked)
            await connection.execute(f"ANALYZE {table}")
        for finding in FINDINGS:
            await connection.execute(finding, asked)
        cursor = await connection.execute(NEW_RUN, asked)
        run_id, looked_at, changed = await cursor.fetchone() or (0, 0, 0)
        await connection.execute(TELL_CHANGES, {"run": run_id})
        await connection.execute(KEEP_LINES, {"run": run_id})
        return Run(run_id=run_id, looked_at=looked_at, changed=changed)


async def _as_of(connection: Connection, provider: str) -> date | None:
    cursor = await connection.execute(AS_OF, (provider,))
    row = await cursor.fetchone()
    found: date | None = row[0] if row else None
    return found
