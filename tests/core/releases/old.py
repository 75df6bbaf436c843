"""The old release: a book has a price in text, and shelves stay where they are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from adapters.postgres.log import PostgresLog
from domain.shared.aggregate import Aggregate, Created, Event, event
from projections.base import Fold, Lines
from tests.core.releases import Plan, Told, fill, run
from tests.given import NOW


class Shelf(Aggregate):
    """Books in a row."""

    TOPIC = "test_shelf"

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "test_shelf.opened"

    class Filled(Event, frozen=True, kw_only=True):
        TOPIC = "test_shelf.filled"
        title: str
        price: str

    @classmethod
    def open(cls, shelf_id: UUID, now: datetime) -> Shelf:
        return cls.begin(cls.Opened, id=shelf_id, now=now)

    def fill(self, title: str, price: str) -> None:
        self.emit(Shelf.Filled, title=title, price=price)

    @event(Opened)
    def __init__(self) -> None:
        self.titles: list[str] = []

    @event(Filled)
    def _filled(self, title: str) -> None:
        self.titles.append(title)


class ShelfRow(Struct, frozen=True, kw_only=True):
    shelf_id: UUID
    books: int
    last_price: str


class OpeningRow(Struct, frozen=True, kw_only=True):
    shelf_id: UUID
    opened_at: datetime


shelves = Fold("test_shelves", ShelfRow, version=1, key=["shelf_id"])
openings = Lines("test_openings", OpeningRow, version=1, key=["shelf_id"])


@shelves.on(Shelf.Opened)
def _opened(_row: ShelfRow | None, event: Shelf.Opened) -> ShelfRow:
    return ShelfRow(shelf_id=event.originator_id, books=0, last_price="")


@shelves.on(Shelf.Filled)
def _filled(row: ShelfRow, event: Shelf.Filled) -> ShelfRow:
    return ShelfRow(shelf_id=row.shelf_id, books=row.books + 1, last_price=event.price)


@openings.on(Shelf.Opened)
def _opening(event: Shelf.Opened) -> list[OpeningRow]:
    return [OpeningRow(shelf_id=event.originator_id, opened_at=event.timestamp)]


def put(shelf: Aggregate, book: int) -> None:
    """Put a book on a shelf."""
    assert isinstance(shelf, Shelf)
    shelf.at(NOW).fill(f"old {book}", f"{book}.50")


async def work(log: PostgresLog, plan: Plan) -> Told:
    return await fill(log, plan, put)


if __name__ == "__main__":
    run([shelves, openings], work)
