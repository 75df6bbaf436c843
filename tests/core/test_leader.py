"""One process leads; when it is killed or frozen another one does, and nothing is done twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from prometheus_client import REGISTRY

from adapters.postgres import leader
from adapters.postgres.leader import Leadership
from adapters.postgres.pool import Pool, app_url
from projections import standing
from tests.core.leading import ROLE, candidate
from tests.core.wire import wire_to
from tests.given import NOW
from tests.waiting import eventually

SECONDS = 10
"""Far more than a failover takes, on a machine that has other things to do as well."""


class Watcher:
    """What an operator sees of leaders and their work."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.connection = connection

    def one(self, query: str, *parameters: object) -> Any:
        row = self.connection.execute(query, parameters).fetchone()
        return row[0] if row else None

    def leader(self) -> str:
        """The holder who beats now; empty when there is none."""
        found = self.one(
            "SELECT holder FROM leaders WHERE role = %s"
            " AND beat_at > clock_timestamp() - interval '1 second'",
            ROLE,
        )
        return str(found or "")

    def leader_in(self, process_id: int) -> str:
        """The leader, once it is this process."""
        holder = self.leader()
        return holder if f"-{process_id}-" in holder else ""

    def turn(self) -> int:
        return int(self.one("SELECT turn FROM turns"))

    def works_on(self) -> None:
        before = self.turn()
        eventually(lambda: self.turn() > before + 1, seconds=SECONDS, what="turns")

    def sessions_of(self, holder: str, kind: str) -> int:
        return int(
            self.one(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s",
                f"polikrami {kind} {holder}",
            )
        )


@pytest.fixture
def watcher(database_url: str) -> Iterator[Watcher]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE turns (turn int NOT NULL)")
        connection.execute("INSERT INTO turns VALUES (0)")
        connection.execute("GRANT SELECT, UPDATE ON turns TO polikrami_app")
        yield Watcher(connection)


@contextmanager
def leader_and_standby(url: str, watcher: Watcher) -> Iterator[tuple[Any, Any, str]]:
    """The leader's process, that of the standby, and who leads."""
    with candidate(url) as first:
        holder = eventually(lambda: watcher.leader_in(first.pid), seconds=SECONDS, what="a leader")
        with candidate(url) as second:
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE %s"
            pattern = f"polikrami leader %-{second.pid}-%"
            eventually(lambda: watcher.one(waiting, pattern), seconds=SECONDS, what="a standby")
            watcher.works_on()
            yield first, second, holder


def test_when_the_leader_is_killed_another_one_leads(database_url: str, watcher: Watcher) -> None:
    with leader_and_standby(app_url(database_url), watcher) as (first, second, _):
        first.kill()
        eventually(lambda: watcher.leader_in(second.pid), seconds=SECONDS, what="a new leader")
        watcher.works_on()


def test_a_frozen_leader_is_replaced_and_does_no_harm_when_it_wakes(
    database_url: str, watcher: Watcher
) -> None:
    with leader_and_standby(app_url(database_url), watcher) as (first, second, holder):
        first.send_signal(signal.SIGSTOP)
        eventually(lambda: watcher.leader_in(second.pid), seconds=SECONDS, what="a new leader")
        assert watcher.sessions_of(holder, "counter") == 0
        watcher.works_on()
        first.send_signal(signal.SIGCONT)
        eventually(
            lambda: watcher.sessions_of(holder, "leader"), seconds=SECONDS, what="a new standby"
        )
        assert watcher.leader_in(second.pid)
        assert watcher.sessions_of(holder, "counter") == 0
        second.kill()
        eventually(lambda: watcher.leader_in(first.pid), seconds=SECONDS, what="the first again")
        watcher.works_on()


async def test_only_one_leads_at_a_time_and_hands_over_when_it_stops(
    database_url: str, pool: Pool
) -> None:
    url = app_url(database_url)
    begun: asyncio.Queue[str] = asyncio.Queue()

    async def lead(name: str) -> None:
        async def work() -> None:
            begun.put_nowait(name)
            await asyncio.Event().wait()

        await Leadership(url, ROLE, holder=f"holder-{name}").lead(work)

    tasks = {name: asyncio.create_task(lead(name)) for name in ("a", "b", "c")}
    seen = []
    while tasks:
        async with asyncio.timeout(SECONDS):
            chosen = await begun.get()
        assert begun.empty()
        seen.append(chosen)
        async with pool.connection() as connection:
            (known,) = await standing.leaders(connection)
        assert known.holder == f"holder-{chosen}"
        assert standing.leaderless([known], [ROLE]) == []
        stopped = tasks.pop(chosen)
        stopped.cancel()
        await asyncio.gather(stopped, return_exceptions=True)
    assert sorted(seen) == ["a", "b", "c"]
    async with pool.connection() as connection:
        assert standing.leaderless(await standing.leaders(connection), [ROLE]) == [ROLE]


async def test_leading_ends_with_the_work_and_with_its_error(database_url: str) -> None:
    async def done() -> None:
        return

    async def broken() -> None:
        raise RuntimeError("the work is broken")

    leadership = Leadership(app_url(database_url), ROLE)
    await leadership.lead(done)
    with pytest.raises(RuntimeError, match="the work is broken"):
        await leadership.lead(broken)
    await leadership.lead(done)


async def test_a_leader_that_loses_its_session_stops_its_work_and_bids_again(
    database_url: str, pool: Pool
) -> None:
    begun: asyncio.Queue[asyncio.Task[Any] | None] = asyncio.Queue()

    async def work() -> None:
        begun.put_nowait(asyncio.current_task())
        await asyncio.Event().wait()

    leading = asyncio.create_task(
        Leadership(app_url(database_url), ROLE, holder="holder-a").lead(work)
    )
    async with asyncio.timeout(SECONDS):
        first = await begun.get()
        async with pool.connection() as connection:
            await connection.execute("SELECT end_sessions('holder-a')")
        await begun.get()
    assert first is not None
    assert first.cancelled()
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)


async def test_a_leader_whose_server_falls_silent_stops_while_another_one_leads(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "UNHEARD_SECONDS", 0.5)
    events: asyncio.Queue[str] = asyncio.Queue()

    async def work(name: str) -> None:
        events.put_nowait(f"{name} leads")
        try:
            await asyncio.Event().wait()
        finally:
            events.put_nowait(f"{name} stops")

    def bid(url: str, name: str) -> asyncio.Task[None]:
        leadership = Leadership(url, ROLE, holder=f"holder-{name}")
        return asyncio.create_task(leadership.lead(lambda: work(name)))

    async with wire_to(database_url) as (wire, url), asyncio.timeout(3 * SECONDS):
        tasks = [bid(app_url(url), "a")]
        assert await events.get() == "a leads"
        tasks.append(bid(app_url(database_url), "b"))
        wire.fall_silent()
        assert {await events.get(), await events.get()} == {"a stops", "b leads"}
        wire.speak()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_only_sessions_of_the_named_process_can_be_ended(
    database_url: str, pool: Pool
) -> None:
    names = ("polikrami a process-1", "polikrami b process-11", "psql process-1", "polikrami a")
    sessions = [
        await psycopg.AsyncConnection.connect(database_url, autocommit=True, application_name=name)
        for name in names
    ]
    async with pool.connection() as connection:
        ended = []
        for holder in ("process-1", "", "1", "%", "a"):
            cursor = await connection.execute("SELECT end_sessions(%s)", (holder,))
            ended.append(((await cursor.fetchone()) or (None,))[0])
    assert ended == [1, 0, 0, 0, 0]
    with pytest.raises(psycopg.OperationalError):
        await sessions[0].execute("SELECT 1")
    for session in sessions[1:]:
        await session.execute("SELECT 1")
    for session in sessions:
        await session.close()


def known(role: str, holder: str, silent_seconds: float = 0.1) -> standing.Leader:
    """What the database says of a role."""
    return standing.Leader(role=role, holder=holder, started_at=NOW, silent_seconds=silent_seconds)


def test_a_system_without_a_sealer_misses_none_and_one_that_lost_it_does() -> None:
    others = [known("projector", "a"), known("reactor 1f2e", "b")]
    assert standing.leaderless(others) == []
    assert standing.leaderless([*others, known("sealer", "c")]) == []
    for gone in (known("sealer", ""), known("sealer", "c", standing.LEADERLESS_SECONDS + 1)):
        missing = standing.leaderless([*others, gone])
        assert missing == ["sealer"]
        standing.tell([], missing)
        assert REGISTRY.get_sample_value("leaderless", {"role": "sealer"}) == 1
    standing.tell([], standing.leaderless(others))
    assert REGISTRY.get_sample_value("leaderless", {"role": "sealer"}) == 0
