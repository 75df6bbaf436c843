"""Bringing a database to the present schema, with or without demo data."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from adapters.erasures import reapply
from adapters.postgres.migrations import migrate
from adapters.postgres.rotation import mark_retained
from adapters.postgres.vault import VaultRefused
from application.person_keys import RegisterAltered
from deploy.bootstrap import System, erasure_register, running_system
from deploy.faults import SetupFault
from deploy.seed import seed
from deploy.settings import Settings


def prepare(settings: Settings, *, demo: bool) -> Iterator[str]:
    """Migrate and, if wanted, seed; yields a line for each thing that was done."""
    url = settings.connections.database_url
    if url is None:
        raise SetupFault("DATABASE_URL is not set; `polikrami run` prepares its own database")
    vault_url = settings.connections.vault_url
    try:
        done = migrate(url.text, vault_url.text if vault_url else None)
    except VaultRefused as refused:
        raise SetupFault(f"{refused}.") from refused
    for each in done:
        yield each if " " in each else f"applied {each}"
    yield from asyncio.run(_settle(settings))
    if demo:
        asyncio.run(_seed(settings))
        yield "the demo data is there"


async def settle_keys(system: System) -> list[str]:
    """Say what the law wants of older keys, and erase again whom a restored copy has brought back;
    what was done. To be called after every restore. Raises `SetupFault`.
    """
    register = erasure_register(system.settings)
    try:
        kept = await mark_retained(system.keys, system.event_log)
        mended = await register.mend()
        found = await reapply(register, system.keys, now=system.clock.now())
    except RegisterAltered as altered:
        raise SetupFault(
            f"The register of erasures was altered: {altered}. Put back a good copy of the file, or"
            " set AUDIT_KNOWN_KEYS if AUDIT_KEY was changed."
        ) from altered
    except OSError as error:
        raise SetupFault(f"{error.filename or 'A file'}: {error.strerror or error}.") from error
    told = {
        "keys are kept by law": kept,
        "erasures were missing in a file of the register and are there again": mended,
        "persons were erased again, whose keys a restore had brought back": len(found.destroyed),
        "erasures were missing in the register and are there again": len(found.unrecorded),
    }
    return [f"{count:,} {what}" for what, count in told.items() if count]


async def _settle(settings: Settings) -> list[str]:
    async with running_system(settings, name="prepare", pool_size=2) as system:
        return await settle_keys(system)


async def _seed(settings: Settings) -> None:
    async with running_system(settings, name="seed") as system:
        await seed(system)
