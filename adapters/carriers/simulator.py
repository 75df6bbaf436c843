"""The simulator: a small web service that takes parcels and tells, signed, how they travel."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import structlog

from adapters.carriers.parcels import Message, Pace, ParcelBook
from adapters.carriers.signatures import sign_webhook
from application.ports import Clock, ParcelRequest

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

MAX_BODY_BYTES = 64 * 1024
log = structlog.get_logger()


class CarrierSimulator:
    """An ASGI application that takes, stops and tells of parcels, and a courier beside it.

    With a server that speaks the lifespan protocol the courier starts and stops by itself;
    otherwise use `async with simulator.travelling()`. With a file, a restart goes on where it was.
    """

    def __init__(self, book: ParcelBook, http: httpx.AsyncClient, *, clock: Clock) -> None:
        self._book = book
        self._http = http
        self._clock = clock
        self._news = asyncio.Event()

    @asynccontextmanager
    async def travelling(self) -> AsyncIterator[None]:
        """Parcels move as long as this is open."""
        courier = asyncio.create_task(self._courier())
        try:
            yield
        finally:
            courier.cancel()
            with suppress(asyncio.CancelledError):
                await courier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through one lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            status, content = await self._answer(scope, receive)
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    def close(self) -> None:
        """Close the book."""
        self._book.close()

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        if scope["method"] != "POST":
            return 404, b"{}"
        body = await _body(receive)
        if body is None:
            return 413, b"{}"
        try:
            answer = self._done(scope["path"], body)
        except (msgspec.DecodeError, ValueError) as error:
            return 400, msgspec.json.encode({"detail": str(error)})
        return (404, b"{}") if answer is None else (200, msgspec.json.encode(answer))

    def _done(self, path: str, body: bytes) -> Any:
        """What a route answers; None when there is no such route."""
        now = self._clock.now()
        match path.strip("/").split("/"):
            case ["parcels"]:
                request = msgspec.json.decode(body, type=ParcelRequest)
                answer: Any = self._book.announce(request, now)
            case ["parcels", shipment_id, "cancel"]:
                answer = {"outcome": self._book.stop(UUID(shipment_id), now)}
            case ["news"]:
                wanted = msgspec.json.decode(body, type=list[UUID])
                news = {each: self._book.news(each, now) for each in wanted}
                answer = {each: found for each, found in news.items() if found is not None}
            case _:
                return None
        self._news.set()
        return answer

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.travelling():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _courier(self) -> None:
        while True:
            self._news.clear()
            for message in self._book.due(self._clock.now()):
                await self._tell(message)
            pause = self._book.seconds_until_due(self._clock.now())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause)

    async def _tell(self, message: Message) -> None:
        signed = sign_webhook(
            message.webhook_secret,
            message_id=message.message_id,
            body=message.body,
            now=self._clock.now(),
        )
        headers = {"content-type": "application/json", **signed}
        try:
            answer = await self._http.post(
                message.webhook_url, content=message.body, headers=headers
            )
            taken = answer.is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            taken = False
        if taken:
            self._book.told(message)
        else:
            log.info("webhook_missed", message=message.message_id, attempts=message.attempts + 1)
            self._book.missed(message, self._clock.now())


def create_simulator(
    http: httpx.AsyncClient, clock: Clock, *, file: Path | None = None, pace: Pace | None = None
) -> CarrierSimulator:
    """A simulator that sends its webhooks through `http`; `file` makes it survive restarts."""
    book = ParcelBook(file, pace or Pace(), chance=random.SystemRandom())
    return CarrierSimulator(book, http, clock=clock)


async def _body(receive: Receive) -> bytes | None:
    body = b""
    while True:
        part = await receive()
        body += bytes(part.get("body", b""))
        if len(body) > MAX_BODY_BYTES:
            return None
        if not part.get("more_body"):
            return body
