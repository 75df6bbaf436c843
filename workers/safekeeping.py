"""How old the newest backups are, told as a metric by one process."""

from __future__ import annotations

from prometheus_client import Gauge

from adapters.postgres.pool import Pool
from workers.looking import look_now_and_then

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
        await look_now_and_then(self.look, backup_age.clear, what="backups", seconds=LOOK_SECONDS)

    async def look(self) -> None:
        """Tell how old the newest backups are now; nothing of an empty log."""
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(AGES)).fetchall()
        for kind, age in rows:
            if age is not None:
                backup_age.labels(kind).set(age)
