"""Columns of exported tables, and how a value stands in each format."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from application.tables import Column, Kind, Row

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula."""
CENT = Decimal("0.01")

ARROW = {
    "text": pa.string(),
    "id": pa.string(),
    "whole": pa.int64(),
    "amount": pa.decimal128(18, 2),
    "moment": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "yes_or_no": pa.bool_(),
}


def exact(value: Decimal) -> Decimal:
    """An amount with its two decimals. Raises `ValueError` for one that has more."""
    rounded = value.quantize(CENT)
    if rounded != value:
        raise ValueError(f"{value} has more than two decimals")
    return rounded


def arrow_value(kind: Kind, value: Any) -> Any:
    """A value as it stands in a column of Parquet."""
    if value is None:
        return None
    match kind:
        case "id":
            return str(value)
        case "amount":
            return exact(value)
        case _:
            return value


def json_value(_kind: Kind, value: Any) -> Any:
    """A value as JSON tells it: amounts and moments are text."""
    match value:
        case None | bool() | int():
            return value
        case Decimal():
            return str(exact(value))
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def csv_value(kind: Kind, value: Any) -> Any:
    """A value as text. A text that a spreadsheet would take for a formula begins with `'`."""
    if value is None:
        return ""
    told = json_value(kind, value)
    if kind == "yes_or_no":
        return "true" if told else "false"
    if kind == "text" and told.startswith(DANGEROUS):
        return f"'{told}"
    return told


Converted = Callable[[Kind, Any], Any]


def converted(columns: tuple[Column, ...], row: Row, value_of: Converted) -> list[Any]:
    """A row with each value as a format has it."""
    return [value_of(column.kind, value) for column, value in zip(columns, row, strict=True)]
