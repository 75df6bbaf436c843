"""A log that is sealed as it grows, and a superuser who is free to do anything to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Literal

from adapters.audit.files import CHECKPOINTS
from adapters.audit.notes import Checkpoint, SigningKey, Verifiers
from adapters.audit.tree import Frontier
from adapters.postgres.audit import Chain, LogSource, Report, Verification
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import app_url
from tests.core.parts import note, nothing_told, of

KEY = SigningKey(bytes(range(32)))
ATTACKER = SigningKey(bytes(reversed(range(32))))
EACH = 10
"""Events of one checkpoint, unless more are asked for."""


def chain_of(database_url: str, folder: Path) -> Chain:
    """The audit chain of a test's database."""
    return Chain(
        database_url=app_url(database_url),
        archive_dir=folder / "archive",
        folder=folder / "audit",
        copy=folder / "copy" / CHECKPOINTS,
        verifiers=Verifiers([KEY.verifier]),
        key=KEY,
    )


async def grown(log: PostgresLog, chain: Chain, *, checkpoints: int = 6) -> None:
    """Append ten events for each checkpoint, and seal them; the second place gets every note."""
    for _ in range(checkpoints):
        await log.append(of(note(readers=EACH - 1)))
        sealed = chain.seal()
        assert sealed.note
        assert chain.copy
        await type(chain.checkpoints)(chain.copy).post(sealed.note)


def verified(chain: Chain, *, processes: int = 1, **other: Any) -> Report:
    """The log compared with all that was published."""
    source = LogSource(database_url=chain.database_url, archive_dir=chain.archive_dir)
    wanted: dict[str, Any] = {
        "source": source,
        "evidence": chain.evidence(),
        "hashes": chain.hashes,
        "processes": processes,
        **other,
    }
    return Verification(**wanted).run(nothing_told)


def sizes(checkpoints: Sequence[Checkpoint]) -> list[int]:
    """How many events each of them speaks for."""
    return [each.size for each in checkpoints]


@contextmanager
def superuser(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A session in which no trigger stops anybody; its changes are committed."""
    with psycopg.connect(database_url) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def edit(database_url: str, position: int) -> None:
    """Change one byte of an event's payload."""
    with superuser(database_url) as connection:
        changed = connection.execute(
            "UPDATE events SET payload = set_byte(payload, 20, get_byte(payload, 20) # 1)"
            " WHERE position = %s",
            (position,),
        )
        assert changed.rowcount == 1


def delete(database_url: str, first: int, last: int) -> None:
    """Take events out of the log."""
    with superuser(database_url) as connection:
        gone = connection.execute(
            "DELETE FROM events WHERE position BETWEEN %s AND %s", (first, last)
        )
        assert gone.rowcount == last - first + 1


def swap(database_url: str, first: int, second: int) -> None:
    """Let two events change their places in the order of the log."""
    with superuser(database_url) as connection:
        connection.execute(
            SQL(
                "CREATE TEMPORARY TABLE taken AS SELECT * FROM events WHERE position IN ({}, {})"
            ).format(Literal(first), Literal(second))
        )
        connection.execute("DELETE FROM events WHERE position IN (SELECT position FROM taken)")
        connection.execute("UPDATE taken SET position = %s - position", (first + second,))
        put = connection.execute("INSERT INTO events SELECT * FROM taken")
        assert put.rowcount == 2


def rechain(database_url: str, chain: Chain, *, key: SigningKey = ATTACKER) -> None:
    """Rebuild all that the database holds of the audit, so that it fits the log as it is now."""
    source = LogSource(database_url=chain.database_url, archive_dir=chain.archive_dir)
    with superuser(database_url) as connection:
        found = [size for (size,) in connection.execute("SELECT size FROM audit_seals ORDER BY 1")]
        connection.execute("TRUNCATE audit_seals")
        tree = Frontier()
        for size in found:
            for leaves in source.hashes(tree.size, size):
                tree.extend(leaves)
            text = Checkpoint(tree.size, tree.root()).text
            connection.execute(
                "INSERT INTO audit_seals (size, roots, note) VALUES (%s, %s, %s)",
                (tree.size, tree.packed(), key.signed(text)),
            )
