"""Destroys the keys of what the law does not want kept any longer, now and then."""

from __future__ import annotations

import asyncio

import psycopg
import structlog
from prometheus_client import Counter
from psycopg_pool import PoolTimeout

from adapters.postgres.keys import PersonKeys
from adapters.postgres.rotation import expire

log = structlog.get_logger()

EXPIRE_SECONDS = 3_600.0
"""How often it is looked; retentions end at midnight."""

keys_expired = Counter("keys_expired", "Keys that were destroyed because their retention has ended")


class Expiring:
    """Destroys expired keys as long as it runs; any number of processes may do it."""

    def __init__(self, keys: PersonKeys) -> None:
        self._keys = keys

    async def run(self) -> None:
        """Go on for ever; cancel to stop."""
        while True:
            try:
                await self.expire()
            except (psycopg.Error, PoolTimeout) as error:
                log.warning("keys_not_expired", error=str(error))
            await asyncio.sleep(EXPIRE_SECONDS)

    async def expire(self) -> int:
        """Destroy what has expired now; how many keys."""
        expired = await expire(self._keys)
        for each in expired:
            log.info(
                "key_expired",
                subject_id=str(each.subject_id),
                purpose=each.purpose,
                until=each.until.isoformat(),
            )
        keys_expired.inc(len(expired))
        return len(expired)
