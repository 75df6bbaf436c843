"""Looks after parcels under way: asks carriers that do not tell, and counts the silent ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import structlog
from prometheus_client import Counter, Gauge

from application.bus import Bus
from application.ports import Carriers, Clock, ParcelNews, Unavailable
from application.shipments import RecordParcelNews
from projections.reads import Reads
from projections.shipments import Tracking, carrier_standings, under_way
from workers.looking import look_now_and_then

log = structlog.get_logger()

LOOK_SECONDS = 900.0
"""How often carriers that do not tell are asked."""
AT_ONCE = 50
"""So many parcels are asked about in one call."""
SILENT_DAYS = 4
"""After so many days without news somebody looks where a parcel is."""

carrier_asked = Counter(
    "carrier_asked", "Times a carrier was asked about parcels", ["carrier", "outcome"]
)
parcels_silent = Gauge(
    "parcels_silent", "Parcels under way of which nothing was heard for days", ["carrier"]
)
parcels_unread = Gauge(
    "parcels_unread", "Parcels under way of which a carrier says what we do not know", ["carrier"]
)


class ParcelWatch:
    """Asks and counts as long as it runs; one process is enough."""

    def __init__(self, reads: Reads, bus: Bus, *, carriers: Carriers, clock: Clock) -> None:
        self._reads = reads
        self._bus = bus
        self._carriers = carriers
        self._clock = clock

    async def run(self) -> None:
        """Go on until cancelled. What was told is then taken back, because another tells it."""
        await look_now_and_then(
            self.look, _forget_what_was_told, what="parcels", seconds=LOOK_SECONDS
        )

    async def look(self) -> None:
        """Ask, then tell."""
        await self.ask()
        await self.tell()

    async def ask(self) -> int:
        """Ask about all parcels of carriers that do not tell; return how many had news."""
        news = 0
        for name in self._carriers.names:
            if not self._carriers.named(name).tells:
                async for rows in self._pages(name):
                    news += await self._ask(name, rows)
        return news

    async def tell(self) -> None:
        """Tell how parcels stand now."""
        since = self._clock.now() - timedelta(days=SILENT_DAYS)
        found = await carrier_standings(self._reads, silent_since=since)
        _forget_what_was_told()
        for each in found:
            parcels_silent.labels(each.carrier).set(each.silent)
            parcels_unread.labels(each.carrier).set(each.unread)

    async def _pages(self, carrier: str) -> AsyncIterator[list[Tracking]]:
        after = None
        while rows := await under_way(self._reads, carrier, after=after, limit=AT_ONCE):
            yield rows
            after = rows[-1].heard_at, rows[-1].shipment_id

    async def _ask(self, carrier: str, rows: list[Tracking]) -> int:
        try:
            found = await self._carriers.named(carrier).ask([row.shipment_id for row in rows])
        except Unavailable as error:
            log.warning("carrier_not_asked", carrier=carrier, error=str(error))
            carrier_asked.labels(carrier, "away").inc()
            return 0
        carrier_asked.labels(carrier, "answered").inc()
        news = 0
        for row in rows:
            said = found.get(row.shipment_id)
            if said is not None and _is_new(said, row):
                await self._bus.execute(
                    RecordParcelNews(
                        shipment_id=row.shipment_id,
                        status=said.status,
                        occurred_at=said.occurred_at,
                        tracking_number=said.tracking_number,
                        codes=said.codes,
                    )
                )
                news += 1
        return news


def _forget_what_was_told() -> None:
    for gauge in (parcels_silent, parcels_unread):
        gauge.clear()


def _is_new(said: ParcelNews, row: Tracking) -> bool:
    """Whether it is worth a command; the shipment itself decides."""
    moved = said.status is not None and said.status != row.status
    named = said.tracking_number not in {"", row.tracking_number}
    return moved or named or not set(said.codes) <= set(row.codes)
