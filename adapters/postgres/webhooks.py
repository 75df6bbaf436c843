"""The table of received webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from msgspec import Struct
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout, TooManyRequests

from adapters.postgres.grouping import Grouping
from adapters.postgres.pool import Pool
from application.payments.webhooks import StoredWebhook, WebhookFilter, WebhookVerdict
from application.ports import Unavailable
from domain.shared.card_numbers import scrub, scrub_bytes

INSERT = (
    "INSERT INTO webhooks (webhook_id, provider, received_at, body, length, headers, verdict,"
    " event_type, status, reference, attempt_id, handled_at)"
    " SELECT * FROM unnest(%(webhook_id)s::uuid[], %(provider)s::text[],"
    " %(received_at)s::timestamptz[], %(body)s::bytea[], %(length)s::int[], %(headers)s::jsonb[],"
    " %(verdict)s::text[], %(event_type)s::text[], %(status)s::text[], %(reference)s::text[],"
    " %(attempt_id)s::uuid[], %(handled_at)s::timestamptz[])"
    " ON CONFLICT (provider, reference, verdict) WHERE verdict IN ('accepted', 'unsigned')"
    " DO NOTHING RETURNING webhook_id"
)
# It does not wait for the disk: what is forgotten in a crash of the server is handled once more.
SETTLE = (
    "UPDATE webhooks AS w SET verdict = s.verdict, handled_at = s.at,"
    " attempt_id = coalesce(s.attempt_id, w.attempt_id)"
    " FROM unnest(%(webhook_id)s::uuid[], %(verdict)s::text[], %(attempt_id)s::uuid[],"
    " %(at)s::timestamptz[]) AS s (webhook_id, verdict, attempt_id, at),"
    " (SELECT set_config('synchronous_commit', 'off', true) AS commit) AS now"
    " WHERE w.webhook_id = s.webhook_id AND now.commit = 'off'"
)
WANTED = (
    " FROM webhooks WHERE (%(webhook_id)s::uuid IS NULL OR webhook_id = %(webhook_id)s)"
    " AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s)"
    " AND (%(since)s::timestamptz IS NULL OR received_at >= %(since)s)"
    " AND (%(until)s::timestamptz IS NULL OR received_at < %(until)s)"
    " AND (%(unhandled_since)s::timestamptz IS NULL"
    " OR handled_at IS NULL AND received_at < %(unhandled_since)s)"
)
PAGE = (
    "SELECT webhook_id, provider, received_at, body, length, headers, verdict, event_type, status,"
    f" reference, attempt_id, handled_at {WANTED}"
    " AND (%(at)s::timestamptz IS NULL OR (received_at, webhook_id) > (%(at)s, %(id)s::uuid))"
    " ORDER BY received_at, webhook_id LIMIT %(limit)s"
)
SUMMARY = (
    "SELECT verdict, count(*), count(*) FILTER (WHERE handled_at IS NULL), min(received_at),"
    " max(received_at) FROM webhooks GROUP BY verdict ORDER BY verdict"
)
SAID = ("event_type", "status", "reference")
"""What a message says of itself, beside its body."""
SWEPT = 1_000
"""How many rows one statement deletes."""
OLD = (
    "DELETE FROM webhooks WHERE webhook_id IN (SELECT webhook_id FROM webhooks"
    " WHERE received_at < %s ORDER BY received_at LIMIT 1000)"
)
# What anybody can send goes before what only the provider can.
BEYOND = (
    "DELETE FROM webhooks WHERE webhook_id IN (SELECT webhook_id FROM ("
    " SELECT webhook_id, sum(octet_length(body) + 400) OVER ("
    "   ORDER BY verdict IN ('accepted', 'unsigned') DESC, received_at DESC, webhook_id) AS kept"
    " FROM webhooks) AS w WHERE kept > %s LIMIT 1000)"
)
WITH_ROWS = "SET LOCAL enable_seqscan = on"


class VerdictCount(Struct, frozen=True, kw_only=True):
    """The kept webhooks of one verdict."""

    verdict: WebhookVerdict
    count: int
    unhandled: int
    first_at: datetime
    last_at: datetime


class PostgresWebhooks:
    """`WebhookInbox` on the database of the log."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._keeping = Grouping(self._keep, hopeless=Unavailable)
        self._settling = Grouping(self._settle, hopeless=Unavailable)

    async def keep(self, webhook: StoredWebhook) -> WebhookVerdict:
        row = {name: getattr(webhook, name) for name in webhook.__struct_fields__}
        row["headers"] = Jsonb({n: scrub(_storable(v)) for n, v in webhook.headers.items()})
        row["body"] = scrub_bytes(webhook.body)
        row |= {name: scrub(row[name]) for name in SAID if row[name]}
        return await self._keeping.do(row)

    async def settle(
        self, webhook_id: UUID, verdict: WebhookVerdict, *, attempt_id: UUID | None, at: datetime
    ) -> None:
        row = {"webhook_id": webhook_id, "verdict": verdict, "attempt_id": attempt_id, "at": at}
        try:
            await self._settling.do(row)
        except psycopg.errors.UniqueViolation:
            # Read under other keys it turned out to be what another one had been before.
            await self._settling.do(row | {"verdict": "duplicate"})

    async def _keep(self, rows: Sequence[dict[str, Any]]) -> list[WebhookVerdict]:
        async with self._connected() as connection, connection.transaction():
            new = await (await connection.execute(INSERT, _columns(rows))).fetchall()
            first = {webhook_id for (webhook_id,) in new}
            again = [
                row | {"verdict": "duplicate", "handled_at": row["received_at"]}
                for row in rows
                if row["webhook_id"] not in first
            ]
            if again:
                await connection.execute(INSERT, _columns(again))
        return [row["verdict"] if row["webhook_id"] in first else "duplicate" for row in rows]

    async def _settle(self, rows: Sequence[dict[str, Any]]) -> list[None]:
        async with self._connected() as connection:
            await connection.execute(SETTLE, _columns(rows))
        return [None] * len(rows)

    async def page(
        self, wanted: WebhookFilter, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[StoredWebhook]:
        asked = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
        asked |= {"at": after and after[0], "id": after and after[1], "limit": limit}
        async with self._connected() as connection:
            rows = await (await connection.execute(PAGE.encode(), asked)).fetchall()
        names = StoredWebhook.__struct_fields__
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return [StoredWebhook(**row | {"body": bytes(row["body"])}) for row in found]

    async def count(self, wanted: WebhookFilter) -> int:
        """How many wanted ones there are."""
        asked = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
        async with self._connected() as connection:
            cursor = await connection.execute(f"SELECT count(*) {WANTED}".encode(), asked)
            row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def summary(self) -> list[VerdictCount]:
        """How many there are of each verdict."""
        async with self._connected() as connection:
            rows = await (await connection.execute(SUMMARY)).fetchall()
        names = VerdictCount.__struct_fields__
        return [VerdictCount(**dict(zip(names, row, strict=True))) for row in rows]

    async def sweep(self, now: datetime, *, days: float, megabytes: float) -> int:
        """Delete those that are older than `days`, and what is beyond so many megabytes, the oldest
        first and what led to no question before all others; how many.
        """
        deleted = await self._swept(OLD, now - timedelta(days=days))
        return deleted + await self._swept(BEYOND, round(megabytes * 1024 * 1024))

    async def forget(self, attempt_ids: Collection[UUID]) -> int:
        """Delete all that is about these attempts, or names one of them anywhere, and leave nothing
        between the rows; how many.
        """
        ids = list(attempt_ids)
        if not ids:
            return 0
        async with self._connected() as connection, connection.transaction():
            await connection.execute(WITH_ROWS)
            cursor = await connection.execute(
                "DELETE FROM webhooks AS w USING unnest(%s::uuid[]) AS a(id)"
                " WHERE w.attempt_id = a.id OR position(a.id::text::bytea IN w.body) > 0",
                (ids,),
            )
        if cursor.rowcount:
            async with self._connected() as connection:
                await connection.execute("VACUUM (FULL) webhooks")
        return cursor.rowcount

    async def oldest_unhandled(self) -> datetime | None:
        """Since when the oldest one waits to be handled; None when none does."""
        async with self._connected() as connection:
            cursor = await connection.execute(
                "SELECT min(received_at) FROM webhooks WHERE handled_at IS NULL"
            )
            row = await cursor.fetchone()
        return row[0] if row else None

    async def _swept(self, query: str, bound: object) -> int:
        deleted = 0
        while True:
            async with self._connected() as connection, connection.transaction():
                await connection.execute(WITH_ROWS)
                some = (await connection.execute(query.encode(), (bound,))).rowcount
            deleted += some
            if some < SWEPT:
                return deleted

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[psycopg.AsyncConnection[tuple[Any, ...]]]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, PoolTimeout, TooManyRequests, OSError) as error:
            raise Unavailable(f"webhooks can't be reached: {error}") from error


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _storable(text: str) -> str:
    """A header as PostgreSQL can store it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
