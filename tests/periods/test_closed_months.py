"""What was told about a closed month stays true, whatever is booked later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from application.store import Store
from domain.periods import PeriodClosed, Periods
from domain.wallet import Wallet
from projections.ledger import ledger_months
from tests.manual_entries.examples import (
    AYSE,
    CAN,
    FATMA,
    Office,
    approval,
    entry,
)
from tests.periods.examples import APRIL, FEBRUARY, MARCH, approved, close, proposed

IN_FEBRUARY = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)
IN_MARCH = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
IN_APRIL = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
DAY = IN_FEBRUARY.date()
HOLD = UUID(int=55)


async def an_office_in_february() -> Office:
    office = Office()
    office.clock.set(IN_FEBRUARY)
    await office.open()
    return office


def sums(office: Office, month: str) -> dict[Any, Any]:
    """What the ledger tells of a month, by account and movement."""
    rows = [
        row
        for each in office.log.recorded
        if ledger_months.wants(each)
        for row in ledger_months.lines(each)
    ]
    return {
        (row.account, row.movement): (row.debits, row.credits)
        for row in ledger_months.totals(rows)
        if row.period == month
    }


def given_in(office: Office, month: str) -> int:
    """How many promotional credits a month gave."""
    _, given = sums(office, month)["customer_credits_promotional", "granted"]
    return int(given)


async def spend(office: Office, hold_id: UUID, credits: int) -> None:
    """Hold and capture some of Ayşe's credits."""
    store = Store(office.log, office.clock.now())
    wallet = await store.get(Wallet, Wallet.id_of(AYSE))
    deadline = office.clock.now() + timedelta(minutes=4)
    wallet.hold(hold_id, credits=credits, purpose="generation", deadline=deadline)
    wallet.capture(hold_id)
    await append(office, wallet)


async def append(office: Office, wallet: Wallet) -> None:
    appended = office.log.appended[-1]
    events = wallet.collect_events()
    await office.log.append(type(appended)(events=events, metadata=appended.metadata))  # type: ignore[arg-type]  # ours are events


async def test_a_later_grant_does_not_pay_an_earlier_closed_period() -> None:
    """One of the mistakes others made: credit granted later paid for what a closed month owed."""
    office = await an_office_in_february()
    await spend(office, HOLD, 400)
    office.clock.set(IN_MARCH)
    await office.do(close(FEBRUARY))
    told = sums(office, FEBRUARY)
    assert told
    await office.refuses(PeriodClosed, entry(300, effective_on=DAY))
    await office.made(300, number=2)
    await office.made(300, number=3, effective_on=DAY, posts_late=True, by=CAN)
    await spend(office, UUID(int=56), 600)
    assert sums(office, FEBRUARY) == told
    assert given_in(office, MARCH) == 600
    spent = [
        each.event for each in office.log.recorded if isinstance(each.event, Wallet.HoldCaptured)
    ]
    before_march = {share.lot_id for share in spent[0].shares}
    assert before_march.isdisjoint({UUID(int=2), UUID(int=3)})


async def test_a_correction_of_a_closed_month_keeps_its_day_in_the_open_month() -> None:
    office = await an_office_in_february()
    office.clock.set(IN_MARCH)
    await office.do(close(FEBRUARY))
    await office.made(-100, effective_on=DAY, posts_late=True)
    (taken,) = [
        each.event
        for each in office.log.recorded
        if isinstance(each.event, Wallet.CreditsClawedBack)
    ]
    assert (taken.effective_on, taken.month) == (DAY, MARCH)


async def test_a_correction_goes_to_the_earliest_open_month() -> None:
    office = await an_office_in_february()
    office.clock.set(IN_MARCH)
    await office.do(close(FEBRUARY))
    office.clock.set(IN_APRIL)
    await office.made(100, effective_on=DAY, posts_late=True)
    assert given_in(office, MARCH) == 100
    assert not sums(office, APRIL)


async def test_an_entry_of_an_open_earlier_month_is_posted_there() -> None:
    office = await an_office_in_february()
    before = given_in(office, FEBRUARY)
    office.clock.set(IN_MARCH)
    await office.made(100, effective_on=DAY)
    assert given_in(office, FEBRUARY) == before + 100
    assert not sums(office, MARCH)


async def test_a_reopened_month_takes_entries_until_it_is_closed_again() -> None:
    office = await an_office_in_february()
    office.clock.set(IN_MARCH)
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    await office.refuses(PeriodClosed, entry(100, effective_on=DAY))
    await office.do(approved())
    told = sums(office, FEBRUARY)
    await office.made(100, effective_on=DAY)
    assert sums(office, FEBRUARY) != told
    await office.do(close(FEBRUARY))
    await office.refuses(PeriodClosed, entry(100, number=2, effective_on=DAY))


async def test_what_happens_by_itself_goes_on_while_a_month_is_closed() -> None:
    """It is recorded in a month that is not over, and only months that are over are closed."""
    office = await an_office_in_february()
    await spend(office, HOLD, 100)
    office.clock.set(IN_MARCH)
    await office.do(close(FEBRUARY))
    told = sums(office, FEBRUARY)
    await spend(office, UUID(int=57), 100)
    await office.made(5_000)
    office.clock.pass_(days=1)
    await office.do(approval())
    assert sums(office, FEBRUARY) == told
    assert sums(office, MARCH)


async def test_nothing_behind_a_closing_is_posted_to_the_month() -> None:
    office = await an_office_in_february()
    office.clock.set(datetime(2026, 2, 28, 21, 10, tzinfo=UTC))
    await office.do(close(FEBRUARY))
    closing = next(
        each.position for each in office.log.recorded if isinstance(each.event, Periods.Closed)
    )
    await office.made(100, by=FATMA)
    await spend(office, HOLD, 100)
    behind = [each for each in office.log.recorded if each.position > closing]
    assert {
        row.period
        for each in behind
        if ledger_months.wants(each)
        for row in ledger_months.lines(each)
    } == {MARCH}
