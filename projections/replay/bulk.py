"""Folding a long part of the log in memory, and writing what it comes to now and then."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from application.store import LogReader, Page, Recorded
from projections.base import AnyReadModel, Fold, Folding, Lines, Sums, Unfoldable
from projections.tables import ReadTable

PAGE = 3_000
"""The most events that are fetched at once."""
EVENTS, EVENTS_A_ROW = 500_000, 8
"""The most events between two writes, or so many for each row that may have to be written."""
LINES = 50_000
"""The most lines that are held in memory."""
MEMORY = 192 * 2**20
"""About how many bytes of rows are held in memory."""
WEIGHT, BASE_WEIGHT = 4, 300
"""Bytes that a row takes in memory: so many for each byte of its JSON, and so many beside."""
FILTER_BITS = 27


class Progress(Struct, frozen=True):
    """How far a replay has come, in positions of the log, and how many it takes in a second."""

    done: int
    total: int
    per_second: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at this rate; None while that is unknown."""
        return (self.total - self.done) / self.per_second if self.per_second else None


Tell = Callable[[Progress], None]


class Span(Struct, frozen=True):
    """The part of the log behind `after` up to `until`."""

    after: int
    until: int


class FoldBulk:
    """The rows of a fold. Those that do not fit into memory are written, and looked up again."""

    def __init__(self, table: ReadTable, model: Fold[Any], *, empty: bool) -> None:
        self._table = table
        self._model = model
        self._by_number = [each.sql_type for each in model.key_columns] == ["uuid"]
        # Each key's row after the events so far, and as the table has it. An id stands there by its
        # number, because ids are hashed and compared in Python, numbers are not.
        self._cells: dict[Any, list[Any]] = {}
        self._stored = Filter(everything=not empty)
        self._events = 0
        self._room = 0

    @property
    def full(self) -> bool:
        """Whether it is time to write."""
        rows = len(self._cells)
        return self._events >= max(EVENTS, EVENTS_A_ROW * rows) or rows >= self._room > 0

    async def take(self, events: Sequence[Recorded]) -> None:
        """Fold the events that come next. Raises `Unfoldable`."""
        late = self._fold(events)
        if late:
            rows = await self._table.load(late)
            for key, its_events in late.items():
                row = rows.get(key)
                place = key.int if self._by_number else key
                self._cells[place] = [self._model.after(row, its_events), row]
        self._events += len(events)
        self._room = self._room or self._estimated_room()

    def _fold(self, events: Sequence[Recorded]) -> dict[Any, list[Recorded]]:
        """Fold the events whose rows are known; the others, by the keys of their rows."""
        late: defaultdict[Any, list[Recorded]] = defaultdict(list)
        cells, stored, by_number = self._cells, self._stored, self._by_number
        handlers: Mapping[Any, Folding] = self._model.handlers
        for recorded in events:
            folding = handlers.get(recorded.kind)
            if folding is None:
                continue
            key_of, handler, whole = folding
            try:
                event = recorded.event
                key: Any = key_of(event)
                if key is None:
                    continue
                place = key.int if by_number else key
                cell = cells.get(place)
                if cell is None:
                    if place in stored:
                        late[key].append(recorded)
                        continue
                    cell = cells[place] = [None, None]
                row = cell[0]
                cell[0] = handler(row, event, recorded) if whole else handler(row, event)
            except Exception as error:
                raise Unfoldable(recorded, error) from error
        return late

    async def write(self) -> None:
        """Bring the table up to the events taken so far."""
        changed = {place: cell for place, cell in self._cells.items() if cell[0] is not cell[1]}
        gone = [place for place, (row, _) in changed.items() if row is None]
        new = [place for place, (_, stored) in changed.items() if stored is None]
        if self._by_number:
            gone = [UUID(int=number) for number in gone]
            new.sort()  # neighbours go to the same pages of the index
        await self._table.delete(gone)
        await self._table.copy(changed[place][0] for place in new)
        await self._table.insert(
            row for row, stored in changed.values() if row is not None and stored is not None
        )
        self._stored.add(new)
        for cell in changed.values():
            cell[1] = cell[0]
        self._events = 0
        if len(self._cells) >= self._room > 0:
            self._cells = changed if len(changed) < self._room // 2 else {}
        self._room = self._estimated_room()

    def _estimated_room(self) -> int:
        """How many rows fit into memory, by the size of some; 0 while there are too few to tell."""
        cells = list(self._cells.values())
        if len(cells) < 1_000:
            return 0
        some = [row for row, _ in cells[:: len(cells) // 200] if row is not None]
        size = sum(len(msgspec.json.encode(row)) for row in some) // max(1, len(some))
        return MEMORY // (BASE_WEIGHT + WEIGHT * size)


class LinesBulk:
    """Lines that wait to be copied into their table."""

    def __init__(self, table: ReadTable, model: Lines[Any]) -> None:
        self._table = table
        self._model = model
        self._lines: list[Any] = []
        self._events = 0

    @property
    def full(self) -> bool:
        """Whether it is time to write."""
        return self._events >= EVENTS or len(self._lines) >= LINES

    async def take(self, events: Sequence[Recorded]) -> None:
        """Make the lines of the events that come next. Raises `Unfoldable`."""
        self._lines += self._model.all_lines(events)
        self._events += len(events)

    async def write(self) -> None:
        """Bring the table up to the events taken so far."""
        await self._table.copy(self._lines)
        self._lines = []
        self._events = 0


class SumsBulk:
    """Totals that wait to be added to those of their table."""

    def __init__(self, table: ReadTable, model: Sums[Any], *, empty: bool) -> None:
        self._table = table
        self._model = model
        self._empty = empty
        self._sums: dict[Any, list[Any]] = {}
        self._events = 0

    @property
    def full(self) -> bool:
        """Whether it is time to write."""
        return self._events >= EVENTS or len(self._sums) >= LINES

    async def take(self, events: Sequence[Recorded]) -> None:
        """Add what the events that come next yield. Raises `Unfoldable`."""
        self._model.add_up(self._sums, self._model.all_lines(events))
        self._events += len(events)

    async def write(self) -> None:
        """Bring the table up to the events taken so far."""
        rows = self._model.rows_of(self._sums)
        await (self._table.copy(rows) if self._empty else self._table.add(rows))
        self._empty = self._empty and not rows
        self._sums = {}
        self._events = 0


Bulk = FoldBulk | LinesBulk | SumsBulk


class Filter:
    """Which keys may be in a table: of millions, it wrongly believes some per cent."""

    def __init__(self, *, everything: bool) -> None:
        self._everything = everything
        self._bits = bytearray()

    def __contains__(self, key: object) -> bool:
        if self._everything or not self._bits:
            return self._everything
        bit = hash(key) % 2**FILTER_BITS
        return bool(self._bits[bit >> 3] >> (bit & 7) & 1)

    def add(self, keys: Any) -> None:
        """Remember that these keys are there."""
        if self._everything:
            return
        self._bits = self._bits or bytearray(2 ** (FILTER_BITS - 3))
        for key in keys:
            bit = hash(key) % 2**FILTER_BITS
            self._bits[bit >> 3] |= 1 << (bit & 7)


def bulk_of(table: ReadTable, model: AnyReadModel, *, empty: bool) -> Bulk:
    """What folds for this table; `empty` if it has no rows yet."""
    if isinstance(model, Lines):
        return LinesBulk(table, model)
    if isinstance(model, Sums):
        return SumsBulk(table, model, empty=empty)
    return FoldBulk(table, model, empty=empty)


async def folded(
    event_log: LogReader, bulk: Bulk, *, model: AnyReadModel, span: Span, skips: frozenset[int]
) -> AsyncGenerator[int, None]:
    """Give the bulk a part of the log; yields how far it has come, page by page.

    Whoever iterates writes when the bulk is full, and at the end. Raises `Unfoldable`.
    """
    with _rare_garbage_collection():
        async with aclosing(pages_of(event_log, [model], span=span)) as pages:
            async for page in pages:
                await bulk.take(without(page.events, skips))
                yield page.position


async def pages_of(
    event_log: LogReader, models: Sequence[AnyReadModel], *, span: Span
) -> AsyncGenerator[Page, None]:
    """What these read models want of a part of the log, page by page; to be closed by whoever does
    not read it to its end.
    """
    kinds = {kind for model in models for kind in model.handlers}
    whole = any(model.whole for model in models)
    pages = event_log.pages(span.after, span.until, kinds=kinds, size=PAGE, whole=whole)
    async with aclosing(pages):  # type: ignore[type-var]  # what yields pages can be closed
        async for page in pages:
            yield page


def without(events: Sequence[Recorded], skips: frozenset[int]) -> Sequence[Recorded]:
    """The events that nobody decided to leave out."""
    if not skips:
        return events
    return [recorded for recorded in events if recorded.position not in skips]


def paced(tell: Tell, span: Span) -> Callable[[int], None]:
    """What tells of positions as they are reached, with the rate since now."""
    began = time.perf_counter()

    def told(position: int) -> None:
        seconds = time.perf_counter() - began
        rate = (position - span.after) / seconds if seconds else 0.0
        tell(Progress(position, span.until, rate))

    return told


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Events and rows have no cycles, but a million of them would be searched for some."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
