"""Reconciling each day when it is over, by one process, and telling how it stands."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import LiteralString

import structlog
from prometheus_client import Gauge

from adapters.postgres.pool import Pool
from application.ports import Clock, ReportUnreadable, Unavailable
from domain.shared.days import TURKEY
from domain.shared.months import day_at
from workers.reconciliation.running import LATE_DAYS, Outcome, Reconciliation

log = structlog.get_logger()

LOOK_SECONDS = 300.0
"""How often it is asked whether a day is to be reconciled."""
READY_AFTER = timedelta(hours=4)
"""How long after the end of a day its reports are taken to be complete."""

reconciliation_open = Gauge(
    "reconciliation_open",
    "Lines that do not match and that nobody has resolved",
    ["status"],
)
reconciliation_days_behind = Gauge(
    "reconciliation_days_behind", "Days that are over and have not been reconciled"
)

DUE: LiteralString = """
SELECT due::date FROM generate_series(
    (SELECT min(day) FROM read.payment_lines WHERE provider = %(provider)s)::timestamp,
    %(newest)s::timestamp, '1 day') AS due
WHERE NOT EXISTS (SELECT FROM recon_runs
                  WHERE provider = %(provider)s AND day = due::date AND ended_at IS NOT NULL
                      AND began_at >= (due + interval '1 day' + %(ready_after)s)
                          AT TIME ZONE 'Europe/Istanbul')
ORDER BY due
"""
OPEN: LiteralString = """
SELECT status, count(*) FROM recon_lines AS l
WHERE status IN ('mismatched', 'aged') AND NOT EXISTS (
    SELECT FROM read.work_items AS w
    WHERE w.key = l.line_key AND w.state = 'resolved'
        AND w.kind = CASE l.status WHEN 'aged' THEN 'recon_aged' ELSE 'recon_mismatch' END)
GROUP BY status
"""


class Reconciling:
    """Reconciles as long as it runs. One process is enough."""

    def __init__(self, reconciliation: Reconciliation, pool: Pool, clock: Clock) -> None:
        self._reconciliation = reconciliation
        self._pool = pool
        self._clock = clock

    async def run(self) -> None:
        """Go on for ever; cancel to stop. What was told is then taken back."""
        try:
            while True:
                try:
                    await self.step()
                except (Unavailable, ReportUnreadable) as error:
                    log.warning("reconciliation_waits", error=str(error))
                except Exception as error:  # noqa: BLE001  # it will be behind; the sealer beside it goes on
                    log.warning("reconciliation_waits", error=repr(error))
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            reconciliation_open.clear()
            reconciliation_days_behind.set(0)

    async def step(self) -> list[Outcome]:
        """Reconcile what is due, the oldest day first, and tell how it stands."""
        outcomes = []
        try:
            for day in await self.due():
                late = LATE_DAYS
                outcomes.append(await self._reconciliation.run(day, day, late_days=late))
                log.info("reconciled", day=day.isoformat(), looked_at=outcomes[-1].looked_at)
        finally:
            reconciliation_days_behind.set(len(await self.due()))
            await self._tell()
        return outcomes

    async def due(self) -> list[date]:
        """The days that are over and not reconciled yet, in order, from the first payment on."""
        wanted = {
            "provider": self._reconciliation.provider,
            "newest": _newest(self._clock.now()),
            "ready_after": READY_AFTER,
        }
        async with self._pool.connection() as connection:
            return [day for (day,) in await (await connection.execute(DUE, wanted)).fetchall()]

    async def _tell(self) -> None:
        async with self._pool.connection() as connection:
            found: dict[str, int] = dict(await (await connection.execute(OPEN)).fetchall())
        for status in ("mismatched", "aged"):
            reconciliation_open.labels(status).set(found.get(status, 0))


def _newest(now: datetime) -> date:
    """The last day whose reports are complete."""
    return day_at(now.astimezone(TURKEY) - READY_AFTER) - timedelta(days=1)
