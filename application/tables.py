"""Tables as files for other programs: their columns, formats, and the port that writes them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, Protocol

from msgspec import Struct

Kind = Literal["text", "id", "whole", "amount", "moment", "date", "yes_or_no"]
"""`amount` has exactly two decimals; a `moment` is told in UTC."""

Format = Literal["csv", "xlsx", "parquet", "jsonl"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "parquet", "jsonl")
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/x-ndjson",
}

Row = tuple[Any, ...]


class Column(Struct, frozen=True):
    """A column of a table: its name, which is never changed, its kind, and what it means."""

    name: str
    kind: Kind
    meaning: str


class TableWriter(Protocol):
    """Writes one table to a new file, batch by batch; it blocks, so call it in a thread."""

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows. Raises `OSError`, and `ValueError` for a value that is not of its column."""
        ...

    def flush(self) -> None:
        """Let what was written so far be in the file, as far as the format can."""
        ...


class TableFiles(Protocol):
    """Makes files of tables."""

    def writer(
        self, form: Format, path: Path, *, columns: tuple[Column, ...]
    ) -> AbstractContextManager[TableWriter]:
        """What writes a table in a format; the file is whole behind its `with`."""
        ...
