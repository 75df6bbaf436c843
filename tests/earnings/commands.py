"""Every command about designers' pay, each in a house where it does something."""

from __future__ import annotations

from decimal import Decimal

from application.bank import MatchBankLine
from application.earnings import (
    CallOffPayoutRun,
    ExpirePayoutRun,
    RefusePayout,
    RejectPayoutRun,
    SetCommission,
    TakeOverFee,
    WithdrawPayout,
    WithdrawPayoutRun,
)
from application.identity import ErasePerson, Unsettled
from tests.asked import State
from tests.design.examples import JOB
from tests.earnings.examples import (
    ADMIN,
    APPROVED,
    ARTIST,
    CAN,
    FATMA,
    NOTE,
    OTHER_IBAN,
    PAYOUT,
    PROPOSED,
    READY,
    RUN,
    SENT,
    Payroll,
    a_payroll,
    approve,
    give_iban,
    hand,
    paid_line,
    propose,
    request,
    sent,
    take_file,
)
from tests.earnings.old import an_old_approval


async def a_payroll_after_a_week() -> Payroll:
    """A run has waited longer than it may."""
    payroll = await a_payroll()
    await payroll.all(PROPOSED)
    payroll.clock.pass_(days=8)
    return payroll


async def a_payroll_whose_bank_paid() -> Payroll:
    """The bank's line is there, and nobody has explained it."""
    payroll = await a_payroll()
    await payroll.all(SENT)
    await payroll.bank_writes(paid_line())
    return payroll


async def a_payroll_whose_bank_brought_back() -> Payroll:
    """What was paid came back."""
    payroll = await a_payroll()
    await payroll.all(SENT)
    await payroll.bank_tells(paid_line())
    await payroll.bank_writes(paid_line("300.00"))
    return payroll


async def a_payroll_of_nothing() -> Payroll:
    """Nobody has earned anything."""
    payroll = Payroll()
    await payroll.staffed()
    return payroll


async def match(payroll: Payroll) -> MatchBankLine:
    """The newest line is explained."""
    return MatchBankLine(line_id=(await payroll.lines())[-1].id)


EARNED = State(a_payroll)
WAITING = EARNED.after(*PROPOSED)
DECIDED = EARNED.after(*APPROVED)

EXAMPLES = [
    *EARNED.asked(
        give_iban(),
        SetCommission(
            rule_id=PAYOUT, designer_id=None, percent=Decimal("17.50"), since=None, admin_id=ADMIN
        ),
    ),
    *EARNED.after(give_iban()).asked(request()),
    *EARNED.after(*READY).asked(
        WithdrawPayout(payout_id=PAYOUT, person_id=ARTIST),
        propose(),
    ),
    *WAITING.asked(
        approve(),
        RejectPayoutRun(run_id=RUN, by=hand(CAN), note=NOTE),
        WithdrawPayoutRun(run_id=RUN, by=hand(FATMA)),
    ),
    *DECIDED.asked(take_file(), CallOffPayoutRun(run_id=RUN, by=hand(CAN), note=NOTE)),
    *DECIDED.after(take_file()).asked(sent()),
    *EARNED.after(*SENT).asked(RefusePayout(run_id=RUN, payout_id=PAYOUT, by=hand(CAN))),
    *State(a_payroll_after_a_week).asked(ExpirePayoutRun(run_id=RUN)),
    *EARNED.after(give_iban()).asked(give_iban(iban=OTHER_IBAN)),
    State(a_payroll_whose_bank_paid).asked_for(MatchBankLine, match),
    State(a_payroll_whose_bank_brought_back).asked_for(MatchBankLine, match),
    *State(a_payroll_of_nothing)
    .after(give_iban())
    .asked(
        ErasePerson(person_id=ARTIST, admin_id=None, reference="Dosya 7", unsettled=Unsettled())
    ),
    *State(an_old_approval).asked(TakeOverFee(job_id=JOB)),
]
