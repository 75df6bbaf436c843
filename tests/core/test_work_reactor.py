"""The reactor: one effect per event and process, whoever dies, and nothing is passed by."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import MapperDeserialisationError

from adapters.postgres.jobs import REACTIONS
from adapters.postgres.leader import Leadership
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from application import work
from application.bus import HANDLERS
from application.store import Recorded, Store
from application.work import Intent, Reaction, name_of, when
from domain.shared.aggregate import EVENTS, Metadata
from tests.core.desk import Desk, ReadTestNote, WriteTestNote, registered_work
from tests.core.notes import Note
from tests.given import NOW
from workers import shifts
from workers.chains import chains
from workers.reactor import NewerEvent, Reactor, reactor_blocked
from workers.watch import Watch


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    with registered_work():
        yield


@pytest.fixture
def desk(pool: Pool, event_log: PostgresLog) -> Desk:
    return Desk(pool, event_log)


class Died(BaseException):
    """The process is gone: nothing after this line has run."""


class DyingReactor(Reactor):
    """Dies between its commands and its position."""

    async def _commit(self, *_: Any, **__: Any) -> None:
        raise Died


def echo(event: Note.Written) -> Iterator[Intent]:
    """A second reaction to the same event."""
    yield ReadTestNote(note_id=event.originator_id, by="echo")


def stumble(event: Note.Written) -> Iterator[Intent]:
    """Wants something, and then can't go on."""
    yield ReadTestNote(note_id=event.originator_id, by="stumbler")
    raise ArithmeticError("0 pages")


def stand(event: Note.Written) -> Iterator[Intent]:
    """What `stumble` was meant to be."""
    yield ReadTestNote(note_id=event.originator_id, by="stumbler")


async def test_a_command_is_carried_out_once_though_the_reactor_dies_before_its_position(
    desk: Desk,
) -> None:
    note_id = await desk.write("plain")
    for _ in range(2):
        with pytest.raises(Died):
            await DyingReactor(desk.pool, desk.log, desk.bus, desk._wake).step()
    await desk.react()
    assert await desk.readers(note_id) == ["reaction"]


async def test_two_reactors_at_once_have_everything_done_once(desk: Desk) -> None:
    notes = [await desk.write(text) for text in ["plain", "job", "later"] * 5]

    async def react(reactor: Reactor) -> None:
        while await reactor.step() or await reactor.standing() < await desk.log.head():
            pass

    await asyncio.gather(*(react(desk.new_reactor()) for _ in range(3)))
    assert [await desk.readers(note_id) for note_id in notes] == [["reaction"], [], []] * 5
    assert len(await desk.jobs.listed("due")) == 10


async def test_each_reaction_to_an_event_has_an_effect_of_its_own(desk: Desk) -> None:
    when(Note.Written)(echo)
    note_id = await desk.write("plain")
    await desk.react()
    assert sorted(await desk.readers(note_id)) == ["echo", "reaction"]


async def test_a_reaction_that_fails_is_parked_whole_and_the_rest_goes_on(desk: Desk) -> None:
    when(Note.Written)(stumble)
    when(Note.Written)(echo)
    notes = [await desk.write("plain"), await desk.write("plain")]
    await desk.react()
    for note_id in notes:
        assert sorted(await desk.readers(note_id)) == ["echo", "reaction"]
    parked = await desk.jobs.listed("parked")
    assert [each.kind for each in parked] == [name_of(stumble)] * 2
    assert {each.queue for each in parked} == {REACTIONS}
    assert parked[0].error == "ArithmeticError: 0 pages"


def repaired(reaction: Reaction) -> Reaction:
    """The next release's version of `stumble`."""
    reaction.__name__ = stumble.__name__
    return reaction


async def test_a_parked_reaction_is_repeated_when_an_operator_wants_it(desk: Desk) -> None:
    when(Note.Written)(stumble)
    note_id = await desk.write("plain")
    await desk.react()
    [parked] = await desk.jobs.listed("parked")
    assert await desk.jobs.retry(parked.job_id, note="not mended yet", by="Deniz")
    assert await desk.reactor.repeat() == 1
    assert [each.error for each in await desk.jobs.listed("parked")] == [parked.error]
    work.REACTIONS[Note.Written] = [repaired(stand)]
    await desk.jobs.retry(parked.job_id, note="mended", by="Deniz")
    assert await desk.reactor.repeat() == 1
    assert await desk.readers(note_id) == ["reaction", "stumbler"]
    assert [each.job_id for each in await desk.jobs.listed("done")] == [parked.job_id]
    assert await desk.reactor.repeat() == 0


async def test_a_reaction_that_is_no_more_stays_parked(desk: Desk) -> None:
    when(Note.Written)(stumble)
    await desk.write("plain")
    await desk.react()
    [parked] = await desk.jobs.listed("parked")
    work.REACTIONS[Note.Written] = []
    await desk.jobs.retry(parked.job_id, note="is it gone?", by="Deniz")
    await desk.reactor.repeat()
    assert "no such reaction" in ((await desk.jobs.listed("parked"))[0].error or "")


async def test_an_event_that_can_not_be_read_is_parked_for_each_of_its_reactions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_id = await desk.write("plain")
    with monkeypatch.context() as patch:
        patch.setattr(desk.log._mapper, "decode", unreadable)
        page = await desk.log.page(0, 1)
        patch.setattr(desk.log, "page", lambda *_: answered(page))
        await desk.reactor.step()
    assert [each.kind for each in await desk.jobs.listed("parked")] == ["tests.core.desk.greet"]
    await desk.jobs.retry_kind("tests.core.desk.greet", note="it was the key", by="Deniz")
    await desk.reactor.repeat()
    assert await desk.readers(note_id) == ["reaction"]


def unreadable(*_: Any, **__: Any) -> None:
    raise MapperDeserialisationError("half a payload")


async def answered(page: Any) -> Any:
    return page


async def test_an_event_of_a_newer_release_stops_the_reactor_before_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await desk.write("plain")
    with monkeypatch.context() as newer:
        newer.setattr(Note.Written, "class_version", 2)
        await desk.write("plain")
    assert await desk.reactor.step() == 1
    with pytest.raises(NewerEvent, match="event 2"):
        await desk.reactor.step()
    assert await desk.readers(known) == ["reaction"]
    assert await desk.log.head() == 3
    monkeypatch.delitem(EVENTS, Note.Written.TOPIC)
    with pytest.raises(NewerEvent, match=r"test_note\.written"):
        await desk.new_reactor().step()
    assert await desk.reactor.standing() == 1


async def test_a_reactor_that_knows_too_little_makes_room_for_a_newer_one(
    desk: Desk, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shifts, "ASIDE_SECONDS", 0.1)
    note_id = await desk.write("plain")
    monkeypatch.delitem(EVENTS, Note.Written.TOPIC)
    old = asyncio.create_task(be_the_reactor(desk, database_url))
    async with asyncio.timeout(10):
        while await desk.log.head() and reactor_blocked._value.get() != 1:
            pass
        monkeypatch.undo()
        newer = asyncio.create_task(be_the_reactor(desk, database_url))
        while await desk.readers(note_id) != ["reaction"]:
            pass
        while await desk.log.head() and reactor_blocked._value.get():
            pass
    for task in (old, newer):
        task.cancel()
    await asyncio.gather(old, newer, return_exceptions=True)


async def be_the_reactor(desk: Desk, database_url: str) -> None:
    """As one process does."""
    await shifts.react_in_turn(
        Leadership(app_url(database_url), "reactor", holder=f"tests-{uuid4()}"),
        desk.new_reactor,
        watch=Watch(desk.jobs),
        wait=nothing_new,
    )


async def nothing_new() -> None:
    await asyncio.sleep(0)


async def test_what_follows_from_one_aggregate_follows_in_its_order(desk: Desk) -> None:
    def repeat(event: Note.Read) -> Iterator[Intent]:
        if event.by.startswith("r"):
            yield ReadTestNote(note_id=target, by=event.by.replace("r", "after "))

    target = await desk.write("later")
    note_id = await desk.write("later")
    when(Note.Read)(repeat)
    for number in range(5):
        await desk.bus.execute(ReadTestNote(note_id=note_id, by=f"r{number}"))
    await desk.react()
    assert await desk.readers(target) == [f"after {number}" for number in range(5)]


def recorded(position: int, *, stream: int, story: int) -> Recorded:
    """An event of an aggregate that belongs to a story."""
    return Recorded(
        position,
        Note.Read(originator_id=UUID(int=stream), originator_version=1, timestamp=NOW, by=""),
        Metadata(command_id=UUID(int=1), command="Test", correlation_id=UUID(int=story)),
    )


def test_events_of_one_aggregate_or_one_story_stand_in_one_chain() -> None:
    events = [
        recorded(1, stream=1, story=101),
        recorded(2, stream=2, story=102),
        recorded(3, stream=3, story=103),
        recorded(4, stream=1, story=102),
        recorded(5, stream=4, story=103),
        recorded(6, stream=5, story=105),
    ]
    positions = [[each.position for each in chain] for chain in chains(events)]
    assert sorted(positions) == [[1, 2, 4], [3, 5], [6]]


async def test_thousands_of_jobs_are_stored_by_one_statement(desk: Desk) -> None:
    for _ in range(4):
        await asyncio.gather(
            *(desk.bus.execute(WriteTestNote(note_id=uuid4(), text="job")) for _ in range(50))
        )
    statements = 0
    execute = desk.reactor._commit

    async def counted(*jobs: Any, **where: Any) -> None:
        nonlocal statements
        statements += 1
        await execute(*jobs, **where)

    desk.reactor._commit = counted  # type: ignore[method-assign]  # to be counted
    await desk.react()
    assert (statements, len(await desk.jobs.listed("due", 500))) == (1, 200)


async def test_a_command_that_fails_when_it_is_repeated_was_done_before(desk: Desk) -> None:
    """The reactor died behind the command; what the handler needs is away when it reads again."""
    note_id = await desk.write("hello")
    dying = DyingReactor(desk.pool, desk.log, desk.bus, desk._wake)
    with pytest.raises(Died):
        await dying.step()

    async def broken(command: ReadTestNote, store: Store) -> None:
        raise OSError("a port is away")

    HANDLERS[ReadTestNote] = HANDLERS[ReadTestNote].__class__(broken, {})
    await desk.react()
    assert await desk.readers(note_id) == ["reaction"]
    assert not await desk.jobs.listed("parked")
