"""A process that appends and writes down what it was told, so that it may be killed at any moment:
`python -m tests.core.ledger <plan>`. Started again, it first finishes what it had begun to ask.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid5

import msgspec
import psycopg
from msgspec import Struct
from msgspec.structs import replace

from adapters.postgres.log import PostgresLog
from application.store import Append, ConcurrentChange, KeyTaken, LogUnavailable, RequestKey
from tests.core.writing import commanding, hold, log_of
from tests.sources import ROOT

CLIENTS = 6
PAUSE_SECONDS = 0.02


class Plan(Struct, frozen=True, kw_only=True):
    """Whose commands, on which database, and where what became of them is written down."""

    database_url: str
    file: str
    owner: UUID


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the ledger: a command is asked, and later done or refused."""

    client: int
    turn: int
    what: Literal["asked", "done", "refused"]
    position: int = 0


class Teller:
    """Clients that go on only when they know what became of their last command."""

    def __init__(self, log: PostgresLog, plan: Plan) -> None:
        self.ending = asyncio.Event()
        self._log = log
        self._plan = plan
        self._file = os.open(plan.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def client(self, number: int, turn: int) -> None:
        """Ask one command after the other, beginning with the one of this turn."""
        while not self.ending.is_set():
            self._note(Entry(client=number, turn=turn, what="asked"))
            command = command_of(self._plan.owner, number, turn=turn)
            self._note(await self._told(command, number, turn=turn))
            turn += 1

    async def _told(self, command: Append, number: int, *, turn: int) -> Entry:
        while True:
            try:
                position = await self._log.append(command)
            except LogUnavailable:
                await self._rest()
                continue
            except (KeyTaken, ConcurrentChange):
                try:
                    position = await self._own(command)
                except LogUnavailable:
                    await self._rest()
                    continue
            what: Literal["done", "refused"] = "done" if position else "refused"
            return Entry(client=number, turn=turn, what=what, position=position)

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await self.ending.wait()

    async def _own(self, command: Append) -> int:
        """Where this very command stands if it was done by an earlier try; else 0."""
        if command.key:
            answer = await self._log.answer(command.key.caller, command.key.key)
            return answer.position if answer and answer.answer == command.answer else 0
        stored = await self._log.load(command.events[-1].originator_id)
        own = [each for each in stored if each.metadata.command_id == command.metadata.command_id]
        return own[-1].position if own else 0

    def _note(self, entry: Entry) -> None:
        os.write(self._file, msgspec.json.encode(entry) + b"\n")


def command_of(owner: UUID, number: int, *, turn: int) -> Append:
    """The same command whenever it is asked for: with a key or without, of one event or of three,
    and every seventh wants what an earlier one took.
    """
    command_id = uuid5(owner, f"{number}/{turn}")
    stream = uuid5(owner, f"{number}/{turn - 1 if turn % 7 == 6 else turn}")
    versions = (1,) if turn % 3 else (1, 2, 3)
    command = commanding(hold(stream, version) for version in versions)
    facts = replace(command.metadata, command_id=command_id, correlation_id=command_id)
    if turn % 2:
        return replace(command, metadata=facts)
    key = RequestKey(caller=str(owner), key=f"{number}/{turn}", request_hash=b"h")
    return replace(command, metadata=facts, key=key, answer=command_id.bytes)


def entries(plan: Plan) -> list[Entry]:
    """What stands in the ledger."""
    path = Path(plan.file)
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(line, type=Entry) for line in lines]


def start(plan: Plan) -> subprocess.Popen[bytes]:
    """Let a process of its own carry on with a plan."""
    told = msgspec.json.encode(plan).decode()
    return subprocess.Popen([sys.executable, "-m", "tests.core.ledger", told], cwd=ROOT)  # noqa: S603  # ourselves


def judge(plans: Iterable[Plan]) -> Counter[str]:
    """Compare the ledgers with the log: how often each outcome was told. Fails when they differ."""
    outcomes = Counter[str]()
    for plan in plans:
        with psycopg.connect(plan.database_url) as connection:
            rows = connection.execute(
                "SELECT metadata ->> 'command_id', array_agg(position ORDER BY position)"
                " FROM events GROUP BY 1"
            ).fetchall()
            [ordered] = connection.execute(
                "SELECT coalesce(bool_and(position = nth AND version = of_stream), true) FROM ("
                "SELECT position, version, row_number() OVER (ORDER BY position) AS nth,"
                " row_number() OVER (PARTITION BY stream_id ORDER BY position) AS of_stream"
                " FROM events) AS numbered"
            ).fetchone() or [False]
        assert ordered, "positions or versions have gaps"
        outcomes += _judge(plan, {UUID(command_id): list(found) for command_id, found in rows})
    return outcomes


def _judge(plan: Plan, stored: dict[UUID, list[int]]) -> Counter[str]:
    last: dict[tuple[int, int], Entry] = {}
    for entry in entries(plan):
        last[entry.client, entry.turn] = entry
    for entry in last.values():
        command = command_of(plan.owner, entry.client, turn=entry.turn)
        positions = stored.get(command.metadata.command_id, [])
        whole = list(range(entry.position - len(command.events) + 1, entry.position + 1))
        match entry.what:
            case "done":
                assert positions == whole, f"{entry} stands at {positions}"
            case "refused":
                assert not positions, f"{entry} stands at {positions}"
            case "asked":
                assert len(positions) in {0, len(command.events)}, f"{entry} was done in part"
    return Counter(entry.what for entry in last.values())


async def main(plan: Plan) -> None:
    """Go on until SIGTERM; then finish what was asked."""
    turns = dict.fromkeys(range(CLIENTS), 0)
    for entry in entries(plan):
        turns[entry.client] = entry.turn + (entry.what != "asked")
    async with log_of(plan.database_url, name="ledger") as log:
        teller = Teller(log, plan)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, teller.ending.set)
        await asyncio.gather(*(teller.client(number, turn) for number, turn in turns.items()))


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(sys.argv[1], type=Plan)))
