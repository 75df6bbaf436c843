"""Whoever prints may die at any moment: nothing half-made is seen, and nothing is printed twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.memory import MemoryFileStore
from adapters.print_houses.folder import FolderPrintHouse
from application.ports import PrintHouse, PrintTicket, TakenOver
from application.production import HandToPrintHouse, MakePrintFile
from domain.production import HouseReport
from tests.given import TestClock
from tests.production.examples import (
    ORDER,
    PICTURE,
    Workshop,
    a_paid_order,
    a_workshop,
    artwork,
    keep,
)
from tests.production.houses import FILES, a_house, a_ticket, client_of
from tests.sources import ROOT

DIES_AT = """
import asyncio, os, signal, sys
from pathlib import Path
from adapters.print_houses.folder import FolderPrintHouse
from tests.production.houses import FILES, a_ticket

left = int(sys.argv[2])

def dying(real):
    def call(*given, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    return call

os.fsync, Path.rename, Path.mkdir = dying(os.fsync), dying(Path.rename), dying(Path.mkdir)
asyncio.run(FolderPrintHouse(Path(sys.argv[1])).hand_over(a_ticket(), FILES))
"""


class Died(BaseException):
    """The process that worked is gone."""


class DyingHouse:
    """A house whose caller dies after it has taken a ticket over, and before anybody knows."""

    def __init__(self, house: PrintHouse) -> None:
        self._house = house
        self.deaths = 1

    async def hand_over(self, ticket: PrintTicket, files: Mapping[str, bytes]) -> TakenOver:
        taken = await self._house.hand_over(ticket, files)
        if self.deaths:
            self.deaths -= 1
            raise Died
        return taken

    async def forget(self, ticket_ids: Collection[UUID]) -> int:
        return await self._house.forget(ticket_ids)

    async def cancel(self, ticket_id: UUID) -> None:
        await self._house.cancel(ticket_id)

    async def report(self, ticket_id: UUID, attempt: int) -> HouseReport | None:
        return await self._house.report(ticket_id, attempt)


class DyingFiles(MemoryFileStore):
    """A file store whose caller dies after a file was kept."""

    deaths = 0

    async def put(self, content: bytes) -> str:
        digest = await super().put(content)
        if self.deaths:
            self.deaths -= 1
            raise Died
        return digest


@pytest.mark.parametrize("moment", range(1, 9))
def test_a_writer_that_is_killed_leaves_nothing_half_made(tmp_path: Path, moment: int) -> None:
    program = [sys.executable, "-c", DIES_AT, str(tmp_path), str(moment)]
    ended = subprocess.run(program, cwd=ROOT, check=False, timeout=60)  # noqa: S603  # our own
    assert ended.returncode == -signal.SIGKILL
    whole = {"cover.pdf", "message-card.txt", "ticket.html", "ticket.json"}
    for place in tmp_path.iterdir():
        assert ".unfinished" in place.name or {each.name for each in place.iterdir()} == whole


async def test_what_was_left_behind_is_finished_and_tidied(tmp_path: Path) -> None:
    left_behind = tmp_path / f"2026-03-04_PK-7F3K-9Q2M_{a_ticket().ticket_id}.unfinished-1"
    left_behind.mkdir(parents=True)
    taken = await FolderPrintHouse(tmp_path).hand_over(a_ticket(), FILES)
    assert not left_behind.exists()
    assert (tmp_path / taken.reference / "cover.pdf").read_bytes() in FILES.values()


async def test_whoever_dies_between_the_steps_is_followed_by_one_that_prints_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workshop = a_workshop(monkeypatch)
    workshop.files = files = DyingFiles()
    digest = await files.put(artwork(b"red"))
    await keep(workshop.log, a_paid_order(picture=replace(PICTURE, digest=digest)))
    await workshop.react()
    async with a_house(TestClock()) as house, client_of(house) as (client, _):
        workshop.house = DyingHouse(client)
        files.deaths = 1
        await _dies_and_is_done_again(workshop, MakePrintFile(order_id=ORDER))
        await workshop.react()
        await _dies_and_is_done_again(workshop, HandToPrintHouse(order_id=ORDER))
        assert await workshop.work(HandToPrintHouse(order_id=ORDER)) is None
        assert len(house.book.released()) == 1
    assert len(files.contents) == 2


async def _dies_and_is_done_again(
    workshop: Workshop, job: MakePrintFile | HandToPrintHouse
) -> None:
    head = await workshop.log.head()
    with pytest.raises(Died):
        await workshop.work(job)
    assert await workshop.log.head() == head
    assert await workshop.work(job)
