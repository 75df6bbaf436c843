"""The rules of an account: shares, reversals to the kuruş, set-off, and what may be asked for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.earnings import (
    STEPS,
    Accrual,
    BalanceTooLow,
    BelowLeastPayout,
    CommissionBook,
    CommissionInThePast,
    CommissionOutOfRange,
    CommissionRule,
    DesignerAccount,
    NothingToPayOut,
    Payout,
    PayoutCannotMove,
    PayoutNotCovered,
    PayoutOpen,
    cut_of,
    rate_at,
)
from domain.shared.money import Money
from tests.earnings.examples import ARTIST, DESIGNER, OTHER_DESIGNER, PAYOUT, accrual
from tests.given import NOW, given

LEAST = Money.of("100.00")
RUN = UUID(int=1)
LINE = UUID(int=2)
kurus = st.integers(1, 10_000_00).map(lambda amount: Money.of(Decimal(amount) / 100))


def account(*accruals: Accrual) -> DesignerAccount:
    """An account that has earned these."""
    opened = DesignerAccount.open(DESIGNER, ARTIST, now=NOW)
    opened.at(NOW)
    for each in accruals:
        opened.accrue(each)
    return opened


def a_payout(amount: str, payout_id: UUID = PAYOUT) -> Payout:
    """A request."""
    return Payout(payout_id=payout_id, reference="PD", amount=Money.of(amount))


def ask(amount: str, *, takes_work: bool = True) -> Callable[[DesignerAccount], None]:
    """Ask an account for money once more."""
    again = a_payout(amount, UUID(int=77))
    return lambda it: it.request(again, least=LEAST, takes_work=takes_work)


def paid(it: DesignerAccount) -> None:
    """300.00 were asked for and paid."""
    it.request(a_payout("300.00"), least=LEAST, takes_work=True)
    it.take(PAYOUT, run_id=RUN)
    it.approve(PAYOUT)
    it.pay(PAYOUT, LINE)


@for_all(base=kurus, rate=st.integers(0, 100_00).map(lambda each: Decimal(each) / 100))
@settings(deadline=None)
def test_share_and_commission_are_the_base_to_the_kurus(base: Money, rate: Decimal) -> None:
    cut = cut_of(base, rate)
    assert cut.commission + cut.share == base
    assert min(cut.commission.amount, cut.share.amount) >= 0


@for_all(share=kurus, charged=kurus, parts=st.lists(st.integers(1, 100), min_size=1, max_size=12))
@settings(deadline=None)
def test_a_fee_that_goes_back_in_parts_is_reversed_to_the_kurus(
    share: Money, charged: Money, parts: list[int]
) -> None:
    it = account(accrual(1, str(share.amount), charged=str(charged.amount)))
    left, weight = charged, sum(parts)
    for number, part in enumerate(parts):
        amount = min(left, Money.of(charged.amount * part / weight))
        if number == len(parts) - 1:
            amount = left
        left -= amount
        if amount.amount:
            it.reverse(UUID(int=9_001), UUID(int=number + 1), returned=amount)
        assert Decimal(0) <= it.owed.amount <= share.amount
    assert it.owed.amount == 0
    assert it.reversed == share


def test_a_refund_is_reversed_once() -> None:
    it = account(accrual(1))
    for _ in range(2):
        it.reverse(UUID(int=9_001), UUID(int=1), returned=Money.of("150.00"))
    assert it.owed == Money.of("200.00")


def test_closing_a_job_reverses_what_is_left_and_later_refunds_nothing() -> None:
    it = account(accrual(1))
    it.reverse(UUID(int=9_001), UUID(int=1), returned=Money.of("150.00"))
    it.close(UUID(int=9_001))
    it.reverse(UUID(int=9_001), UUID(int=2), returned=Money.of("300.00"))
    it.close(UUID(int=9_001))
    assert (it.owed, it.reversed) == (Money.of(0), Money.of("300.00"))


def test_what_was_never_earned_is_not_reversed() -> None:
    given(account()).when(lambda it: it.reverse(UUID(int=5), UUID(int=6), returned=LEAST)).ignored()


def test_a_share_that_was_paid_out_is_set_off_against_the_next_one() -> None:
    it = account(accrual(1))
    paid(it)
    it.reverse(UUID(int=9_001), UUID(int=1), returned=Money.of("450.00"))
    assert it.balances.available == Money.of("-300.00")
    it.accrue(accrual(2, "320.00"))
    assert it.balances.available == Money.of("20.00")
    given(it).when(ask("20.01")).refused(BalanceTooLow, available=Money.of("20.00"))


def test_a_request_that_is_not_covered_any_more_is_cancelled() -> None:
    it = account(accrual(1))
    it.request(a_payout("250.00"), least=LEAST, takes_work=True)
    given(it).when(
        lambda it: it.reverse(UUID(int=9_001), UUID(int=1), returned=Money.of("75.00"))
    ).then(DesignerAccount.Reversed)
    given(it).when(
        lambda it: it.reverse(UUID(int=9_001), UUID(int=2), returned=Money.of("0.01"))
    ).then(DesignerAccount.Reversed, DesignerAccount.PayoutCancelled)
    assert it.open_payout is None


@pytest.mark.parametrize("amount", ["0.00", "-1.00"])
def test_nothing_is_not_paid_out(amount: str) -> None:
    given(account(accrual(1))).when(ask(amount)).refused(NothingToPayOut)


def test_a_second_request_waits_for_the_first() -> None:
    it = account(accrual(1))
    it.request(a_payout("100.00"), least=LEAST, takes_work=True)
    other = Payout(payout_id=RUN, reference="PD", amount=LEAST)
    given(it).when(lambda it: it.request(other, least=LEAST, takes_work=True)).refused(PayoutOpen)


def test_less_than_the_least_is_for_those_who_stop_and_take_all() -> None:
    it = account(accrual(1, "40.00"))
    given(it).when(ask("40.00")).refused(BelowLeastPayout, least=LEAST)
    given(it).when(ask("39.00", takes_work=False)).refused(BelowLeastPayout)
    given(it).when(ask("40.00", takes_work=False)).then(DesignerAccount.PayoutRequested)


def test_a_run_takes_and_approves_only_what_is_covered() -> None:
    it = account(accrual(1))
    it.request(a_payout("300.00"), least=LEAST, takes_work=True)
    it.take(PAYOUT, run_id=RUN)
    it.reverse(UUID(int=9_001), UUID(int=1), returned=Money.of("45.00"))
    given(it).when(lambda it: it.approve(PAYOUT)).refused(PayoutNotCovered)
    it.let_go(PAYOUT)
    assert it.payout(PAYOUT).state == "cancelled"


@pytest.mark.parametrize("state", [state for state, to in STEPS.items() if not to])
def test_ends_are_ends(state: str) -> None:
    it = account(accrual(1))
    it.request(a_payout("300.00"), least=LEAST, takes_work=True)
    it.payouts[PAYOUT].state = state  # type: ignore[assignment]  # all of them are states
    for step in (lambda: it.take(PAYOUT, run_id=RUN), lambda: it.pay(PAYOUT, LINE)):
        with pytest.raises(PayoutCannotMove):
            step()


def rule(percent: str | None, days: int, designer_id: UUID | None = None) -> CommissionRule:
    """A rule from some days on."""
    return CommissionRule(
        rule_id=UUID(int=days + 1),
        designer_id=designer_id,
        percent=None if percent is None else Decimal(percent),
        since=NOW.replace(day=1 + days),
    )


@pytest.mark.parametrize(
    ("day", "expected"), [(0, "20"), (1, "15"), (2, "10"), (3, "10"), (4, "12")]
)
def test_the_rule_of_the_moment_holds_and_a_designers_own_before_everybodys(
    day: int, expected: str
) -> None:
    rules = (rule("15", 1), rule("10", 2, DESIGNER), rule("12", 3), rule(None, 4, DESIGNER))
    rate = rate_at(rules, DESIGNER, moment=NOW.replace(day=1 + day), default=Decimal(20))
    assert rate == Decimal(expected)
    others = rate_at(rules, OTHER_DESIGNER, moment=NOW.replace(day=3), default=Decimal(20))
    assert others == Decimal(15)


@pytest.mark.parametrize("percent", ["-0.01", "100.01", "1.005", "NaN", "Infinity", None])
def test_a_commission_is_a_percentage(percent: str | None) -> None:
    given(CommissionBook.open(NOW)).at(NOW).when(
        lambda book: book.set(rule(percent, 5), by=ARTIST)
    ).refused(CommissionOutOfRange)


def test_a_commission_never_holds_for_the_past() -> None:
    later = NOW.replace(day=4)
    given(CommissionBook.open(NOW)).at(later).when(
        lambda book: book.set(rule("15", 1), by=ARTIST)
    ).refused(CommissionInThePast, now=later)
