"""Accounting months as people in Turkey count them, and which of them a posting belongs to."""

from __future__ import annotations

from datetime import date, datetime

from domain.shared.days import TURKEY

Month = str
"""A month as text, `2026-03`; its order is that of time."""


def month_of(day: date) -> Month:
    """The month of a day."""
    return f"{day.year:04d}-{day.month:02d}"


def day_at(moment: datetime) -> date:
    """The day in Turkey at this moment."""
    return moment.astimezone(TURKEY).date()


def month_at(moment: datetime) -> Month:
    """The month in Turkey at this moment."""
    return month_of(day_at(moment))


def month_after(month: Month) -> Month:
    """The month that follows."""
    year, number = _parts(month)
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def month_before(month: Month) -> Month:
    """The month before it."""
    year, number = _parts(month)
    return f"{year - (number == 1):04d}-{(number - 2) % 12 + 1:02d}"


def start_of(month: Month) -> datetime:
    """The first moment of a month in Turkey."""
    year, number = _parts(month)
    return datetime(year, number, 1, tzinfo=TURKEY)


def end_of(month: Month) -> datetime:
    """The first moment after a month in Turkey."""
    return start_of(month_after(month))


def posting_month(wanted: Month, closed_through: Month | None) -> Month:
    """Where a posting goes that belongs to the month `wanted`: there if it is open, else to the
    earliest open month after it. Months are closed in order, so `closed_through`, the last closed
    one, says which are.

    The month wanted is that of the effective day of an entry by hand, which then carries the month
    that it is posted to; all else belongs to the month in which the log recorded it. What is closed
    is what was closed at the event's position in the log.
    """
    if closed_through is None or wanted > closed_through:
        return wanted
    return month_after(closed_through)


def _parts(month: Month) -> tuple[int, int]:
    return int(month[:4]), int(month[5:])
