"""Months that are closed and opened again, for tests."""

from __future__ import annotations

from uuid import UUID

from application.periods import ApproveReopening, CloseMonth, ProposeReopening
from tests.manual_entries.examples import CAN, FATMA, hand

JANUARY, FEBRUARY, MARCH, APRIL = (f"2026-0{number}" for number in range(1, 5))
"""The tests' day is the first of March."""

PROPOSAL = UUID(int=31)


def close(month: str, *, by: UUID = FATMA) -> CloseMonth:
    """A month is closed."""
    return CloseMonth(month=month, by=hand(by))


def proposed(month: str = FEBRUARY, *, by: UUID = FATMA, number: int = 31) -> ProposeReopening:
    """It is to be opened again."""
    return ProposeReopening(
        proposal_id=UUID(int=number), month=month, by=hand(by), note="Bir fatura unutulmuş"
    )


def approved(*, by: UUID = CAN, number: int = 31) -> ApproveReopening:
    """Somebody agrees."""
    return ApproveReopening(proposal_id=UUID(int=number), by=hand(by))
