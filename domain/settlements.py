"""Settlements: transfers by which a provider pays out what it took, and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import Invalid, NotFound
from domain.shared.money import Money, total

SETTLEMENTS = UUID("3f6b1c0a-5d7e-4c1c-8e1e-6a0d5f2b9c44")

LONGEST_REASON = 200
"""How much is kept of what the bank says about a transfer that it sent back."""


class UnknownSettlement(NotFound):
    """The provider has reported no payout of this reference. Fact: `reference`."""


class SettledInOtherCurrency(Invalid):
    """Payouts are booked in lira. Fact: `currency`."""


class Payout(Struct, frozen=True, kw_only=True):
    """What the provider says of a transfer: its day in Istanbul, its sum, and for how many lines of
    payments and refunds it stands. The sum is below 0 when more was given back than taken.
    """

    day: date
    amount: Money
    lines: int


class Settlement(Aggregate):
    """One transfer of a provider to our bank, by the reference that both name it with.

    The report says what is on its way; the bank says what arrived, in one booking or several. What
    is reported with another sum later corrects what was said before. Everything counts once: a
    receipt by the line of the bank's statement, a bounce by its day.
    """

    TOPIC = "settlement"

    class Reported(Created, frozen=True, kw_only=True):
        TOPIC = "settlement.reported"
        provider: str
        reference: str
        day: date
        payout: Money
        lines: int

    class Corrected(Event, frozen=True, kw_only=True):
        TOPIC = "settlement.corrected"
        reference: str
        before: Money
        payout: Money
        lines: int

    class Received(Event, frozen=True, kw_only=True):
        TOPIC = "settlement.received"
        reference: str
        bank_line_id: UUID
        amount: Money
        booked_on: date

    class Bounced(Event, frozen=True, kw_only=True):
        TOPIC = "settlement.bounced"
        reference: str
        day: date
        amount: Money
        reason: str

    @staticmethod
    def id_of(provider: str, reference: str) -> UUID:
        """The one settlement of this reference."""
        return uuid5(SETTLEMENTS, f"{provider}/{reference}")

    @classmethod
    def report(cls, provider: str, reference: str, *, payout: Payout, now: datetime) -> Settlement:
        """A transfer that is reported for the first time. Raises `SettledInOtherCurrency`."""
        _must_be_lira(payout.amount)
        return cls.begin(
            cls.Reported,
            id=cls.id_of(provider, reference),
            now=now,
            provider=provider,
            reference=reference,
            day=payout.day,
            payout=payout.amount,
            lines=payout.lines,
        )

    @property
    def in_transit(self) -> Money:
        """What was paid out and is not at our bank: 0.00 when all is well."""
        gone = total((*self.receipts.values(), *self.bounces.values()))
        return self.payout - gone

    def correct(self, payout: Payout) -> None:
        """It is reported again; what was said before changes nothing.

        Raises `SettledInOtherCurrency`.
        """
        _must_be_lira(payout.amount)
        if (payout.amount, payout.lines) != (self.payout, self.lines):
            self.emit(
                Settlement.Corrected,
                reference=self.reference,
                before=self.payout,
                payout=payout.amount,
                lines=payout.lines,
            )

    def receive(self, bank_line_id: UUID, amount: Money, *, booked_on: date) -> None:
        """Our bank has booked it, or a part. Raises `SettledInOtherCurrency`."""
        _must_be_lira(amount)
        if bank_line_id not in self.receipts:
            self.emit(
                Settlement.Received,
                reference=self.reference,
                bank_line_id=bank_line_id,
                amount=amount,
                booked_on=booked_on,
            )

    def bounce(self, amount: Money, reason: str, *, day: date) -> None:
        """Our bank has sent it back, so the provider owes it again.

        Raises `SettledInOtherCurrency`.
        """
        _must_be_lira(amount)
        if day not in self.bounces:
            self.emit(
                Settlement.Bounced,
                reference=self.reference,
                day=day,
                amount=amount,
                reason=reason[:LONGEST_REASON],
            )

    @event(Reported)
    def __init__(self, provider: str, reference: str, payout: Money, lines: int) -> None:
        self.provider = provider
        self.reference = reference
        self.payout = payout
        self.lines = lines
        self.receipts: dict[UUID, Money] = {}
        self.bounces: dict[date, Money] = {}

    @event(Corrected)
    def _corrected(self, payout: Money, lines: int) -> None:
        self.payout = payout
        self.lines = lines

    @event(Received)
    def _received(self, bank_line_id: UUID, amount: Money) -> None:
        self.receipts[bank_line_id] = amount

    @event(Bounced)
    def _bounced(self, day: date, amount: Money) -> None:
        self.bounces[day] = amount


def _must_be_lira(amount: Money) -> None:
    if amount.currency != "TRY":
        raise SettledInOtherCurrency(currency=amount.currency)
