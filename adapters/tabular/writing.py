"""Writers of tables: rows come in batches and leave at once, so that memory stays flat."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from adapters.tabular.columns import (
    ARROW,
    ARROW_FORMS,
    CSV_FORMS,
    JSON_FORMS,
    clean_text,
    exact,
    formed,
    forms_of,
)
from application.tables import Column, Format, Row

SHEET_ROWS = 1_048_575
"""Rows of one sheet of a workbook beside the names of its columns; what is more gets another."""
SHEET_TEXT = 32_767
"""Characters of one cell; a longer text is cut, which only notes can be."""


class TableWriter(ABC):
    """Writes one table to a new file: `with` it, `write` batches. The file is whole behind that."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        self.path = path
        self.columns = columns

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @abstractmethod
    def write(self, rows: Sequence[Row]) -> None:
        """Add rows. Raises `OSError`, and `ValueError` for a value that is not of its column."""

    @abstractmethod
    def flush(self) -> None:
        """Let what was written so far be in the file, as far as the format can."""

    @abstractmethod
    def close(self) -> None:
        """Finish the file; it is not whole before."""


class CsvWriter(TableWriter):
    """RFC 4180 in UTF-8 with a byte order mark, by which spreadsheets know it."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        super().__init__(path, columns)
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow([column.name for column in columns])
        self._forms = forms_of(columns, CSV_FORMS)

    def write(self, rows: Sequence[Row]) -> None:
        self._csv.writerows(formed(row, self._forms) for row in rows)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class JsonLinesWriter(TableWriter):
    """One object for each row."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        super().__init__(path, columns)
        self._names = [column.name for column in columns]
        self._forms = forms_of(columns, JSON_FORMS)
        self._encoder = msgspec.json.Encoder()
        self._file = path.open("wb")

    def write(self, rows: Sequence[Row]) -> None:
        names, forms = self._names, self._forms
        told = [dict(zip(names, formed(row, forms), strict=True)) for row in rows]
        self._file.write(self._encoder.encode_lines(told))

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class ParquetWriter(TableWriter):
    """Amounts are decimals, moments have a time zone; each column's meaning is told with it."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        super().__init__(path, columns)
        self._schema = pa.schema(
            [
                pa.field(each.name, ARROW[each.kind], metadata={"meaning": each.meaning})
                for each in columns
            ]
        )
        self._forms = forms_of(columns, ARROW_FORMS)
        self._file = path.open("wb")
        self._parquet = pq.ParquetWriter(self._file, self._schema, compression="zstd")

    def write(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        values = zip(*(formed(row, self._forms) for row in rows), strict=True)
        arrays = [
            pa.array(column, type=field.type)
            for column, field in zip(values, self._schema, strict=True)
        ]
        self._parquet.write_batch(pa.record_batch(arrays, schema=self._schema))

    def close(self) -> None:
        self._parquet.close()
        self._file.close()

    def flush(self) -> None:
        self._file.flush()


class WorkbookWriter(TableWriter):
    """A workbook with as many sheets as are needed; texts are never taken for formulas."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        super().__init__(path, columns)
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "remove_timezone": True}
        )
        self._heading = self._book.add_format({"bold": True})
        self._formats = {
            "amount": self._book.add_format({"num_format": "#,##0.00"}),
            "moment": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "date": self._book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        self._begin_sheet()

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if self._row > SHEET_ROWS:
                self._begin_sheet()
            for number, (column, value) in enumerate(zip(self.columns, row, strict=True)):
                self._cell(number, column, value=value)
            self._row += 1

    def flush(self) -> None:
        """A workbook is a ZIP file that is put together at its end."""

    def close(self) -> None:
        self._book.close()

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(self.columns) - 1, 18)
        for number, column in enumerate(self.columns):
            self._sheet.write_string(0, number, column.name, self._heading)
        self._row = 1

    def _cell(self, number: int, column: Column, *, value: Any) -> None:
        form = self._formats.get(column.kind)
        match value:
            case None:
                pass
            case bool():
                self._sheet.write_boolean(self._row, number, value)
            case Decimal():
                self._sheet.write_number(self._row, number, exact(value), form)
            case int():
                self._sheet.write_number(self._row, number, value)
            case datetime():
                self._sheet.write_datetime(self._row, number, value.astimezone(UTC), form)
            case date():
                self._sheet.write_datetime(self._row, number, value, form)
            case _:
                self._sheet.write_string(self._row, number, clean_text(value)[:SHEET_TEXT])


WRITERS: dict[Format, type[TableWriter]] = {
    "csv": CsvWriter,
    "xlsx": WorkbookWriter,
    "parquet": ParquetWriter,
    "jsonl": JsonLinesWriter,
}


class TabularFiles:
    """Makes files of tables by the libraries of each format."""

    def writer(self, form: Format, path: Path, *, columns: tuple[Column, ...]) -> TableWriter:
        """What writes a table in a format to a new file."""
        return WRITERS[form](path, columns)
