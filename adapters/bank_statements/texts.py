"""What statement files are made of: text in the encodings of banks, amounts and days."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from domain.bank import MOST_LINES, BankParty, StatementUnreadable, is_iban, plain_iban
from domain.shared.money import Money

_PLAIN = re.compile(r"[0-9]{1,11}(?:[.,][0-9]{1,2})?")
_TURKISH = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){1,3},[0-9]{1,2}")
_ENGLISH = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,3}\.[0-9]{1,2}")
_DAYS = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"),
    re.compile(r"(?P<d>[0-9]{1,2})[./](?P<m>[0-9]{1,2})[./](?P<y>[0-9]{4})"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
CURRENCY = re.compile(r"[A-Z]{3}")
LONGEST = {"name": 140, "text": 600, "reference": 64, "number": 64}
MOST_READ = 4 * MOST_LINES
"""Of a file with more movements nothing is read. One that has a little more than an import takes is
read all the same, so that the refusal can say how many days and lines it has.
"""


def unreadable(why: str, *, line: int | None = None) -> StatementUnreadable:
    """The refusal, with the line of the file where it is known."""
    return StatementUnreadable(why=why, line="" if line is None else line)


def must_be_readable(movements: int) -> None:
    """Raises `StatementUnreadable` for more movements than are ever read."""
    if movements > MOST_READ:
        raise unreadable("too_many_lines")


def decoded(content: bytes) -> str:
    """UTF-8, or else the Turkish code page. Raises `StatementUnreadable`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1254")
        except UnicodeDecodeError as error:
            raise unreadable("encoding") from error
    if "\x00" in text:
        raise unreadable("encoding")
    return text


def amount_of(text: str, *, line: int | None = None) -> Decimal:
    """An amount as people in Turkey, or programs, write it. Raises `StatementUnreadable`, also for
    what could be read in two ways, such as 1.234.
    """
    plain = text.strip().replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    sign = -1 if plain.startswith("-") else 1
    plain = plain[1:] if plain[:1] in {"-", "+"} else plain
    if _TURKISH.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif _ENGLISH.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _PLAIN.fullmatch(plain):
        plain = plain.replace(",", ".")
    else:
        raise unreadable("amount", line=line)
    return sign * Decimal(plain)


def money_of(text: str, currency: str, *, line: int | None = None) -> Money:
    """An amount with its currency. Raises `StatementUnreadable`."""
    if not CURRENCY.fullmatch(currency):
        raise unreadable("currency", line=line)
    return Money.of(amount_of(text, line=line), currency)


def day_of(text: str, *, line: int | None = None) -> date:
    """A day, with or without a time behind it. Raises `StatementUnreadable`."""
    first = text.strip().replace("T", " ").split(" ")[0]
    for form in _DAYS:
        if found := form.fullmatch(first):
            return day_from(found["y"], found["m"], day=found["d"], line=line)
    raise unreadable("date", line=line)


def day_from(year: str, month: str, *, day: str, line: int | None = None) -> date:
    """A day of its parts; years of two digits are of this century."""
    full = int(year) + (2000 if len(year) == 2 else 0)
    try:
        found = date(full, int(month), int(day))
    except ValueError as error:
        raise unreadable("date", line=line) from error
    if not 2000 <= found.year <= 2999:
        raise unreadable("date", line=line)
    return found


def words(text: str, kind: str) -> str:
    """Words without control characters, in one line, and not too many."""
    plain = _CONTROL.sub(" ", text)
    return " ".join(plain.split())[: LONGEST[kind]]


def party(*, name: str, iban: str, text: str) -> BankParty:
    """The other side of a line. What is no IBAN is left out: nobody can be paid by it."""
    plain = plain_iban(iban)
    return BankParty(
        name=words(name, "name"), iban=plain if is_iban(plain) else "", text=words(text, "text")
    )
