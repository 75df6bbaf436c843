"""HTTP as the emulator sees it: one request in, one reply out, over bare ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

Document = dict[str, object]

LARGEST_REQUEST = 1024 * 1024

_exact_numbers = msgspec.json.Encoder(decimal_format="number")


class TooLarge(Exception):
    """The request has more than 1 MiB of body."""


class Request(Struct, frozen=True, kw_only=True):
    """A request with its raw body; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    origin: str

    def form(self) -> dict[str, str]:
        """The fields of an HTML form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


class Reply(Struct, frozen=True):
    """What goes back."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def to_json(payload: object) -> bytes:
    """JSON in which decimals are numbers with all their digits."""
    return _exact_numbers.encode(payload)


def json_reply(payload: object, status: int = 200) -> Reply:
    """A JSON document."""
    return Reply(status, to_json(payload))


async def read_request(scope: Scope, receive: Receive) -> Request:
    """The whole request. Raises `TooLarge`."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_REQUEST:
            raise TooLarge
        if not message.get("more_body"):
            break
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"))),
        headers=headers,
        body=bytes(body),
        origin=f"{scope['scheme']}://{headers.get('host', '127.0.0.1')}",
    )


async def send_reply(send: Send, reply: Reply) -> None:
    """Send a reply whole."""
    named = {"content-type": reply.media_type, "content-length": str(len(reply.body))}
    headers = [*named.items(), *reply.headers]
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        }
    )
    await send({"type": "http.response.body", "body": reply.body})


async def until_gone(receive: Receive) -> None:
    """Wait until the other side has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
