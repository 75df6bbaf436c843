"""The keys of persons, in a schema of their own, fetched before events are mapped."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.crypto import LockedSealer, MasterKeys, Sealer

log = structlog.get_logger()

CACHED = 50_000
"""How many persons' keys a process holds at most."""


class PersonKeys:
    """Keys by person. `fetch` what is needed, then `sealer` gives it without waiting."""

    def __init__(
        self, pool: AsyncConnectionPool[AsyncConnection[tuple[object, ...]]], master: MasterKeys
    ) -> None:
        self._pool = pool
        self._master = master
        self._sealers: dict[UUID, Sealer | None] = {}
        self._absent: set[UUID] = set()

    def sealer(self, person_id: UUID) -> Sealer | None:
        return self._sealers[person_id]

    async def fetch(self, persons: Iterable[UUID | None], *, create: bool = False) -> None:
        """Make these persons' keys available; with `create`, make those that never existed.

        A person without a key who is only read about counts as erased, until one is made.
        """
        wanted = {person for person in persons if person}
        missing = [
            person for person in wanted if person not in self._sealers or person in self._absent
        ]
        for person in wanted.difference(missing):
            self._sealers[person] = self._sealers.pop(person)
        if not missing:
            return
        async with self._pool.connection() as connection:
            if create:
                await self._create(connection, missing)
            cursor = await connection.execute(
                "SELECT person_id, wrapped_key, master_key FROM vault.person_keys"
                " WHERE person_id = ANY(%s)",
                (missing,),
            )
            found = {row[0]: row for row in await cursor.fetchall()}
        self._absent -= found.keys()
        self._absent |= set(missing) - found.keys()
        for person in missing:
            self._sealers[person] = self._unwrapped(person, found.get(person))
        # Those that were asked for last stay: somebody may be about to decode with them.
        for person in list(itertools.islice(self._sealers, max(len(self._sealers) - CACHED, 0))):
            del self._sealers[person]
            self._absent.discard(person)

    async def destroy(self, person_id: UUID) -> None:
        """Destroy a person's key for ever and leave the fence."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "UPDATE vault.person_keys SET wrapped_key = NULL, destroyed_at = now()"
                " WHERE person_id = %s AND destroyed_at IS NULL",
                (person_id,),
            )
        self._sealers[person_id] = None

    async def _create(
        self, connection: AsyncConnection[tuple[object, ...]], persons: list[UUID]
    ) -> None:
        wrapped = [self._master.wrap(person, AESGCM.generate_key(256)) for person in persons]
        await connection.execute(
            "INSERT INTO vault.person_keys (person_id, wrapped_key, master_key)"
            " SELECT person_id, key, %s FROM unnest(%s::uuid[], %s::bytea[]) AS u(person_id, key)"
            " ON CONFLICT (person_id) DO NOTHING",
            (self._master.current, persons, wrapped),
        )

    def _unwrapped(self, person_id: UUID, row: tuple[object, ...] | None) -> Sealer | None:
        if row is None or row[1] is None:
            return None
        try:
            key = self._master.unwrap(person_id, bytes(row[1]), master_key=str(row[2]))  # type: ignore[call-overload]  # a row of SQL
        except (KeyError, InvalidTag) as error:
            log.exception("person_key_unreadable", person_id=str(person_id))
            return LockedSealer(f"the key of {person_id} can't be unwrapped: {error!r}")
        return Sealer(key)
