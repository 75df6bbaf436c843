"""The ledger's routes over HTTP on a real database, and people who ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.system import UuidIds
from api import app
from api.ledger import LedgerController
from application.bus import Bus
from projections.invoices import invoices, return_documents
from projections.ledger import (
    ledger_blocks,
    ledger_customers,
    ledger_entries,
    ledger_holds,
    ledger_months,
)
from projections.reads import Reads
from projections.runner import Projector
from tests.api.shop import Person, Sessions, backend_for, client_of
from tests.core.projecting import catch_up
from tests.given import TestClock

MODELS = (
    invoices,
    ledger_blocks,
    ledger_customers,
    ledger_entries,
    ledger_holds,
    ledger_months,
    return_documents,
)


class LedgerDesk:
    """A client of the ledger's routes, and whoever it is."""

    def __init__(self, client: httpx.AsyncClient, sessions: Sessions, clock: TestClock) -> None:
        self.client = client
        self.reads: Reads
        self._sessions = sessions
        self._clock = clock

    def person(self, *roles: str) -> dict[str, str]:
        """The headers of somebody who is signed in."""
        return Person(self._sessions, self._clock, *roles).bearer

    async def get(self, path: str, **parameters: Any) -> Any:
        """What finance is answered."""
        answer = await self.client.get(path, params=parameters, headers=self.person("finance"))
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    async def status(self, path: str, *roles: str, **parameters: Any) -> int:
        """The status that somebody with these roles is answered with; nobody without roles."""
        headers = self.person(*roles) if roles else {}
        answer = await self.client.get(path, params=parameters or None, headers=headers)
        return answer.status_code


@asynccontextmanager
async def open_ledger_desk(
    pool: Pool, event_log: PostgresLog, *, database_url: str, clock: TestClock
) -> AsyncIterator[LedgerDesk]:
    """The desk on a test's database, whose read models stand at the head of the log."""
    await catch_up(Projector(pool, event_log, MODELS))
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    assert await reads.reach([each.name for each in MODELS], 1, timeout_seconds=20)
    bus = Bus(event_log, {}, clock=clock, ids=UuidIds())
    sessions = Sessions()
    backend = backend_for(
        sessions, clock=clock, bus=bus, reads=reads, event_log=event_log, pool=pool
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "CONTROLLERS", (LedgerController,))
        made = app.create_app(backend)
    desk = LedgerDesk(client_of(made), sessions, clock)
    desk.reads = reads
    yield desk
    await reads.stop()
