"""The log does what the library's recorder in memory does, whatever is asked in what order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.popo import POPOProcessRecorder
from eventsourcing.utils import Environment
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.log import PostgresLog
from adapters.postgres.recorder import LogFactory
from application.store import Append, ConcurrentChange, KeyTaken, RequestKey
from domain.shared.aggregate import Event, Metadata
from tests.core.letters import Letter
from tests.core.notes import Note
from tests.core.writing import log_of
from tests.given import NOW

STREAMS = 5
KEYS = 4
EVERYTHING = 100_000


class Part(Struct, frozen=True):
    """What a command adds to one stream; a stale one was decided on an older version of it."""

    slot: int
    texts: list[str]
    stale: bool


class Wish(Struct, frozen=True):
    """A command before it is known which versions its streams have."""

    parts: list[Part]
    key: int | None
    request_hash: bytes


slots = st.integers(0, STREAMS - 1)
parts = st.builds(Part, slots, st.lists(st.text(max_size=8), min_size=1, max_size=3), st.booleans())
wishes = st.builds(
    Wish,
    st.lists(parts, max_size=3, unique_by=lambda part: part.slot),
    st.none() | st.integers(0, KEYS - 1),
    st.sampled_from([b"one", b"other"]),
)


def happened(stream_id: UUID, version: int, *, text: str) -> Event:
    """An event; some are about a person, so that what is stored is not what is read."""
    envelope: dict[str, Any] = {
        "originator_id": stream_id,
        "originator_version": version,
        "timestamp": NOW,
    }
    if version % 3 == 1:
        return Note.Written(
            **envelope, originator_topic=Note.TOPIC, author_id=UUID(int=len(text)), text=text
        )
    return Letter.Stamped(**envelope, stamps=tuple(text))


def as_stored(event: Event) -> StoredEvent:
    """How the model keeps it: in the clear."""
    return StoredEvent(
        event.originator_id, event.originator_version, event.TOPIC, msgspec.json.encode(event)
    )


class World:
    """The log of one database, for machines that come one after the other."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        known = conninfo_to_dict(database_url)
        environment = {
            "POSTGRES_DBNAME": str(known["dbname"]),
            "POSTGRES_HOST": str(known.get("host", "")),
            "POSTGRES_PORT": str(known.get("port", "5432")),
            "POSTGRES_USER": str(known["user"]),
            "POSTGRES_PASSWORD": str(known.get("password", "")),
        }
        self.factory = LogFactory(Environment("", environment))
        self.recorder = self.factory.process_recorder()
        self.log: PostgresLog = self.run(self._stack.enter_async_context(self._opened()))

    def _opened(self) -> Any:
        return log_of(self._url, name="model")

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    def close(self) -> None:
        self.run(self._stack.aclose())
        self._runner.close()
        self.factory.close()


class LogMachine(RuleBasedStateMachine):
    """Both sides are asked the same; positions of the log are counted from where it stood."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.base: int = world.run(world.log.head())
        self.model = POPOProcessRecorder()
        self.streams = [uuid4() for _ in range(STREAMS)]
        self.answers: dict[str, tuple[bytes, bytes, int]] = {}
        self.caller = str(uuid4())

    @rule(wish=wishes)
    def append_one(self, wish: Wish) -> None:
        self.append_group([wish])

    @rule(group=st.lists(wishes, min_size=2, max_size=9))
    def append_group(self, group: list[Wish]) -> None:
        commands = [self.command(wish) for wish in group]
        outcomes = self.world.run(self.together(commands))
        welcome = [self.is_welcome(command) for command in commands]
        for command, told, good in zip(commands, outcomes, welcome, strict=True):
            rivals = any(_meet(command, other) for other in commands if other is not command)
            if isinstance(told, int):
                assert good, "the model would have refused it"
            else:
                assert isinstance(told, ConcurrentChange | KeyTaken), told
                assert not good or rivals, "nothing was in its way"
        done = [pair for pair in zip(outcomes, commands, strict=True) if isinstance(pair[0], int)]
        # One without events is told where the one before it ended.
        for position, command in sorted(done, key=lambda pair: (pair[0], not pair[1].events)):
            self.store(command, position)

    @rule(slot=slots, count=st.integers(1, 3), stale=st.booleans(), upstream=st.integers(1, 6))
    def append_by_the_library(self, slot: int, count: int, *, stale: bool, upstream: int) -> None:
        """The library's process recorder over the same table, with its tracking."""
        part = Part(slot, ["by the library"] * count, stale)
        stored = [as_stored(each) for each in self.events(part)]
        tracking = Tracking(self.caller, upstream)
        told = [
            _told(recorder.insert_events, stored, tracking)
            for recorder in (self.model, self.world.recorder)
        ]
        if told[0] is None:
            assert told[1] is None
        else:
            assert told[1] == [position + self.base for position in told[0]]
        assert self.world.recorder.max_tracking_id(self.caller) == self.model.max_tracking_id(
            self.caller
        )

    @rule(slot=slots)
    def load(self, slot: int) -> None:
        history = self.world.run(self.world.log.load(self.streams[slot]))
        kept = self.model.select_events(self.streams[slot])
        assert [as_stored(each.event) for each in history] == list(kept)

    @rule(start=st.integers(0, 60), limit=st.integers(1, 30))
    def page(self, start: int, limit: int) -> None:
        page = self.world.run(self.world.log.page(self.base + start, limit))
        kept = self.model.select_notifications(start + 1, limit)
        seen = [(each.position - self.base, as_stored(each.event)) for each in page]
        assert seen == [(each.id, _plain(each)) for each in kept]

    @rule(key=st.integers(0, KEYS - 1))
    def answer(self, key: int) -> None:
        stored = self.world.run(self.world.log.answer(self.caller, str(key)))
        told = stored and (stored.request_hash, stored.answer, stored.position)
        assert told == self.answers.get(str(key))

    @invariant()
    def everything_is_the_same(self) -> None:
        head = self.world.run(self.world.log.head())
        assert head == self.base + (self.model.max_notification_id() or 0)
        self.page(0, EVERYTHING)

    async def together(self, commands: Sequence[Append]) -> Sequence[int | BaseException]:
        log = self.world.log
        return await asyncio.gather(*map(log.append, commands), return_exceptions=True)

    def command(self, wish: Wish) -> Append:
        command_id = uuid4()
        key = None if wish.key is None else str(wish.key)
        return Append(
            events=[event for part in wish.parts for event in self.events(part)],
            metadata=Metadata(command_id=command_id, command="Test", correlation_id=command_id),
            key=RequestKey(caller=self.caller, key=key, request_hash=wish.request_hash)
            if key is not None
            else None,
            answer=command_id.bytes,
        )

    def events(self, part: Part) -> list[Event]:
        stream_id = self.streams[part.slot]
        version = len(self.model.select_events(stream_id))
        first = max(version, 1) if part.stale else version + 1
        return [happened(stream_id, first + n, text=text) for n, text in enumerate(part.texts)]

    def is_welcome(self, command: Append) -> bool:
        """Whether the model would take it now."""
        heads = {each: len(self.model.select_events(each)) for each in self.streams}
        fresh = all(
            event.originator_version > heads[event.originator_id] for event in command.events
        )
        return fresh and not (command.key and command.key.key in self.answers)

    def store(self, command: Append, position: int) -> None:
        told = self.model.insert_events([as_stored(each) for each in command.events])
        assert told is not None
        assert position - self.base == (told[-1] if told else self.model.max_notification_id() or 0)
        if command.key:
            kept = (command.key.request_hash, command.answer, position)
            self.answers[command.key.key] = kept


def _meet(one: Append, other: Append) -> bool:
    """Whether two commands want the same stream or the same key."""
    streams = [{event.originator_id for event in each.events} for each in (one, other)]
    same_key = one.key is not None and other.key is not None and one.key.key == other.key.key
    return bool(streams[0] & streams[1]) or same_key


def _plain(stored: StoredEvent) -> StoredEvent:
    return StoredEvent(stored.originator_id, stored.originator_version, stored.topic, stored.state)


def _told(insert: Any, stored: Sequence[StoredEvent], tracking: Tracking) -> list[int] | None:
    """The positions that a recorder gave, or None when it refused."""
    try:
        return list(insert(stored, tracking=tracking))
    except IntegrityError:
        return None


@pytest.mark.parametrize("steps", [25])
def test_the_log_and_the_model_never_differ(database_url: str, steps: int) -> None:
    world = World(database_url)
    try:
        run_state_machine_as_test(
            lambda: LogMachine(world),  # type: ignore[arg-type]  # whatever makes one will do
            settings=settings(max_examples=30, stateful_step_count=steps, deadline=None),
        )
    finally:
        world.close()
