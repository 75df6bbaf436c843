"""Rules of settlements: everything counts once, and what is in transit is what is missing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from uuid import UUID

from application.store import Store
from domain.ledger import postings_of
from domain.settlements import (
    LONGEST_REASON,
    Payout,
    SettledInOtherCurrency,
    Settlement,
    UnknownSettlement,
)
from domain.shared.money import Money
from tests.given import NOW, House, given
from tests.settlements.commands import (
    BANK_LINE,
    DAY,
    REFERENCE,
    bounced,
    received,
    reported,
    returned,
)

OTHER_LINE = UUID("018f4e6a-0000-7000-8000-0000000b0002")


async def settled(house: House) -> Settlement:
    """The settlement as it stands."""
    settlement_id = Settlement.id_of("iyzico", REFERENCE)
    return await Store(house.log, house.clock.now()).get(Settlement, settlement_id)


def booked(house: House) -> dict[str, Decimal]:
    """The accounts that are not at zero after what has happened in the house."""
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for recorded in house.log.recorded:
        for posting in postings_of(recorded.event):
            balances[posting.account] += posting.amount
    return {account: amount for account, amount in balances.items() if amount}


async def done(*commands: object) -> House:
    """A house in which these were asked."""
    house = House({})
    for command in commands:
        await house.do(command)  # type: ignore[arg-type]  # each of them is a command
    return house


def a_settlement() -> Settlement:
    """A payout of 100.00 that was reported."""
    payout = Payout(day=DAY, amount=Money.of(100), lines=2)
    return Settlement.report("iyzico", REFERENCE, payout=payout, now=NOW)


async def test_what_is_reported_is_in_transit_until_it_arrives() -> None:
    house = await done(reported())
    assert booked(house) == {
        "payouts_in_transit": Decimal("1234.56"),
        "receivable_iyzico": Decimal("-1234.56"),
    }
    await house.do(received())
    balances = booked(house)
    assert balances["receivable_iyzico"] == Decimal("-1234.56")
    assert "payouts_in_transit" not in balances
    assert (await settled(house)).in_transit == Money.of(0)


async def test_a_report_that_is_read_again_changes_nothing() -> None:
    house = await done(reported(), reported())
    assert house.happened() == [Settlement.Reported]


async def test_a_report_with_another_sum_corrects_the_books_by_the_difference() -> None:
    house = await done(reported("1234.56"), reported("1200.00"))
    assert house.happened() == [Settlement.Reported, Settlement.Corrected]
    assert booked(house)["payouts_in_transit"] == Decimal("1200.00")


async def test_a_line_of_the_bank_counts_once() -> None:
    house = await done(reported(), received(), received())
    assert house.happened() == [Settlement.Reported, Settlement.Received]


async def test_a_payout_may_arrive_in_parts() -> None:
    house = await done(reported(), received("1000.00"), received("234.56", OTHER_LINE))
    assert (await settled(house)).in_transit == Money.of(0)


async def test_what_arrives_short_stays_in_transit() -> None:
    house = await done(reported(), received("1234.55"))
    assert booked(house)["payouts_in_transit"] == Decimal("0.01")


async def test_a_bounced_payout_is_owed_again() -> None:
    house = await done(reported(), bounced(), bounced())
    assert house.happened() == [Settlement.Reported, Settlement.Bounced]
    assert booked(house) == {}


async def test_more_given_back_than_taken_is_paid_out_below_zero() -> None:
    house = await done(reported("-20.00"))
    assert booked(house)["payouts_in_transit"] == Decimal("-20.00")


async def test_commission_that_comes_back_is_no_cost_any_more_and_counts_once() -> None:
    house = await done(returned(), returned("4.00"))
    assert booked(house) == {
        "receivable_iyzico": Decimal("3.11"),
        "provider_fees": Decimal("-3.11"),
    }


async def test_nobody_receives_what_nobody_reported() -> None:
    house = House({})
    await house.refuses(UnknownSettlement, received())
    await house.refuses(UnknownSettlement, bounced())


def test_payouts_in_other_currencies_are_refused() -> None:
    euros = Money.of(5, "EUR")
    settlement = given(a_settlement())
    settlement.when(lambda it: it.receive(BANK_LINE, euros, booked_on=DAY)).refused(
        SettledInOtherCurrency, currency="EUR"
    )
    settlement.when(lambda it: it.bounce(euros, "", day=DAY)).refused(SettledInOtherCurrency)
    settlement.when(lambda it: it.correct(Payout(day=DAY, amount=euros, lines=1))).refused(
        SettledInOtherCurrency
    )


def test_what_the_bank_says_is_kept_in_short() -> None:
    settlement = given(a_settlement())
    outcome = settlement.when(lambda it: it.bounce(Money.of(1), "x" * 999, day=date(2026, 3, 3)))
    [event] = outcome.then(Settlement.Bounced).events
    assert isinstance(event, Settlement.Bounced)
    assert event.reason == "x" * LONGEST_REASON
