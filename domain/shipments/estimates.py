"""When a parcel should arrive: working days by carrier and zone, from dated tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec import Struct

from domain.shared.days import TURKEY

SUNDAY = 6
LONGEST = 60
"""Nobody promises more working days than that."""


class Closed(Struct, frozen=True, kw_only=True):
    """A day on which no parcels move, and why."""

    day: date
    name: str


class Span(Struct, frozen=True, kw_only=True):
    """From this day on, what this carrier takes to this zone needs so many working days, counted
    from the day after it was handed over. An empty `carrier` stands for all without their own.
    """

    valid_from: date
    zone: str
    fewest: int
    most: int
    carrier: str = ""


class Estimate(Struct, frozen=True, kw_only=True):
    """The parcel should be there between these days, both of them included."""

    earliest: date
    latest: date


class DeliveryTimes(Struct, frozen=True, kw_only=True):
    """The tables. `zones` names the zone of each province; the others are in `elsewhere`.
    `closed_until` is the last day of which it is known whether it is a holiday. Handed over after
    `cut_off_hour`, by the clock of Turkey, counts as on the next day.
    """

    zones: dict[str, str] = {}
    elsewhere: str = "far"
    spans: tuple[Span, ...] = ()
    closed: tuple[Closed, ...] = ()
    closed_until: date | None = None
    cut_off_hour: int = 17

    def estimate(self, carrier: str, province: str, *, handed_over: datetime) -> Estimate | None:
        """When a parcel should be there; None where no table says so."""
        local = handed_over.astimezone(TURKEY)
        if self.closed_until is not None and local.date() > self.closed_until:
            return None
        start = local.date() + timedelta(days=local.hour >= self.cut_off_hour)
        span = self._span(carrier, self.zones.get(province, self.elsewhere), day=start)
        if span is None:
            return None
        closed = frozenset(each.day for each in self.closed)
        earliest = working_day_after(start, span.fewest, closed=closed)
        latest = working_day_after(start, span.most, closed=closed)
        if self.closed_until is not None and latest > self.closed_until:
            return None
        return Estimate(earliest=earliest, latest=latest)

    def _span(self, carrier: str, zone: str, *, day: date) -> Span | None:
        """The carrier's own before the one for all, and of those the latest that holds."""
        fit = [
            each
            for each in self.spans
            if each.zone == zone and each.carrier in {carrier, ""} and each.valid_from <= day
        ]
        return max(fit, key=lambda each: (each.carrier != "", each.valid_from), default=None)


def working_day_after(day: date, count: int, *, closed: frozenset[date]) -> date:
    """The day that is `count` working days after a day; with 0 the first that is one, from it on.

    Sundays and what is closed are no working days. At most `LONGEST` are counted.
    """
    working = _working_days(day if count == 0 else day + timedelta(days=1), closed=closed)
    for _ in range(min(count, LONGEST) - 1):
        next(working)
    return next(working)


def _working_days(day: date, *, closed: frozenset[date]) -> Iterator[date]:
    while True:
        if day.weekday() != SUNDAY and day not in closed:
            yield day
        day += timedelta(days=1)
