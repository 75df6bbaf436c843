"""How old the newest backups are, told as a metric by one process."""

from __future__ import annotations

import asyncio

import psycopg
import structlog
from prometheus_client import Gauge

from adapters.postgres.pool import Pool

log = structlog.get_logger()

LOOK_SECONDS = 60.0
# As long as there is none, the age is that of the oldest event that would be lost.
AGES = """
SELECT wanted.kind, extract(epoch FROM clock_timestamp() - coalesce(
           (SELECT max(made_at) FROM backups WHERE backups.kind = ANY (wanted.made)),
           (SELECT recorded_at FROM events ORDER BY position LIMIT 1)))::float8
FROM (VALUES ('log', '{log,physical}'::text[]), ('keys', '{keys,physical}'),
             ('check', '{check}')) AS wanted(kind, made)
"""

backup_age = Gauge(
    "backup_age_seconds",
    "Age of the newest backup of the log or the keys, and of the last one that was checked",
    ["kind"],
)


class BackupWatch:
    """Tells as long as it runs how old backups are. One process is enough: it counts for all."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def run(self) -> None:
        """Look now and then, for ever; cancel to stop. What was told is then taken back."""
        try:
            while True:
                try:
                    await self.look()
                except (psycopg.OperationalError, OSError) as error:
                    log.warning("backups_not_seen", error=str(error))
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            backup_age.clear()

    async def look(self) -> None:
        """Tell how old the newest backups are now; nothing of an empty log."""
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(AGES)).fetchall()
        for kind, age in rows:
            if age is not None:
                backup_age.labels(kind).set(age)
