"""Where an emulator's webhooks go in tests: a socket that takes them and returning browsers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import uvicorn
from msgspec import Struct

from adapters.iyzico.emulator.wire import Receive, Scope, Send, read_request
from adapters.iyzico.webhooks import HostedPageWebhook, read_webhook

App = Callable[[Scope, Receive, Send], Awaitable[None]]

PATIENCE = 5
HOUR = 60 * 60


class Delivery(Struct, frozen=True):
    """What arrived: a webhook or, without one, the browser; the body and headers as they came."""

    webhook: HostedPageWebhook | None
    signature: str
    body: bytes
    headers: dict[str, str]


class Receiver:
    """Takes webhooks and returning browsers; `answer` is the status it gives."""

    def __init__(self) -> None:
        self.url = ""
        self.answer = 200
        self.arrived: asyncio.Queue[Delivery] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive)
        webhook = read_webhook(request.body) if b'"token"' in request.body else None
        signature = request.headers.get("x-iyz-signature-v3", "")
        self.arrived.put_nowait(Delivery(webhook, signature, request.body, request.headers))
        await send({"type": "http.response.start", "status": self.answer, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def next(self) -> Delivery:
        """The next thing to arrive."""
        async with asyncio.timeout(PATIENCE):
            return await self.arrived.get()

    async def next_webhook(self) -> HostedPageWebhook:
        """The next thing to arrive, which must be a webhook about a page."""
        delivery = await self.next()
        assert delivery.webhook is not None
        return delivery.webhook


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a socket of its own."""
    taking = Receiver()
    async with listening(taking) as taking.url:
        yield taking


@contextlib.asynccontextmanager
async def listening(app: App) -> AsyncIterator[str]:
    """Something that answers on a socket of its own; gives its base URL."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    with contextlib.closing(config.bind_socket()) as listener:
        listener.listen()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving
