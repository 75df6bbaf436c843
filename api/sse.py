"""Live updates: server-sent events of what concerns the caller, resumed without loss."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.response import Stream
from msgspec import Struct

from api.ask import Ask
from api.backend import Backend
from api.problems import RETRY_SECONDS, Trouble
from application.bus import Actor
from projections.activity import (
    ActivityLine,
    Cursor,
    activities,
    activities_after,
    newest_activity,
    newest_positions,
)

EVENT_ID = re.compile(r"(\d{1,15})(?:-(\d{1,6}))?")
PAGE = 100
MODELS = (activities.name,)
RECONNECT_MILLISECONDS = 2_000
STREAM_HEADERS = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
FRESH_START = Cursor(0, 0)


class LiveEvent(Struct, frozen=True, kw_only=True):
    """The data of one event; its kind, such as `order.paid`, is the event's name, too.

    `facts` are the few facts that help a page to update itself.
    """

    kind: str
    at: datetime
    subject_id: UUID
    facts: dict[str, Any]


class Streams:
    """The open streams of this process, a few for each person.

    When the read model moves, one query finds out for all of them whom it concerns.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._reads = backend.reads
        self._open: Counter[UUID] = Counter()
        self._newest: dict[UUID, int] = {}
        self._known = 0
        self._looking = asyncio.Lock()

    def __deepcopy__(self, _memo: dict[int, Any]) -> Streams:
        # The framework copies what it holds; all routes are to share this one.
        return self

    @contextmanager
    def opened(self, person_id: UUID) -> Iterator[None]:
        """Count a stream while it is open."""
        self._open[person_id] += 1
        try:
            yield
        finally:
            self._open[person_id] -= 1
            if not self._open[person_id]:
                del self._open[person_id]
                self._newest.pop(person_id, None)

    def must_have_room(self, person_id: UUID) -> None:
        """Raises `Trouble` (429)."""
        most = self._backend.limits.streams_per_person
        if self._open[person_id] >= most:
            headers = {"Retry-After": str(RETRY_SECONDS)}
            raise Trouble(429, "too_many_streams", headers=headers, facts={"most": most})

    async def follow(self, actor: Actor, person_id: UUID, *, after: Cursor) -> AsyncIterator[bytes]:
        """Everything behind `after`, then what comes, until the session ends."""
        with self.opened(person_id):
            yield f"retry: {RECONNECT_MILLISECONDS}\nid: {after.text}\n\n".encode()
            while await self._session_lives(actor):
                seen = self._reads.position(MODELS)
                lines = await activities_after(self._reads, person_id, after=after, limit=PAGE)
                for line in lines:
                    after = line.cursor
                    yield _event(line)
                if len(lines) < PAGE and not await self._news(person_id, after=after, seen=seen):
                    yield b": heartbeat\n\n"

    async def _news(self, person_id: UUID, *, after: Cursor, seen: int) -> bool:
        """Wait until there is something behind `after`; False when it is time for a heartbeat."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._backend.limits.heartbeat_seconds
        while await self._reads.reach(
            MODELS, seen + 1, timeout_seconds=max(ends_at - loop.time(), 0)
        ):
            seen = await self._look()
            if self._newest.get(person_id, 0) > after.position:
                return True
        return False

    async def _look(self) -> int:
        """Learn whom the latest moves concern; return the position that is known now."""
        async with self._looking:
            reached = self._reads.position(MODELS)
            if reached > self._known:
                self._newest |= await newest_positions(
                    self._reads, list(self._open), after=self._known
                )
                self._known = reached
            return reached

    async def _session_lives(self, actor: Actor) -> bool:
        if actor.session_id is None:
            return False
        standing = await self._backend.standing(self._reads, actor.session_id)
        return standing is not None and not standing.ended


class EventsController(Controller):
    path = "/events"
    tags = ("live",)

    @get(operation_id="LiveEvents", summary="Live updates as server-sent events")
    async def events(
        self,
        request: Request[Any, Any, Any],
        ask: Ask,
        streams: NamedDependency[Streams],
        after: str | None = None,
    ) -> Stream:
        """What concerns the caller, as it happens. `id:` is the event's position; reconnecting with
        `Last-Event-ID` (or `?after=`) resumes behind it without loss. Without either the stream
        begins now. A comment comes every 15 s when nothing else does.
        """
        streams.must_have_room(ask.person)
        given = request.headers.get("last-event-id") or after
        start = _cursor(given) if given else await newest_activity(ask.reads, ask.person)
        stream = streams.follow(ask.who, ask.person, after=start or FRESH_START)
        return Stream(_until_broken(stream), media_type="text/event-stream", headers=STREAM_HEADERS)


async def _until_broken(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """End the stream when the database goes away; the client comes back and resumes."""
    try:
        async for chunk in stream:
            yield chunk
    except (psycopg.Error, OSError, TimeoutError):
        return


def _cursor(text: str) -> Cursor:
    match = EVENT_ID.fullmatch(text)
    if not match:
        raise Trouble(422, "invalid_header", facts={"header": "Last-Event-ID"})
    # A bare position means all of its events have been seen.
    return Cursor(int(match[1]), int(match[2]) if match[2] else 999_999)


def _event(line: ActivityLine) -> bytes:
    data = LiveEvent(kind=line.kind, at=line.at, subject_id=line.subject_id, facts=line.facts)
    encoded = msgspec.json.encode(data).decode()
    return f"id: {line.cursor.text}\nevent: {line.kind}\ndata: {encoded}\n\n".encode()
