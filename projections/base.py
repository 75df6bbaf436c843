"""The two kinds of read model: `Fold` (key → row) and `Lines` (event → rows)."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar
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
    bytes: "bytea",
}


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


class ReadModel(Generic[Row]):
    """A table that is a pure function of the log.

    `name` is the view that queries read; `version` grows when the fold or the row changes, and a
    new version is built beside the old one. `indexes` are column lists, such as
    `"customer_id, position DESC"`.
    """

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
    def key_of(self) -> Callable[[Row], Key]:
        """The key of a row: one value, or a tuple of several."""
        return attrgetter(*self.key)

    def wants(self, recorded: Recorded) -> bool:
        """Whether this event can change the table."""
        return type(recorded.event) in self.handlers

    def values(self, row: Row) -> list[Any]:
        """A row as parameters for SQL."""
        return [
            msgspec.json.encode(value).decode() if column.is_json and value is not None else value
            for column, value in zip(self.columns, msgspec.structs.astuple(row), strict=True)
        ]

    def read(self, values: Sequence[Any]) -> Row:
        """A row from what SQL gave for its columns, in their order."""
        return self.row(
            **{
                column.name: column.read(value)
                for column, value in zip(self.columns, values, strict=True)
            }
        )


class Fold(ReadModel[Row]):
    """Key → row. A handler takes the present row, or None, and the event; it gives the new row, or
    None for none. A third parameter receives the whole `Recorded`.
    """

    def on(
        self, *kinds: type[Event], key: Callable[[Any], Key | None] = attrgetter("originator_id")
    ) -> Callable[[Handler], Handler]:
        """Register a handler; `key` finds the row's key in the event (None: no row is touched)."""

        def register(handler: Handler) -> Handler:
            for kind in kinds:
                self.handlers[kind] = (key, _with_recorded(handler, 3))
            return handler

        return register

    def key_for(self, recorded: Recorded) -> Key | None:
        """The key of the row that this event touches."""
        entry = self.handlers.get(type(recorded.event))
        return entry[0](recorded.event) if entry else None

    def evolve(self, row: Row | None, recorded: Recorded) -> Row | None:
        """The row after the event."""
        changed: Row | None = self.handlers[type(recorded.event)][1](row, recorded.event, recorded)
        return changed

    def fold(self, rows: Mapping[Any, Row], page: Iterable[Recorded]) -> dict[Any, Row | None]:
        """The rows that these events touch, after them; None for a row that is no more."""
        after: dict[Any, Row | None] = {}
        for recorded in page:
            key = self.key_for(recorded)
            if key is None:
                continue
            present = after[key] if key in after else rows.get(key)
            after[key] = self.evolve(present, recorded)
        return after


class Lines(ReadModel[Row]):
    """Event → rows, which never change afterwards. The row's key must make each line unique."""

    def on(self, *kinds: type[Event]) -> Callable[[Handler], Handler]:
        """Register a handler that takes the event (and the `Recorded`) and yields rows."""

        def register(handler: Handler) -> Handler:
            for kind in kinds:
                self.handlers[kind] = _with_recorded(handler, 2)
            return handler

        return register

    def lines(self, recorded: Recorded) -> Iterable[Row]:
        """The rows of one event."""
        rows: Iterable[Row] = self.handlers[type(recorded.event)](recorded.event, recorded)
        return rows


AnyReadModel = Fold[Any] | Lines[Any]


def _with_recorded(handler: Callable[..., Any], most: int) -> Callable[..., Any]:
    if len(inspect.signature(handler).parameters) == most:
        return handler
    return lambda *arguments: handler(*arguments[:-1])


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
