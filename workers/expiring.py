"""Destroys what the law does not want kept any longer, now and then: keys, and documents."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import psycopg
import structlog
from prometheus_client import Counter
from psycopg_pool import PoolTimeout

from adapters.postgres.keys import PersonKeys
from adapters.postgres.rotation import Expired, expire, overdue
from application.ports import FileStore
from application.store import EventLog, LogUnavailable
from domain.invoices import Invoice, ReturnDocument

log = structlog.get_logger()

PAPERS = (Invoice.DocumentMade, ReturnDocument.DocumentMade)
EXPIRE_SECONDS = 3_600.0
"""How often it is looked; retentions end at midnight."""

keys_expired = Counter("keys_expired", "Keys that were destroyed because their retention has ended")


class Expiring:
    """Destroys expired keys as long as it runs; any number of processes may do it."""

    def __init__(self, keys: PersonKeys, log: EventLog, files: FileStore) -> None:
        self._keys = keys
        self._log = log
        self._files = files

    async def run(self) -> None:
        """Go on for ever; cancel to stop."""
        while True:
            try:
                await self.expire()
            except (psycopg.Error, PoolTimeout, LogUnavailable, OSError) as error:
                log.warning("keys_not_expired", error=str(error))
            await asyncio.sleep(EXPIRE_SECONDS)

    async def expire(self) -> Sequence[Expired]:
        """Destroy what has expired now: documents first, so that none outlives its key."""
        subjects = [
            each for each in await overdue(self._keys) if await self._without_document(each)
        ]
        expired = await expire(self._keys, subjects)
        for each in expired:
            log.info(
                "key_expired",
                subject_id=str(each.subject_id),
                purpose=each.purpose,
                until=each.until.isoformat(),
            )
        keys_expired.inc(len(expired))
        return expired

    async def _without_document(self, invoice_id: UUID) -> bool:
        """Delete the files of an invoice or a return, if it is one; False if it can't be done."""
        for recorded in await self._log.load(invoice_id):
            event = recorded.event if recorded.kind in PAPERS else None
            if not isinstance(event, Invoice.DocumentMade | ReturnDocument.DocumentMade):
                continue
            for digest in filter(None, (event.digest, event.xml_digest)):
                if not await self._files.remove(digest):
                    log.warning("document_too_fresh", invoice_id=str(invoice_id))
                    return False
        return True
