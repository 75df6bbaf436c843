"""What approvals, refunds and cancelled orders do to the designer's account."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from application.design import ApproveUnanswered, CloseDesignJob
from application.earnings import SetCommission, TakeOverFee, reverse_share
from application.store import Store
from application.terms import Terms
from domain.design import DesignJob
from domain.designers import OwnApplication
from domain.earnings import DesignerAccount
from domain.ledger import BOOKINGS, postings_of
from domain.orders import Order
from domain.shared.errors import StaleVersion
from domain.shared.money import Money
from tests.design.examples import ACCEPT, APPROVE, DESIGNER, JOB, ORDER, preview
from tests.earnings.examples import ADMIN, ARTIST, Payroll
from tests.earnings.old import an_old_approval

FEE_LINE = Order.line_id_of(ORDER, "design_fee")


@pytest.fixture
async def shown() -> Payroll:
    """A preview waits for the customer."""
    payroll = Payroll()
    await payroll.paid()
    await payroll.all((ACCEPT, preview(1)))
    return payroll


def payable(payroll: Payroll) -> Decimal:
    """What the ledger owes designers."""
    return -sum(
        (
            posting.amount
            for each in payroll.log.recorded
            if each.kind in BOOKINGS
            for posting in postings_of(each.event)
            if posting.account == "designers_payable"
        ),
        Decimal(0),
    )


async def refund(payroll: Payroll, amount: str, number: int = 1) -> None:
    """So much of the fee's line goes back, and the share with it, in one commit."""
    store = Store(payroll.log, payroll.clock.now())
    order = await store.get(Order, ORDER)
    refund_id, returned = UUID(int=number), Money.of(amount)
    order.record_refunded(refund_id, FEE_LINE, amount=returned)
    store.save(order)
    await reverse_share(order, returned=returned, refund_id=refund_id, store=store)
    await payroll.record(*store.saved)


async def test_an_approval_puts_the_share_on_the_account_in_the_same_commit(
    shown: Payroll,
) -> None:
    before = len(shown.log.appended)
    await shown.do(APPROVE)
    [appended] = shown.log.appended[before:]
    kinds = {type(event) for event in appended.events}
    assert {DesignJob.Approved, DesignJob.FeeEarned, DesignerAccount.Accrued} <= kinds
    account = await shown.account()
    [accrual] = [each for each in appended.events if isinstance(each, DesignerAccount.Accrued)]
    cut = accrual.accrual.cut
    assert (cut.base, cut.rate) == (Money.of("375.00"), Decimal(20))
    assert (cut.commission, cut.share) == (Money.of("75.00"), Money.of("300.00"))
    assert account.owed.amount == payable(shown) == Decimal("300.00")


async def test_a_silent_approval_earns_the_same_once(shown: Payroll) -> None:
    shown.clock.pass_(days=6)
    for _ in range(2):
        await shown.do(ApproveUnanswered(job_id=JOB, preview=1))
    await shown.do(APPROVE)
    assert (await shown.account()).owed == Money.of("300.00")


async def test_the_commission_of_the_day_of_approval_holds(shown: Payroll) -> None:
    now = shown.clock.now()
    for number, (percent, since, designer) in enumerate(
        [("50", now, None), ("10", now + timedelta(days=1), DESIGNER), ("90", None, None)]
    ):
        await shown.do(
            SetCommission(
                rule_id=UUID(int=number),
                designer_id=designer,
                percent=Decimal(percent),
                since=since,
                admin_id=ADMIN,
            )
        )
    shown.clock.pass_(days=2)
    await shown.do(APPROVE)
    assert (await shown.account()).owed == Money.of("337.50")


async def test_two_admins_at_once_do_not_overwrite_each_other(shown: Payroll) -> None:
    first = SetCommission(
        rule_id=UUID(int=1), designer_id=None, percent=Decimal(5), since=None, admin_id=ADMIN
    )
    version = (await shown.do(first)).version
    for number, kind in ((2, None), (3, StaleVersion)):
        command = SetCommission(
            rule_id=UUID(int=number),
            designer_id=None,
            percent=Decimal(6),
            since=None,
            admin_id=ADMIN,
            expected_version=version,
        )
        if kind:
            await shown.refuses(kind, command)
        else:
            await shown.do(command)


async def test_nobody_sets_the_commission_of_their_own(shown: Payroll) -> None:
    command = SetCommission(
        rule_id=UUID(int=1), designer_id=DESIGNER, percent=None, since=None, admin_id=ARTIST
    )
    await shown.refuses(OwnApplication, command)


async def test_refunds_of_the_fee_take_back_the_same_part_of_the_share(shown: Payroll) -> None:
    await shown.do(APPROVE)
    await refund(shown, "150.00")
    assert (await shown.account()).owed.amount == payable(shown) == Decimal("200.00")
    await refund(shown, "300.00", number=2)
    assert (await shown.account()).owed.amount == payable(shown) == 0


async def test_what_went_back_before_the_approval_is_not_earned(shown: Payroll) -> None:
    await refund(shown, "150.00")
    await shown.do(APPROVE)
    assert (await shown.account()).owed.amount == payable(shown) == Decimal("200.00")


async def test_what_went_back_before_the_approval_is_not_reversed_again_when_it_is_settled(
    shown: Payroll,
) -> None:
    store = Store(shown.log, shown.clock.now())
    order = await store.get(Order, ORDER)
    refund_id, returned = UUID(int=1), Money.of("150.00")
    order.record_refunded(refund_id, FEE_LINE, amount=returned)
    await shown.record(order)
    await shown.do(APPROVE)
    store = Store(shown.log, shown.clock.now())
    order = await store.get(Order, ORDER)
    await reverse_share(order, returned=returned, refund_id=refund_id, store=store)
    await shown.record(*store.saved)
    assert (await shown.account()).owed.amount == payable(shown) == Decimal("200.00")


async def test_a_cancelled_order_takes_back_the_rest_and_its_refund_nothing_more(
    shown: Payroll,
) -> None:
    await shown.do(APPROVE)
    await refund(shown, "150.00")
    for _ in range(2):
        await shown.do(CloseDesignJob(order_id=ORDER))
    await refund(shown, "300.00", number=2)
    assert (await shown.account()).owed.amount == payable(shown) == 0


async def test_a_refund_before_any_approval_earns_and_reverses_nothing(shown: Payroll) -> None:
    await refund(shown, "150.00")
    assert not [each for each in shown.log.recorded if each.kind is DesignerAccount.Opened]


async def test_an_old_fee_is_owed_in_full_and_taken_over_once() -> None:
    payroll = await an_old_approval()
    assert payable(payroll) == Decimal("450.00")
    for _ in range(2):
        await payroll.do(TakeOverFee(job_id=JOB))
    await payroll.do(APPROVE)
    assert (await payroll.account()).owed.amount == payable(payroll) == Decimal("450.00")


@pytest.mark.parametrize("taken_over", [True, False])
async def test_an_old_fee_is_reversed_like_others(taken_over: bool) -> None:
    payroll = await an_old_approval()
    if taken_over:
        await payroll.do(TakeOverFee(job_id=JOB))
    await refund(payroll, "150.00")
    assert (await payroll.account()).owed.amount == payable(payroll) == Decimal("300.00")
    await payroll.do(CloseDesignJob(order_id=ORDER))
    assert (await payroll.account()).owed.amount == payable(payroll) == 0


async def test_terms_say_what_is_kept_where_no_rule_does() -> None:
    payroll = Payroll(Terms(commission_percent=Decimal(0)))
    await payroll.paid()
    await payroll.all((ACCEPT, preview(1), APPROVE))
    assert (await payroll.account()).owed == Money.of("375.00")
