"""A process that builds the read model of notes in small parts, to be killed: `url`, then tell."""

from __future__ import annotations

import asyncio
import sys

from adapters.postgres.pool import connection_pool
from projections import replay
from projections.replay import Progress, Workshop, bulk
from tests.core.notes import note_rows
from tests.databases import open_log


def tell(progress: Progress) -> None:
    """Say how far it has come, and wait until somebody allows to go on."""
    sys.stdout.write(f"{progress.done}\n")
    sys.stdout.flush()
    sys.stdin.readline()


async def build(database_url: str) -> None:
    """Build until killed."""
    model = note_rows()
    async with (
        connection_pool(database_url, name="build") as pool,
        open_log(pool, database_url) as log,
    ):
        await replay.build(Workshop(pool, log, [model]), model, tell=tell)


if __name__ == "__main__":
    bulk.PAGE, bulk.EVENTS, bulk.EVENTS_A_ROW = 20, 40, 0
    asyncio.run(build(sys.argv[1]))
