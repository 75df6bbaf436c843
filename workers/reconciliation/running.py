"""Reconciling days: read what the provider reports, match it, and tell what follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, LiteralString

import structlog
from msgspec import Struct
from msgspec.structs import replace
from prometheus_client import Counter

from adapters.postgres.pool import Pool
from application.bus import Bus
from application.ports import Clock, ProviderReports
from domain.shared.months import day_at
from workers.reconciliation.matching import match
from workers.reconciliation.paying_out import PayingOut
from workers.reconciliation.reports import BOUNCES, PAYOUTS, TRANSACTIONS, Reading, Report, keep
from workers.reconciliation.telling import Telling

log = structlog.get_logger()

LATE_DAYS = 3
"""How many days before it are read again with each day, for rows that come late."""
AHEAD_DAYS = 7
"""For how many days after a past one payouts are read with it, where they have not been."""

reports_changed = Counter(
    "reports_changed", "Days of which a provider's report was not the same when it was read again"
)

Tell = Callable[[int, int], object]

READ: LiteralString = (
    "SELECT DISTINCT day FROM recon_fetches WHERE provider = %s AND report = 'payouts'"
    " AND day BETWEEN %s AND %s"
)
ENDED: LiteralString = "UPDATE recon_runs SET ended_at = clock_timestamp() WHERE run_id = %s"


class Outcome(Struct, frozen=True, kw_only=True):
    """What reconciling some days came to: rows read, lines looked at, how many of them stand
    otherwise since, transfers of these days, and work items told.
    """

    days: int
    rows: int
    looked_at: int
    changed: int
    transfers: int
    items: int


class Reconciliation:
    """The provider's books beside ours. Any day may be reconciled at any time, and again."""

    def __init__(self, pool: Pool, reports: ProviderReports, *, bus: Bus, clock: Clock) -> None:
        self.provider = "iyzico"
        self._pool = pool
        self._reports = reports
        self._clock = clock
        self._paying_out = PayingOut(pool, bus, self.provider)
        self._telling = Telling(pool, bus, self.provider)

    async def run(
        self, first: date, last: date, *, late_days: int = 0, tell: Tell = lambda *_: None
    ) -> Outcome:
        """Reconcile all days from `first` to `last`, both included; with each, `late_days` before
        it are read again. `tell` hears how many days are done, of how many.

        Raises `Unavailable` while the provider can't be asked, and `ReportUnreadable`.
        """
        rows = 0
        outcomes: list[Outcome] = []
        day, total = first, (last - first).days + 1
        while day <= last:
            tell(len(outcomes), total)
            since = day - timedelta(days=late_days)
            rows += await self._read(since, day)
            outcomes.append(await self._compare(since, day))
            day += timedelta(days=1)
        tell(len(outcomes), total)
        return Outcome(
            days=len(outcomes),
            rows=rows,
            looked_at=sum(each.looked_at for each in outcomes),
            changed=sum(each.changed for each in outcomes),
            transfers=sum(each.transfers for each in outcomes),
            items=sum(each.items for each in outcomes),
        )

    async def _read(self, since: date, until: date) -> int:
        """Read all reports of these days, and the payouts of those after them; rows read."""
        rows, day = 0, since
        while day <= until:
            pages = [page async for page in self._reports.transactions(day)]
            rows += await self._keep(
                TRANSACTIONS, day, rows=[row for page in pages for row in page]
            )
            rows += await self._read_payouts(day)
            day += timedelta(days=1)
        yesterday = day_at(self._clock.now()) - timedelta(days=1)
        ahead = min(until + timedelta(days=AHEAD_DAYS), yesterday)
        async with self._pool.connection() as connection:
            cursor = await connection.execute(READ, (self.provider, day, ahead))
            known = {found for (found,) in await cursor.fetchall()}
        while day <= ahead:
            if day not in known:
                rows += await self._read_payouts(day)
            day += timedelta(days=1)
        return rows

    async def _read_payouts(self, day: date) -> int:
        payouts = [
            each
            if each.reference
            else replace(each, reference=f"{self.provider}-{day.isoformat()}")
            for each in await self._reports.payouts(day)
        ]
        rows = await self._keep(PAYOUTS, day, rows=payouts)
        return rows + await self._keep(BOUNCES, day, rows=await self._reports.bounced(day))

    async def _keep(self, report: Report, day: date, *, rows: Sequence[Any]) -> int:
        reading = Reading(provider=self.provider, day=day, at=self._clock.now(), rows=rows)
        kept = await keep(self._pool, report, reading=reading)
        if kept.vanished:
            reports_changed.inc()
            log.warning(
                "report_changed",
                report=report.name,
                day=day.isoformat(),
                appeared=kept.appeared,
                vanished=kept.vanished,
            )
        return kept.rows

    async def _compare(self, since: date, until: date) -> Outcome:
        transfers = await self._paying_out.tell(since, until)
        run = await match(
            self._pool, self.provider, since=since, until=until, began_at=self._clock.now()
        )
        await self._telling.return_fees()
        await self._telling.ask(f"report of {until.isoformat()}")
        items = await self._telling.show(until.isoformat())
        items += await self._paying_out.show_late(until)
        async with self._pool.connection() as connection:
            await connection.execute(ENDED, (run.run_id,))
        return Outcome(
            days=1,
            rows=0,
            looked_at=run.looked_at,
            changed=run.changed,
            transfers=transfers,
            items=items,
        )
