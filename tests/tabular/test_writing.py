"""Tables as files: what is written is what is read back, in each format."""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from adapters.tabular import TabularFiles, writing
from application.tables import FORMATS, Column, Format, Row

COLUMNS = (
    Column("position", "whole", "where the event stands in the log"),
    Column("customer_id", "id", "the customer"),
    Column("note", "text", "why"),
    Column("amount", "amount", "debit is positive"),
    Column("booked_at", "moment", "when it was booked"),
    Column("effective_on", "date", "the day that it counts for"),
    Column("reversed", "yes_or_no", "whether it was taken back"),
)
MOMENT = datetime(2026, 2, 28, 21, 30, 15, tzinfo=UTC)
ROWS: list[Row] = [
    (1, UUID(int=1), "Hoş geldin; ğüşıöç İ", Decimal("1260.00"), MOMENT, date(2026, 3, 1), False),
    (2, None, 'two\nlines, and "quotes"', Decimal("-0.01"), MOMENT, None, True),
    (
        3,
        UUID(int=3),
        '=HYPERLINK("http://evil.example")',
        Decimal("9999999999.99"),
        MOMENT,
        None,
        None,
    ),
]


def written(form: Format, path: Path, rows: list[Row]) -> Path:
    with TabularFiles().writer(form, path, columns=COLUMNS) as writer:
        writer.write(rows[:1])
        writer.write(rows[1:])
    return path


def test_json_lines_tell_amounts_and_moments_as_text(tmp_path: Path) -> None:
    text = written("jsonl", tmp_path / "t.jsonl", ROWS).read_text(encoding="utf-8")
    first, second, _ = [json.loads(line) for line in text.splitlines()]
    assert list(first) == [column.name for column in COLUMNS]
    assert (first["amount"], first["booked_at"]) == ("1260.00", "2026-02-28T21:30:15Z")
    assert (second["customer_id"], second["note"]) == (None, ROWS[1][2])


def test_csv_is_read_back_and_begins_no_formula(tmp_path: Path) -> None:
    path = written("csv", tmp_path / "t.csv", ROWS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        names, first, second, third = csv.reader(file)
    assert names == [column.name for column in COLUMNS]
    assert first[2:] == [ROWS[0][2], "1260.00", "2026-02-28T21:30:15Z", "2026-03-01", "false"]
    assert second[1:4] == ["", ROWS[1][2], "-0.01"]
    assert third[2] == "'" + ROWS[2][2]


def test_parquet_keeps_types_and_tells_what_columns_mean(tmp_path: Path) -> None:
    table = pq.read_table(written("parquet", tmp_path / "t.parquet", ROWS))
    assert table.column("amount").to_pylist() == [row[3] for row in ROWS]
    assert table.column("booked_at").to_pylist() == [MOMENT] * 3
    assert table.column("reversed").to_pylist() == [False, True, None]
    assert table.schema.field("amount").metadata == {b"meaning": b"debit is positive"}


def test_a_workbook_has_numbers_and_no_formula(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written("xlsx", tmp_path / "t.xlsx", ROWS)).active
    assert sheet is not None
    names, first, second, third = sheet.iter_rows(values_only=True)
    assert list(names) == [column.name for column in COLUMNS]
    assert (first[3], first[4], first[6]) == (1260, MOMENT.replace(tzinfo=None), False)
    assert (second[3], third[3]) == (-0.01, 9999999999.99)
    assert third[2] == ROWS[2][2]
    assert sheet["C4"].data_type == "s"


def test_what_a_sheet_can_not_hold_goes_on_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "SHEET_ROWS", 2)
    book = openpyxl.load_workbook(written("xlsx", tmp_path / "t.xlsx", ROWS))
    assert [sheet.max_row for sheet in book.worksheets] == [3, 2]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_an_empty_table_has_its_columns(tmp_path: Path, form: Format) -> None:
    path = written(form, tmp_path / f"empty.{form}", [])
    readers: dict[Format, Callable[[], Any]] = {
        "csv": lambda: path.read_text(encoding="utf-8-sig").strip().split(","),
        "jsonl": lambda: [column.name for column in COLUMNS] if not path.read_bytes() else [],
        "parquet": lambda: pq.read_table(path).column_names,
        "xlsx": lambda: [cell.value for cell in openpyxl.load_workbook(path).worksheets[0][1]],
    }
    assert readers[form]() == [column.name for column in COLUMNS]


@pytest.mark.parametrize("form", FORMATS)
def test_a_third_decimal_is_refused_rather_than_rounded(tmp_path: Path, form: Format) -> None:
    row = (*ROWS[0][:3], Decimal("0.005"), *ROWS[0][4:])
    with pytest.raises(ValueError, match="more than two decimals"):
        written(form, tmp_path / "t", [ROWS[0], row])


AMOUNTS = st.decimals(
    min_value=Decimal("-999999999999.99"), max_value=Decimal("999999999999.99"), places=2
)


@examples(amounts=st.lists(AMOUNTS, min_size=1, max_size=30))
def test_sums_are_the_same_in_every_format(
    tmp_path_factory: pytest.TempPathFactory, amounts: list[Decimal]
) -> None:
    folder = tmp_path_factory.mktemp("sums")
    rows = [(*ROWS[0][:3], amount, *ROWS[0][4:]) for amount in amounts]
    lines = written("jsonl", folder / "t.jsonl", rows).read_text(encoding="utf-8").splitlines()
    with written("csv", folder / "t.csv", rows).open(encoding="utf-8-sig", newline="") as file:
        in_csv = sum(Decimal(row["amount"]) for row in csv.DictReader(file))
    in_parquet = sum(pq.read_table(written("parquet", folder / "p", rows))["amount"].to_pylist())
    sheet = openpyxl.load_workbook(written("xlsx", folder / "t.xlsx", rows)).worksheets[0]
    in_book = sum(
        Decimal(str(value))
        for (value,) in sheet.iter_rows(2, min_col=4, max_col=4, values_only=True)
    )
    in_json = sum(Decimal(json.loads(line)["amount"]) for line in lines)
    assert in_json == in_csv == in_parquet == in_book == sum(amounts)


def batches(count: int, size: int) -> Iterator[list[Row]]:
    for start in range(0, count, size):
        yield [
            (
                start + n,
                UUID(int=n),
                "note",
                Decimal(n) / 100,
                MOMENT + timedelta(seconds=n),
                None,
                True,
            )
            for n in range(size)
        ]


@pytest.mark.parametrize("form", FORMATS)
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, form: Format) -> None:
    tracemalloc.start()
    try:
        peaks = []
        with TabularFiles().writer(form, tmp_path / "long", columns=COLUMNS) as writer:
            for _ in range(2):
                tracemalloc.reset_peak()
                for batch in batches(6_000, 1_000):
                    writer.write(batch)
                peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
