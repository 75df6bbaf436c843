"""Somebody who used everything is erased, and then looked for everywhere, in every spelling."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from deploy.bootstrap import running_system
from deploy.demo import journey, town_of
from deploy.demo.journey import Town, visitor
from deploy.demo.person import Refused
from projections import READ_MODELS
from projections.replay import verify
from tests.erasure.needles import Search
from tests.erasure.whole_person import (
    Whole,
    new_words,
    registered,
    search_for,
    speak,
    use_everything,
)
from tests.live import LiveSystem, live_system

pytestmark = pytest.mark.journey

OUTSIDE = ("emulators/iyzico.sqlite", "emulators/carrier.sqlite")
"""What stands for companies outside, who answer for what they keep themselves."""


@pytest.fixture(scope="module")
def live() -> Iterator[LiveSystem]:
    with live_system() as system:
        yield system


@pytest.fixture(scope="module")
def town(live: LiveSystem) -> Town:
    return town_of(live.settings)


async def erased(live: LiveSystem, whole: Whole) -> dict[str, Any]:
    """Let them ask for it, and wait for the certificate."""
    for path in (live.folder / "files").rglob("*"):
        os.utime(path, (time.time() - 3600,) * 2)
    me = await whole.person.see("/profile")
    password = {"password": whole.words["password"]}
    await whole.person.do("/profile/erase", {**password, "forfeit_credits": True})
    async with visitor(whole.customer.town) as admin:
        await admin.log_in(whole.customer.town.admin_email, whole.customer.town.password)
        path = f"/people/{me['person_id']}/erasure"
        return await admin.see_when(path, "state", "completed")


def tables(live: LiveSystem, search: Search) -> dict[str, set[str]]:
    """The tables with words in their rows, of all schemas."""
    found = {}
    with psycopg.connect(live.database_url, autocommit=True) as connection:
        names = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm', 't') AND n.nspname <> 'pg_toast'"
        ).fetchall()
        for schema, name in names:
            cursor = connection.cursor()
            with cursor.copy(
                f'COPY (SELECT * FROM "{schema}"."{name}") TO STDOUT'.encode()
            ) as copy:
                content = b"".join(bytes(part) for part in copy)
            if there := search.among(content.replace(b"\\\\", b"\\")):
                found[f"{schema}.{name}"] = there
    return found


def redis_keys(live: LiveSystem, search: Search) -> set[str]:
    """The words in anything that Redis holds."""
    client: Any = redis.Redis.from_url(live.env["REDIS_URL"])
    with client:
        return {
            name
            for key in client.scan_iter()
            for name in search.among(bytes(key)) | search.among(client.dump(key) or b"")
        }


def settle(live: LiveSystem) -> None:
    """Let PostgreSQL write everything down and let go of the log of its writes."""
    live.query("ALTER SYSTEM SET wal_recycle = off")
    live.query("SELECT pg_reload_conf()")
    for _ in range(3):
        live.query("SELECT pg_switch_wal()")
        live.query("CHECKPOINT")


def everywhere(live: LiveSystem, search: Search) -> dict[str, set[str]]:
    """Where words are found: files by their path below the data folder, tables, Redis."""
    settle(live)
    root = live.folder.resolve()
    folders = [root, (root / "postgres").resolve()]
    found = {path.removeprefix(f"{root}/"): names for path, names in search.below(folders).items()}
    found |= tables(live, search)
    if names := redis_keys(live, search):
        found["redis"] = names
    return found


async def verified(live: LiveSystem) -> list[str]:
    """The read models that are not what the log says."""
    async with running_system(live.settings, name="verify", pool_size=3) as system:
        verdicts = [
            await verify(system.pool, system.event_log, model=each, tell=lambda _progress: None)
            for each in READ_MODELS
        ]
    return [
        f"{model.name}: {each}"
        for model, each in zip(READ_MODELS, verdicts, strict=True)
        if not each.equal
    ]


async def test_nothing_is_left(
    live: LiveSystem, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = new_words()
    search = search_for(words)
    speak(monkeypatch, words)
    async with registered(town, words) as whole:
        t = time.time()
        await use_everything(whole)
        print("USED", time.time() - t)
        t = time.time()
        before = everywhere(live, search)
        seen = set().union(*before.values())
        print("BEFORE", before, time.time() - t)
        t = time.time()
        certificate = await erased(live, whole)
        print(certificate["text"]["tr"], time.time() - t)
        after = everywhere(live, search)
        print("AFTER", after)
        assert await verified(live) == []
        assert {path for path in after if not path.startswith(OUTSIDE)} == set()
        assert seen == words.keys() - {"password"}
