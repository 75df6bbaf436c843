"""Calls through the SDK's own classes, over connections that this module opens and closes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

TIMEOUT_SECONDS = 30
LOOPBACK = "127.0.0.1"


class Account(Struct, frozen=True):
    """Where iyzico is asked, and with which keys."""

    base_url: str
    api_key: str
    secret_key: str

    async def call(
        self, resource_type: type[Any], send: Callable[[Any, dict[str, str]], Any]
    ) -> bytes:
        """The body of the answer; `send` gets the resource and the options its methods want."""
        return await asyncio.to_thread(self._call, resource_type, send)

    def _call(self, resource_type: type[Any], send: Callable[[Any, dict[str, str]], Any]) -> bytes:
        parts = urlsplit(self.base_url)
        options = {
            "api_key": self.api_key,
            "secret_key": self.secret_key,
            "base_url": parts.netloc,
        }
        resource = resource_type()
        resource.header = dict(resource_type.header)
        with contextlib.closing(_Connections(plain=parts.scheme == "http")) as connections:
            resource.httplib = connections
            with send(resource, options) as response:
                body: bytes = response.read()
        return body


class _Connections:
    """Stands in for `http.client` on one resource: plain HTTP, on this machine only, or TLS."""

    def __init__(self, *, plain: bool) -> None:
        self._plain = plain
        self._opened: list[HTTPConnection] = []

    def HTTPSConnection(self, host: str) -> HTTPConnection:  # noqa: N802 - the SDK's name for it
        if self._plain and urlsplit(f"//{host}").hostname != LOOPBACK:
            raise ValueError(f"{host} is not this machine")
        kind = HTTPConnection if self._plain else HTTPSConnection
        self._opened.append(kind(host, timeout=TIMEOUT_SECONDS))
        return self._opened[-1]

    def close(self) -> None:
        """Let all connections go."""
        for connection in self._opened:
            connection.close()
