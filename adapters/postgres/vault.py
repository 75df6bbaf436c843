"""Which vault belongs to a log: its pairing, the move of keys into another database, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool

from adapters.crypto import MasterKeys

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]
Row = tuple[Any, ...]

PAIRED = "SELECT vault_id FROM vault_of_log"
IDENTITY = "SELECT vault_id FROM vault.identity"
PAIR = (
    "INSERT INTO vault_of_log (vault_id) VALUES (%s)"
    " ON CONFLICT (only_row) DO UPDATE SET vault_id = excluded.vault_id"
)
FOREIGN = (
    "VAULT_URL names another vault than the one that holds the keys of this log;"
    " set it to the database that has vault {}, or restore that one's copy first"
)
COLUMNS = "person_id, wrapped_key, master_key, created_at, destroyed_at, purpose, retain_until"
EARLIER = COLUMNS.replace("purpose, retain_until", "NULL::text, NULL::date")
# One name of each master key that is in use, found along the index: there are few of them and a
# great many keys.
NAMES = """
WITH RECURSIVE used AS (
    (SELECT master_key, person_id FROM vault.person_keys WHERE wrapped_key IS NOT NULL
     ORDER BY master_key LIMIT 1)
    UNION ALL
    SELECT following.* FROM used CROSS JOIN LATERAL (
        SELECT k.master_key, k.person_id FROM vault.person_keys AS k
        WHERE k.wrapped_key IS NOT NULL AND k.master_key > used.master_key
        ORDER BY k.master_key LIMIT 1
    ) AS following
)
SELECT used.master_key, k.person_id, k.wrapped_key
FROM used JOIN vault.person_keys AS k USING (person_id)
"""


class VaultRefused(Exception):
    """The keys of persons can't be opened with these settings; says which setting is wrong."""


def pair(log: Connection[Row], vault: Connection[Row]) -> list[str]:
    """Make sure that the log's keys are in this vault, and nowhere else; what was done for it.

    Both connections commit by themselves, and no other process pairs at the same time. Raises
    `VaultRefused` if the log's keys are in a third place.
    """
    paired, found, beside = _one(log, PAIRED), _identity(vault), _identity(log)
    if found is None or paired not in {None, found, beside}:
        raise VaultRefused(FOREIGN.format(paired))
    done = []
    if log is not vault and beside != found and _has_keys_beside(log):
        moved = _moved(log, vault)
        done.append(f"moved {moved} keys of persons into the vault" if moved else "")
    log.execute(PAIR, (found,))
    return [line for line in done if line]


async def must_open(pool: Pool, vault: Pool, *, master: MasterKeys) -> None:
    """Refuse settings under which keys of persons could not be opened. Raises `VaultRefused`."""
    async with pool.connection() as connection:
        paired = await (await connection.execute(PAIRED)).fetchone()
    async with vault.connection() as connection:
        found = await (await connection.execute(IDENTITY)).fetchone()
        if paired and paired != found:
            raise VaultRefused(FOREIGN.format(paired[0]))
        await must_have(connection, master)


async def must_have(vault: AsyncConnection[tuple[Any, ...]], master: MasterKeys) -> Sequence[str]:
    """The names of the master keys that are in use. Raises `VaultRefused` if one is missing."""
    used = await (await vault.execute(NAMES)).fetchall()
    lost = [
        name for name, person, wrapped in used if not _opens(master, name, sample=(person, wrapped))
    ]
    if lost:
        raise VaultRefused(_lacking(lost))
    return [name for name, _, _ in used]


def _lacking(names: list[str]) -> str:
    """The sentence about master keys that are needed and not configured."""
    if names == [MasterKeys.UNNAMED]:
        return "MASTER_KEY does not open this database's keys of persons; set the one that does"
    keys = "master key" if len(names) == 1 else "master keys"
    return (
        f"Keys of persons are wrapped by {keys} {', '.join(names)}, which neither MASTER_KEY nor"
        " MASTER_KNOWN_KEYS has; add what is missing to MASTER_KNOWN_KEYS"
    )


def _opens(master: MasterKeys, name: str, *, sample: tuple[UUID, bytes]) -> bool:
    """Whether a master key is there. Only those without a name have to be tried."""
    if name in master.names:
        return True
    try:
        master.unwrap(sample[0], bytes(sample[1]), master_key=name)
    except LookupError:
        return False
    return True


def _moved(log: Connection[Row], vault: Connection[Row]) -> int:
    """Bring the keys beside the log into the vault; nobody writes any of them meanwhile."""
    with log.transaction():
        log.execute("LOCK TABLE vault.person_keys IN ACCESS EXCLUSIVE MODE")
        columns = COLUMNS if _identity(log) else EARLIER
        with vault.transaction():
            vault.execute(
                f"CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT {COLUMNS}"  # noqa: S608  # ours
                " FROM vault.person_keys WHERE false"
            )
            leaving = f"COPY (SELECT {columns} FROM vault.person_keys) TO STDOUT"  # noqa: S608  # ours
            arriving = f"COPY arriving ({COLUMNS}) FROM STDIN"
            with log.cursor().copy(leaving) as out, vault.cursor().copy(arriving) as into:
                for block in out:
                    into.write(block)
            # Of two copies of a key that differ, the one that was destroyed holds.
            vault.execute(
                "UPDATE vault.person_keys AS k"
                " SET wrapped_key = NULL, destroyed_at = a.destroyed_at FROM arriving AS a"
                " WHERE a.person_id = k.person_id"
                " AND a.wrapped_key IS NULL AND k.wrapped_key IS NOT NULL"
            )
            moved = vault.execute(
                f"INSERT INTO vault.person_keys ({COLUMNS}) SELECT {COLUMNS} FROM arriving"  # noqa: S608  # ours
                " ON CONFLICT (person_id) DO NOTHING"
            ).rowcount
        log.execute("DROP SCHEMA vault CASCADE")
    return moved


def _has_keys_beside(log: Connection[Row]) -> bool:
    return _one(log, "SELECT to_regclass('vault.person_keys')") is not None


def _identity(database: Connection[Row]) -> UUID | None:
    """The id of the vault in a database; None if there is none, or that of an early release."""
    if _one(database, "SELECT to_regclass('vault.identity')") is None:
        return None
    identity: UUID | None = _one(database, IDENTITY)
    return identity


def _one(connection: Connection[Row], query: Any) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
