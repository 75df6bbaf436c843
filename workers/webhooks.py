"""Keeping the inbox in order: what waits is handled, what is old goes, and it is told how it is."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import structlog
from prometheus_client import Counter, Gauge

from adapters.postgres.webhooks import PostgresWebhooks
from application.payments import WebhookDesk, WebhookFilter
from application.ports import Clock, Unavailable
from application.store import LogUnavailable

log = structlog.get_logger()

LOOK_SECONDS = 30.0
SWEEP_EVERY = 20
"""At every so manieth look what is too old or too much is deleted."""
WAITS = timedelta(minutes=1)
"""So long whoever took a webhook has to handle it; then it is handled here."""
PAGE = 200

webhook_unhandled_seconds = Gauge(
    "webhook_unhandled_seconds", "For how long the oldest webhook has waited to be handled"
)
webhooks_deleted = Counter("webhooks_deleted", "Webhooks that were too old, or too many to keep")


class InboxKeeper:
    """Looks after the inbox as long as it runs; one process is enough."""

    def __init__(
        self,
        desk: WebhookDesk,
        inbox: PostgresWebhooks,
        *,
        clock: Clock,
        days: float,
        megabytes: float,
    ) -> None:
        self._desk = desk
        self._inbox = inbox
        self._clock = clock
        self._days = days
        self._megabytes = megabytes

    async def run(self) -> None:
        """Go on until cancelled."""
        looks = 0
        while True:
            try:
                await self.catch_up()
                if looks % SWEEP_EVERY == 0:
                    await self.sweep()
                looks += 1
            except (psycopg.Error, OSError, LogUnavailable, Unavailable) as error:
                log.warning("inbox_waits", error=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def catch_up(self) -> int:
        """Handle what was kept and then left lying; how many."""
        now = self._clock.now()
        waiting = WebhookFilter(unhandled_since=now - WAITS)
        handled = 0
        while page := await self._inbox.page(waiting, after=None, limit=PAGE):
            for webhook in page:
                await self._desk.handle(webhook)
                handled += 1
        oldest = await self._inbox.oldest_unhandled()
        age = max((now - oldest).total_seconds(), 0.0) if oldest else 0.0
        webhook_unhandled_seconds.set(age)
        return handled

    async def sweep(self) -> int:
        """Delete what is too old, or too much; how many."""
        deleted = await self._inbox.sweep(
            self._clock.now(), days=self._days, megabytes=self._megabytes
        )
        if deleted:
            webhooks_deleted.inc(deleted)
            log.info("old_webhooks_deleted", webhooks=deleted)
        return deleted
