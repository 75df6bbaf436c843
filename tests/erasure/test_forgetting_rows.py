"""Every table forgets: each build of each read model equals what a rebuild from nothing gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.postgres.writer import Writer
from application.erasure import NotYet
from application.store import Append
from domain.addresses import AddressBook
from domain.identity import Session, User
from domain.shared.address import Address
from domain.shared.aggregate import Aggregate, Event, Metadata
from projections import replay
from projections.addresses import address_books
from projections.base import AnyReadModel
from projections.design import design_steps
from projections.identity import persons, sessions
from projections.replay import Workshop, forgetting
from projections.replay.forgetting import Forgetting
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.core.replaying import silent
from tests.databases import MASTER, open_keys
from tests.design.examples import READER, a_job, accepted, revised, shown
from tests.designers.examples import ARTIST
from tests.given import NOW

MODELS: Sequence[AnyReadModel] = (persons, sessions, address_books, design_steps)
SECRET = "Kaybolacak Kişi"
OTHER = "Kalacak Kişi"
HOME = Address(
    name=SECRET, line="Yok Sokak 1", district="Kadıköy", province="İstanbul", phone="+905550000000"
)


def a_user(person_id: UUID, name: str) -> User:
    return User.begin(
        User.Registered,
        id=person_id,
        now=NOW,
        email=f"{person_id}@example.com",
        name=name,
        password_hash="hash",
        language="tr",
        terms_version="1",
        privacy_version="1",
    )


def a_session(person_id: UUID, agent: str = SECRET) -> Session:
    return Session.begin(
        Session.Started,
        id=uuid4(),
        now=NOW,
        person_id=person_id,
        epoch=0,
        token_hash="hash",
        expires_at=NOW,
        user_agent=f"{agent}/1.0",
        address="192.0.2.9",
    )


async def record(log: PostgresLog, *aggregates: Aggregate) -> int:
    """Append what happened to these; the last event's position."""
    events: list[Any] = [event for each in aggregates for event in each.collect_events()]
    assert all(isinstance(event, Event) for event in events)
    command_id = uuid4()
    facts = Metadata(command_id=command_id, command="Test", correlation_id=command_id)
    return await log.append(Append(events=events, metadata=facts))


class Town:
    """A log with two persons of whom one is to be forgotten, and read models of it."""

    def __init__(self, pool: Pool, log: PostgresLog, keys: PersonKeys) -> None:
        self.pool, self.log, self.keys = pool, log, keys
        self.projector = Projector(pool, log, MODELS)
        self.shop = Workshop(pool, log, MODELS)
        self.job = a_job()
        self.gone, self.stays = READER, ARTIST

    async def live(self) -> None:
        """Let things happen, and the projector take them."""
        for step in (accepted, shown, revised):
            step(self.job)
        book = AddressBook.open(self.gone, NOW)
        book.add(UUID(int=1), HOME)
        await record(
            self.log,
            a_user(self.gone, SECRET),
            a_user(self.stays, OTHER),
            a_session(self.gone),
            a_session(self.gone),
            a_session(self.stays, OTHER),
            self.job,
            book,
        )
        await catch_up(self.projector)

    async def erase(self) -> None:
        """Ask for it, and destroy the key."""
        loaded = await self.log.aggregate(self.gone)
        assert loaded
        await self.keys.destroy(self.gone)

    async def forget(self) -> forgetting.Forgotten:
        """Clear the tables."""
        return await Forgetting(self.shop).forget(self.gone, reached=await self.log.head())

    async def faults(self) -> list[str]:
        """The read models that are not what the log says."""
        found = []
        for model in MODELS:
            verdict = await replay.verify(self.pool, self.log, model=model, tell=silent)
            found += [] if verdict.equal else [f"{model.name}: {verdict}"]
        return found

    async def found(self, word: str) -> set[str]:
        """The tables in which a word stands."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE nspname = 'read' AND relkind = 'r'"
            )
            tables = [str(row[0]) for row in await cursor.fetchall()]
            seen = set()
            for name in tables:
                cursor = await connection.execute(
                    f'SELECT count(*) FROM read."{name}" AS t WHERE t::text LIKE %s',  # noqa: S608  # our own names
                    (f"%{word}%",),
                )
                row = await cursor.fetchone()
                seen |= {name} if row and row[0] else set()
            return seen


@pytest.fixture
async def town(pool: Pool, event_log: PostgresLog) -> Town:
    town = Town(pool, event_log, event_log._keys)
    await town.live()
    return town


async def test_tables_equal_their_folds_afterwards_and_hold_no_word(town: Town) -> None:
    assert await town.found(SECRET)
    assert "design_steps_v1" in await town.found("Değişiklik")
    await town.erase()
    assert await town.faults()
    forgotten = await town.forget()
    assert forgotten.events > 3
    assert await town.faults() == []
    assert await town.found(SECRET) == set()
    assert await town.found("Değişiklik") == set()


async def test_rows_of_others_stay_as_they_are(town: Town) -> None:
    before = await town.found(OTHER), await town.found("Nasıl?")
    await town.erase()
    await town.forget()
    assert (await town.found(OTHER), await town.found("Nasıl?")) == before
    assert before == ({"persons_v2", "sessions_v1"}, {"design_steps_v1"})


async def test_forgetting_twice_changes_nothing_more(town: Town) -> None:
    await town.erase()
    first = await town.forget()
    assert await town.forget() == first
    assert await town.faults() == []


async def test_a_projector_that_is_behind_is_waited_for_but_what_is_there_is_cleared(
    town: Town,
) -> None:
    await record(town.log, a_session(town.gone))
    await town.erase()
    with pytest.raises(NotYet, match="has to reach"):
        await town.forget()
    assert await town.found(SECRET) == set()
    await catch_up(town.projector)
    await town.forget()
    assert await town.faults() == []


async def test_a_projector_with_an_old_key_in_its_memory_is_cleaned_up_after(
    town: Town, pool: Pool, database_url: str
) -> None:
    async with _another_process(pool, database_url) as (log, keys):
        behind = Projector(pool, log, MODELS)
        await record(town.log, a_session(town.gone))
        await catch_up(behind)
        await record(town.log, a_session(town.gone))
        stale = keys._sealers[town.gone]
        assert stale is not None
        await town.erase()
        keys._sealers[town.gone] = stale
        keys._fresh.add(town.gone)
        await catch_up(behind)
        await town.forget()
    assert await town.found(SECRET) == set()
    assert await town.faults() == []


@asynccontextmanager
async def _another_process(
    pool: Pool, database_url: str
) -> AsyncIterator[tuple[PostgresLog, PersonKeys]]:
    writer = Writer(database_url)
    await writer.start()
    async with open_keys(pool, database_url, master=MASTER) as keys:
        yield PostgresLog(pool, writer, keys), keys
    await writer.stop()


async def test_it_goes_on_where_it_was_killed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.erase()
    written: list[str] = []
    write_anew = forgetting._write_anew

    async def killed_at_the_second(connection: Any, build: Any) -> None:
        if len(written) == 1:
            raise KeyboardInterrupt
        written.append(build.table)
        await write_anew(connection, build)

    monkeypatch.setattr(forgetting, "_write_anew", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        await town.forget()
    monkeypatch.undo()
    again: list[str] = []

    async def noted(connection: Any, build: Any) -> None:
        again.append(build.table)
        await write_anew(connection, build)

    monkeypatch.setattr(forgetting, "_write_anew", noted)
    await town.forget()
    assert set(again) == {model.table for model in MODELS}
    assert await town.faults() == []


async def test_builds_that_nobody_reads_forget_too(town: Town) -> None:
    await replay.rebuild(town.pool, town.log, model=persons, tell=silent, keep=True)
    await replay.build(town.shop, sessions, tell=silent, anew=True)
    assert len([name for name in await town.found(SECRET) if name.startswith("persons")]) == 2
    await town.erase()
    await town.forget()
    assert await town.found(SECRET) == set()
    await replay.switch_back(town.shop, "persons", tell=silent)
    assert await town.faults() == []


async def test_a_table_that_nobody_can_fold_any_more_goes_if_nobody_reads_it(town: Town) -> None:
    await _name_a_version(town, "persons", 1, state="retired")
    await town.erase()
    await town.forget()
    async with town.pool.connection() as connection:
        cursor = await connection.execute("SELECT to_regclass('read.persons_v1')")
        assert await cursor.fetchone() == (None,)


async def test_a_table_of_another_release_holds_it_up_while_it_serves(town: Town) -> None:
    await _name_a_version(town, "persons", 1, state="live")
    await town.erase()
    with pytest.raises(NotYet, match="another release"):
        await town.forget()


async def _name_a_version(town: Town, name: str, version: int, *, state: str) -> None:
    async with town.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO projections (name, version, build, table_name, state)"
            " VALUES (%s, %s, 1, %s, %s)",
            (name, version, f"{name}_v{version}", state),
        )
        await connection.execute(f"CREATE TABLE read.{name}_v{version} AS TABLE read.{name}_v2")


async def test_a_build_that_somebody_works_on_holds_it_up(town: Town, pool: Pool) -> None:
    await town.erase()
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_lock(hashtext('persons_v2'))")
        with pytest.raises(NotYet, match="at work"):
            await town.forget()
        await connection.execute("SELECT pg_advisory_unlock(hashtext('persons_v2'))")
    await town.forget()
    assert await town.faults() == []


async def test_a_table_that_is_read_all_the_time_holds_it_up(
    town: Town, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "LOCK_WAIT", "50ms")
    await town.erase()
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT count(*) FROM read.persons_v2")
        with pytest.raises(NotYet, match="being read"):
            await town.forget()
    await town.forget()


async def test_nothing_personal_is_sampled_by_the_planner(town: Town) -> None:
    async with town.pool.connection() as connection:
        await connection.execute("ANALYZE read.persons_v2, read.sessions_v1, read.design_steps_v1")
        cursor = await connection.execute(
            "SELECT attname FROM pg_stats WHERE schemaname = 'read'"
            " AND concat(most_common_vals, histogram_bounds) LIKE %s",
            ("%Ki_i%",),
        )
        assert await cursor.fetchall() == []
