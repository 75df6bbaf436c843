"""Scratch tables of one what-if: temporary ones, in a session that can write nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg import AsyncConnection
from psycopg.sql import SQL, Composed, Identifier

from application.what_if import FIGURES, Outcome

PERSONS_SHOWN = 10
ROWS_AT_ONCE = 10_000
# What belongs to a session goes with it, also when its process is killed. After these tables
# PostgreSQL itself refuses whatever would change anything that lasts.
SETTINGS = (
    "SET enable_seqscan = on",
    "SET work_mem = '64MB'",
    "CREATE TEMPORARY TABLE what_if_facts (person uuid, position bigint, fact bytea)",
)
READ_ONLY = "SET default_transaction_read_only = on"
MONEY = ("kept", "kdv", "fees", "carried")
CREDITS = ("spent", "left", "unpaid")


class Difference(Struct, frozen=True):
    """A figure by the present rules and by the changed ones."""

    figure: str
    present: Decimal
    changed: Decimal

    @property
    def difference(self) -> Decimal:
        return self.changed - self.present


class Mover(Struct, frozen=True):
    """A person for whom the rules make a difference, or not; all figures of theirs."""

    person: UUID
    figures: tuple[Difference, ...]


class Strayed(Struct, frozen=True):
    """Persons whose books are not what the present rules give: how many, and some with the why."""

    persons: int
    shown: tuple[tuple[UUID, list[dict[str, str]]], ...]


class Scratch:
    """The tables of one session; `ScratchTables`, and what is asked of the outcomes."""

    def __init__(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        self._connection = connection

    async def keep_facts(self, facts: Sequence[tuple[UUID, int, bytes]]) -> None:
        async with (
            self._connection.cursor() as cursor,
            cursor.copy("COPY what_if_facts FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types(["uuid", "int8", "bytea"])
            for row in facts:
                await copy.write_row(row)

    async def facts(self) -> AsyncIterator[tuple[UUID, int, bytes]]:
        async with self._connection.cursor("facts", binary=True) as cursor:
            cursor.itersize = ROWS_AT_ONCE
            await cursor.execute("SELECT * FROM what_if_facts ORDER BY person, position")
            async for person, position, fact in cursor:
                yield person, position, fact

    async def keep_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        async with (
            self._connection.cursor() as cursor,
            cursor.copy("COPY what_if_outcomes FROM STDIN") as copy,
        ):
            for each in outcomes:
                strays = msgspec.json.encode(each.deviations).decode() if each.deviations else None
                await copy.write_row(
                    (each.person, strays, *each.present.values, *each.changed.values)
                )

    async def totals(self) -> tuple[Difference, ...]:
        """All figures over all persons."""
        sums = SQL(", ").join(SQL("coalesce(sum({}), 0)").format(column) for column in _columns())
        cursor = await self._connection.execute(SQL("SELECT {} FROM what_if_outcomes").format(sums))
        row = await cursor.fetchone()
        assert row is not None
        return _differences(row)

    async def movers(self, most: int | None) -> AsyncIterator[Mover]:
        """Persons, those first for whom most money changes, then most credits; without a limit
        also those for whom nothing does.
        """
        moved = SQL("{} > 0 OR {} > 0").format(_greatest(MONEY), _greatest(CREDITS))
        query = SQL(
            "SELECT person, {} FROM what_if_outcomes WHERE {} ORDER BY {} DESC, {} DESC, person"
        ).format(
            SQL(", ").join(_columns()),
            SQL("true") if most is None else moved,
            _greatest(MONEY),
            _greatest(CREDITS),
        )
        async with self._connection.cursor("movers") as cursor:
            await cursor.execute(
                query if most is None else SQL("{} LIMIT %s").format(query),
                None if most is None else (most,),
            )
            async for person, *values in cursor:
                yield Mover(person, _differences(values))

    async def strayed(self) -> Strayed:
        """Whose books differ from what the present rules give."""
        cursor = await self._connection.execute(
            "SELECT count(*) OVER (), person, strays FROM what_if_outcomes"
            " WHERE strays IS NOT NULL ORDER BY person LIMIT %s",
            (PERSONS_SHOWN,),
        )
        rows = await cursor.fetchall()
        return Strayed(
            rows[0][0] if rows else 0,
            tuple((person, msgspec.json.decode(strays)) for _, person, strays in rows),
        )


@asynccontextmanager
async def scratch_tables(database_url: str) -> AsyncIterator[Scratch]:
    """Scratch tables in a session of their own, gone at the end. Raises `psycopg.Error`."""
    async with await AsyncConnection.connect(
        database_url, application_name="polikrami what-if"
    ) as connection:
        for statement in SETTINGS:
            await connection.execute(statement)
        columns = SQL(", ").join(SQL("{} numeric").format(column) for column in _columns())
        await connection.execute(
            SQL("CREATE TEMPORARY TABLE what_if_outcomes (person uuid, strays text, {})").format(
                columns
            )
        )
        await connection.execute(READ_ONLY)
        await connection.commit()
        yield Scratch(connection)
        await connection.rollback()


def _columns() -> list[Identifier]:
    return [Identifier(f"{side}_{name}") for side in ("present", "changed") for name in FIGURES]


def _greatest(names: Sequence[str]) -> Composed:
    each = (
        SQL("abs({} - {})").format(Identifier(f"changed_{name}"), Identifier(f"present_{name}"))
        for name in names
    )
    return SQL("greatest({})").format(SQL(", ").join(each))


def _differences(values: Sequence[Any]) -> tuple[Difference, ...]:
    present, changed = values[: len(FIGURES)], values[len(FIGURES) :]
    return tuple(map(Difference, FIGURES, present, changed))
