"""Bringing a database to the present schema, with or without demo data."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from adapters.postgres.migrations import migrate
from deploy.bootstrap import running_system
from deploy.faults import SetupFault
from deploy.seed import seed
from deploy.settings import Settings


def prepare(settings: Settings, *, demo: bool) -> Iterator[str]:
    """Migrate and, if wanted, seed; yields a line for each thing that was done."""
    url = settings.connections.database_url
    if url is None:
        raise SetupFault("DATABASE_URL is not set; `polikrami run` prepares its own database")
    for name in migrate(url.text):
        yield f"applied {name}"
    if demo:
        asyncio.run(_seed(settings))
        yield "the demo data is there"


async def _seed(settings: Settings) -> None:
    async with running_system(settings, name="seed") as system:
        await seed(system)
