"""Two tables of one shape, row by row: what only one has, and what both have differently."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from msgspec import Struct
from psycopg.sql import SQL, Composed, Identifier

from projections import tables
from projections.tables import Connection

FETCHED = 1_000


class Sides(Struct, frozen=True, kw_only=True):
    """What is compared: two tables of read models, their common key and the columns of both."""

    left: str
    right: str
    key: Sequence[str]
    columns: Sequence[str]


class Differing(Struct, frozen=True):
    """A key whose rows differ; None on the side that has no row."""

    key: Any
    left: dict[str, Any] | None
    right: dict[str, Any] | None

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """The columns that differ, with both values; empty when one side has no row."""
        if self.left is None or self.right is None:
            return {}
        return {
            name: (value, self.right[name])
            for name, value in self.left.items()
            if value != self.right[name]
        }


async def differing(connection: Connection, sides: Sides) -> AsyncGenerator[Differing, None]:
    """All rows that differ, by key. Call it in a transaction; the rows are never all in memory."""
    await connection.execute("SET LOCAL enable_seqscan = on")
    await connection.execute("SET LOCAL jit = off")
    async with connection.cursor(name="differing") as cursor:
        cursor.itersize = FETCHED
        await cursor.execute(_query(sides), binary=True)
        width = len(sides.key)
        async for on_left, on_right, *values in cursor:
            key, rest = values[:width], values[width:]
            half = len(rest) // 2
            yield Differing(
                key[0] if width == 1 else tuple(key),
                dict(zip(sides.columns, rest[:half], strict=True)) if on_left else None,
                dict(zip(sides.columns, rest[half:], strict=True)) if on_right else None,
            )


async def count(connection: Connection, table: str) -> int:
    """How many rows a table has."""
    cursor = await connection.execute(
        SQL("SELECT count(*) FROM {}").format(tables.qualified(table))
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


def _query(sides: Sides) -> Composed:
    keys = [Identifier(name) for name in sides.key]
    same_key = SQL(" AND ").join(SQL("l.{0} = r.{0}").format(key) for key in keys)
    left = SQL(", ").join(SQL("l.{}").format(Identifier(name)) for name in sides.columns)
    right = SQL(", ").join(SQL("r.{}").format(Identifier(name)) for name in sides.columns)
    return SQL(
        "SELECT l.{key} IS NOT NULL, r.{key} IS NOT NULL, {found}, {left}, {right}"
        " FROM {lefts} AS l FULL JOIN {rights} AS r ON {same_key}"
        " WHERE l.{key} IS NULL OR r.{key} IS NULL OR ({left}) IS DISTINCT FROM ({right})"
        " ORDER BY {found}"
    ).format(
        key=keys[0],
        found=SQL(", ").join(SQL("coalesce(l.{0}, r.{0})").format(key) for key in keys),
        left=left,
        right=right,
        lefts=tables.qualified(sides.left),
        rights=tables.qualified(sides.right),
        same_key=same_key,
    )
