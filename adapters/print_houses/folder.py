"""A print house that is a folder: one folder for each ticket, with all that printing it takes."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from uuid import UUID

from adapters.print_houses.ticket import card_of, ticket_json, ticket_page
from application.ports import PrintTicket, TakenOver
from domain.production import HouseReport

TICKET = "ticket.json"
CANCELLED = "CANCELLED.txt"
_UNFINISHED = ".unfinished"


class FolderPrintHouse:
    """Tells nothing back. A folder appears whole or not at all, and is never made twice."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def hand_over(self, ticket: PrintTicket, files: Mapping[str, bytes]) -> TakenOver:
        """Write the folder, unless it is there. Raises `OSError` when the disk takes nothing."""
        name = await asyncio.to_thread(self._write, ticket, files)
        return TakenOver(reference=name, tells_back=False)

    async def cancel(self, ticket_id: UUID) -> None:
        """Leave a mark in the folder that nobody overlooks."""
        await asyncio.to_thread(self._mark, ticket_id)

    async def report(
        self,
        ticket_id: UUID,  # noqa: ARG002 - the port has it
        attempt: int,  # noqa: ARG002 - the port has it
    ) -> HouseReport | None:
        """Nobody tells."""
        return None

    async def forget(self, ticket_ids: Collection[UUID]) -> int:
        """Remove their folders."""
        return await asyncio.to_thread(self._remove, ticket_ids)

    def _write(self, ticket: PrintTicket, files: Mapping[str, bytes]) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = _name(ticket)
        place = self._folder / name
        if place.exists():
            return name
        unfinished = self._folder / f"{name}{_UNFINISHED}-{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        contents = {
            TICKET: ticket_json(ticket),
            "ticket.html": ticket_page(ticket, card_of(ticket, files)).encode(),
            **{file.name: files[file.digest] for file in ticket.files},
        }
        for file_name, content in contents.items():
            _kept(unfinished / file_name, content)
        _settled(unfinished)
        try:
            unfinished.rename(place)
        except OSError:
            # Somebody else has made the same folder meanwhile
            if not place.exists():
                raise
        _settled(self._folder)
        for left_behind in self._folder.glob(f"{name}{_UNFINISHED}-*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        return name

    def _remove(self, ticket_ids: Collection[UUID]) -> int:
        places = [place for each in ticket_ids for place in self._folder.glob(f"*_{each}")]
        for place in places:
            shutil.rmtree(place)
        return len(places)

    def _mark(self, ticket_id: UUID) -> None:
        for place in self._folder.glob(f"*_{ticket_id}"):
            _kept(place / CANCELLED, b"Do not print. / Basmayin.\n")
            _settled(place)


def _name(ticket: PrintTicket) -> str:
    """Sorted by the day it is due; the ticket's id makes it the ticket's own."""
    return f"{ticket.due_on}_{ticket.order_number}_{ticket.ticket_id}"


def _kept(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settled(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
