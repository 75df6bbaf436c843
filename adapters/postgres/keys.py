"""The keys of persons, in a schema of their own, fetched before events are mapped."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

import psycopg
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.crypto import LockedSealer, MasterKeys, Sealer, UnknownMasterKey
from adapters.postgres.fence import Fence
from application.person_keys import FENCE_SECONDS, Retained
from application.store import LogUnavailable
from domain.shared.aggregate import Retention

log = structlog.get_logger()

Connection = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]

CACHED = 50_000
"""How many persons' keys a process holds at most."""
PERSON = "person"
"""What the key of a person is for; others are named after what the law wants kept."""

CREATE = (
    "INSERT INTO vault.person_keys (person_id, wrapped_key, master_key, purpose, retain_until)"
    " SELECT person_id, key, %s, purpose, until"
    " FROM unnest(%s::uuid[], %s::bytea[], %s::text[], %s::date[])"
    " AS u(person_id, key, purpose, until)"
    " ON CONFLICT (person_id) DO NOTHING"
)
DESTROY = (
    "INSERT INTO vault.person_keys AS k (person_id, master_key, purpose, destroyed_at)"
    " VALUES (%s, '', %s, clock_timestamp())"
    " ON CONFLICT (person_id) DO UPDATE SET wrapped_key = NULL, destroyed_at = clock_timestamp()"
    " WHERE k.destroyed_at IS NULL RETURNING person_id"
)


class PersonKeys:
    """Keys by person. `fetch` what is needed, then `sealer` gives it without waiting.

    Keys are kept in memory only while the fence is heard, which tells of those that were destroyed
    by other processes; without it each `fetch` asks the vault. So whoever fetches after a key was
    destroyed has it, even unheard, for at most `FENCE_SECONDS`.
    """

    def __init__(self, vault: Pool, master: MasterKeys, *, fence_url: str | None = None) -> None:
        self.vault = vault
        self.master = master
        self._sealers: dict[UUID, Sealer | None] = {}
        self._fresh: set[UUID] = set()
        self._destroyed: set[UUID] = set()
        self._doubtful: set[UUID] = set()
        self._epoch = 0
        self._fence = (
            Fence(fence_url, destroyed=self._forget, lost=self._distrust) if fence_url else None
        )
        self._dropping: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Begin to hear of keys that others destroy."""
        if self._fence:
            await self._fence.start()

    async def stop(self) -> None:
        """Stop hearing of them."""
        if self._fence:
            await self._fence.stop()
        if self._dropping:
            self._dropping.cancel()

    @property
    def is_fenced(self) -> bool:
        """Whether keys are kept in memory, because those that others destroy are told at once."""
        return self._fence is not None and self._fence.is_heard

    def sealer(self, person_id: UUID) -> Sealer | None:
        return self._sealers[person_id]

    async def fetch(
        self,
        persons: Iterable[UUID | None],
        *,
        create: bool = False,
        retentions: Mapping[UUID, Retention] | None = None,
    ) -> None:
        """Make these persons' keys available; with `create`, make those that never existed, with
        what the law wants of them. A person without a key who is only read about counts as erased,
        until one is made.
        """
        wanted = {person for person in persons if person}
        missing = [*wanted] if not self.is_fenced else [*wanted.difference(self._fresh)]
        for person in wanted.difference(missing):
            self._sealers[person] = self._sealers.pop(person)
        if not missing:
            return
        epoch = self._epoch
        async with self.vault.connection() as connection:
            if create:
                await self._create(connection, missing, retentions=retentions or {})
            cursor = await connection.execute(
                "SELECT person_id, wrapped_key, master_key FROM vault.person_keys"
                " WHERE person_id = ANY(%s)",
                (missing,),
            )
            found = {row[0]: row for row in await cursor.fetchall()}
        for person in missing:
            self._keep(person, found.get(person), is_fresh=epoch == self._epoch)
        # Those that were asked for last stay: somebody may be about to decode with them.
        for person in list(itertools.islice(self._sealers, max(len(self._sealers) - CACHED, 0))):
            del self._sealers[person]
            self._fresh.discard(person)

    async def destroy(self, person_id: UUID) -> bool:
        try:
            async with self.vault.connection() as connection:
                cursor = await connection.execute(DESTROY, (person_id, PERSON))
                destroyed = await cursor.fetchone() is not None
        except psycopg.errors.RestrictViolation as error:
            raise Retained(f"{person_id}: {error.diag.message_primary}") from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LogUnavailable("the keys can't be reached") from error
        self._forget(person_id)
        return destroyed

    async def destroyed(self) -> frozenset[UUID]:
        rows = await self._rows(
            "SELECT person_id FROM vault.person_keys WHERE wrapped_key IS NULL"
            " AND coalesce(purpose, %s) = %s",
            (PERSON, PERSON),
        )
        return frozenset(row[0] for row in rows)

    async def retained(self, subject_ids: Collection[UUID]) -> Mapping[UUID, Retention]:
        rows = await self._rows(
            "SELECT person_id, purpose, retain_until FROM vault.person_keys"
            " WHERE person_id = ANY(%s) AND retain_until IS NOT NULL AND wrapped_key IS NOT NULL",
            (list(subject_ids),),
        )
        return {row[0]: Retention(row[1], row[2]) for row in rows}

    async def _rows(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            async with self.vault.connection() as connection:
                return await (await connection.execute(query, parameters)).fetchall()
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LogUnavailable("the keys can't be reached") from error

    async def _create(
        self,
        connection: Connection,
        persons: list[UUID],
        *,
        retentions: Mapping[UUID, Retention],
    ) -> None:
        wrapped = [self.master.wrap(person, AESGCM.generate_key(256)) for person in persons]
        kept = [retentions.get(person) for person in persons]
        purposes = [each.purpose if each else PERSON for each in kept]
        until = [each.until if each else None for each in kept]
        await connection.execute(CREATE, (self.master.current, persons, wrapped, purposes, until))

    def _keep(self, person_id: UUID, row: tuple[Any, ...] | None, *, is_fresh: bool) -> None:
        """What was found, unless it was destroyed while it was on its way."""
        sealer = None if person_id in self._destroyed else self._unwrapped(person_id, row)
        self._sealers.pop(person_id, None)
        self._sealers[person_id] = sealer
        self._doubtful.discard(person_id)
        # Who has no key may get one, and a locked one may be opened by what others do.
        if is_fresh and row is not None and not isinstance(sealer, LockedSealer):
            self._fresh.add(person_id)
        else:
            self._fresh.discard(person_id)

    def _unwrapped(self, person_id: UUID, row: tuple[Any, ...] | None) -> Sealer | None:
        if row is None or row[1] is None:
            return None
        try:
            key = self.master.unwrap(person_id, bytes(row[1]), master_key=row[2])
        except (UnknownMasterKey, InvalidTag) as error:
            log.error("person_key_unreadable", person_id=str(person_id), error=repr(error))  # noqa: TRY400  # a traceback would show what is in memory
            return LockedSealer(f"the key of {person_id} can't be unwrapped: {error!r}")
        return Sealer(key)

    def _forget(self, person_id: UUID) -> None:
        self._destroyed.add(person_id)
        if person_id in self._sealers:
            self._sealers[person_id] = None

    def _distrust(self) -> None:
        """Others may have destroyed any of the keys without our hearing of it: all are asked for
        again, and those that nobody asks for are dropped after a while, which leaves time to those
        who have asked already and are about to decode.
        """
        self._epoch += 1
        self._fresh.clear()
        if self._dropping is None:
            self._doubt()

    def _doubt(self) -> None:
        self._doubtful = self._sealers.keys() - self._fresh
        self._dropping = (
            asyncio.get_running_loop().call_later(FENCE_SECONDS, self._drop)
            if self._doubtful
            else None
        )

    def _drop(self) -> None:
        for person in self._doubtful:
            self._sealers.pop(person, None)
        self._doubt()
