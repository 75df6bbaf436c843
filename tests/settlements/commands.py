"""Every command about settlements, each in a house where it does something."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from application.settlements import BounceSettlement, ReceiveSettlement, ReportSettlement
from domain.settlements import Payout
from domain.shared.money import Money
from tests.asked import State
from tests.given import House

REFERENCE = "STL20260302-1"
BANK_LINE = UUID("018f4e6a-0000-7000-8000-0000000b0001")
DAY = date(2026, 3, 2)


async def an_empty_house() -> House:
    """Nothing has been paid out."""
    return House({})


def reported(amount: str = "1234.56", lines: int = 3) -> ReportSettlement:
    """The provider reports the payout."""
    payout = Payout(day=DAY, amount=Money.of(amount), lines=lines)
    return ReportSettlement(reference=REFERENCE, payout=payout)


def received(amount: str = "1234.56", line: UUID = BANK_LINE) -> ReceiveSettlement:
    """The bank books the payout."""
    return ReceiveSettlement(
        reference=REFERENCE, amount=Money.of(amount), bank_line_id=line, booked_on=DAY
    )


def bounced(amount: str = "1234.56", day: date = DAY) -> BounceSettlement:
    """The payout comes back."""
    return BounceSettlement(
        reference=REFERENCE, amount=Money.of(amount), reason="IBAN kapalı", day=day
    )


NOTHING = State(an_empty_house)
REPORTED = NOTHING.after(reported())

EXAMPLES = [
    *NOTHING.asked(reported()),
    *REPORTED.asked(reported("1200.00"), received(), bounced()),
]
