"""Reads for a process that asks much: by lines, and by the pool where no line is free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString, TypeVar

import msgspec

from adapters.postgres.lines import Lines
from adapters.postgres.pool import Pool
from projections.reads import Reads

T = TypeVar("T")


class LinedReads(Reads):
    """The same answers as `Reads`, for less."""

    def __init__(self, pool: Pool, database_url: str, lines: Lines) -> None:
        super().__init__(pool, database_url)
        self._lines = lines

    async def rows(
        self, query: LiteralString, parameters: Sequence[Any] | dict[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        found = await self._lines.fetch(query, parameters)
        return await super().rows(query, parameters) if found is None else found.rows

    async def all(
        self,
        row: type[T],
        query: LiteralString,
        parameters: Sequence[Any] | dict[str, Any] = (),
    ) -> list[T]:
        found = await self._lines.fetch(query, parameters)
        if found is None:
            return await super().all(row, query, parameters)
        names, convert = found.names, msgspec.convert
        return [convert(dict(zip(names, values, strict=True)), row) for values in found.rows]
