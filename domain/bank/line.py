"""A line of a bank statement: what moved on our account, and what explains it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from domain.bank.codes import codes_in
from domain.bank.statements import BankParty, Direction, StatementLine
from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, Personal, Retention, event
from domain.shared.errors import Conflict
from domain.shared.money import Money

KEPT_YEARS = 10

LineState = Literal["booked", "set_aside", "matched"]
Meaning = Literal[
    "transfer", "surplus", "return", "settlement", "payout", "payout_bounced", "other"
]
"""What a line is: an awaited transfer, money that goes back to its sender, our return of money, a
provider's payout, what we paid to designers or what came back of it, or business that the shop's
books do not know.
"""
AsideReason = Literal[
    "no_reference",
    "unknown_reference",
    "several_references",
    "too_little",
    "too_much",
    "other_currency",
    "wrong_direction",
    "sent_before",
    "settlement_unknown",
    "payout_not_approved",
    "payout_over",
]


class LineExplained(Conflict):
    """The line is explained already. Fact: `meaning`."""


class WrongDirection(Conflict):
    """Only money that came in can be given to an order or sent back. Fact: `direction`."""


class BankLine(Aggregate):
    """Once it is there it stays. Who paid is encrypted with a key of the line and not of a
    customer: nobody knows yet whose it is, and the law wants the books kept.
    """

    TOPIC = "bank_line"

    class Booked(Created, frozen=True, kw_only=True):
        TOPIC = "bank_line.booked"
        account_id: UUID
        booked_on: date
        direction: Direction
        amount: Money
        bank_reference: str
        codes: tuple[str, ...]
        party: Annotated[BankParty, PERSONAL]

        def retention(self) -> Retention:
            """Ten years from the end of the year (TTK 82)."""
            return Retention("bank statement", date(self.booked_on.year + KEPT_YEARS, 12, 31))

    class SetAside(Event, frozen=True, kw_only=True):
        TOPIC = "bank_line.set_aside"
        direction: Direction
        amount: Money
        reason: AsideReason

    class Matched(Event, frozen=True, kw_only=True):
        TOPIC = "bank_line.matched"
        direction: Direction
        amount: Money
        meaning: Meaning
        reference: str
        matched_by: UUID | None
        note: Personal

    @classmethod
    def book(
        cls, line_id: UUID, line: StatementLine, *, account_id: UUID, now: datetime
    ) -> BankLine:
        """A line that the bank tells of."""
        return cls.begin(
            cls.Booked,
            id=line_id,
            now=now,
            account_id=account_id,
            booked_on=line.booked_on,
            direction=line.direction,
            amount=line.amount,
            bank_reference=line.bank_reference,
            codes=codes_in(line.party.text),
            party=line.party,
        )

    def set_aside(self, reason: AsideReason) -> None:
        """Nothing explains it by itself: a person has to look. Ignored when it is explained."""
        if self.state == "booked":
            self.emit(
                BankLine.SetAside, direction=self.direction, amount=self.amount, reason=reason
            )

    def match(
        self, meaning: Meaning, reference: str, *, by: UUID | None = None, note: str = ""
    ) -> None:
        """Say what explains it; told again it changes nothing. Raises `LineExplained`."""
        if (self.meaning, self.reference) == (meaning, reference):
            return
        self.must_be_open()
        self.emit(
            BankLine.Matched,
            direction=self.direction,
            amount=self.amount,
            meaning=meaning,
            reference=reference,
            matched_by=by,
            note=note,
        )

    def must_be_open(self) -> None:
        """Raises `LineExplained`."""
        if self.state == "matched":
            raise LineExplained(meaning=self.meaning)

    def must_be_incoming(self) -> None:
        """Raises `WrongDirection`."""
        if self.direction != "in":
            raise WrongDirection(direction=self.direction)

    @event(Booked)
    def __init__(
        self,
        booked_on: date,
        direction: Direction,
        amount: Money,
        codes: tuple[str, ...],
        party: BankParty,
    ) -> None:
        self.booked_on = booked_on
        self.direction = direction
        self.amount = amount
        self.codes = codes
        self.party = party
        self.state: LineState = "booked"
        self.aside: AsideReason | None = None
        self.meaning: Meaning | None = None
        self.reference = ""

    @event(SetAside)
    def _set_aside(self, reason: AsideReason) -> None:
        self.state = "set_aside"
        self.aside = reason

    @event(Matched)
    def _matched(self, meaning: Meaning, reference: str) -> None:
        self.state = "matched"
        self.meaning = meaning
        self.reference = reference
