"""The emulator as an ASGI application: routing, faults on the wire, start and end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address

from adapters.iyzico.emulator.asked import MerchantCall
from adapters.iyzico.emulator.control import PREFIX, CallRecord, Control
from adapters.iyzico.emulator.courier import Courier
from adapters.iyzico.emulator.faults import Fault, Faults
from adapters.iyzico.emulator.hosted_page import HostedPage, asset
from adapters.iyzico.emulator.merchant_api import answer, find_call
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.settings import EmulatorSettings
from adapters.iyzico.emulator.settlement_file import settlement_file
from adapters.iyzico.emulator.spoiling import Line, deliver, stopped
from adapters.iyzico.emulator.standing import StandingOrders
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
)
from domain.shared.card_numbers import scrub

EVENT_OF = {"threeds": "THREE_DS_AUTH", "direct": "API_AUTH"}


class Emulator:
    """One merchant's iyzico, as ASGI. Its pages carry the address it was called by."""

    def __init__(self, settings: EmulatorSettings, clock: Callable[[], datetime] | None) -> None:
        self._running: asyncio.Task[None] | None = None
        self._faults = Faults()
        self._provider = Provider(settings, clock)
        self._courier = Courier(self._provider)
        self._control = Control(self._provider, self._courier, faults=self._faults)
        self._hosted = HostedPage(self._provider, self._courier)
        self._standing = StandingOrders(self._provider, self._courier, faults=self._faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        if not (_is_loopback(scope["server"]) and _is_loopback(scope["client"])):
            await send_reply(send, json_reply({"detail": "only for this machine"}, 403))
            return
        try:
            request = await read_request(scope, receive)
        except TooLarge:
            await send_reply(send, Reply(413, b""))
            return
        await self._answer(request, Line(scope, receive, send))

    async def _answer(self, request: Request, line: Line) -> None:
        if request.path.startswith(PREFIX) and self._provider.settings.control_enabled:
            reply = await self._control.answer(request)
            self._standing.keep()
            await send_reply(line.send, reply)
            return
        call = find_call(request, self._provider.settings)
        fault = self._faults.take(call.name if call else None, request.path)
        if await stopped(line, fault):
            self._standing.keep()
            return
        if call:
            reply = self._merchant(request, call, fault=fault)
        else:
            reply = await self._other(request)
        self._standing.keep()
        await deliver(line, reply, fault=fault)

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

    def _merchant(self, request: Request, call: MerchantCall, *, fault: Fault | None) -> Reply:
        payments = self._provider.book.payments
        before = len(payments)
        kind = fault.kind if fault else None
        document = answer(self._provider, call, request=request, fault=kind)
        if len(payments) > before:
            payment = payments[next(reversed(payments))]
            self._courier.write_payment(payment, "SUCCESS", event=EVENT_OF[payment.kind])
        if call.name == "threeds_init" and document["status"] == "success":
            token = self._provider.book.promised[int(str(document["paymentId"]))]
            self._courier.write_step(self._provider.book.pages[token], "INIT_THREEDS")
        # A refund that the bank takes its time with is looked for when its time comes.
        self._courier.wake()
        self._control.calls.append(
            CallRecord(
                call=call.name,
                path=scrub(request.path),
                conversation_id=scrub(str(document.get("conversationId", ""))),
                status=str(document["status"]),
                error_code=str(document.get("errorCode", "")),
                fault=kind,
            )
        )
        failed = document["status"] == "failure"
        return json_reply(document, self._provider.settings.failure_status if failed else 200)

    async def _other(self, request: Request) -> Reply:
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
        self._control.unexpected.append(scrub(f"{request.method} {request.path}"))
        return json_reply({"status": "failure", "errorCode": "404"}, 404)


def create_emulator(
    settings: EmulatorSettings, clock: Callable[[], datetime] | None = None
) -> Emulator:
    """An ASGI application with lifespan; give it a `clock` (aware, UTC) to decide its time.

    Serve it on a loopback address only, as `running` does: asked over any other it refuses.
    """
    return Emulator(settings, clock)


def _is_loopback(end: tuple[str, int] | None) -> bool:
    try:
        return end is not None and ip_address(end[0]).is_loopback
    except ValueError:
        return False
