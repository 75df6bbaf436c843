"""Snapshots: what goes on from a state is what the whole history adds up to."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.postgres.aggregates import Tail, unusable
from adapters.postgres.baselines import OVERHEAD_BYTES, Baseline, Baselines
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.postgres.snapshots import Snapshots, failed, taken
from adapters.states import StateForm, state_form, state_forms
from application.store import ConcurrentChange, replay
from domain.shared.aggregate import SNAPSHOTTED, Aggregate, Created, Event, Personal, event
from domain.wallet import Wallet
from tests.core.long_wallets import appending, live, live_on, lived
from tests.core.parts import archive_some, small_partitions
from tests.databases import open_log
from tests.given import NOW

SHAPE = state_form(Wallet).shape
TELL_SHAPE = """
from adapters.states import state_form
from domain.wallet import Wallet
print(state_form(Wallet).shape)
"""


def state_of(aggregate: Aggregate) -> dict[str, Any]:
    return {name: value for name, value in vars(aggregate).items() if name != "_pending_events"}


async def tail_of(log: PostgresLog, stream_id: UUID) -> Tail:
    """The stream as this log loads it, which must be what all of its events add up to."""
    tail = await log._aggregates.tail(stream_id)
    assert tail is not None
    history = await log.load(stream_id)
    assert state_of(tail.aggregate) == state_of(replay(history))
    assert tail.position == history[-1].position
    return tail


async def load(log: PostgresLog, stream_id: UUID) -> None:
    """As a command does it, with what follows from it."""
    assert await log.aggregate(stream_id)
    await log.snapshots.settle()


async def rows(pool: Pool) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT version, shape FROM snapshots ORDER BY shape")
        return await cursor.fetchall()


async def change(pool: Pool, sql: str) -> None:
    async with pool.connection() as connection:
        await connection.execute(sql.encode())


def log_without_memory(pool: Pool, like: PostgresLog) -> PostgresLog:
    """What another process sees."""
    return PostgresLog(pool, like._writer, like._keys)


@given(events=st.integers(1, 120), cut=st.integers(1, 120))
@settings(max_examples=60)
def test_a_wallet_goes_on_from_any_of_its_states(events: int, cut: int) -> None:
    wallet = live(Wallet.open(uuid4(), NOW), events)
    history = [each for each in wallet.collect_events() if isinstance(each, Event)]
    past: Any = history[0].mutate(None)
    for each in history[1:cut]:
        past.recall(each)
    form = state_form(Wallet)
    resumed = form.decode(form.encode(past), stream_id=past.id, version=past.version)
    assert state_of(resumed) == state_of(past)
    for each in history[cut:]:
        resumed.recall(each)
        past.recall(each)
    assert state_of(resumed) == state_of(past)


async def test_ten_thousand_events_are_read_once_and_then_only_what_came_after(
    event_log: PostgresLog, pool: Pool
) -> None:
    wallet_id = await lived(event_log, 10_000)
    await load(event_log, wallet_id)
    assert await rows(pool) == [(10_000, SHAPE)]
    await live_on(event_log, wallet_id, 7)
    assert (await tail_of(event_log, wallet_id)).events == 7
    assert (await tail_of(log_without_memory(pool, event_log), wallet_id)).events == 7


async def test_short_histories_have_no_snapshot(event_log: PostgresLog, pool: Pool) -> None:
    await load(event_log, await lived(event_log, 99))
    assert await rows(pool) == []


async def test_who_loads_never_waits_for_a_snapshot(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    wallet_id = await lived(event_log, 150)
    with psycopg.connect(database_url) as connection:
        connection.execute("LOCK TABLE snapshots IN EXCLUSIVE MODE")
        assert (await tail_of(event_log, wallet_id)).events == 150
        assert await event_log.aggregate(wallet_id)
        assert await event_log.aggregate(wallet_id)
    await event_log.snapshots.settle()
    assert await rows(pool) == [(150, SHAPE)]


async def test_what_a_command_does_with_its_aggregate_is_in_no_snapshot(
    event_log: PostgresLog, pool: Pool
) -> None:
    wallet_id = await lived(event_log, 150)
    loaded = await event_log.aggregate(wallet_id)
    assert loaded is not None
    assert isinstance(loaded.aggregate, Wallet)
    live(loaded.aggregate.at(NOW), 5)
    await event_log.snapshots.settle()
    assert await rows(pool) == [(150, SHAPE)]
    await tail_of(event_log, wallet_id)


async def test_a_snapshot_moves_on_with_its_stream(event_log: PostgresLog, pool: Pool) -> None:
    wallet_id = await lived(event_log, 150)
    await load(event_log, wallet_id)
    await live_on(event_log, wallet_id, 99)
    await load(event_log, wallet_id)
    assert await rows(pool) == [(150, SHAPE)]
    await live_on(event_log, wallet_id, 1)
    await load(event_log, wallet_id)
    assert await rows(pool) == [(250, SHAPE)]
    assert (await tail_of(event_log, wallet_id)).events == 0


async def test_a_snapshot_of_another_shape_is_left_to_the_release_that_knows_it(
    event_log: PostgresLog, pool: Pool
) -> None:
    wallet_id = await lived(event_log, 150)
    await load(event_log, wallet_id)
    await change(pool, "UPDATE snapshots SET shape = 'An older one'")
    log = log_without_memory(pool, event_log)
    assert (await tail_of(log, wallet_id)).events == 150
    await load(log, wallet_id)
    assert await rows(pool) == [(150, "An older one"), (150, SHAPE)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshots SET state = set_byte(state, 40, get_byte(state, 40) # 1)",
        "UPDATE snapshots SET state = substr(state, 1, 200)",
        "UPDATE snapshots SET state = ''",
        "UPDATE snapshots SET position = position - 1",
        "UPDATE snapshots SET version = version - 1",
    ],
)
async def test_a_damaged_snapshot_is_ignored_and_replaced(
    event_log: PostgresLog, pool: Pool, damage: str
) -> None:
    wallet_id = await lived(event_log, 250)
    await load(event_log, wallet_id)
    await change(pool, damage)
    before = unusable._value.get()
    log = log_without_memory(pool, event_log)
    assert (await tail_of(log, wallet_id)).events == 250
    assert unusable._value.get() == before + 1
    await load(log, wallet_id)
    assert (await tail_of(log_without_memory(pool, event_log), wallet_id)).events == 0


async def test_a_whole_snapshot_that_says_nothing_is_ignored(
    event_log: PostgresLog, pool: Pool
) -> None:
    wallet_id = await lived(event_log, 150)
    position = await event_log.head()
    nothing = Baseline(wallet_id, SHAPE, 150, position, b"").holding(b"nonsense")
    event_log._aggregates._baselines.put(nothing)
    assert (await tail_of(event_log, wallet_id)).events == 150


async def test_states_that_are_not_of_the_history_are_forgotten(event_log: PostgresLog) -> None:
    wallet_id = await lived(event_log, 150)
    stranger = live(Wallet.open(uuid4(), NOW), 400)
    state = state_form(Wallet).encode(stranger)
    for version, position in ((120, 121), (120, 100), (400, 400)):
        baseline = Baseline(wallet_id, SHAPE, version, position, b"").holding(state)
        event_log._aggregates._baselines.put(baseline)
        assert (await tail_of(event_log, wallet_id)).events == 150


async def test_what_lies_in_files_is_loaded_too(
    event_log: PostgresLog, pool: Pool, database_url: str, tmp_path: Path
) -> None:
    small_partitions(database_url, 100)
    wallet_id = await lived(event_log, 1_320)
    moved = await asyncio.to_thread(archive_some, database_url, tmp_path)
    assert [each.last for each in moved] == list(range(100, 1_301, 100))

    def log() -> PostgresLog:
        return PostgresLog(pool, event_log._writer, event_log._keys, archive_dir=tmp_path)

    reader = log()
    assert (await tail_of(reader, wallet_id)).events == 1_320
    past: Any = replay((await reader.load(wallet_id))[:700])
    baseline = Baseline(wallet_id, SHAPE, 700, 700, b"").holding(state_form(Wallet).encode(past))
    for each in (reader, log()):
        each._aggregates._baselines.put(baseline)
        assert (await tail_of(each, wallet_id)).events == 620
    reader.snapshots.consider(await tail_of(log(), wallet_id))
    await reader.snapshots.settle()
    await live_on(reader, wallet_id, 30)
    assert (await tail_of(reader, wallet_id)).events == 30
    assert (await tail_of(log(), wallet_id)).events == 30


async def test_who_asks_during_a_snapshot_is_heard(event_log: PostgresLog, pool: Pool) -> None:
    wallet_id = await lived(event_log, 150)
    old = await tail_of(event_log, wallet_id)
    loaded: list[Tail] = []

    async def load_while_it_lives_on(_: UUID) -> Tail:
        tail = await tail_of(event_log, wallet_id) if loaded else old
        loaded.append(tail)
        if tail is old:
            longer = (await tail_of(event_log, wallet_id)).aggregate
            assert isinstance(longer, Wallet)
            await event_log.append(appending(live(longer.at(NOW), 120)))
            snapshots.consider(await tail_of(event_log, wallet_id))
        return tail

    snapshots = Snapshots(pool, load_while_it_lives_on, Baselines())
    snapshots.consider(old)
    await snapshots.settle()
    assert [tail.events for tail in loaded] == [150, 120]
    assert await rows(pool) == [(270, SHAPE)]


async def test_who_asks_for_what_the_snapshot_under_way_has_causes_no_second(
    event_log: PostgresLog, database_url: str
) -> None:
    wallet_id = await lived(event_log, 150)
    before = taken._value.get()
    with psycopg.connect(database_url) as connection:
        connection.execute("LOCK TABLE snapshots IN EXCLUSIVE MODE")
        for _ in range(3):
            assert await event_log.aggregate(wallet_id)
    await event_log.snapshots.settle()
    assert taken._value.get() == before + 1


async def test_of_two_snapshots_the_newer_stays(event_log: PostgresLog, pool: Pool) -> None:
    wallet_id = await lived(event_log, 150)
    slow = await tail_of(event_log, wallet_id)
    await live_on(event_log, wallet_id, 120)
    await event_log.snapshots.settle()
    await load(event_log, wallet_id)
    assert await rows(pool) == [(270, SHAPE)]

    async def as_it_was(_: UUID) -> Tail:
        return slow

    snapshots = Snapshots(pool, as_it_was, Baselines())
    snapshots.consider(slow)
    await snapshots.settle()
    assert await rows(pool) == [(270, SHAPE)]


async def test_an_old_baseline_neither_hides_events_nor_conflicts(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    wallet_id = await lived(event_log, 150)
    async with open_log(pool, database_url) as other:
        for log in (event_log, other):
            await load(log, wallet_id)
        mine = await event_log.aggregate(wallet_id)
        assert mine is not None
        assert isinstance(mine.aggregate, Wallet)
        await live_on(other, wallet_id, 1)
        with pytest.raises(ConcurrentChange):
            await event_log.append(appending(live(mine.aggregate.at(NOW), 1)))
        assert (await tail_of(event_log, wallet_id)).events == 1
        await live_on(event_log, wallet_id, 1)
        assert (await tail_of(other, wallet_id)).events == 2


async def test_a_state_that_is_not_declared_is_not_stored_and_nobody_notices(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_form(Wallet), "_names", ["customer_id", "lots", "holds"])
    before = failed._value.get()
    wallet_id = await lived(event_log, 150)
    await load(event_log, wallet_id)
    assert failed._value.get() == before + 1
    assert await rows(pool) == []
    await tail_of(event_log, wallet_id)


def test_the_least_recently_used_baselines_make_room() -> None:
    baselines = Baselines(limit_bytes=3 * (1_000 + OVERHEAD_BYTES))
    first, second, third, fourth = (
        Baseline(uuid4(), SHAPE, 100, 100, bytes(1_000)) for _ in range(4)
    )
    for each in (first, second, third):
        baselines.put(each)
    assert baselines.get(first.stream_id) is first
    baselines.put(fourth)
    assert baselines.get(second.stream_id) is None
    assert [baselines.get(each.stream_id) for each in (first, third, fourth)]
    assert baselines.size_bytes == 3 * (1_000 + OVERHEAD_BYTES)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(0, 4_000))))
def test_baselines_never_take_more_than_their_limit(puts: list[tuple[int, int, int]]) -> None:
    baselines = Baselines(limit_bytes=5_000)
    for stream, version, size in puts:
        newest = baselines.get(UUID(int=stream))
        baselines.put(Baseline(UUID(int=stream), SHAPE, version, version, bytes(size)))
        kept = baselines.get(UUID(int=stream))
        assert newest is None or kept is None or kept.version >= newest.version
        assert 0 <= baselines.size_bytes <= 5_000
    for stream in range(1, 6):
        baselines.drop(UUID(int=stream))
    assert baselines.size_bytes == 0


def test_personal_words_allow_no_snapshots() -> None:
    with pytest.raises(TypeError, match="personal"):

        class Diary(Aggregate):
            SNAPSHOTS = True

            class Begun(Created, frozen=True, kw_only=True):
                TOPIC = "test_diary.begun"
                text: Personal

            text: str

            @event(Begun)
            def __init__(self, text: str) -> None:
                self.text = text


def test_every_kind_with_snapshots_has_a_shape_of_its_own() -> None:
    assert len(state_forms()) == len(SNAPSHOTTED)
    assert Wallet in SNAPSHOTTED


def test_a_changed_state_or_rule_is_another_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    assert StateForm(Wallet).shape == SHAPE
    with monkeypatch.context() as changed:
        changed.setitem(Wallet.__annotations__, "ended", "dict[UUID, datetime]")
        changed.setattr(sys.modules[Wallet.__module__], "datetime", datetime)
        assert StateForm(Wallet).shape != SHAPE
    source = inspect.getsource
    for module in (
        "domain.wallet.wallet",
        "domain.wallet.lots",
        "domain.shared.aggregate",
        "domain.upcasters",
    ):
        with monkeypatch.context() as changed:
            changed.setattr(
                inspect,
                "getsource",
                lambda each, module=module: source(each) + "#" * (each.__name__ == module),
            )
            assert StateForm(Wallet).shape != SHAPE


def test_all_processes_of_a_release_have_the_same_shapes() -> None:
    told = subprocess.run(  # noqa: S603  # this interpreter, and what stands above
        [sys.executable, "-c", TELL_SHAPE],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == SHAPE
