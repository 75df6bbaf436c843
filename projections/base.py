"""The kinds of read model: `Fold` (key → row), `Lines` (event → rows), `Sums` (key → totals)."""

from __future__ import annotations

import inspect
import types
import typing
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from application.store import Recorded
from domain.shared.aggregate import Event

Row = TypeVar("Row", bound=Struct)
Key = Hashable
Handler = TypeVar("Handler", bound=Callable[..., Any])

SQL_TYPES: dict[Any, str] = {
    UUID: "uuid",
    str: "text",
    int: "bigint",
    bool: "boolean",
    datetime: "timestamptz",
    date: "date",
    Decimal: "numeric",
}


class Unfoldable(Exception):
    """A read model can't take the event at `position`; its fold raised the cause."""

    def __init__(self, recorded: Recorded, error: Exception) -> None:
        self.position = recorded.position
        super().__init__(f"the event at {recorded.position} can't be folded: {error!r}")


class Column(Struct, frozen=True):
    """A column of a read table; values of other types than SQL knows are kept as JSON."""

    name: str
    sql_type: str
    nullable: bool
    hint: Any

    @property
    def is_json(self) -> bool:
        return self.sql_type == "jsonb"

    def read(self, value: Any) -> Any:
        """A value from what SQL gave for it."""
        return msgspec.convert(value, self.hint) if self.is_json and value is not None else value


class ReadModel(ABC, Generic[Row]):
    """A table that is a pure function of the log.

    `name` is the view that queries read; `version` grows when the fold or the row changes, and a
    new version is built beside the old one. `indexes` are column lists, such as
    `"customer_id, position DESC"`. A `whole` one asks when events were recorded or by whom, so
    that replays have to read that, too.
    """

    whole: bool = False

    def __init__(
        self,
        name: str,
        row: type[Row],
        *,
        version: int,
        key: Sequence[str],
        indexes: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.version = version
        self.row = row
        self.key = tuple(key)
        self.indexes = tuple(indexes)
        self.handlers: dict[type[Event], Any] = {}

    @property
    def table(self) -> str:
        """The table of this version."""
        return f"{self.name}_v{self.version}"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in the order of the row's fields."""
        hints = typing.get_type_hints(self.row)
        return tuple(_column(name, hints[name]) for name in self.row.__struct_fields__)

    @cached_property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the key, in its order."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.key)

    @cached_property
    def key_of(self) -> Callable[[Row], Key]:
        """The key of a row: one value, or a tuple of several."""
        return attrgetter(*self.key)

    def wants(self, recorded: Recorded) -> bool:
        """Whether this event can change the table."""
        return recorded.kind in self.handlers

    @abstractmethod
    def touches(self, recorded: Recorded) -> Iterable[Key]:
        """The keys of the rows that this event touches, each once."""

    def values(self, row: Row) -> list[Any]:
        """A row as parameters for SQL."""
        values = list(msgspec.structs.astuple(row))
        for number in self._json:
            if values[number] is not None:
                values[number] = msgspec.json.encode(values[number]).decode()
        return values

    def read(self, values: Sequence[Any]) -> Row:
        """A row from what SQL gave for its columns, in their order."""
        fields = dict(zip(self.row.__struct_fields__, values, strict=True))
        for number in self._json:
            column = self.columns[number]
            fields[column.name] = column.read(values[number])
        return self.row(**fields)

    @cached_property
    def _json(self) -> tuple[int, ...]:
        return tuple(number for number, column in enumerate(self.columns) if column.is_json)


class Folding(NamedTuple):
    """How one kind of event is folded; a `whole` handler takes the `Recorded` as well."""

    key: Callable[[Any], Key | None]
    handler: Callable[..., Any]
    whole: bool


class Fold(ReadModel[Row]):
    """Key → row. A handler takes the present row, or None, and the event; it gives the new row, or
    None for none. A third parameter receives the whole `Recorded`.
    """

    handlers: dict[type[Event], Folding]

    def on(
        self, *kinds: type[Event], key: Callable[[Any], Key | None] = attrgetter("originator_id")
    ) -> Callable[[Handler], Handler]:
        """Register a handler; `key` finds the row's key in the event (None: no row is touched)."""

        def register(handler: Handler) -> Handler:
            for kind in kinds:
                self.handlers[kind] = Folding(key, handler, _parameters(handler) == 3)
            return handler

        return register

    def key_for(self, recorded: Recorded) -> Key | None:
        """The key of the row that this event touches."""
        handlers: Mapping[Any, Folding] = self.handlers
        folding = handlers.get(recorded.kind)
        return folding.key(recorded.event) if folding else None

    def touches(self, recorded: Recorded) -> Iterable[Key]:
        key = self.key_for(recorded)
        return () if key is None else (key,)

    def evolve(self, row: Row | None, recorded: Recorded) -> Row | None:
        """The row after the event, which must be wanted. Raises `Unfoldable`."""
        return self.after(row, (recorded,))

    def touched(self, page: Iterable[Recorded]) -> dict[Any, list[Recorded]]:
        """The wanted events of a page by the keys of the rows that they touch, each in order.

        Raises `Unfoldable`.
        """
        touched: defaultdict[Any, list[Recorded]] = defaultdict(list)
        handlers: Mapping[Any, Folding] = self.handlers
        for recorded in page:
            folding = handlers.get(recorded.kind)
            if folding is None:
                continue
            try:
                key = folding.key(recorded.event)
            except Exception as error:
                raise Unfoldable(recorded, error) from error
            if key is not None:
                touched[key].append(recorded)
        return touched

    def after(self, row: Row | None, events: Iterable[Recorded]) -> Row | None:
        """The row after these wanted events, which touch it. Raises `Unfoldable`."""
        handlers: Mapping[Any, Folding] = self.handlers
        for recorded in events:
            _, handler, whole = handlers[recorded.kind]
            event = recorded.event
            try:
                row = handler(row, event, recorded) if whole else handler(row, event)
            except Exception as error:
                raise Unfoldable(recorded, error) from error
        return row

    def fold(self, rows: Mapping[Any, Row], page: Iterable[Recorded]) -> dict[Any, Row | None]:
        """The rows that these events touch, after them; None for a row that is no more.

        Raises `Unfoldable`.
        """
        return {
            key: self.after(rows.get(key), events) for key, events in self.touched(page).items()
        }


class _Yielding(ReadModel[Row]):
    """What has handlers that yield rows."""

    def on(self, *kinds: type[Event], whole: bool = False) -> Callable[[Handler], Handler]:
        """Register a handler that takes the event (and the `Recorded`) and yields rows."""

        def register(handler: Handler) -> Handler:
            for kind in kinds:
                self.handlers[kind] = (handler, _parameters(handler) == 2)
            self.whole = self.whole or whole
            return handler

        return register

    def touches(self, recorded: Recorded) -> Iterable[Key]:
        return dict.fromkeys(map(self.key_of, self.lines(recorded))) if self.wants(recorded) else ()

    def lines(self, recorded: Recorded) -> Iterable[Row]:
        """The rows of one wanted event."""
        handlers: Mapping[Any, Any] = self.handlers
        handler, whole = handlers[recorded.kind]
        rows: Iterable[Row] = (
            handler(recorded.event, recorded) if whole else handler(recorded.event)
        )
        return rows

    def all_lines(self, page: Iterable[Recorded]) -> list[Row]:
        """The rows of a page, in order. Raises `Unfoldable`."""
        rows: list[Row] = []
        handlers = self.handlers
        for recorded in page:
            if recorded.kind in handlers:
                try:
                    rows.extend(self.lines(recorded))
                except Exception as error:
                    raise Unfoldable(recorded, error) from error
        return rows


class Lines(_Yielding[Row]):
    """Event → rows, which never change afterwards. The row's key must make each line unique."""


class Sums(_Yielding[Row]):
    """Key → totals. The rows that a handler yields are added to those that are there: all columns
    but the key's are numbers. So one event may touch many rows, and no row is read to be changed.
    """

    @cached_property
    def summands(self) -> tuple[str, ...]:
        """The columns that are added up."""
        return tuple(name for name in self.row.__struct_fields__ if name not in self.key)

    def totals(self, rows: Iterable[Row]) -> list[Row]:
        """The rows added up, one for each key."""
        sums: dict[Any, list[Any]] = {}
        self.add_up(sums, rows)
        return self.rows_of(sums)

    def add_up(self, sums: dict[Any, list[Any]], rows: Iterable[Row]) -> None:
        """Add the numbers of rows to those by their keys."""
        key_of, numbers_of = self.key_of, self._numbers_of
        for row in rows:
            key, numbers = key_of(row), numbers_of(row)
            so_far = sums.get(key)
            if so_far is None:
                sums[key] = list(numbers)
            else:
                for place, number in enumerate(numbers):
                    so_far[place] += number

    def rows_of(self, sums: Mapping[Any, Sequence[Any]]) -> list[Row]:
        """The rows of numbers by their keys."""
        names = (*self.key, *self.summands)
        single = len(self.key) == 1
        return [
            self.row(**dict(zip(names, ((key,) if single else key) + tuple(numbers), strict=True)))
            for key, numbers in sums.items()
        ]

    @cached_property
    def _numbers_of(self) -> Callable[[Row], Sequence[Any]]:
        if len(self.summands) > 1:
            return attrgetter(*self.summands)
        number_of = attrgetter(*self.summands)
        return lambda row: (number_of(row),)


AnyReadModel = Fold[Any] | Lines[Any] | Sums[Any]


def _parameters(handler: Callable[..., Any]) -> int:
    return len(inspect.signature(handler).parameters)


def _column(name: str, hint: Any) -> Column:
    arguments = typing.get_args(hint)
    union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    nullable = union and types.NoneType in arguments
    if nullable:
        rest = [argument for argument in arguments if argument is not types.NoneType]
        hint = rest[0] if len(rest) == 1 else hint
    origin = typing.get_origin(hint)
    plain = type(typing.get_args(hint)[0]) if origin is typing.Literal else hint
    return Column(name, SQL_TYPES.get(plain, "jsonb"), nullable, hint)
