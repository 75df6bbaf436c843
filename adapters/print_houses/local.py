"""The local print house: a small web service that takes tickets and tells, signed, how they go."""

from __future__ import annotations

import asyncio
import hmac
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import structlog
from msgspec import Struct

from adapters.carriers.signatures import sign_webhook
from adapters.print_houses.book import Contradicts, HouseBook, HousePace, Message
from adapters.print_houses.over_http import Announcement, Refused
from application.ports import Clock

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Answer = tuple[int, Struct | None]

MAX_BODY_BYTES = 256 * 1024 * 1024
log = structlog.get_logger()


class LocalPrintHouse:
    """An ASGI application below `/jobs`, and a messenger that runs beside it.

    With a server that speaks the lifespan protocol the messenger starts and stops by itself;
    otherwise use `async with house.working()`. With a file, a restart goes on where it was.
    """

    def __init__(self, book: HouseBook, http: httpx.AsyncClient, *, clock: Clock, key: str) -> None:
        self.book = book
        self._http = http
        self._clock = clock
        self._key = f"Bearer {key}".encode()
        self._news = asyncio.Event()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Call-backs are sent as long as this is open."""
        messenger = asyncio.create_task(self._messenger())
        try:
            yield
        finally:
            messenger.cancel()
            with suppress(asyncio.CancelledError):
                await messenger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through one lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            status, answer = await self._answer(scope, receive)
            headers = [(b"content-type", b"application/json")]
            content = msgspec.json.encode(answer) if answer else b"{}"
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        body = await _body(receive)
        if body is None:
            return 413, Refused(reason="too_large")
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(given, self._key):
            return 401, None
        try:
            return self._served(scope["method"], scope["path"].split("/")[1:], body=body)
        except KeyError:
            return 404, None
        except Contradicts as contradicts:
            return 409, Refused(reason=contradicts.reason)
        except msgspec.DecodeError:
            return 400, Refused(reason="ticket_unreadable")

    def _served(self, method: str, path: list[str], *, body: bytes) -> Answer:
        now = self._clock.now()
        match method, path:
            case "PUT", ["jobs", ticket_id]:
                announcement = msgspec.json.decode(body, type=Announcement)
                if str(announcement.ticket.ticket_id) != ticket_id:
                    raise Contradicts("ticket_differs")
                return 200, self.book.announce(ticket_id, announcement)
            case "PUT", ["jobs", ticket_id, "files", digest]:
                known = self.book.keep(ticket_id, digest, content=body)
                return (200, known) if known else (412, Refused(reason="file_damaged"))
            case "POST", ["jobs", ticket_id, "release"]:
                known = self.book.release(ticket_id, now)
                self._news.set()
                return 200, known
            case "POST", ["jobs", ticket_id, "cancel"]:
                if self.book.cancel(ticket_id, now):
                    return 204, None
                raise Contradicts("printed")
            case "GET", ["jobs", ticket_id]:
                return 200, self.book.standing(ticket_id, now)
            case _:
                raise KeyError(method)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.working():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        self.book.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _messenger(self) -> None:
        while True:
            self._news.clear()
            for message in self.book.due(self._clock.now()):
                await self._tell(message)
            pause = self.book.seconds_until_due(self._clock.now())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause)

    async def _tell(self, message: Message) -> None:
        call_back = msgspec.json.decode(message.announcement, type=Announcement).call_back
        signed = sign_webhook(
            call_back.secret,
            message_id=message.message_id,
            body=message.body,
            now=self._clock.now(),
        )
        headers = {"content-type": "application/json", **signed}
        try:
            answer = await self._http.post(call_back.url, content=message.body, headers=headers)
            taken = answer.is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            taken = False
        if taken:
            self.book.told(message)
        else:
            log.info("call_back_missed", message=message.message_id, attempts=message.attempts + 1)
            self.book.missed(message, self._clock.now())


def create_print_house(
    http: httpx.AsyncClient,
    clock: Clock,
    *,
    key: str,
    file: Path | None = None,
    pace: HousePace | None = None,
) -> LocalPrintHouse:
    """A print house that sends its call-backs through `http`; whoever asks it shows `key`, and
    `file` makes it survive restarts.
    """
    book = HouseBook(file, pace or HousePace(), chance=random.SystemRandom())
    return LocalPrintHouse(book, http, clock=clock, key=key)


async def _body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        part = await receive()
        parts.append(bytes(part.get("body", b"")))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            return None
        if not part.get("more_body"):
            return b"".join(parts)
