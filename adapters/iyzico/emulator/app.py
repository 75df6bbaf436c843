"""The emulator as an ASGI application: routing, faults on the wire, start and end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from adapters.iyzico.emulator.connections import reset
from adapters.iyzico.emulator.control import PREFIX, CallRecord, Control
from adapters.iyzico.emulator.courier import Courier
from adapters.iyzico.emulator.faults import FaultKind, Faults
from adapters.iyzico.emulator.hosted_page import HostedPage, asset
from adapters.iyzico.emulator.merchant_api import MerchantCall, answer, find_call
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.settings import EmulatorSettings
from adapters.iyzico.emulator.settlement_file import settlement_file
from adapters.iyzico.emulator.wire import (
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    TooLarge,
    json_reply,
    read_request,
    send_reply,
    until_gone,
)

HTML_ERROR = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class Emulator:
    """One merchant's iyzico, as ASGI. Its pages carry the address it was called by."""

    def __init__(self, settings: EmulatorSettings, clock: Callable[[], datetime] | None) -> None:
        self._settings = settings
        self._clock = clock
        self._running: asyncio.Task[None] | None = None
        self._open()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        try:
            request = await read_request(scope, receive)
        except TooLarge:
            await send_reply(send, Reply(413, b""))
            return
        call = find_call(request, self._settings)
        fault = self._faults.take(call.name) if call else None
        if fault == "reset_before":
            await reset(scope, receive, send=send)
            return
        if call:
            reply = self._merchant(request, call, fault=fault)
        else:
            reply = await self._other(request)
        if fault == "reset_after":
            await reset(scope, receive, send=send)
        elif fault == "timeout_after_commit":
            await until_gone(receive)
        else:
            await send_reply(send, _spoilt(reply, fault))

    def _open(self) -> None:
        self._faults = Faults()
        self._provider = Provider(self._settings, self._clock)
        self._courier = Courier(self._provider)
        self._control = Control(self._provider, self._courier, faults=self._faults)
        self._hosted = HostedPage(self._provider, self._courier)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._running = asyncio.create_task(self._courier.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running
        await self._courier.close()
        self._provider.book.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _merchant(self, request: Request, call: MerchantCall, *, fault: FaultKind | None) -> Reply:
        document = answer(self._provider, call, request=request, fault=fault)
        self._control.calls.append(
            CallRecord(
                call=call.name,
                path=request.path,
                conversation_id=str(document.get("conversationId", "")),
                status=str(document["status"]),
                error_code=str(document.get("errorCode", "")),
                fault=fault,
            )
        )
        failed = document["status"] == "failure"
        return json_reply(document, self._settings.failure_status if failed else 200)

    async def _other(self, request: Request) -> Reply:
        if request.path.startswith(PREFIX) and self._settings.control_enabled:
            return await self._control.answer(request)
        page = self._hosted.routes.get((request.method, request.path))
        if page is not None:
            return await page(request)
        if request.method == "GET" and request.path.startswith("/cpp/"):
            found = asset(request.path.removeprefix("/cpp/"))
            if found is not None:
                return found
        if (file := settlement_file(self._provider, request)) is not None:
            return file
        if request.path == "/favicon.ico":
            return Reply(204, b"")
        self._control.unexpected.append(f"{request.method} {request.path}")
        return json_reply({"status": "failure", "errorCode": "404"}, 404)


def create_emulator(
    settings: EmulatorSettings, clock: Callable[[], datetime] | None = None
) -> Emulator:
    """An ASGI application with lifespan; give it a `clock` (aware, UTC) to decide its time.

    Serve it on a loopback address only: `running` does.
    """
    return Emulator(settings, clock)


def _spoilt(reply: Reply, fault: FaultKind | None) -> Reply:
    match fault:
        case "http_500":
            return Reply(500, b'{"status":"error"}')
        case "html":
            return Reply(502, HTML_ERROR, "text/html")
        case "truncated":
            return Reply(reply.status, reply.body[: len(reply.body) // 2])
        case _:
            return reply
