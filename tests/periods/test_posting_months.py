"""Which month a posting belongs to: by the log's order, and by the time in Turkey."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.shared.months import (
    day_at,
    end_of,
    month_after,
    month_at,
    month_before,
    month_of,
    posting_month,
    start_of,
)

ISTANBUL = ZoneInfo("Europe/Istanbul")
MONTHS = st.builds(
    lambda year, month: f"{year:04d}-{month:02d}", st.integers(2017, 2060), st.integers(1, 12)
)


@settings(deadline=None)
@given(MONTHS)
def test_a_month_lies_between_its_neighbours(month: str) -> None:
    assert month_before(month_after(month)) == month == month_after(month_before(month))
    assert month_before(month) < month < month_after(month)
    assert end_of(month) == start_of(month_after(month))
    days = calendar.monthrange(int(month[:4]), int(month[5:]))[1]
    assert end_of(month) - start_of(month) == timedelta(days=days)


@settings(deadline=None)
@given(MONTHS)
def test_months_change_at_midnight_in_turkey_to_the_second(month: str) -> None:
    second = timedelta(seconds=1)
    start = start_of(month).astimezone(UTC)
    assert month_at(start - second) == month_before(month)
    assert month_at(start - timedelta(microseconds=1)) == month_before(month)
    assert month_at(start) == month_at(start + second) == month


@settings(deadline=None)
@given(st.datetimes(datetime(2017, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001  # UTC is put in
def test_the_months_are_those_of_the_clocks_in_istanbul(moment: datetime) -> None:
    utc = moment.replace(tzinfo=UTC)
    local = utc.astimezone(ISTANBUL)
    assert month_at(utc) == f"{local:%Y-%m}"
    assert day_at(utc) == local.date()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # clocks in Europe go forward
        datetime(2026, 10, 25, 1, 0, tzinfo=UTC),  # and back
        datetime(2026, 10, 31, 20, 59, 59, tzinfo=UTC),
        datetime(2026, 10, 31, 21, 0, 0, tzinfo=UTC),
    ],
)
def test_other_countries_changing_their_clocks_changes_nothing(moment: datetime) -> None:
    assert month_at(moment) == f"{moment.astimezone(ISTANBUL):%Y-%m}"


def test_a_leap_day_belongs_to_february() -> None:
    assert month_of(date(2028, 2, 29)) == "2028-02"
    assert end_of("2028-02") == datetime(2028, 2, 29, 21, 0, tzinfo=UTC)
    assert end_of("2027-02") == datetime(2027, 2, 28, 21, 0, tzinfo=UTC)
    assert month_at(datetime(2028, 2, 29, 20, 59, 59, tzinfo=UTC)) == "2028-02"
    assert month_at(datetime(2028, 2, 29, 21, 0, tzinfo=UTC)) == "2028-03"


def test_a_posting_goes_to_its_month_or_to_the_earliest_open_one() -> None:
    assert posting_month("2026-02", None) == "2026-02"
    assert posting_month("2026-02", "2026-01") == "2026-02"
    assert posting_month("2026-02", "2026-02") == "2026-03"
    assert posting_month("2026-02", "2026-04") == "2026-05"
    assert posting_month("2026-12", "2026-12") == "2027-01"


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("posted"), MONTHS),
            st.tuples(st.just("closed"), st.integers(1, 3)),
            st.tuples(st.just("reopened"), st.just(1)),
        ),
        max_size=60,
    )
)
def test_a_later_grant_never_pays_a_month_that_is_closed(steps: list[tuple[str, object]]) -> None:
    """Whatever is recorded, and for whichever day, it leaves the sums of closed months alone."""
    closed: str | None = None
    sums: dict[str, int] = {}
    for what, value in steps:
        frozen = {month: credits for month, credits in sums.items() if closed and month <= closed}
        if what == "posted":
            month = posting_month(str(value), closed)
            sums[month] = sums.get(month, 0) + 1
            assert month >= str(value)
        elif what == "closed":
            for _ in range(int(str(value))):
                closed = month_after(closed or "2016-12")
        elif closed is not None:
            closed = month_before(closed)
            continue
        assert {month: sums[month] for month in frozen} == frozen
