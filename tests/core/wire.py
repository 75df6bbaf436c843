"""A wire to PostgreSQL that can be cut, or go silent, between an answer and who waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlencode

from psycopg.conninfo import conninfo_to_dict

SOCKET = ".s.PGSQL.5432"
OUTCOME = b"conflicting"
"""Stands in what the server tells of an append, and in nothing else."""


class Address(NamedTuple):
    """Where a server listens: a folder of sockets, or a host."""

    host: str
    port: int

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self.host}/.s.PGSQL.{self.port}")
        return await asyncio.open_connection(self.host, self.port)


class Wire:
    """Carries bytes both ways. `lose_answers` drops the connection on which the server next tells
    what became of an append; `keep_answers` lets the present connections hear nothing more, and
    `fall_silent` lets nothing through at all, until `speak`.
    """

    def __init__(self, path: Path, server: Address) -> None:
        self.lost = 0
        self._path = path
        self._server = server
        self._losing = 0
        self._gates: list[asyncio.Event] = []
        self._requests, self._answers = self._gate(), self._gate()
        self._carrying: set[asyncio.Task[None]] = set()

    def lose_answers(self, count: int = 1) -> None:
        """Cut the connection before the next outcome is passed on; so many times."""
        self._losing += count

    def keep_answers(self) -> None:
        """Keep what the server tells by the connections of now; later ones are in order."""
        self._answers.clear()
        self._answers = self._gate()

    def fall_silent(self) -> None:
        """Keep everything, as a frozen server or a dead network does."""
        self._requests.clear()
        self._answers.clear()

    def speak(self) -> None:
        """Carry on with what was kept."""
        for gate in self._gates:
            gate.set()

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_unix_server(self._connected, self._path)

    async def close(self) -> None:
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _connected(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        server, onward = await self._server.connect()
        ways = [
            self._carry(client, onward, gate=self._requests),
            self._carry(server, back, gate=self._answers, is_lost=self._is_lost),
        ]
        tasks = [asyncio.create_task(way) for way in ways]
        self._carrying.update(tasks)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._carrying.difference_update(tasks)
        for writer in (onward, back):
            writer.close()

    async def _carry(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        gate: asyncio.Event,
        is_lost: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        with contextlib.suppress(OSError):
            while content := await source.read(65_536):
                await gate.wait()
                if is_lost(content):
                    return
                target.write(content)
                await target.drain()

    def _gate(self) -> asyncio.Event:
        gate = asyncio.Event()
        gate.set()
        self._gates.append(gate)
        return gate

    def _is_lost(self, content: bytes) -> bool:
        if not self._losing or OUTCOME not in content:
            return False
        self._losing -= 1
        self.lost += 1
        return True


@asynccontextmanager
async def wire_to(database_url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to this database's server, and the database's URL by way of it."""
    with TemporaryDirectory(prefix="wire") as folder:
        known = conninfo_to_dict(database_url)
        wire = Wire(
            Path(folder) / SOCKET, Address(str(known["host"]), int(known.get("port") or 5432))
        )
        server = await wire.serve()
        query = urlencode({"host": folder, "port": "5432"}, safe="/")
        password = f":{known['password']}" if "password" in known else ""
        url = f"postgresql://{known['user']}{password}@/{known['dbname']}?{query}"
        try:
            yield wire, url
        finally:
            wire.speak()
            await wire.close()
            server.close()
