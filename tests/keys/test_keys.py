"""A key is made once, destroyed for ever, and kept for as long as the law wants."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.keys import PersonKeys
from adapters.postgres.pool import Pool
from adapters.postgres.rotation import contents, expire, overdue
from application.person_keys import Retained
from domain.shared.aggregate import Retention
from tests.keys.vaults import by_the_owner, key_of, opens, sealed

PERSON = UUID(int=7)
LONG_AGO, FAR_AWAY = date(2001, 12, 31), date(2999, 12, 31)


async def refused_to_the_owner(database_url: str, statement: str) -> str:
    """What PostgreSQL says to the owner of everything, who has not turned the triggers off."""
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        with pytest.raises(psycopg.Error) as refusal:
            await owner.execute(statement.encode())
    return str(refusal.value)


async def kept_until(keys: PersonKeys, until: date) -> UUID:
    """A key that the law wants kept until then."""
    subject = uuid4()
    await keys.fetch([subject], create=True, retentions={subject: Retention("invoice", until)})
    return subject


async def test_a_key_is_destroyed_once_and_for_ever(keys: PersonKeys) -> None:
    words = await sealed(keys, PERSON)
    assert words
    assert await opens(keys, PERSON, words=words)
    assert await keys.destroy(PERSON)
    assert not await keys.destroy(PERSON)
    assert not await opens(keys, PERSON, words=words)
    assert await keys.destroyed() == {PERSON}
    assert await sealed(keys, PERSON) is None


async def test_who_never_had_a_key_gets_none_after_the_erasure(
    keys: PersonKeys, others: PersonKeys
) -> None:
    assert await key_of(others, PERSON) is None
    assert await keys.destroy(PERSON)
    assert await sealed(keys, PERSON) is None
    assert await sealed(others, PERSON) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vault.person_keys SET wrapped_key = 'x', destroyed_at = NULL",
        "UPDATE vault.person_keys SET master_key = 'other'",
        "DELETE FROM vault.person_keys",
        "TRUNCATE vault.person_keys",
    ],
)
async def test_a_destroyed_key_can_not_come_back_not_even_by_the_owner(
    keys: PersonKeys, database_url: str, statement: str
) -> None:
    await sealed(keys, PERSON)
    await keys.destroy(PERSON)
    assert "can't come back" in await refused_to_the_owner(database_url, statement)
    assert await sealed(keys, PERSON) is None


async def test_a_living_key_can_be_neither_deleted_nor_given_to_somebody_else(
    keys: PersonKeys, database_url: str
) -> None:
    await sealed(keys, PERSON)
    for statement in (
        "DELETE FROM vault.person_keys",
        "TRUNCATE vault.person_keys",
        "UPDATE vault.person_keys SET person_id = gen_random_uuid()",
    ):
        assert "is refused" in await refused_to_the_owner(database_url, statement)


async def test_the_running_system_can_neither_delete_keys_nor_change_whose_they_are(
    pool: Pool,
) -> None:
    for statement in (
        "DELETE FROM vault.person_keys",
        "TRUNCATE vault.person_keys",
        "UPDATE vault.person_keys SET person_id = gen_random_uuid()",
        "UPDATE vault.identity SET vault_id = gen_random_uuid()",
        "UPDATE vault_of_log SET vault_id = gen_random_uuid()",
    ):
        async with pool.connection() as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(statement.encode())


async def test_a_key_that_the_law_wants_kept_is_not_destroyed(
    keys: PersonKeys, database_url: str
) -> None:
    subject = await kept_until(keys, FAR_AWAY)
    words = await sealed(keys, subject)
    assert words
    with pytest.raises(Retained, match="kept until 2999-12-31"):
        await keys.destroy(subject)
    assert await opens(keys, subject, words=words)
    assert await keys.retained([subject, PERSON]) == {subject: Retention("invoice", FAR_AWAY)}
    for shorter in (
        "UPDATE vault.person_keys SET retain_until = NULL",
        "UPDATE vault.person_keys SET retain_until = '2998-12-31'",
    ):
        assert "can't be kept for less" in await refused_to_the_owner(database_url, shorter)


async def test_what_the_law_does_not_want_any_longer_expires_everywhere(
    keys: PersonKeys, others: PersonKeys
) -> None:
    over, kept = await kept_until(keys, LONG_AGO), await kept_until(keys, FAR_AWAY)
    words = await sealed(others, over)
    assert words
    assert await overdue(keys) == [over]
    gone = await expire(keys, [over, kept])
    assert [(each.subject_id, each.until) for each in gone] == [(over, LONG_AGO)]
    assert not await overdue(keys)
    assert await key_of(keys, kept)
    found = await contents(keys)
    assert (found.destroyed, [share.purpose for share in found.living]) == (1, ["invoice"])
    assert not await keys.destroyed(), "what expires is no erased person"


async def test_a_key_whose_wrapping_was_damaged_is_locked_and_not_erased(
    keys: PersonKeys, others: PersonKeys, database_url: str
) -> None:
    words = await sealed(keys, PERSON)
    assert words
    [(wrapped,)] = by_the_owner(database_url, "SELECT wrapped_key FROM vault.person_keys")
    by_the_owner(database_url, "UPDATE vault.person_keys SET wrapped_key = reverse(wrapped_key)")
    assert await key_of(others, PERSON) is not None
    assert not await opens(others, PERSON, words=words)
    by_the_owner(database_url, "UPDATE vault.person_keys SET wrapped_key = %s", values=[wrapped])
    assert await opens(others, PERSON, words=words), "a locked key is asked for again"
