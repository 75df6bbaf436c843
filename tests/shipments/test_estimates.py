"""When a parcel should arrive: working days, holidays, dated tables, and what is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from deploy.carriers import delivery_times
from domain.shipments import Closed, DeliveryTimes, Estimate, Span, working_day_after

TIMES = delivery_times()
days = st.dates(min_value=date(2026, 1, 1), max_value=date(2027, 11, 1))


def at(text: str) -> datetime:
    """A moment by the clock of Turkey."""
    return datetime.fromisoformat(f"{text}+03:00")


@pytest.mark.parametrize(
    ("province", "handed_over", "earliest", "latest"),
    [
        ("İstanbul", "2026-03-02T10:00", "2026-03-03", "2026-03-04"),
        ("İstanbul", "2026-03-02T17:00", "2026-03-04", "2026-03-05"),
        ("Ankara", "2026-03-06T10:00", "2026-03-09", "2026-03-10"),
        ("Ankara", "2026-05-25T12:00", "2026-06-01", "2026-06-02"),
        ("Hakkâri", "2026-10-28T09:00", "2026-10-31", "2026-11-04"),
        ("Bursa", "2027-05-15T09:00", "2027-05-20", "2027-05-22"),
    ],
)
def test_sundays_and_holidays_do_not_count(
    province: str, handed_over: str, earliest: str, latest: str
) -> None:
    expected = Estimate(earliest=date.fromisoformat(earliest), latest=date.fromisoformat(latest))
    assert TIMES.estimate("simulated", province, handed_over=at(handed_over)) == expected


def test_beyond_the_known_holidays_nothing_is_promised() -> None:
    assert TIMES.estimate("simulated", "Ankara", handed_over=at("2027-12-30T10:00")) is None
    assert (
        DeliveryTimes().estimate("simulated", "Ankara", handed_over=at("2026-03-02T10:00")) is None
    )


def test_a_later_line_holds_from_its_day_on_and_a_carriers_own_comes_first() -> None:
    spans = (
        Span(valid_from=date(2026, 1, 1), zone="far", fewest=4, most=4),
        Span(valid_from=date(2026, 6, 1), zone="far", fewest=2, most=2),
        Span(valid_from=date(2026, 7, 1), zone="far", fewest=1, most=1, carrier="yurtici"),
    )
    times = DeliveryTimes(spans=spans)

    def latest(carrier: str, day: str) -> str:
        found = times.estimate(carrier, "Van", handed_over=at(f"{day}T09:00"))
        assert found
        return found.latest.isoformat()

    assert latest("yurtici", "2026-05-04") == "2026-05-08"
    assert latest("yurtici", "2026-06-01") == "2026-06-03"
    assert latest("yurtici", "2026-07-06") == "2026-07-07"
    assert latest("simulated", "2026-07-06") == "2026-07-08"


def test_the_tables_are_complete() -> None:
    zones = {*TIMES.zones.values(), TIMES.elsewhere}
    assert zones == {span.zone for span in TIMES.spans}
    assert all(span.fewest <= span.most for span in TIMES.spans)
    assert len({each.day for each in TIMES.closed}) == len(TIMES.closed)
    assert TIMES.closed_until == date(2027, 12, 31)
    for year in (2026, 2027):
        assert sum(each.day.year == year for each in TIMES.closed) in {13, 14}


@generated(day=days, count=st.integers(min_value=0, max_value=20))
def test_counting_goes_forward_one_working_day_at_a_time(day: date, count: int) -> None:
    closed = frozenset(each.day for each in TIMES.closed)
    found = working_day_after(day, count, closed=closed)
    assert found.weekday() != 6
    assert found not in closed
    between = [day + timedelta(days=n) for n in range(1, (found - day).days + 1)]
    working = [each for each in between if each.weekday() != 6 and each not in closed]
    if count:
        assert len(working) == count


@generated(
    hour=st.integers(min_value=0, max_value=23),
    day=days,
    province=st.sampled_from(["İstanbul", "Bursa", "Ankara", "Van"]),
)
def test_an_estimate_is_never_before_the_parcel_was_handed_over(
    hour: int, day: date, province: str
) -> None:
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    found = TIMES.estimate("simulated", province, handed_over=moment)
    assert found
    assert day <= found.earliest <= found.latest


def test_nothing_is_promised_beyond_what_is_known() -> None:
    for moment in ("2027-12-31T09:00", "2028-01-01T09:00", "9999-12-31T12:00"):
        assert TIMES.estimate("simulated", "Van", handed_over=at(moment)) is None


def test_a_day_on_which_nothing_moves_moves_the_estimate() -> None:
    span = Span(valid_from=date(2026, 1, 1), zone="far", fewest=1, most=1)
    free = DeliveryTimes(spans=(span,))
    shut = DeliveryTimes(spans=(span,), closed=(Closed(day=date(2026, 3, 3), name="snow"),))
    moment = at("2026-03-02T09:00")
    assert free.estimate("x", "Van", handed_over=moment) != shut.estimate(
        "x", "Van", handed_over=moment
    )
