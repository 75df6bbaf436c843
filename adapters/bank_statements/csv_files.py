"""Statements as CSV: a few lines about the account, a line of column names, and the movements."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from adapters.bank_statements.texts import (
    amount_of,
    day_of,
    money_of,
    must_be_readable,
    party,
    unreadable,
    words,
)
from domain.bank import Statement, StatementLine, plain_iban
from domain.shared.money import Money
from domain.shared.text import folded

COLUMNS = {
    "date": ("date", "tarih", "işlem tarihi"),
    "amount": ("amount", "tutar", "işlem tutarı"),
    "balance": ("balance", "bakiye"),
    "text": ("text", "description", "açıklama"),
    "name": ("name", "karşı taraf", "gönderen", "ad soyad"),
    "iban": ("counterparty iban", "karşı iban", "iban"),
    "reference": ("reference", "referans", "dekont no", "fiş no"),
}
ABOUT = {
    "account": ("account", "hesap", "iban"),
    "currency": ("currency", "para birimi"),
    "number": ("number", "ekstre no"),
    "since": ("since", "başlangıç"),
    "until": ("until", "bitiş"),
    "opening": ("opening", "açılış bakiyesi", "devir"),
    "closing": ("closing", "kapanış bakiyesi"),
}
NEEDED = ("date", "amount", "text")
_BY_COLUMN = {folded(name): key for key, names in COLUMNS.items() for name in names}
_BY_FACT = {folded(name): key for key, names in ABOUT.items() for name in names}
_LONGEST_FIELD = 10_000


class _Row(Struct, frozen=True):
    line: StatementLine
    balance: Decimal | None


def read_csv(text: str) -> Statement:
    """Raises `StatementUnreadable`."""
    rows = _cells(text)
    about: dict[str, tuple[str, int]] = {}
    for place, (number, cells) in enumerate(rows):
        columns = [_BY_COLUMN.get(folded(cell.strip()), "") for cell in cells]
        if set(NEEDED) <= set(columns):
            if len({each for each in columns if each}) < sum(1 for each in columns if each):
                raise unreadable("column_twice", line=number)
            return _statement(about, columns, rows=rows[place + 1 :])
        key = _BY_FACT.get(folded(cells[0].strip().rstrip(":"))) if cells else None
        if key is None or len(cells) < 2:
            raise unreadable("not_a_statement", line=number)
        about[key] = (cells[1].strip(), number)
    raise unreadable("no_columns")


def _cells(text: str) -> list[tuple[int, list[str]]]:
    """The lines that are not empty, with their numbers, by the separator that they have."""
    head = text[:4096]
    separator = ";" if head.count(";") >= head.count(",") and ";" in head else ","
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
                must_be_readable(len(rows))
    except csv.Error as error:
        raise unreadable("csv", line=reader.line_num) from error
    return rows


def _statement(
    about: dict[str, tuple[str, int]],
    columns: Sequence[str],
    *,
    rows: Sequence[tuple[int, list[str]]],
) -> Statement:
    if "account" not in about:
        raise unreadable("no_account")
    currency = about["currency"][0].upper() if "currency" in about else "TRY"
    found = [
        _row(dict(zip(columns, cells, strict=False)), currency, number=number)
        for number, cells in rows
    ]
    if len(found) > 1 and _newest_first(found):
        found.reverse()
    opening, closing = _balances(about, found, currency=currency)
    days = [each.line.booked_on for each in found]
    return Statement(
        form="csv",
        iban=plain_iban(about["account"][0]),
        number=words(about["number"][0], "number") if "number" in about else "",
        since=_day(about, "since", usual=min(days, default=None)),
        until=_day(about, "until", usual=max(days, default=None)),
        opening=opening,
        closing=closing,
        lines=tuple(each.line for each in found),
    )


def _row(cells: dict[str, str], currency: str, *, number: int) -> _Row:
    missing = [name for name in NEEDED if not cells.get(name, "").strip() and name != "text"]
    if missing:
        raise unreadable(f"no_{missing[0]}", line=number)
    signed = money_of(cells["amount"], currency, line=number)
    if not signed.amount:
        raise unreadable("zero", line=number)
    balance = cells.get("balance", "").strip()
    line = StatementLine(
        booked_on=day_of(cells["date"], line=number),
        direction="in" if signed.amount > 0 else "out",
        amount=Money(abs(signed.amount), currency),
        bank_reference=words(cells.get("reference", ""), "reference"),
        party=party(
            name=cells.get("name", ""), iban=cells.get("iban", ""), text=cells.get("text", "")
        ),
    )
    return _Row(line, amount_of(balance, line=number) if balance else None)


def _newest_first(rows: Sequence[_Row]) -> bool:
    """Whether the file goes backwards: by its days, or by its balances if all are of one day."""
    first, last = rows[0], rows[-1]
    if first.line.booked_on != last.line.booked_on:
        return first.line.booked_on > last.line.booked_on
    if first.balance is None or rows[1].balance is None:
        return False
    forwards = first.balance + rows[1].line.signed.amount == rows[1].balance
    backwards = rows[1].balance + first.line.signed.amount == first.balance
    return backwards and not forwards


def _balances(
    about: dict[str, tuple[str, int]], rows: Sequence[_Row], *, currency: str
) -> tuple[Money, Money]:
    """What is said of them, or what follows from the balances of the first and the last line."""
    said = {
        name: money_of(about[name][0], currency, line=about[name][1])
        for name in ("opening", "closing")
        if name in about
    }
    if rows and rows[0].balance is not None:
        before = Money.of(rows[0].balance, currency) - rows[0].line.signed
        said.setdefault("opening", before)
    if rows and rows[-1].balance is not None:
        said.setdefault("closing", Money.of(rows[-1].balance, currency))
    for name in ("opening", "closing"):
        if name not in said:
            raise unreadable(f"no_{name}")
    return said["opening"], said["closing"]


def _day(about: dict[str, tuple[str, int]], name: str, *, usual: date | None) -> date:
    if name in about:
        return day_of(about[name][0], line=about[name][1])
    if usual is None:
        raise unreadable(f"no_{name}")
    return usual
