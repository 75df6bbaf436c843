"""A key that one process destroys is gone in all of them at once, told or not."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

import pytest

from adapters.postgres import fence
from adapters.postgres.keys import PersonKeys
from adapters.postgres.pool import Pool
from application.person_keys import FENCE_SECONDS
from tests.databases import MASTER, open_keys
from tests.keys.conftest import fenced
from tests.keys.vaults import by_the_owner, key_of, opens, sealed, until
from tests.sources import ROOT

PERSON, NEIGHBOUR = UUID(int=7), UUID(int=8)
SILENTLY = "UPDATE vault.person_keys SET wrapped_key = NULL, destroyed_at = now()"
END_FENCES = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'polikrami key fence' AND datname = current_database()"
)


async def until_gone(keys: PersonKeys, person_id: UUID) -> None:
    """Wait, without asking the vault, until the key is gone from this process's memory."""
    await until(lambda: keys._sealers.get(person_id) is None)


async def test_what_one_destroys_the_other_forgets_without_asking(
    keys: PersonKeys, others: PersonKeys
) -> None:
    words = await sealed(keys, PERSON)
    assert words
    assert await opens(others, PERSON, words=words)
    await sealed(others, NEIGHBOUR)
    await keys.destroy(PERSON)
    await until_gone(others, PERSON)
    assert others.sealer(PERSON) is None
    assert others.sealer(NEIGHBOUR) is not None


async def test_a_key_that_is_cached_is_not_asked_for_while_the_fence_stands(
    keys: PersonKeys, others: PersonKeys, database_url: str
) -> None:
    """Why the fence is needed: without a notice this process would not know."""
    words = await sealed(others, PERSON)
    assert words
    by_the_owner(database_url, SILENTLY)
    assert await opens(others, PERSON, words=words)
    assert not await opens(keys, PERSON, words=words)


async def test_when_the_fence_breaks_nothing_that_was_known_counts(
    others: PersonKeys, database_url: str
) -> None:
    words = await sealed(others, PERSON)
    assert words
    by_the_owner(database_url, SILENTLY)
    epoch = others._epoch
    by_the_owner(database_url, END_FENCES)
    await until(lambda: others._epoch > epoch)
    assert not await opens(others, PERSON, words=words)
    await fenced(others)
    assert not await opens(others, PERSON, words=words)


async def test_while_the_fence_is_down_every_key_is_asked_for(
    pool: Pool, database_url: str
) -> None:
    keys = PersonKeys(pool, MASTER)
    words = await sealed(keys, PERSON)
    assert words
    assert await opens(keys, PERSON, words=words)
    by_the_owner(database_url, SILENTLY)
    assert not await opens(keys, PERSON, words=words)


async def test_a_fence_of_which_nothing_is_heard_any_more_runs_out_by_itself(
    keys: PersonKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the network is gone and nobody has closed anything."""
    clock = asyncio.get_running_loop()
    assert keys.is_fenced
    now = clock.time()
    monkeypatch.setattr(clock, "time", lambda: now + FENCE_SECONDS)
    assert not keys.is_fenced


async def test_keys_that_nobody_asks_for_are_dropped_when_the_fence_has_broken(
    keys: PersonKeys, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.keys.FENCE_SECONDS", 0.05)
    await sealed(keys, PERSON)
    by_the_owner(database_url, END_FENCES)
    await until(lambda: PERSON not in keys._sealers)
    assert await key_of(keys, PERSON) is not None


async def test_a_key_that_is_destroyed_while_it_is_fetched_is_not_kept(
    keys: PersonKeys, others: PersonKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice comes before the answer that was read earlier."""
    await sealed(keys, PERSON)
    unwrapped = others._unwrapped

    def overtaken(person_id: UUID, row: tuple[object, ...] | None) -> object:
        found = unwrapped(person_id, row)
        others._forget(person_id)
        return found

    monkeypatch.setattr(others, "_unwrapped", overtaken)
    await others.fetch([PERSON])
    await keys.destroy(PERSON)
    await until_gone(others, PERSON)
    assert await key_of(others, PERSON) is None


async def test_an_answer_from_before_the_fence_broke_is_asked_for_again(
    keys: PersonKeys, others: PersonKeys, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    words = await sealed(keys, PERSON)
    assert words
    pool = others.vault

    class Breaking:
        """The pool, of which the fence breaks while its answer is on the way."""

        def connection(self) -> object:
            others._distrust()
            return pool.connection()

    epoch = others._epoch
    monkeypatch.setattr(others, "vault", Breaking())
    assert await opens(others, PERSON, words=words)
    assert others._epoch == epoch + 1
    monkeypatch.setattr(others, "vault", pool)
    by_the_owner(database_url, SILENTLY)
    assert not await opens(others, PERSON, words=words)


OTHER_PROCESS = """
import asyncio, sys
from uuid import UUID
from adapters.postgres.pool import connection_pool
from tests.databases import open_keys
from tests.keys.conftest import fenced
from tests.keys.test_fence import PERSON, until_gone
from tests.keys.vaults import key_of

async def main(url):
    async with connection_pool(url, name="other", size=1) as pool, open_keys(pool, url) as keys:
        await fenced(keys)
        print(await key_of(keys, PERSON) is not None, flush=True)
        await until_gone(keys, PERSON)
        print("gone", flush=True)

asyncio.run(main(sys.argv[1]))
"""


async def test_another_process_forgets_it_too(keys: PersonKeys, database_url: str) -> None:
    await sealed(keys, PERSON)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OTHER_PROCESS, database_url),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"True\n"
        await keys.destroy(PERSON)
        assert await process.stdout.readline() == b"gone\n"
        assert await process.wait() == 0


async def test_a_fence_says_whether_it_stands(pool: Pool, database_url: str) -> None:
    async with open_keys(pool, database_url) as opened:
        await fenced(opened)
        assert fence.unheard._value.get() == 0
    away = fence.Fence(
        "postgresql://127.0.0.1:1/", destroyed=lambda _person: None, lost=lambda: None
    )
    await away.start()
    await until(lambda: fence.unheard._value.get() == 1)
    assert not away.is_heard
    await away.stop()
