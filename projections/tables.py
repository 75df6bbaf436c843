"""Read tables in PostgreSQL: making, loading, writing and comparing them, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composed, Identifier, Literal
from psycopg.types.json import Jsonb

from application.store import Recorded
from projections.base import AnyReadModel, Column, Fold, Lines

Connection = AsyncConnection[tuple[Any, ...]]

SCHEMA = "read"


def qualified(table: str) -> Identifier:
    """A table of the schema of read tables."""
    return Identifier(SCHEMA, table)


async def create(connection: Connection, model: AnyReadModel, table: str) -> None:
    """Make an empty table for the model, unless it is there."""
    columns = SQL(", ").join(
        SQL("{} {}{}").format(
            Identifier(column.name),
            SQL(column.sql_type),
            SQL("") if column.nullable else SQL(" NOT NULL"),
        )
        for column in model.columns
    )
    await connection.execute(
        SQL("CREATE TABLE IF NOT EXISTS {} ({}, PRIMARY KEY ({}))").format(
            qualified(table), columns, _names(model.key)
        )
    )


async def index(connection: Connection, model: AnyReadModel, table: str) -> None:
    """Make the model's indexes, unless they are there."""
    for number, columns in enumerate(model.indexes, start=1):
        await connection.execute(
            SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                Identifier(f"{table}_{number}"), qualified(table), SQL(columns)
            )
        )


async def serve(connection: Connection, model: AnyReadModel, table: str) -> None:
    """Let queries read this table from now on, under the model's name."""
    cursor = await connection.execute(
        "SELECT obj_description(to_regclass(%s), 'pg_class')", (f'{SCHEMA}."{model.name}"',)
    )
    row = await cursor.fetchone()
    if row and row[0] == table:
        return
    view = qualified(model.name)
    await connection.execute(SQL("DROP VIEW IF EXISTS {}").format(view))
    await connection.execute(
        SQL("CREATE VIEW {} AS SELECT * FROM {}").format(view, qualified(table))
    )
    await connection.execute(SQL("COMMENT ON VIEW {} IS {}").format(view, Literal(table)))


async def apply(
    connection: Connection, model: AnyReadModel, table: str, page: Sequence[Recorded]
) -> None:
    """Bring the table from before this page to behind it."""
    wanted = [recorded for recorded in page if model.wants(recorded)]
    if not wanted:
        return
    if isinstance(model, Lines):
        rows = [line for recorded in wanted for line in model.lines(recorded)]
        await insert(connection, model, table, rows)
        return
    keys = {key for recorded in wanted if (key := model.key_for(recorded)) is not None}
    before = await load(connection, model, table, keys)
    after = fold(model, before, wanted)
    gone = [key for key, row in after.items() if row is None and key in before]
    changed = [row for key, row in after.items() if row is not None and row is not before.get(key)]
    await delete(connection, model, table, gone)
    await insert(connection, model, table, changed)


def fold(model: Fold[Any], rows: dict[Any, Any], page: Iterable[Recorded]) -> dict[Any, Any | None]:
    """The rows after these events; None for a row that is no more."""
    after: dict[Any, Any | None] = {}
    for recorded in page:
        key = model.key_for(recorded)
        if key is None:
            continue
        present = after[key] if key in after else rows.get(key)
        after[key] = model.evolve(present, recorded)
    return after


async def load(
    connection: Connection, model: AnyReadModel, table: str, keys: Iterable[Any]
) -> dict[Any, Any]:
    """The rows with these keys."""
    columns = _key_columns(model)
    arrays = _arrays(columns, [_as_tuple(model, key) for key in keys])
    cursor = await connection.execute(
        SQL("SELECT {} FROM {} WHERE ({}) IN (SELECT * FROM {})").format(
            _names([column.name for column in model.columns]),
            qualified(table),
            _names(model.key),
            _unnest(columns),
        ),
        arrays,
        binary=True,
    )
    rows = [model.read(values) for values in await cursor.fetchall()]
    return {model.key_of(row): row for row in rows}


async def insert(
    connection: Connection, model: AnyReadModel, table: str, rows: Sequence[Any]
) -> None:
    """Insert or replace rows by one statement."""
    if not rows:
        return
    names = [column.name for column in model.columns]
    rest = [name for name in names if name not in model.key]
    action = (
        SQL("DO UPDATE SET {}").format(
            SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(name)) for name in rest)
        )
        if rest
        else SQL("DO NOTHING")
    )
    await connection.execute(
        SQL("INSERT INTO {} ({}) SELECT * FROM {} ON CONFLICT ({}) {}").format(
            qualified(table), _names(names), _unnest(model.columns), _names(model.key), action
        ),
        _arrays(model.columns, [model.values(row) for row in rows]),
    )


async def delete(
    connection: Connection, model: AnyReadModel, table: str, keys: Sequence[Any]
) -> None:
    """Delete the rows with these keys."""
    if not keys:
        return
    columns = _key_columns(model)
    await connection.execute(
        SQL("DELETE FROM {} WHERE ({}) IN (SELECT * FROM {})").format(
            qualified(table), _names(model.key), _unnest(columns)
        ),
        _arrays(columns, [_as_tuple(model, key) for key in keys]),
    )


async def copy(
    connection: Connection, model: AnyReadModel, table: str, rows: Iterable[Any]
) -> None:
    """Fill an empty table by COPY."""
    names = _names([column.name for column in model.columns])
    async with (
        connection.cursor() as cursor,
        cursor.copy(
            SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(qualified(table), names)
        ) as stream,
    ):
        stream.set_types([column.sql_type for column in model.columns])
        json = [column.is_json for column in model.columns]
        for row in rows:
            values = model.values(row)
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
