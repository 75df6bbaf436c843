"""What a bank says of our account: statements and their lines, and what must be true of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.errors import Conflict, Invalid
from domain.shared.money import Money, total

BANK = UUID("2b0f5a4e-7a86-4b64-9d0b-7f3f7c1f9e21")
MOST_LINES = 5_000
MOST_DAYS = 366

Direction = Literal["in", "out"]
StatementForm = Literal["csv", "mt940", "camt053"]


class StatementUnreadable(Invalid):
    """The file is no statement that can be read. Facts: `why`, and `line` where it is known."""


class NotOurAccount(Invalid):
    """The statement is of another account. Facts: `iban` (its last digits) and `ours`."""


class OtherCurrencyAccount(Invalid):
    """The account is kept in another currency. Facts: `currency` and `ours`."""


class StatementDoesNotAddUp(Invalid):
    """The opening balance and the lines do not make the closing one. Facts: `opening`, `moved`,
    `closing`.
    """


class LineOutsideStatement(Invalid):
    """A line is of a day outside the statement. Facts: `day`, `since`, `until`."""


class StatementTooLong(Invalid):
    """More than one import takes. Facts: `lines`, `days`, `most_lines`, `most_days`."""


class StatementChanged(Conflict):
    """The bank told something else of a day before. Facts: `day`, `known` and `told` lines."""


class StatementDoesNotFollow(Conflict):
    """What is known, with the new lines, does not make the closing balance: a line is missing, or
    looks like one that is known. Facts: `reckoned` and `closing`.
    """


class BankParty(Struct, frozen=True, kw_only=True):
    """Who paid, or was paid, as the bank has it, and the words that came with it."""

    name: str = ""
    iban: str = ""
    text: str = ""


class StatementLine(Struct, frozen=True, kw_only=True):
    """One movement. The amount is above 0; `bank_reference` is the bank's own, and may be empty."""

    booked_on: date
    direction: Direction
    amount: Money
    bank_reference: str = ""
    party: BankParty = BankParty()

    @property
    def signed(self) -> Money:
        """What it adds to the balance."""
        return self.amount * (1 if self.direction == "in" else -1)


class DayLines(Struct, frozen=True):
    """How many lines a day has, and what they add to the balance."""

    day: date
    lines: int
    net: Money


class Statement(Struct, frozen=True, kw_only=True):
    """What moved on an account from one day to another, both included. `number` is the bank's."""

    form: StatementForm
    iban: str
    number: str = ""
    since: date
    until: date
    opening: Money
    closing: Money
    lines: tuple[StatementLine, ...]

    def must_be_whole(self) -> None:
        """Raises `StatementDoesNotAddUp`, `LineOutsideStatement` or `StatementTooLong`."""
        days = (self.until - self.since).days + 1
        if len(self.lines) > MOST_LINES or not 1 <= days <= MOST_DAYS:
            raise StatementTooLong(
                lines=len(self.lines), days=days, most_lines=MOST_LINES, most_days=MOST_DAYS
            )
        for line in self.lines:
            if not self.since <= line.booked_on <= self.until:
                raise LineOutsideStatement(day=line.booked_on, since=self.since, until=self.until)
        moved = total((line.signed for line in self.lines), self.opening.currency)
        if self.opening + moved != self.closing:
            raise StatementDoesNotAddUp(opening=self.opening, moved=moved, closing=self.closing)

    def must_be_of(self, iban: str, currency: str) -> None:
        """Raises `NotOurAccount` or `OtherCurrencyAccount`."""
        if self.iban != iban:
            raise NotOurAccount(iban=self.iban[-4:], ours=iban)
        others = {line.amount.currency for line in self.lines} | {self.opening.currency}
        if wrong := sorted((others | {self.closing.currency}) - {currency}):
            raise OtherCurrencyAccount(currency=wrong[0], ours=currency)

    def identified(self) -> tuple[tuple[UUID, StatementLine], ...]:
        """The lines with their ids: the same line has the same id in every file that has it.

        Words are no part of it, because the same bank writes them otherwise in another format.
        """
        account = account_id_of(self.iban)
        seen: Counter[str] = Counter()
        found = []
        for line in self.lines:
            facts = f"{line.booked_on}/{line.direction}/{line.amount}/{line.bank_reference}"
            seen[facts] += 1
            found.append((uuid5(account, f"{facts}/{seen[facts]}"), line))
        return tuple(found)


def by_day(lines: Iterable[StatementLine]) -> tuple[DayLines, ...]:
    """The days that have lines, in order."""
    days: dict[date, DayLines] = {}
    for line in lines:
        day = line.booked_on
        known = days.get(day, DayLines(day, 0, line.signed * 0))
        days[day] = DayLines(day, known.lines + 1, known.net + line.signed)
    return tuple(days[day] for day in sorted(days))


def account_id_of(iban: str) -> UUID:
    """The one account with this IBAN."""
    return uuid5(BANK, f"account/{iban}")
