"""Read tables in PostgreSQL: making, loading, writing and serving them, many rows at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.sql import SQL, Composed, Identifier, Literal
from psycopg.types.json import Jsonb

from application.store import Recorded
from projections.base import AnyReadModel, Lines

Connection = AsyncConnection[tuple[Any, ...]]

SCHEMA = "read"
SLICE = 10_000
"""The most rows of one statement."""


def qualified(table: str) -> Identifier:
    """A table of the schema of read tables."""
    return Identifier(SCHEMA, table)


class ReadTable:
    """A table of a read model: the first of its version, or another one with the same columns."""

    def __init__(
        self, connection: Connection, model: AnyReadModel, name: str | None = None
    ) -> None:
        self.model = model
        self.name = name or model.table
        self.connection = connection

    async def create(self, *, logged: bool = True) -> None:
        """Make an empty table for the model, unless it is there; one that is not `logged` is
        written faster, and is empty after a crash of the server.
        """
        columns = SQL(", ").join(
            SQL("{} {}{}").format(
                Identifier(column.name),
                SQL(column.sql_type),
                SQL("") if column.nullable else SQL(" NOT NULL"),
            )
            for column in self.model.columns
        )
        await self.connection.execute(
            SQL("CREATE {} TABLE IF NOT EXISTS {} ({}, PRIMARY KEY ({}))").format(
                SQL("" if logged else "UNLOGGED"),
                qualified(self.name),
                columns,
                _names(self.model.key),
            )
        )
        await self._keep_texts_out_of_statistics()

    async def _keep_texts_out_of_statistics(self) -> None:
        """PostgreSQL would keep samples of what persons say in a catalogue of its own."""
        sought = " ".join(self.model.indexes).replace(",", " ").split()
        texts = [
            column.name
            for column in self.model.columns
            if column.sql_type in {"text", "jsonb"}
            and column.name not in self.model.key
            and column.name not in sought
        ]
        if texts:
            changes = [SQL("ALTER {} SET STATISTICS 0").format(Identifier(name)) for name in texts]
            await self.connection.execute(
                SQL("ALTER TABLE {} {}").format(qualified(self.name), SQL(", ").join(changes))
            )

    async def index(self) -> None:
        """Make the model's indexes, unless they are there."""
        for number, columns in enumerate(self.model.indexes, start=1):
            await self.connection.execute(
                SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                    Identifier(f"{self.name}_{number}"), qualified(self.name), SQL(columns)
                )
            )

    async def analyze(self) -> None:
        """Let PostgreSQL know how the rows are, so that it plans queries well."""
        await self.connection.execute(SQL("ANALYZE {}").format(qualified(self.name)))

    async def serve(self) -> None:
        """Let queries read this table from now on, under the model's name.

        In a transaction, those who read meanwhile wait for its end, and see the one or the other.
        """
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

    async def apply(self, page: Iterable[Recorded]) -> None:
        """Bring the table from before this page to behind it. Raises `Unfoldable`."""
        model = self.model
        if isinstance(model, Lines):
            await self.insert(model.all_lines(page))
            return
        touched = model.touched(page)
        if not touched:
            return
        before = await self.load(touched)
        after = {key: model.after(before.get(key), events) for key, events in touched.items()}
        await self.delete([key for key, row in after.items() if row is None and key in before])
        await self.insert(
            [row for key, row in after.items() if row is not None and row is not before.get(key)]
        )

    async def load(self, keys: Collection[Any]) -> dict[Any, Any]:
        """The rows with these keys."""
        return await self._load(*self._among(keys))

    async def load_at(self, positions: Collection[int]) -> dict[Any, Any]:
        """The rows by their keys whose column `position` has one of these values."""
        return await self._load(SQL("position = ANY (%s)").format(), [list(positions)])

    async def _load(self, condition: Composed, parameters: list[Any]) -> dict[Any, Any]:
        cursor = await self.connection.execute(
            SQL("SELECT {} FROM {} WHERE {}").format(
                _names(self.model.row.__struct_fields__), qualified(self.name), condition
            ),
            parameters,
            binary=True,
        )
        rows = [self.model.read(values) for values in await cursor.fetchall()]
        return {self.model.key_of(row): row for row in rows}

    async def insert(self, rows: Iterable[Any]) -> None:
        """Insert rows, or replace those with their keys, by one statement for many."""
        names = self.model.row.__struct_fields__
        rest = [name for name in names if name not in self.model.key]
        action = (
            SQL("DO UPDATE SET {}").format(
                SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(name)) for name in rest)
            )
            if rest
            else SQL("DO NOTHING")
        )
        table, columns = qualified(self.name), _names(names)
        query = SQL(
            "INSERT INTO {} ({}) SELECT {} FROM json_populate_recordset(NULL::{}, %s::json)"
            " ON CONFLICT ({}) {}"
        ).format(table, columns, columns, table, _names(self.model.key), action)
        left = iter(rows)
        while some := list(islice(left, SLICE)):
            await self.connection.execute(query, (msgspec.json.encode(some).decode(),))

    async def delete(self, keys: Collection[Any]) -> None:
        """Delete the rows with these keys."""
        if not keys:
            return
        condition, parameters = self._among(keys)
        await self.connection.execute(
            SQL("DELETE FROM {} WHERE {}").format(qualified(self.name), condition), parameters
        )

    async def copy(self, rows: Iterable[Any]) -> None:
        """Add rows with new keys by COPY."""
        names = _names(self.model.row.__struct_fields__)
        async with (
            self.connection.cursor() as cursor,
            cursor.copy(
                SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(qualified(self.name), names)
            ) as stream,
        ):
            stream.set_types([column.sql_type for column in self.model.columns])
            json = [number for number, each in enumerate(self.model.columns) if each.is_json]
            for row in rows:
                values = self.model.values(row)
                for number in json:
                    if values[number] is not None:
                        values[number] = Jsonb(values[number], dumps=_encoded)
                await stream.write_row(values)

    def _among(self, keys: Collection[Any]) -> tuple[Composed, list[Any]]:
        """The condition that a row has one of these keys, and its parameters."""
        columns = self.model.key_columns
        if len(columns) == 1:
            name, kind = columns[0].name, columns[0].sql_type
            condition = SQL("{} = ANY (%s::{}[])").format(Identifier(name), SQL(kind))
            # Much faster than an array that is dumped element by element; these need no quotes.
            plain = kind in {"uuid", "bigint"}
            return condition, ["{" + ",".join(map(str, keys)) + "}" if plain else list(keys)]
        arrays = SQL(", ").join(SQL("%s::" + column.sql_type + "[]") for column in columns)
        return (
            SQL("({}) IN (SELECT * FROM unnest({}))").format(_names(self.model.key), arrays),
            [list(values) for values in zip(*keys, strict=True)] or [[] for _ in columns],
        )


def _encoded(text: str) -> str:
    return text


def _names(names: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))
