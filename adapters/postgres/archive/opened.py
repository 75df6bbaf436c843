"""An archived part of the log whose files were opened and found to be those that were written."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from adapters.postgres.archive.faults import FileUnreadable
from adapters.postgres.archive.index import StreamIndex
from adapters.postgres.archive.parquet import EventFile
from adapters.postgres.archive.parts import Partition, index_name
from adapters.postgres.archive.rows import PART, WHOLE, log_rows

Rows = list[tuple[Any, ...]]


class Opened:
    """Reads rows as the log selects them. Everything raises `FileUnreadable`."""

    def __init__(self, folder: Path | None, part: Partition) -> None:
        assert part.file is not None
        if folder is None:
            raise FileUnreadable(f"{part.file} is needed, but ARCHIVE_DIR is not known.")
        self.events = EventFile(folder / part.file, expected=part.digest)
        if (self.events.first, self.events.last) != (part.first, part.last):
            raise FileUnreadable(f"{self.events.path} holds other events than the log says.")
        places = self.events.facts.get("index", "")
        self.index = StreamIndex(folder / index_name(part.file), expected=places)

    def part(
        self, after: int, limit: int, *, topics: Collection[str] | None, whole: bool
    ) -> tuple[Rows, int]:
        """Rows of up to `limit` positions behind `after`, and the last of these positions."""
        rows = self.events.part(after, limit, columns=WHOLE if whole else PART)
        position = after + rows.num_rows
        if topics is not None:
            rows = rows.filter(pc.is_in(rows.column("type"), pa.array(topics, pa.string())))
        return log_rows(rows), position

    def history(self, stream_id: UUID, *, since: int) -> Rows:
        """The rows of a stream from the position `since` on."""
        return [
            row
            for position in self.index.positions(stream_id)
            if position >= since
            for row in log_rows(self.events.part(position - 1, 1, columns=WHOLE))
        ]
