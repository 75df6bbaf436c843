"""The parts of the log as the catalogue `log_partitions` names them, and what files they lie in."""

from __future__ import annotations

from typing import LiteralString

from msgspec import Struct

PARTS: LiteralString = (
    "SELECT first_position, last_position, table_name, state, file, digest FROM log_partitions"
    " ORDER BY first_position"
)


class Partition(Struct, frozen=True):
    """A row of `log_partitions`; an archived one has a file and the digest of its footer."""

    first: int
    last: int
    table: str
    state: str
    file: str | None
    digest: str | None

    def holds(self, position: int) -> bool:
        """Whether the event at this position belongs to it."""
        return self.first <= position <= self.last


def file_name(part: Partition) -> str:
    """What the file of a part is called."""
    return f"events_{part.first}-{part.last}.parquet"


def index_name(file: str) -> str:
    """What the file beside it is called, which tells where each stream's events stand."""
    return file.removesuffix(".parquet") + ".streams.parquet"
