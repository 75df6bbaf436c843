"""TCP connections of the emulator's server, so that one can be reset in the middle of a call."""

from __future__ import annotations

import asyncio
import socket
import struct
from weakref import WeakValueDictionary

from uvicorn.protocols.http.h11_impl import H11Protocol

from adapters.iyzico.emulator.wire import Receive, Scope, Send, until_gone

NO_LINGER = struct.pack("ii", 1, 0)

_open: WeakValueDictionary[tuple[str, int], ResettableProtocol] = WeakValueDictionary()


class ResettableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, findable by the caller's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as H11Protocol does
        super().connection_made(transport)
        if self.client is not None:
            _open[self.client] = self

    def reset(self) -> None:
        """Close with RST: the caller sees a connection reset by its peer."""
        raw: socket.socket = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.transport.abort()


async def reset(scope: Scope, receive: Receive, *, send: Send) -> None:
    """Reset the connection this request came over; a server that was started without
    `ResettableProtocol` breaks it off within the answer instead.
    """
    client = scope["client"]
    connection = _open.get((client[0], client[1]))
    if connection is not None:
        connection.reset()
        await until_gone(receive)
        return
    promised = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": promised})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
