"""Somebody dies between two steps of a payout, or before its answer: the next one goes on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from application.bus import Bus, Command
from application.store import Append, LogUnavailable
from domain.bank import StatementLine
from domain.earnings import DesignerAccount
from domain.ledger import BOOKINGS, postings_of
from domain.shared.money import Money
from tests.earnings.examples import (
    SENT,
    Payroll,
    a_payroll,
    paid_line,
)
from tests.given import WatchedLog

STEPS = tuple(SENT)
LINE: StatementLine = paid_line()


def dies_after(log: WatchedLog, appends: int) -> None:
    """The log takes in so many appends, and the answer to the last one is lost."""
    taken = log.append
    left = [appends]

    async def append(append: Append) -> int:
        position = await taken(append)
        left[0] -= 1
        if not left[0]:
            raise LogUnavailable("the answer was lost")
        return position

    log.append = append  # type: ignore[method-assign]  # a log that loses one answer


def restarted(payroll: Payroll) -> None:
    """Another process, which knows nothing but the log."""
    payroll.bus = Bus(payroll.log, payroll._ports, clock=payroll.clock, ids=payroll.ids)


async def all_but_the_dead(payroll: Payroll, commands: tuple[Command, ...]) -> None:
    """Whoever is told nothing asks again, all from the beginning."""
    try:
        await payroll.all(commands)
    except LogUnavailable:
        restarted(payroll)
        await payroll.all(commands)


def debts(payroll: Payroll) -> Decimal:
    """What the ledger owes designers."""
    return sum(
        (
            -posting.amount
            for each in payroll.log.recorded
            if each.kind in BOOKINGS
            for posting in postings_of(each.event)
            if posting.account == "designers_payable"
        ),
        Decimal(0),
    )


@pytest.mark.parametrize("step", range(len(STEPS) + 1))
async def test_whoever_goes_on_after_any_step_pays_once(step: int) -> None:
    payroll = await a_payroll()
    await payroll.all(STEPS[:step])
    restarted(payroll)
    await payroll.all(STEPS)
    await payroll.bank_tells(LINE)
    account = await payroll.account()
    assert (account.owed, account.paid) == (Money.of(0), Money.of("300.00"))
    assert debts(payroll) == 0


@pytest.mark.parametrize("appends", range(1, len(STEPS) + 1))
async def test_a_lost_answer_pays_nobody_twice(appends: int) -> None:
    payroll = await a_payroll()
    dies_after(payroll.log, appends)
    await all_but_the_dead(payroll, STEPS)
    await payroll.bank_tells(LINE)
    happened = [each.kind for each in payroll.log.recorded]
    assert happened.count(DesignerAccount.PayoutRequested) == 1
    assert happened.count(DesignerAccount.PayoutPaid) == 1
    assert debts(payroll) == 0


@pytest.mark.parametrize("step", range(len(STEPS) + 1))
async def test_the_books_owe_what_the_account_does_after_any_step(step: int) -> None:
    payroll = await a_payroll()
    await payroll.all(STEPS[:step])
    assert debts(payroll) == (await payroll.account()).owed.amount == Decimal("300.00")
