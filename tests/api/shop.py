"""The real application on a real database, with sessions that tests begin and end at will."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
from litestar import Litestar
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from adapters.system import UuidIds
from api.access import AccessLog
from api.app import create_app
from api.auth import BrowserCookies, Tokens
from api.backend import Backend, Limits
from projections.reads import Reads
from projections.runner import Projector
from tests.api.desk import DeskController
from tests.core.projecting import until
from tests.given import NOW, TestClock

ISSUER = "https://cover.test"
ACCESS_KEY = b"a" * 40
CSRF_KEY = b"c" * 40


def tokens() -> Tokens:
    """Tokens as the application under test makes them."""
    return Tokens(ACCESS_KEY, CSRF_KEY, issuer=ISSUER, audience=ISSUER)


class Standing(Struct):
    """A session whose person may gain and lose roles."""

    person_id: UUID
    roles: list[str]
    language: str = "tr"
    ended: bool = False


class Sessions:
    """The read models of sessions and persons, made up."""

    def __init__(self) -> None:
        self.by_id: dict[UUID, Standing] = {}

    async def standing(self, _reads: Reads, session_id: UUID, /) -> Standing | None:
        return self.by_id.get(session_id)


class Person:
    """Somebody who is signed in."""

    def __init__(self, sessions: Sessions, clock: TestClock, *roles: str) -> None:
        self.id = uuid4()
        self.session_id = uuid4()
        self.standing = Standing(self.id, list(roles))
        sessions.by_id[self.session_id] = self.standing
        self.token = tokens().mint(self.id, self.session_id, now=clock.now())

    @property
    def bearer(self) -> dict[str, str]:
        """The header of clients that are no browsers."""
        return {"Authorization": f"Bearer {self.token}"}

    def browser(self, *, csrf: bool = True) -> dict[str, str]:
        """The headers of a browser that signed in by cookie."""
        token = tokens().csrf_token(self.session_id)
        headers = {"Cookie": f"__Host-access={self.token}; __Host-csrf={token}"}
        return headers | ({"X-CSRF-Token": token} if csrf else {})


class Shop:
    """The application with its surroundings."""

    def __init__(self, backend: Backend, projector: Projector, sessions: Sessions) -> None:
        self.backend = backend
        self.projector = projector
        self.sessions = sessions
        self.clock: TestClock = backend.clock  # type: ignore[assignment]  # tests give this one
        self.cookies = BrowserCookies(backend.tokens, secure=backend.secure)
        self.head = 0
        self._following = asyncio.Lock()
        self._usual = backend
        self._open()

    def with_limits(self, limits: Limits, redis: Redis | None = None) -> None:
        """The same again with other limits."""
        self.backend = replace(self.backend, limits=limits, redis=redis)
        self._open()

    def with_access_log(self, log: AccessLog) -> None:
        """The same again with another access log."""
        self.backend = replace(self.backend, access_log=log)
        self._open()

    async def begin(self) -> None:
        """Be ready for a test: `head` is where the log stands then."""
        self.client.cookies.clear()
        await self.catch_up()
        self.head = await self.backend.event_log.head()

    async def restore(self) -> None:
        """Take back what a test has changed in the limits, the clock, and the read models."""
        self.clock.set(NOW)
        if self.backend is not self._usual:
            self.backend = self._usual
            self._open()
        async with self.backend.pool.connection() as connection:
            await connection.execute("UPDATE projections SET state = 'live' WHERE state = 'paused'")

    def _open(self) -> None:
        self.app: Litestar = create_app(self.backend, more=[DeskController])
        self.client = client_of(self.app)

    def at(self, position: int, number: int = 0) -> str:
        """The id of a live update: so many events after the test began."""
        return f"{self.head + position}-{number}"

    def person(self, *roles: str) -> Person:
        """A new person with an open session."""
        return Person(self.sessions, self.clock, *roles)

    async def catch_up(self) -> None:
        """Let the read models reach the head of the log."""
        async with self._following:  # requests may be sent side by side; a projector works alone
            if not self.projector.standings:
                await self.projector.prepare()
            while await self.projector.step():
                pass
        head = await self.backend.event_log.head()
        names = [standing.model.name for standing in self.projector.standings]
        assert await self.backend.reads.reach(names, head, timeout_seconds=5.0)
        await self.until(lambda: self.backend.reads.serves(names))

    async def until(self, true: Callable[[], bool]) -> None:
        """Let others go on until this is true."""

        async def seen() -> bool:
            await asyncio.sleep(0)
            return true()

        await until(seen)

    async def command(self, path: str, person: Person, **options: Any) -> httpx.Response:
        """Post something and let the read models see it."""
        answer = await self.client.post(path, headers=person.bearer, **options)
        await self.catch_up()
        return answer


def client_of(app: Litestar) -> httpx.AsyncClient:
    """A client of the application without a network."""
    # Two libraries word the same ASGI differently
    transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 40000))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="https://cover.test/api/v1")


def backend_for(sessions: Sessions, *, clock: TestClock, **parts: Any) -> Backend:
    """What the application needs, with the given parts."""
    return Backend(
        clock=clock,
        ids=UuidIds(),
        ports={},
        tokens=tokens(),
        standing=sessions.standing,
        public_url=ISSUER,
        limits=parts.pop("limits", Limits(freshness_seconds=0.2)),
        **parts,
    )
