"""Columns of exported tables, and how a value stands in each format."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import pyarrow as pa

from application.tables import Column, Kind, Row
from domain.shared.card_numbers import scrub

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula."""
CENT = Decimal("0.01")

Form = Callable[[Any], Any]

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


def amount_text(value: Decimal) -> str:
    """An amount as text. Raises `ValueError` for one that has more than two decimals."""
    return str(exact(value))


def moment_text(value: datetime) -> str:
    """A moment in UTC, as RFC 3339 has it."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: it gets a `'` before it."""
    text = clean_text(text)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def yes_or_no_text(value: bool) -> str:
    """A truth value as CSV has it."""
    return "true" if value else "false"


def itself(value: Any) -> Any:
    """What needs no other form."""
    return value


def clean_text(text: str) -> str:
    """A text for a table that leaves the house."""
    return scrub(str(text))


ARROW_FORMS: dict[Kind, Form] = dict.fromkeys(get_args(Kind), itself) | {
    "text": clean_text,
    "id": str,
    "amount": exact,
}
"""How values stand in Parquet."""
JSON_FORMS: dict[Kind, Form] = ARROW_FORMS | {
    "amount": amount_text,
    "moment": moment_text,
    "date": date.isoformat,
}
"""How values stand in JSON: amounts and moments are text."""
CSV_FORMS: dict[Kind, Form] = JSON_FORMS | {"text": harmless, "yes_or_no": yes_or_no_text}
"""How values stand in CSV."""


def forms_of(columns: tuple[Column, ...], forms: dict[Kind, Form]) -> list[Form]:
    """What brings each value of a row into a format."""
    return [forms[column.kind] for column in columns]


def formed(row: Row, forms: list[Form]) -> list[Any]:
    """A row as a format has it; what is missing stays missing."""
    return [None if value is None else form(value) for form, value in zip(forms, row, strict=True)]
