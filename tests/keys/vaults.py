"""What tests of keys need: sealed words, the hand of the database's owner, copies of a vault."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidTag

from adapters.audit.notes import SigningKey, Verifiers
from adapters.crypto import KeyLocked, MasterKeys, Sealer
from adapters.erasures import REGISTER, SignedRegister
from adapters.postgres.keys import PersonKeys

PLACE = "here"
WORDS = "Işık, ğüşiöç ₺".encode()
OLD, NEW = b"o" * 32, b"n" * 32
SEED = b"s" * 32
COLUMNS = "person_id, wrapped_key, master_key, created_at, destroyed_at, purpose, retain_until"

Copy = list[tuple[Any, ...]]


async def key_of(keys: PersonKeys, person_id: UUID) -> Sealer | None:
    """The person's key as it is now, if it is not made by asking."""
    await keys.fetch([person_id])
    return keys.sealer(person_id)


async def sealed(keys: PersonKeys, person_id: UUID) -> bytes | None:
    """Words that are sealed with the person's key, which is made if it never was."""
    await keys.fetch([person_id], create=True)
    sealer = keys.sealer(person_id)
    return sealer.seal(WORDS, PLACE) if sealer else None


async def opens(keys: PersonKeys, person_id: UUID, *, words: bytes) -> bool:
    """Whether the words can still be read."""
    sealer = await key_of(keys, person_id)
    try:
        return sealer is not None and sealer.open(words, PLACE) == WORDS
    except (InvalidTag, KeyLocked):
        return False


async def until(ask: Callable[[], bool]) -> None:
    """Wait for what another task or process does."""
    async with asyncio.timeout(20):
        while not ask():  # noqa: ASYNC110  # nobody could set an event for it
            await asyncio.sleep(0)


def by_the_owner(vault_url: str, statement: str, *, values: Sequence[Any] = ()) -> Copy:
    """Do something behind the system's back, with all triggers off."""
    with psycopg.connect(vault_url, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        cursor = owner.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def copied(vault_url: str) -> Copy:
    """A copy of all keys, as a backup has it."""
    return by_the_owner(vault_url, f"SELECT {COLUMNS} FROM vault.person_keys")  # noqa: S608  # ours


def restored(vault_url: str, copy: Copy) -> None:
    """The keys as they were when they were copied."""
    by_the_owner(vault_url, "DELETE FROM vault.person_keys")
    for row in copy:
        by_the_owner(
            vault_url,
            f"INSERT INTO vault.person_keys ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)",  # noqa: S608  # ours
            values=row,
        )


def register_in(folder: Path, *, seed: bytes = SEED) -> SignedRegister:
    """A register of erasures in two places."""
    key = SigningKey(seed)
    files = [folder / place / REGISTER for place in ("erasures", "erasures-copy")]
    return SignedRegister(files, key, verifiers=Verifiers([key.verifier]))


def masters(current: bytes, *others: bytes) -> MasterKeys:
    """Master keys as the settings give them."""
    return MasterKeys.of(current, others)


def nothing_told(_done: int, _total: int) -> None:
    """For those who do not look at the progress."""
