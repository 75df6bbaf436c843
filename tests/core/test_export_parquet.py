"""Events in Parquet come back as they were; a changed file is refused, or says the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.postgres.archive import parquet
from adapters.postgres.archive.columns import SCHEMA, Digest
from adapters.postgres.archive.faults import FileUnreadable
from adapters.postgres.archive.parquet import EventFile, EventWriter
from tests.core.test_export_lines import EVENTS, SOME, batch


def written(path: Path, rows: pa.RecordBatch, pages: int = 1) -> None:
    writer = EventWriter(path)
    size = -(-rows.num_rows // pages)
    for start in range(0, rows.num_rows, size):
        writer.add(rows.slice(start, size))
    writer.close()


def read(path: Path) -> list[dict[str, Any]]:
    return [row for page in EventFile(path).pages() for row in page.to_pylist()]


@given(
    events=st.lists(EVENTS, min_size=1, max_size=12),
    first=st.integers(1, 2**40),
    pages=st.integers(1, 5),
    after=st.integers(0, 11),
)
def test_every_event_comes_back_as_it_was(
    events: list[dict[str, Any]], first: int, pages: int, after: int
) -> None:
    rows = batch(events, first)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "GROUP_ROWS", 3)
        path = Path(folder) / "log.parquet"
        written(path, rows, pages)
        assert read(path) == rows.to_pylist()
        file = EventFile(path)
        assert (file.first, file.last) == (first, first + len(events) - 1)
        after %= len(events)
        some = file.part(first - 1 + after, 2, columns=SCHEMA.names).to_pylist()
        assert some == rows.to_pylist()[after : after + len(some)]
        assert some


@given(events=st.lists(EVENTS, min_size=1, max_size=9), cut=st.integers(1, 9))
def test_the_digest_does_not_depend_on_how_rows_are_cut(
    events: list[dict[str, Any]], cut: int
) -> None:
    rows = batch(events)
    whole, parts = Digest(), Digest()
    whole.add(rows)
    for start in range(0, rows.num_rows, cut):
        parts.add(rows.slice(start, cut))
    assert whole.hex() == parts.hex()
    changed = Digest()
    changed.add(batch([*events[:-1], {**events[-1], "payload": events[-1]["payload"] + b"!"}]))
    assert changed.hex() != whole.hex()


def test_no_changed_byte_gives_other_events(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    written(path, batch(SOME))
    whole, expected = path.read_bytes(), read(path)
    refused = 0
    for place in range(0, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x04]) + whole[place + 1 :])
        try:
            told = read(path)
        except FileUnreadable:
            refused += 1
            continue
        assert told == expected, place
    assert refused > len(whole) // 3 // 2


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"format_version": "2"}, "has version 2 of the format; this release knows 1"),
        ({"format": "others"}, "is not a file of events of this system"),
        ({"first_position": "2"}, "does not hold as many events|events are missing"),
        ({"last_position": "9"}, "does not hold as many events"),
        ({"digest": "0"}, "not those it was made of"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, facts: dict[str, str], sentence: str) -> None:
    path = tmp_path / "log.parquet"
    writer = EventWriter(path)
    writer.add(batch(SOME))
    writer.close(**facts)
    with pytest.raises(FileUnreadable, match=sentence):
        read(path)


def test_another_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(FileUnreadable, match="is not a file of events of this system"):
        read(path)
