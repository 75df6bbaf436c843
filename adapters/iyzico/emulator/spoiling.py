"""Answers that go wrong on the wire."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from adapters.iyzico.emulator.connections import reset
from adapters.iyzico.emulator.faults import Fault
from adapters.iyzico.emulator.wire import Receive, Reply, Scope, Send, send_reply, until_gone

BROKEN = Reply(500, b'{"status":"error"}')
HTML_ERROR = Reply(
    502,
    b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
    "text/html",
)


class Line(Struct, frozen=True):
    """What a request came over, and what its answer goes back by."""

    scope: Scope
    receive: Receive
    send: Send


async def stopped(line: Line, fault: Fault | None) -> bool:
    """Whether a request is not even looked at; then it has had its answer, or none."""
    kind = fault.kind if fault else None
    if kind == "reset_before":
        await reset(line.scope, line.receive, send=line.send)
    elif kind == "http_500_before":
        await send_reply(line.send, BROKEN)
    return kind in {"reset_before", "http_500_before"}


async def deliver(line: Line, reply: Reply, *, fault: Fault | None) -> None:
    """Send a reply, or what a fault makes of it."""
    match fault.kind if fault else None:
        case "reset_after":
            await reset(line.scope, line.receive, send=line.send)
        case "timeout_after_commit":
            await until_gone(line.receive)
        case "slow_body":
            await _drip(line, reply, seconds=fault.seconds_per_byte if fault else 0)
        case "http_500":
            await send_reply(line.send, BROKEN)
        case "html":
            await send_reply(line.send, HTML_ERROR)
        case "truncated":
            half = reply.body[: len(reply.body) // 2]
            await send_reply(line.send, Reply(reply.status, half, reply.media_type))
        case _:
            await send_reply(line.send, reply)


async def _drip(line: Line, reply: Reply, *, seconds: float) -> None:
    gone = asyncio.ensure_future(until_gone(line.receive))
    headers = [(b"content-type", reply.media_type.encode())]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    headers += [(name.encode(), value.encode("latin-1")) for name, value in reply.headers]
    start = {"type": "http.response.start", "status": reply.status, "headers": headers}
    try:
        await line.send(start)
        for at in range(len(reply.body)):
            body = reply.body[at : at + 1]
            await line.send({"type": "http.response.body", "body": body, "more_body": True})
            await asyncio.wait({gone}, timeout=seconds)
            if gone.done():
                return
        await line.send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
