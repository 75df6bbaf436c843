"""Reads all that was ever stored, and replays every aggregate, to find what can't be read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

from eventsourcing.domain import OriginatorIDError, OriginatorVersionError
from eventsourcing.persistence import MapperDeserialisationError
from msgspec import Struct

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.store import Recorded
from domain.shared.aggregate import Aggregate, Created, Event

SHOWN = 5
"""How many positions of one fault are told."""
KINDS = 200
"""How many faults are told apart."""
AT_ONCE = 5_000
"""About how many events are in memory at a time."""
STREAMS = (
    "SELECT stream_id, version FROM streams WHERE stream_id > %s AND version >= 0"
    " ORDER BY stream_id LIMIT 1000"
)
PARTICULARS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\bbyte \d+", re.IGNORECASE)

Tell = Callable[[int, int], None]
"""Receives how many events were read, and of how many; each is read twice."""


class Fault(Struct, kw_only=True):
    """Events of one type that can't be read for one reason: how many there are, and where the
    first of them stand.
    """

    topic: str
    reason: str
    events: int
    positions: list[int]


class Report(Struct, frozen=True):
    """How many events and aggregates were read, and the faults that were found."""

    events: int
    aggregates: int
    faults: Sequence[Fault]


class Misfit(Exception):
    """An event does not belong where it stands in its stream."""


class Check:
    """First each event is read by itself, in the order of the log; then each aggregate is replayed.
    Events that are appended meanwhile may be left out.
    """

    def __init__(self, pool: Pool, event_log: PostgresLog, tell: Tell) -> None:
        self._pool = pool
        self._log = event_log
        self._tell = tell
        self._faults: dict[tuple[str, str], Fault] = {}

    async def run(self) -> Report:
        """Read everything. Raises `LogUnavailable`, and `psycopg.Error` for an older schema."""
        head = await self._log.head()
        position = 0
        async for page in self._log.pages(0, head, size=AT_ONCE, whole=True):
            for recorded in page.events:
                if recorded.position != position + 1:
                    self._add("", "positions are missing", at=position + 1)
                position = recorded.position
                self._read(recorded)
            self._tell(page.position, 2 * head)
        aggregates, replayed = 0, 0
        async for streams in self._streams():
            histories = await asyncio.gather(*(self._log.load(stream) for stream in streams))
            for history, version in zip(histories, streams.values(), strict=True):
                self._replay(history, version)
            aggregates += len(streams)
            replayed += sum(map(len, histories))
            self._tell(head + min(head, replayed), 2 * head)
        faults = sorted(self._faults.values(), key=lambda fault: (fault.topic, fault.reason))
        return Report(head, aggregates, faults)

    async def _streams(self) -> AsyncIterator[dict[UUID, int]]:
        """All streams with their versions, a few at a time."""
        last = UUID(int=0)
        while True:
            async with self._pool.connection() as connection:
                rows = await (await connection.execute(STREAMS, (last,))).fetchall()
            some: dict[UUID, int] = {}
            events = 0
            for last, version in rows:
                if some and events + version > AT_ONCE:
                    yield some
                    some, events = {}, 0
                some[last] = version
                events += version
            if not some:
                return
            yield some

    def _read(self, recorded: Recorded) -> None:
        for what, decode in (("", _event), ("metadata: ", _metadata)):
            try:
                decode(recorded)
            except Exception as error:  # noqa: BLE001  # whatever it is, the next event may be good
                self._add(recorded.topic, what + _reason(error), at=recorded.position)

    def _replay(self, history: Sequence[Recorded], version: int) -> None:
        aggregate: Aggregate | None = None
        for recorded in history:
            try:
                aggregate = _after(aggregate, recorded.event)
            except MapperDeserialisationError:
                return  # it was found when it was read by itself
            except Exception as error:  # noqa: BLE001  # the next aggregate may be good
                self._add(recorded.topic, _reason(error), at=recorded.position)
                return
        if aggregate is None or aggregate.version != version:
            first = history[0].position if history else 0
            self._add("", "a stream lacks events that it had", at=first)

    def _add(self, topic: str, reason: str, *, at: int) -> None:
        reason = PARTICULARS.sub("…", reason)
        if len(self._faults) >= KINDS and (topic, reason) not in self._faults:
            topic, reason = "", "further faults"
        none = Fault(topic=topic, reason=reason, events=0, positions=[])
        fault = self._faults.setdefault((topic, reason), none)
        fault.events += 1
        if len(fault.positions) < SHOWN:
            fault.positions.append(at)


def _event(recorded: Recorded) -> object:
    return recorded.event


def _metadata(recorded: Recorded) -> object:
    return recorded.metadata


def _after(aggregate: Aggregate | None, event: Event) -> Aggregate:
    """The aggregate after the event. Raises `Misfit` where replaying would go wrong unnoticed."""
    if (aggregate is None) != isinstance(event, Created):
        raise Misfit("it does not begin its stream" if aggregate is None else "it begins again")
    happens = aggregate or event.mutate(None)
    if not isinstance(happens, Aggregate):
        raise Misfit("it begins no aggregate")
    if not any(type(event) in vars(kind).values() for kind in type(happens).__mro__):
        raise Misfit(f"it does not happen to a {type(happens).__name__}")
    if aggregate is not None:
        event.mutate(aggregate)
    return happens


def _reason(error: Exception) -> str:
    match error:
        case OriginatorIDError():
            return "it belongs to another stream"
        case OriginatorVersionError():
            return "it does not follow the version before it"
        case MapperDeserialisationError():
            return str(error).partition(" can't be read: ")[2]
        case Misfit():
            return str(error)
        case _:
            return f"{type(error).__name__}: {error}"
