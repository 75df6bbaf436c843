"""Days as people in Turkey count them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

TURKEY = timezone(timedelta(hours=3))
"""The offset has been the same all year since 2016."""


def midnight_in_turkey(moment: datetime) -> datetime:
    """When the day of this moment began."""
    return moment.astimezone(TURKEY).replace(hour=0, minute=0, second=0, microsecond=0)
