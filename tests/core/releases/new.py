"""The new release: prices are counted in kuruş, and shelves can be moved."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from adapters.postgres.log import PostgresLog
from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.upcasters import State, upcasts
from projections.base import Fold, Lines
from tests.core.releases import Plan, Told, fill, run
from tests.given import NOW


class Shelf(Aggregate):
    """Books in a row, in a room."""

    TOPIC = "test_shelf"

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "test_shelf.opened"

    class Filled(Event, frozen=True, kw_only=True):
        TOPIC = "test_shelf.filled"
        class_version: ClassVar[int] = 2
        title: str
        kurus: int

    class Moved(Event, frozen=True, kw_only=True):
        TOPIC = "test_shelf.moved"
        room: str

    @classmethod
    def open(cls, shelf_id: UUID, now: datetime) -> Shelf:
        return cls.begin(cls.Opened, id=shelf_id, now=now)

    def fill(self, title: str, kurus: int) -> None:
        self.emit(Shelf.Filled, title=title, kurus=kurus)

    def move(self, room: str) -> None:
        self.emit(Shelf.Moved, room=room)

    @event(Opened)
    def __init__(self) -> None:
        self.titles: list[str] = []
        self.kurus = 0
        self.room = ""

    @event(Filled)
    def _filled(self, title: str, kurus: int) -> None:
        self.titles.append(title)
        self.kurus += kurus

    @event(Moved)
    def _moved(self, room: str) -> None:
        self.room = room


@upcasts(Shelf.Filled.TOPIC, since=1)
def count_in_kurus(state: State) -> State:
    return {**state, "kurus": int(Decimal(state["price"]) * 100)}


class ShelfRow(Struct, frozen=True, kw_only=True):
    shelf_id: UUID
    titles: tuple[str, ...]
    kurus: int
    room: str


class OpeningRow(Struct, frozen=True, kw_only=True):
    shelf_id: UUID
    opened_at: datetime


shelves = Fold("test_shelves", ShelfRow, version=2, key=["shelf_id"])
openings = Lines("test_openings", OpeningRow, version=1, key=["shelf_id"])


@shelves.on(Shelf.Opened)
def _opened(_row: ShelfRow | None, event: Shelf.Opened) -> ShelfRow:
    return ShelfRow(shelf_id=event.originator_id, titles=(), kurus=0, room="")


@shelves.on(Shelf.Filled)
def _filled(row: ShelfRow, event: Shelf.Filled) -> ShelfRow:
    return replace(row, titles=(*row.titles, event.title), kurus=row.kurus + event.kurus)


@shelves.on(Shelf.Moved)
def _moved(row: ShelfRow, event: Shelf.Moved) -> ShelfRow:
    return replace(row, room=event.room)


@openings.on(Shelf.Opened)
def _opening(event: Shelf.Opened) -> list[OpeningRow]:
    return [OpeningRow(shelf_id=event.originator_id, opened_at=event.timestamp)]


def put(shelf: Aggregate, book: int) -> None:
    """Put a book on a shelf; every tenth shelf goes to another room."""
    assert isinstance(shelf, Shelf)
    shelf.at(NOW).fill(f"new {book}", book * 100 + 5)
    if book % 10 == 9:
        shelf.move(f"room {book}")


async def work(log: PostgresLog, plan: Plan) -> Told:
    return await fill(log, plan, put)


if __name__ == "__main__":
    run([shelves, openings], work)
