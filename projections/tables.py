"""Read tables in PostgreSQL: making, loading, writing and comparing them, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composed, Identifier, Literal
from psycopg.types.json import Jsonb

from application.store import Recorded
from projections.base import AnyReadModel, Column, Lines

Connection = AsyncConnection[tuple[Any, ...]]

SCHEMA = "read"


def qualified(table: str) -> Identifier:
    """A table of the schema of read tables."""
    return Identifier(SCHEMA, table)


class ReadTable:
    """A table of a read model: the one of its version, or another one with the same columns."""

    def __init__(
        self, connection: Connection, model: AnyReadModel, name: str | None = None
    ) -> None:
        self.model = model
        self.name = name or model.table
        self.connection = connection

    async def create(self) -> None:
        """Make an empty table for the model, unless it is there."""
        columns = SQL(", ").join(
            SQL("{} {}{}").format(
                Identifier(column.name),
                SQL(column.sql_type),
                SQL("") if column.nullable else SQL(" NOT NULL"),
            )
            for column in self.model.columns
        )
        await self.connection.execute(
            SQL("CREATE TABLE IF NOT EXISTS {} ({}, PRIMARY KEY ({}))").format(
                qualified(self.name), columns, _names(self.model.key)
            )
        )

    async def index(self) -> None:
        """Make the model's indexes, unless they are there."""
        for number, columns in enumerate(self.model.indexes, start=1):
            await self.connection.execute(
                SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                    Identifier(f"{self.name}_{number}"), qualified(self.name), SQL(columns)
                )
            )

    async def serve(self) -> None:
        """Let queries read this table from now on, under the model's name."""
        cursor = await self.connection.execute(
            "SELECT obj_description(to_regclass(%s), 'pg_class')",
            (f'{SCHEMA}."{self.model.name}"',),
        )
        row = await cursor.fetchone()
        if row and row[0] == self.name:
            return
        view = qualified(self.model.name)
        await self.connection.execute(SQL("DROP VIEW IF EXISTS {}").format(view))
        await self.connection.execute(
            SQL("CREATE VIEW {} AS SELECT * FROM {}").format(view, qualified(self.name))
        )
        await self.connection.execute(
            SQL("COMMENT ON VIEW {} IS {}").format(view, Literal(self.name))
        )

    async def apply(self, page: Sequence[Recorded]) -> None:
        """Bring the table from before this page to behind it."""
        wanted = [recorded for recorded in page if self.model.wants(recorded)]
        if not wanted:
            return
        if isinstance(self.model, Lines):
            rows = [line for recorded in wanted for line in self.model.lines(recorded)]
            await self.insert(rows)
            return
        keys = {key for recorded in wanted if (key := self.model.key_for(recorded)) is not None}
        before = await self.load(keys)
        after = self.model.fold(before, wanted)
        gone = [key for key, row in after.items() if row is None and key in before]
        changed = [
            row for key, row in after.items() if row is not None and row is not before.get(key)
        ]
        await self.delete(gone)
        await self.insert(changed)

    async def load(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """The rows with these keys."""
        columns = _key_columns(self.model)
        arrays = _arrays(columns, [_as_tuple(self.model, key) for key in keys])
        cursor = await self.connection.execute(
            SQL("SELECT {} FROM {} WHERE ({}) IN (SELECT * FROM {})").format(
                _names([column.name for column in self.model.columns]),
                qualified(self.name),
                _names(self.model.key),
                _unnest(columns),
            ),
            arrays,
            binary=True,
        )
        rows = [self.model.read(values) for values in await cursor.fetchall()]
        return {self.model.key_of(row): row for row in rows}

    async def insert(self, rows: Sequence[Any]) -> None:
        """Insert or replace rows by one statement."""
        if not rows:
            return
        names = [column.name for column in self.model.columns]
        rest = [name for name in names if name not in self.model.key]
        action = (
            SQL("DO UPDATE SET {}").format(
                SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(name)) for name in rest)
            )
            if rest
            else SQL("DO NOTHING")
        )
        await self.connection.execute(
            SQL("INSERT INTO {} ({}) SELECT * FROM {} ON CONFLICT ({}) {}").format(
                qualified(self.name),
                _names(names),
                _unnest(self.model.columns),
                _names(self.model.key),
                action,
            ),
            _arrays(self.model.columns, [self.model.values(row) for row in rows]),
        )

    async def delete(self, keys: Sequence[Any]) -> None:
        """Delete the rows with these keys."""
        if not keys:
            return
        columns = _key_columns(self.model)
        await self.connection.execute(
            SQL("DELETE FROM {} WHERE ({}) IN (SELECT * FROM {})").format(
                qualified(self.name), _names(self.model.key), _unnest(columns)
            ),
            _arrays(columns, [_as_tuple(self.model, key) for key in keys]),
        )

    async def copy(self, rows: Iterable[Any]) -> None:
        """Fill an empty table by COPY."""
        names = _names([column.name for column in self.model.columns])
        async with (
            self.connection.cursor() as cursor,
            cursor.copy(
                SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(qualified(self.name), names)
            ) as stream,
        ):
            stream.set_types([column.sql_type for column in self.model.columns])
            json = [column.is_json for column in self.model.columns]
            for row in rows:
                values = self.model.values(row)
                for number, is_json in enumerate(json):
                    if is_json and values[number] is not None:
                        values[number] = Jsonb(values[number], dumps=_encoded)
                await stream.write_row(values)


def _encoded(text: str) -> str:
    return text


def _key_columns(model: AnyReadModel) -> tuple[Column, ...]:
    by_name = {column.name: column for column in model.columns}
    return tuple(by_name[name] for name in model.key)


def _as_tuple(model: AnyReadModel, key: Any) -> tuple[Any, ...]:
    return key if len(model.key) > 1 else (key,)


def _arrays(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [[row[number] for row in rows] for number in range(len(columns))]


def _unnest(columns: Sequence[Column]) -> Composed:
    arrays = SQL(", ").join(
        SQL("%s::text[]::jsonb[]") if column.is_json else SQL("%s::" + column.sql_type + "[]")
        for column in columns
    )
    return SQL("unnest({})").format(arrays)


def _names(names: Sequence[str]) -> Composed:
    return SQL(", ").join(Identifier(name) for name in names)
