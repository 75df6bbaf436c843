"""Days as people in Turkey count them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

TURKEY = timezone(timedelta(hours=3))
"""The offset has been the same all year since 2016."""


EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
"""Nothing happens on other days."""


def beginning_of(day: date | None) -> datetime | None:
    """When a day begins; None of None."""
    if day is None:
        return None
    within = min(max(day, EARLIEST), LATEST)
    return datetime(within.year, within.month, within.day, tzinfo=TURKEY)


def ending_of(day: date | None) -> datetime | None:
    """When a day ends, which is when the next one begins; None of None."""
    begins = beginning_of(day)
    return begins and begins + timedelta(days=1)


def midnight_in_turkey(moment: datetime) -> datetime:
    """When the day of this moment began."""
    return moment.astimezone(TURKEY).replace(hour=0, minute=0, second=0, microsecond=0)
