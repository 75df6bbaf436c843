"""How the SDK reaches iyzico: its own connections with time-outs, plain HTTP on loopback only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

LARGEST_ANSWER = 1024 * 1024
THREADS = "iyzico"


class Endpoint(Struct, frozen=True):
    """A host, with its port where it has one, and whether it is spoken to over TLS."""

    host: str
    tls: bool


def endpoint_of(base_url: str) -> Endpoint:
    """Take a base URL apart. Raises `ValueError` for anything but https, or http on loopback."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{base_url!r} is not an http(s) URL")
    if "@" in parts.netloc or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(f"{base_url!r} must be only scheme, host and port")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"{base_url!r}: plain http is for loopback hosts only")
    return Endpoint(parts.netloc, parts.scheme == "https")


def is_loopback(host: str) -> bool:
    """Whether the host name or address stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Wire:
    """Stands in for `http.client` on one SDK resource for one call, and can cut that call short."""

    def __init__(
        self, endpoint: Endpoint, context: ssl.SSLContext | None, *, timeout_seconds: float
    ) -> None:
        self._endpoint = endpoint
        self._context = context
        self._timeout_seconds = timeout_seconds
        self._connection: HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._guard = threading.Lock()
        self._was_cut = False

    def HTTPSConnection(self, host: str) -> HTTPConnection:  # noqa: N802 - the SDK's name for it
        if host != self._endpoint.host:
            raise ValueError(f"{host!r} is not where this gateway was told to go")
        if self._endpoint.tls:
            self._connection = HTTPSConnection(
                host, timeout=self._timeout_seconds, context=self._context
            )
        else:
            self._connection = HTTPConnection(host, timeout=self._timeout_seconds)
        self._connection.connect()
        # A response that ends the connection takes the socket away from it, so it is kept here.
        with self._guard:
            self._socket = self._connection.sock
            if self._was_cut:
                raise ConnectionAbortedError("nobody waits for this call any more")
        return self._connection

    def close(self) -> None:
        """Let the connection go, from the thread that uses it."""
        if self._connection is not None:
            self._connection.close()
        with self._guard:
            self._socket = None

    def cut(self) -> None:
        """Wake the thread that waits on the socket; it then fails at once. Safe from any thread."""
        with self._guard, contextlib.suppress(OSError):
            self._was_cut = True
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)


class Caller:
    """Runs SDK calls in threads of its own, never more than `max_in_flight`, hung ones included.

    A call ends within twice `timeout_seconds`, waiting for a free thread included.
    """

    def __init__(
        self,
        options: dict[str, str],
        endpoint: Endpoint,
        *,
        timeout_seconds: float,
        max_in_flight: int,
    ) -> None:
        self._options = options
        self._endpoint = endpoint
        self._timeout_seconds = timeout_seconds
        self._threads = ThreadPoolExecutor(max_in_flight, thread_name_prefix=THREADS)
        self._context = ssl.create_default_context() if endpoint.tls else None

    def close(self) -> None:
        """Let the threads end; calls that nobody waits for any more are not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def call(
        self, resource_type: type[Any], send: Callable[[Any, dict[str, str]], Any]
    ) -> bytes:
        """The body of the answer, whatever its HTTP status.

        Raises `TimeoutError`, other `OSError`s, `http.client.HTTPException`, or `OverflowError` for
        a body over 1 MiB. After any of these it is not known whether iyzico acted.
        """
        wire = Wire(self._endpoint, self._context, timeout_seconds=self._timeout_seconds)

        def exchange() -> bytes:
            resource = resource_type()
            # The SDK keeps one header dict for all resources; shared, it mixes up signatures.
            resource.header = dict(resource_type.header)
            resource.httplib = wire
            response: HTTPResponse | None = None
            try:
                response = send(resource, self._options)
                return _read(response)
            finally:
                if response is not None:
                    response.close()
                wire.close()

        # A thread that can't be woken keeps its place until it ends: so they never pile up.
        exchanging = self._threads.submit(exchange)
        try:
            async with asyncio.timeout(2 * self._timeout_seconds):
                return await asyncio.wrap_future(exchanging)
        except BaseException:
            exchanging.cancel()
            wire.cut()
            raise


def _read(response: HTTPResponse) -> bytes:
    body = response.read(LARGEST_ANSWER + 1)
    if len(body) > LARGEST_ANSWER:
        raise OverflowError("the answer is larger than 1 MiB")
    return body
