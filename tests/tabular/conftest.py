"""Finance's office: books with entries, and the application over HTTP on the same database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.tabular import TabularFiles
from application.tables import TableFiles
from projections.reads import Reads
from tests.api.shop import Sessions, backend_for
from tests.controls.books import Books
from tests.tabular.office import Office


@pytest.fixture
async def office(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Office]:
    """Nothing is booked yet."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    books = Books(pool, event_log, reads, database_url)
    backend = backend_for(
        sessions := Sessions(),
        clock=books.clock,
        bus=books.bus,
        reads=reads,
        event_log=event_log,
        pool=pool,
    )
    ports: dict[type, object] = {TableFiles: TabularFiles()}
    yield Office(replace(backend, ports=ports), books, sessions)
    await reads.stop()
