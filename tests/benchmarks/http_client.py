"""A fast HTTP/1.1 client for benchmarks: run in a process of its own, it takes requests as bytes
and tells how long each one took.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import cast

import httptools
import msgspec
import uvloop
from msgspec import Struct


class Line(Struct, frozen=True):
    """What one connection asks, one request after the other; `address` is where it comes from."""

    address: str
    requests: list[bytes]
    times: int = 1


class Load(Struct, frozen=True):
    """Connections to one server, all at once."""

    host: str
    port: int
    lines: list[Line]


class Told(Struct):
    """How long each request took in seconds, how long all of them, and how often each status."""

    each: list[float]
    whole: float
    statuses: dict[int, int]


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request in flight."""

    def __init__(self, line: Line, done: asyncio.Future[None]) -> None:
        self.each: list[float] = []
        self.statuses: Counter[int] = Counter()
        self._requests: Iterator[bytes] = (
            request for _ in range(line.times) for request in line.requests
        )
        self._done = done
        self._parser = httptools.HttpResponseParser(self)
        self._began = 0.0
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            asyncio.WriteTransport, transport
        )  # uvloop's is one, without saying so
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server hung up"))

    def on_message_complete(self) -> None:
        """The parser calls this at the end of each answer."""
        self.each.append(time.perf_counter() - self._began)
        self.statuses[self._parser.get_status_code()] += 1
        self._ask()

    def _ask(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(request)


async def put_on(load: Load) -> Told:
    """Ask everything, and tell how it went."""
    loop = asyncio.get_running_loop()
    waiting = []
    connections = []
    began = time.perf_counter()
    for line in load.lines:
        done: asyncio.Future[None] = loop.create_future()
        connection = Connection(line, done)
        await loop.create_connection(
            partial(_the, connection), load.host, load.port, local_addr=(line.address, 0)
        )
        waiting.append(done)
        connections.append(connection)
    await asyncio.gather(*waiting)
    whole = time.perf_counter() - began
    statuses: Counter[int] = Counter()
    for connection in connections:
        statuses += connection.statuses
    return Told([each for made in connections for each in made.each], whole, dict(statuses))


def _the(connection: Connection) -> Connection:
    return connection


def main() -> int:
    """A load as MessagePack comes in by standard input, and what it told goes out."""
    load = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Load)
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(put_on(load))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
