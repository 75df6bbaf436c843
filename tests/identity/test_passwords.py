"""Passwords are kept as argon2id and checked off the event loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.memory import PlainPasswords
from adapters.passwords import Argon2Passwords
from application.ports import PasswordHasher


@pytest.fixture(scope="module")
def argon2() -> Iterator[Argon2Passwords]:
    passwords = Argon2Passwords()
    yield passwords
    passwords.close()


@pytest.fixture(params=["argon2", "memory"])
def any_hasher(request: pytest.FixtureRequest, argon2: Argon2Passwords) -> PasswordHasher:
    return argon2 if request.param == "argon2" else PlainPasswords()


@pytest.mark.parametrize("password", ["doğru at pil zımba", "", "x" * 128])
async def test_only_the_right_password_opens(any_hasher: PasswordHasher, password: str) -> None:
    hashed = await any_hasher.hash(password)
    assert password == "" or password not in hashed
    assert await any_hasher.verify(password, hashed)
    assert not await any_hasher.verify(password + "?", hashed)


async def test_nobody_has_no_password(any_hasher: PasswordHasher) -> None:
    assert not await any_hasher.verify("anything", None)


async def test_the_same_password_is_never_kept_the_same_way(argon2: Argon2Passwords) -> None:
    first, second = await argon2.hash("kapak"), await argon2.hash("kapak")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_damaged_hash_opens_nothing(argon2: Argon2Passwords) -> None:
    hashed = await argon2.hash("kapak")
    assert not await argon2.verify("kapak", hashed[:-6])
    assert not await argon2.verify("kapak", "plain text")


async def test_hashes_of_older_settings_still_open_and_are_known(argon2: Argon2Passwords) -> None:
    older = Argon2Passwords(memory_kib=1024, passes=1)
    hashed = await older.hash("kapak")
    assert await argon2.verify("kapak", hashed)
    assert argon2.needs_rehash(hashed)
    assert not argon2.needs_rehash(await argon2.hash("kapak"))
    older.close()
