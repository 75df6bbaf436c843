"""Commands that happen to be committed together: each gets its own answer, none another's fault."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from uuid import UUID, uuid4

import psycopg
import pytest
from msgspec.structs import replace

from adapters.postgres.log import PostgresLog
from application.store import Append, ConcurrentChange, KeyTaken, LogUnavailable, RequestKey
from domain.shared.aggregate import Event
from tests.core.writing import commanding, hold

Outcome = int | BaseException
TOO_LONG = Random(7).randbytes(20_000).hex()  # noqa: S311 - long, and not to be compressed


def adding(stream_id: UUID, *versions: int, key: str = "") -> Append:
    """A command that adds these versions to a stream."""
    command = commanding(hold(stream_id, version) for version in versions or (1,))
    return keyed(command, key) if key else command


def keyed(command: Append, key: str) -> Append:
    asked = RequestKey(caller="test", key=key, request_hash=b"h")
    return replace(command, key=asked, answer=b"{}")


async def together(log: PostgresLog, *commands: Append) -> Sequence[Outcome]:
    """What becomes of commands that wait for the log at the same moment."""
    return await asyncio.gather(
        *(log.append(command) for command in commands), return_exceptions=True
    )


async def stored(log: PostgresLog) -> list[tuple[int, UUID, int]]:
    """Everything in the log: positions, streams and versions."""
    events = [(each.position, each.event) for each in await log.page(0, 10_000)]
    return [(position, event.originator_id, event.originator_version) for position, event in events]


def expected(commands: Sequence[Append]) -> list[tuple[int, UUID, int]]:
    """What is in a log to which exactly these commands were appended."""
    events: list[Event] = [event for command in commands for event in command.events]
    return [
        (position, event.originator_id, event.originator_version)
        for position, event in enumerate(events, 1)
    ]


async def test_each_command_of_a_batch_is_told_where_its_own_last_event_stands(
    event_log: PostgresLog,
) -> None:
    first = adding(uuid4(), 1, 2, 3)
    await event_log.append(first)
    [shared, other] = [uuid4(), uuid4()]
    batch = [
        adding(uuid4(), 1, 2),
        adding(first.events[0].originator_id, 2),
        adding(shared, 1),
        adding(other, 1, 2, 3, key="k"),
        adding(shared, 1),
        adding(uuid4(), 1, key="k"),
        adding(uuid4()),
    ]
    outcomes = await together(event_log, *batch)
    kinds = [each if isinstance(each, int) else type(each) for each in outcomes]
    assert kinds == [5, ConcurrentChange, 6, 9, ConcurrentChange, KeyTaken, 10]
    good = [command for command, told in zip(batch, outcomes, strict=True) if type(told) is int]
    assert await stored(event_log) == expected([first, *good])
    answer = await event_log.answer("test", "k")
    assert answer is not None
    assert answer.position == 9


async def test_a_command_of_many_streams_is_refused_whole_when_one_has_moved(
    event_log: PostgresLog,
) -> None:
    taken = adding(uuid4())
    await event_log.append(taken)
    moved = commanding([hold(uuid4(), 1), *taken.events, hold(uuid4(), 1)])
    fresh = adding(uuid4())
    outcomes = await together(event_log, moved, fresh)
    assert isinstance(outcomes[0], ConcurrentChange)
    assert outcomes[1] == 2
    assert await stored(event_log) == expected([taken, fresh])


async def test_a_key_that_is_stored_is_refused_beside_new_ones(event_log: PostgresLog) -> None:
    await event_log.append(adding(uuid4(), key="old"))
    again, fresh = adding(uuid4(), key="old"), adding(uuid4(), key="new")
    outcomes = await together(event_log, again, fresh)
    assert isinstance(outcomes[0], KeyTaken)
    assert outcomes[1] == 2


async def test_an_answer_without_events_is_kept_where_the_log_stands(
    event_log: PostgresLog,
) -> None:
    nothing = keyed(commanding([]), "nothing")
    assert await together(event_log, adding(uuid4(), 1, 2), nothing, adding(uuid4())) == [2, 2, 3]
    answer = await event_log.answer("test", "nothing")
    assert answer is not None
    assert answer.position == 2


def with_trace(command: Append, trace_id: str) -> Append:
    return replace(command, metadata=replace(command.metadata, trace_id=trace_id))


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param(with_trace(adding(uuid4()), "a\0b"), id="metadata that JSON can't hold"),
        pytest.param(adding(uuid4(), key="a\0b"), id="a key that is no text"),
        pytest.param(adding(uuid4(), key=TOO_LONG), id="a key that no index can hold"),
        pytest.param(adding(uuid4(), 2**62), id="a version that no stream has reached"),
    ],
)
@pytest.mark.parametrize("place", [0, 5, 11])
async def test_one_poisoned_command_fails_alone(
    event_log: PostgresLog, poison: Append, place: int
) -> None:
    good = [adding(uuid4(), 1, 2, key=str(number)) for number in range(11)]
    batch = [*good[:place], poison, *good[place:]]
    outcomes = list(await together(event_log, *batch))
    failed = outcomes.pop(place)
    assert isinstance(failed, psycopg.DataError | psycopg.OperationalError | ConcurrentChange)
    assert not isinstance(failed, LogUnavailable)
    assert sorted(each for each in outcomes if isinstance(each, int)) == list(range(2, 23, 2))
    assert len(await stored(event_log)) == 22
    for command, position in zip(good, outcomes, strict=True):
        [_, last] = await event_log.load(command.events[0].originator_id)
        assert last.position == position
