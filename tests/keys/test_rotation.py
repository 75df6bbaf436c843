"""Keys are wrapped by another master key while the system runs, however often it is interrupted."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from adapters.crypto import MasterKeys, name_of
from adapters.postgres import rotation
from adapters.postgres.keys import PersonKeys
from adapters.postgres.pool import Pool
from adapters.postgres.rotation import contents, rotate
from adapters.postgres.vault import VaultRefused, must_open
from tests.keys.vaults import (
    NEW,
    OLD,
    by_the_owner,
    copied,
    masters,
    nothing_told,
    opens,
    sealed,
)


def old_keys(pool: Pool) -> PersonKeys:
    """The keys as a process has them that knows the old master key alone."""
    return PersonKeys(pool, masters(OLD))


def both(pool: Pool) -> PersonKeys:
    """As after the change of settings."""
    return PersonKeys(pool, masters(NEW, OLD))


async def some_words(keys: PersonKeys, count: int) -> dict[UUID, bytes]:
    """Words of so many persons, each sealed with their own key."""
    persons = [uuid4() for _ in range(count)]
    await keys.fetch(persons, create=True)
    return {person: await sealed(keys, person) or b"" for person in persons}


async def readable(keys: PersonKeys, words: dict[UUID, bytes]) -> int:
    """Of how many persons the words can be read."""
    return sum([await opens(keys, person, words=said) for person, said in words.items()])


async def by_master(keys: PersonKeys) -> dict[str, int]:
    return {share.master_key: share.keys for share in (await contents(keys)).living}


async def test_after_a_rotation_the_old_master_key_opens_nothing(pool: Pool) -> None:
    words = await some_words(old_keys(pool), 30)
    keys, told = both(pool), []
    rotated = await rotate(keys, lambda done, total: told.append((done, total)))
    assert (rotated.rewrapped, rotated.damaged) == (30, 0)
    assert (told[0], told[-1]) == ((0, 30), (30, 30))
    assert await by_master(keys) == {name_of(NEW): 30}
    only_new = PersonKeys(pool, masters(NEW))
    assert await readable(only_new, words) == 30
    assert await readable(old_keys(pool), words) == 0
    assert (await rotate(only_new, nothing_told)).rewrapped == 0


async def test_a_copy_from_before_a_rotation_needs_the_old_master_key(
    pool: Pool, database_url: str
) -> None:
    await some_words(old_keys(pool), 2)
    before = {row[0]: row[1] for row in copied(database_url)}
    await rotate(both(pool), nothing_told)
    for person, wrapped in before.items():
        with pytest.raises(LookupError):
            masters(NEW).unwrap(person, wrapped, master_key=name_of(OLD))


async def test_a_rotation_goes_on_where_it_was_interrupted(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 10)
    words = await some_words(old_keys(pool), 35)
    keys = both(pool)

    def interrupt(done: int, _total: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rotate(keys, interrupt)
    assert await by_master(keys) == {name_of(OLD): 15, name_of(NEW): 20}
    assert await readable(keys, words) == 35
    assert (await rotate(keys, nothing_told)).rewrapped == 15
    assert await by_master(keys) == {name_of(NEW): 35}
    assert await readable(both(pool), words) == 35


async def test_keys_are_made_destroyed_and_read_while_they_are_wrapped_anew(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    before = old_keys(pool)
    words = await some_words(before, 60)
    gone = set(list(words)[::4])
    keys = both(pool)
    made: dict[UUID, bytes] = {}

    async def live() -> None:
        for person in words:
            if person in gone:
                await before.destroy(person)
            else:
                assert await opens(both(pool), person, words=words[person])
            new = uuid4()
            await before.fetch([new], create=True)
            # Only who knows both masters can be sure to read it: it may be wrapped anew by now
            made[new] = await sealed(both(pool), new) or b""

    await asyncio.gather(live(), rotate(keys, nothing_told), rotate(both(pool), nothing_told))
    await rotate(keys, nothing_told)
    only_new = PersonKeys(pool, masters(NEW))
    for person, sealed_words in {**words, **made}.items():
        assert await opens(only_new, person, words=sealed_words) == (person not in gone)
    assert await by_master(keys) == {name_of(NEW): 60 + 60 - len(gone)}


async def test_a_key_that_was_destroyed_behind_the_rotations_back_stays_destroyed(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of a batch and its writing."""
    words = await some_words(old_keys(pool), 3)
    victim = next(iter(words))
    keys = both(pool)
    store = rotation._store

    async def late(*arguments: object) -> None:
        await old_keys(pool).destroy(victim)
        await store(*arguments)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(rotation, "_store", late)
    await rotate(keys, nothing_told)
    assert not await opens(keys, victim, words=words[victim])
    assert await keys.destroyed() == {victim}


async def test_without_the_old_master_key_nothing_is_changed_and_the_missing_one_is_named(
    pool: Pool, database_url: str
) -> None:
    await some_words(old_keys(pool), 3)
    before = copied(database_url)
    with pytest.raises(VaultRefused, match=f"master key {name_of(OLD)}, which neither MASTER_KEY"):
        await rotate(PersonKeys(pool, masters(NEW)), nothing_told)
    assert copied(database_url) == before


async def test_nobody_starts_without_a_master_key_that_is_needed(pool: Pool) -> None:
    await some_words(old_keys(pool), 2)
    await some_words(PersonKeys(pool, masters(NEW)), 2)
    await must_open(pool, pool, master=masters(NEW, OLD))
    with pytest.raises(VaultRefused, match=name_of(NEW)):
        await must_open(pool, pool, master=masters(OLD))
    with pytest.raises(VaultRefused, match=f"{min(map(name_of, (OLD, NEW)))}, "):
        await must_open(pool, pool, master=masters(b"x" * 32))


async def test_destroyed_keys_need_no_master_key(pool: Pool) -> None:
    keys = old_keys(pool)
    words = await some_words(keys, 2)
    for person in words:
        await keys.destroy(person)
    await must_open(pool, pool, master=masters(NEW))


async def test_keys_of_an_earlier_release_have_no_name_and_are_tried(
    pool: Pool, database_url: str
) -> None:
    words = await some_words(old_keys(pool), 3)
    by_the_owner(
        database_url,
        "UPDATE vault.person_keys SET master_key = %s",
        values=[MasterKeys.UNNAMED],
    )
    assert await readable(both(pool), words) == 3
    await must_open(pool, pool, master=masters(OLD))
    with pytest.raises(VaultRefused, match="MASTER_KEY does not open"):
        await must_open(pool, pool, master=masters(NEW))
    assert (await rotate(both(pool), nothing_told)).rewrapped == 3
    assert await readable(PersonKeys(pool, masters(NEW)), words) == 3


async def test_a_damaged_key_is_told_and_left_alone_and_keeps_no_other_waiting(
    pool: Pool, database_url: str
) -> None:
    words = await some_words(old_keys(pool), 5)
    victim = sorted(words)[2]
    by_the_owner(
        database_url,
        "UPDATE vault.person_keys SET wrapped_key = reverse(wrapped_key) WHERE person_id = %s",
        values=[victim],
    )
    keys = both(pool)
    rotated = await rotate(keys, nothing_told)
    assert (rotated.rewrapped, rotated.damaged) == (4, 1)
    assert await by_master(keys) == {name_of(OLD): 1, name_of(NEW): 4}
