"""Statements as MT940: fields of the form `:61:`, one or several messages in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from adapters.bank_statements.joining import joined
from adapters.bank_statements.texts import (
    amount_of,
    day_from,
    must_be_readable,
    party,
    unreadable,
    words,
)
from domain.bank import BankParty, Statement, StatementLine, plain_iban
from domain.shared.money import Money

_FIELD = re.compile(r":(?P<tag>[0-9]{2}[A-Z]?):(?P<value>.*)")
_BALANCE = re.compile(
    r"(?P<sign>[CD])(?P<y>\d{2})(?P<m>\d{2})(?P<d>\d{2})(?P<currency>[A-Z]{3})"
    r"(?P<amount>\d{1,11},\d{0,2})",
    re.ASCII,
)
_MOVEMENT = re.compile(
    r"(?P<y>\d{2})(?P<m>\d{2})(?P<d>\d{2})(?P<entry>\d{4})?(?P<mark>R?[CD])[A-Z]?"
    r"(?P<amount>\d{1,11},\d{0,2})[A-Z][A-Z0-9]{3}(?P<own>[^/]*(?:/[^/]+)*)(?://(?P<bank>.*))?",
    re.ASCII,
)
_PART = re.compile(r"\?([0-9]{2})")
_TEXTS = {f"{number:02d}" for number in (*range(20, 30), *range(60, 64))}


class _Field(Struct, frozen=True):
    tag: str
    value: str
    line: int


def read_mt940(text: str) -> Statement:
    """Raises `StatementUnreadable`."""
    fields = list(_fields(text))
    starts = [place for place, field in enumerate(fields) if field.tag == "20"]
    if not starts:
        raise unreadable("not_a_statement")
    messages = [fields[start:end] for start, end in pairwise([*starts, len(fields)])]
    must_be_readable(max(len(messages), sum(field.tag == "61" for field in fields)))
    return joined([_message(message) for message in messages])


def _fields(text: str) -> Iterator[_Field]:
    """The fields with what follows them on further lines."""
    tag, value, start = "", "", 0
    for number, line in enumerate(text.splitlines(), 1):
        found = _FIELD.match(line)
        if found:
            if tag:
                yield _Field(tag, value, start)
            tag, value, start = found["tag"], found["value"], number
        elif tag and line.strip() not in {"", "-", "-}"}:
            value += "\n" + line
    if tag:
        yield _Field(tag, value, start)


def _message(fields: Sequence[_Field]) -> Statement:
    named = {field.tag: field for field in reversed(fields)}
    opening_field = named.get("60F") or named.get("60M")
    closing_field = named.get("62F") or named.get("62M")
    if "25" not in named:
        raise unreadable("no_account", line=fields[0].line)
    if opening_field is None or closing_field is None:
        missing = "no_opening" if opening_field is None else "no_closing"
        raise unreadable(missing, line=fields[0].line)
    opening, _ = _balance(opening_field)
    closing, until = _balance(closing_field)
    lines = tuple(_lines(fields, opening.currency))
    days = [line.booked_on for line in lines]
    return Statement(
        form="mt940",
        iban=plain_iban(named["25"].value.split("\n")[0]),
        number=words(named["28C"].value, "number") if "28C" in named else "",
        since=min([*days, until]),
        until=max([*days, until]),
        opening=opening,
        closing=closing,
        lines=lines,
    )


def _balance(field: _Field) -> tuple[Money, date]:
    found = _BALANCE.fullmatch(field.value.strip())
    if not found:
        raise unreadable("balance", line=field.line)
    amount = _amount(found["amount"], line=field.line)
    day = day_from(found["y"], found["m"], day=found["d"], line=field.line)
    return Money.of(amount if found["sign"] == "C" else -amount, found["currency"]), day


def _lines(fields: Sequence[_Field], currency: str) -> Iterator[StatementLine]:
    for place, field in enumerate(fields):
        if field.tag == "61":
            follows = fields[place + 1] if place + 1 < len(fields) else None
            about = follows.value if follows and follows.tag == "86" else ""
            yield _line(field, currency, about=about)


def _line(field: _Field, currency: str, *, about: str) -> StatementLine:
    first = field.value.split("\n")[0].strip()
    found = _MOVEMENT.fullmatch(first)
    if not found:
        raise unreadable("movement", line=field.line)
    amount = _amount(found["amount"], line=field.line)
    if not amount:
        raise unreadable("zero", line=field.line)
    # A reversed debit comes in, and a reversed credit goes out.
    comes_in = found["mark"] in {"C", "RD"}
    return StatementLine(
        booked_on=_booked_on(found, line=field.line),
        direction="in" if comes_in else "out",
        amount=Money.of(amount, currency),
        bank_reference=words(found["bank"] or "", "reference"),
        party=_party(about),
    )


def _booked_on(found: re.Match[str], *, line: int) -> date:
    """The day of booking; its year is that in which it is nearest to the value day."""
    valued = day_from(found["y"], found["m"], day=found["d"], line=line)
    if not found["entry"]:
        return valued
    month = found["entry"][:2]
    year = (
        valued.year + (month == "01" and valued.month == 12) - (month == "12" and valued.month == 1)
    )
    return day_from(str(year), month, day=found["entry"][2:], line=line)


def _amount(text: str, *, line: int) -> Decimal:
    return amount_of(text.rstrip(",") if text.endswith(",") else text, line=line)


def _party(about: str) -> BankParty:
    if not _PART.search(about):
        return party(name="", iban="", text=about)
    pieces = _PART.split(about.replace("\n", ""))
    parts = list(zip(pieces[1::2], pieces[2::2], strict=True))
    return party(
        name="".join(value for key, value in parts if key in {"32", "33"}),
        iban="".join(value for key, value in parts if key == "31"),
        text="".join(value for key, value in parts if key in _TEXTS),
    )
