"""Payout runs: two persons, one file, the bank's line; and what says no on the way."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.bank import BankRules
from application.bus import Command
from application.earnings import (
    CallOffPayoutRun,
    ExpirePayoutRun,
    GiveIban,
    RefusePayout,
    RejectPayoutRun,
    WithdrawPayout,
    WithdrawPayoutRun,
    payout_book,
)
from application.identity import GrantRole, RegisterDemoPerson
from application.terms import Terms
from domain.bank import printed
from domain.earnings import (
    MOST_ITEMS,
    BalanceTooLow,
    HolderMissing,
    IbanTooFresh,
    NotATurkishIban,
    Payee,
    PayeeChangedSince,
    PayeeWithoutIban,
    PayoutCannotMove,
    PayoutNotCovered,
    PayoutState,
    RunEmpty,
    RunNotApproved,
    RunNoteMissing,
    RunNotSent,
    RunSent,
    RunWithoutFile,
)
from domain.shared.errors import NotFound, Refusal
from domain.shared.four_eyes import (
    MakerIsChecker,
    NotFinance,
    NotTheMaker,
    OwnBenefit,
    ProposalClosed,
    ProposalExpired,
)
from domain.shared.money import Money
from domain.work_items import WorkItem
from tests.bank.files import OURS
from tests.earnings.examples import (
    ACCOUNT,
    APPROVED,
    ARTIST,
    CAN,
    EMRE,
    FATMA,
    NOTE,
    OTHER_ACCOUNT,
    OTHER_ARTIST,
    OTHER_DESIGNER,
    OTHER_IBAN,
    OTHER_PAYOUT,
    PAYOUT,
    PROPOSED,
    READY,
    REFERENCE,
    RUN,
    RUN_REFERENCE,
    SENT,
    Payroll,
    a_payroll,
    accrual,
    approve,
    give_iban,
    hand,
    paid_line,
    propose,
    request,
    sent,
    take_file,
)


@pytest.fixture
async def payroll() -> Payroll:
    """A designer has earned 300.00."""
    return await a_payroll()


async def state(payroll: Payroll) -> PayoutState:
    """How the payout stands."""
    return (await payroll.payout()).state


async def test_money_goes_from_the_request_to_the_banks_line(payroll: Payroll) -> None:
    await payroll.all(SENT)
    account = await payroll.account()
    assert account.balances.in_run == account.owed == Money.of("300.00")
    await payroll.bank_tells(paid_line())
    account = await payroll.account()
    assert (await state(payroll), account.owed) == ("paid", Money.of(0))
    assert account.balances.available == Money.of(0)


async def test_the_line_of_a_whole_run_pays_all_of_it(payroll: Payroll) -> None:
    await payroll.earned(accrual(2), designer_id=OTHER_DESIGNER)
    await payroll.all(
        (
            *READY,
            give_iban(OTHER_ARTIST),
            request("200.00", payout=OTHER_PAYOUT, by=OTHER_ARTIST),
            propose((ACCOUNT, PAYOUT), (OTHER_ACCOUNT, OTHER_PAYOUT)),
            approve(),
            take_file(),
        )
    )
    await payroll.bank_tells(paid_line("-500.00", f"toplu {printed(RUN_REFERENCE)}"))
    assert (await payroll.account()).owed == Money.of(0)
    assert (await payroll.account(OTHER_DESIGNER)).owed == Money.of("100.00")


@pytest.mark.parametrize(
    ("done", "amount", "reason"),
    [
        (PROPOSED, "-300.00", "payout_not_approved"),
        (SENT, "-299.99", "too_little"),
        (SENT, "-300.01", "too_much"),
        (SENT, "300.00", "wrong_direction"),
    ],
)
async def test_a_line_that_does_not_fit_waits_for_a_person(
    payroll: Payroll, done: tuple[Command, ...], amount: str, reason: str
) -> None:
    await payroll.all(done)
    before = await state(payroll)
    await payroll.bank_tells(paid_line(amount))
    [line] = await payroll.lines()
    assert (line.state, line.aside) == ("set_aside", reason)
    assert await state(payroll) == before


async def test_a_second_line_of_a_payout_is_not_taken_for_it(payroll: Payroll) -> None:
    await payroll.all(SENT)
    await payroll.bank_tells(paid_line())
    await payroll.bank_tells(paid_line())
    first, second = await payroll.lines()
    assert (first.meaning, second.aside) == ("payout", "sent_before")
    assert (await payroll.account()).paid == Money.of("300.00")


async def test_what_the_bank_brings_back_is_owed_again_and_looked_at(payroll: Payroll) -> None:
    await payroll.all(SENT)
    await payroll.bank_tells(paid_line())
    await payroll.bank_tells(paid_line("300.00"))
    account = await payroll.account()
    assert (await state(payroll), account.balances.available) == ("bounced", Money.of("300.00"))
    opened = [each.event for each in payroll.log.recorded if each.kind is WorkItem.Opened]
    assert [event.kind for event in opened if isinstance(event, WorkItem.Opened)] == [
        "designer_pay_bounced"
    ]
    await payroll.bank_tells(paid_line("300.00"))
    assert (await payroll.lines())[-1].aside == "payout_over"
    await payroll.do(request(payout=OTHER_PAYOUT))


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (approve(by=FATMA), MakerIsChecker),
        (approve(by=ARTIST), NotFinance),
        (RejectPayoutRun(run_id=RUN, by=hand(FATMA), note=NOTE), MakerIsChecker),
        (RejectPayoutRun(run_id=RUN, by=hand(CAN), note=" "), RunNoteMissing),
        (WithdrawPayoutRun(run_id=RUN, by=hand(CAN)), NotTheMaker),
        (take_file(), RunNotApproved),
        (sent(), RunNotApproved),
        (CallOffPayoutRun(run_id=RUN, by=hand(CAN), note=NOTE), RunNotApproved),
        (propose(ask=UUID(int=5)), PayoutCannotMove),
        (WithdrawPayout(payout_id=PAYOUT, person_id=ARTIST), PayoutCannotMove),
        (WithdrawPayout(payout_id=RUN, person_id=ARTIST), NotFound),
    ],
)
async def test_who_may_not_or_comes_too_early_is_refused(
    payroll: Payroll, command: Command, kind: type[Refusal]
) -> None:
    await payroll.all(PROPOSED)
    await payroll.refuses(kind, command)
    assert await state(payroll) == "in_run"


async def test_nobody_proposes_or_approves_what_goes_to_themselves(payroll: Payroll) -> None:
    await payroll.do(GrantRole(person_id=ARTIST, role="finance"))
    await payroll.all(READY)
    await payroll.refuses(OwnBenefit, propose(by=ARTIST))
    await payroll.do(propose())
    await payroll.refuses(OwnBenefit, approve(by=ARTIST))
    refused = RefusePayout(run_id=RUN, payout_id=PAYOUT, by=hand(ARTIST))
    await payroll.all((approve(), take_file(), sent()))
    await payroll.refuses(OwnBenefit, refused)


async def test_a_second_account_with_the_same_mailbox_is_the_same_person(
    payroll: Payroll,
) -> None:
    other = UUID(int=780)
    await payroll.do(
        RegisterDemoPerson(
            person_id=other,
            email="fatma+iki@polikrami.example",
            name="Fatma",
            language="tr",
            password_hash="x",
            roles=("finance",),
        )
    )
    await payroll.all(PROPOSED)
    await payroll.refuses(MakerIsChecker, approve(by=other))


@pytest.mark.parametrize(
    "end",
    [
        RejectPayoutRun(run_id=RUN, by=hand(CAN), note=NOTE),
        WithdrawPayoutRun(run_id=RUN, by=hand(FATMA)),
    ],
)
async def test_a_run_that_comes_to_nothing_lets_its_requests_wait_again(
    payroll: Payroll, end: Command
) -> None:
    await payroll.all((*PROPOSED, end))
    assert await state(payroll) == "requested"
    await payroll.refuses(ProposalClosed, approve(by=EMRE))
    await payroll.do(propose(ask=UUID(int=5)))
    assert await state(payroll) == "in_run"


async def test_a_run_that_nobody_decides_on_ends(payroll: Payroll) -> None:
    await payroll.all(PROPOSED)
    await payroll.do(ExpirePayoutRun(run_id=RUN))
    assert await state(payroll) == "in_run"
    payroll.clock.pass_(days=7)
    await payroll.refuses(ProposalExpired, approve())
    await payroll.do(ExpirePayoutRun(run_id=RUN))
    assert await state(payroll) == "requested"


async def test_a_reversal_before_the_approval_stops_the_run_and_then_the_request(
    payroll: Payroll,
) -> None:
    await payroll.all(PROPOSED)
    account = await payroll.account()
    account.reverse(accrual(1).job_id, RUN, returned=Money.of("150.00"))
    await payroll.record(account)
    await payroll.refuses(PayoutNotCovered, approve())
    await payroll.do(RejectPayoutRun(run_id=RUN, by=hand(CAN), note=NOTE))
    assert await state(payroll) == "cancelled"


async def test_a_reversal_after_the_approval_is_set_off_later(payroll: Payroll) -> None:
    await payroll.all(SENT)
    account = await payroll.account()
    account.reverse(accrual(1).job_id, RUN, returned=Money.of("450.00"))
    await payroll.record(account)
    await payroll.bank_tells(paid_line())
    assert (await payroll.account()).balances.available == Money.of("-300.00")
    await payroll.earned(accrual(2, "350.00"))
    await payroll.refuses(BalanceTooLow, request("100.00", payout=OTHER_PAYOUT))
    assert (await payroll.account()).balances.available == Money.of("50.00")


async def test_an_approved_run_is_called_off_before_it_is_sent_and_never_after(
    payroll: Payroll,
) -> None:
    off = CallOffPayoutRun(run_id=RUN, by=hand(EMRE), note=NOTE)
    await payroll.all((*APPROVED, take_file()))
    for _ in range(2):
        await payroll.do(off)
    assert await state(payroll) == "requested"
    await payroll.refuses(RunNotApproved, sent())


async def test_what_was_sent_can_be_refused_by_the_bank_one_by_one(payroll: Payroll) -> None:
    await payroll.all(SENT)
    await payroll.refuses(RunSent, CallOffPayoutRun(run_id=RUN, by=hand(CAN), note=NOTE))
    for _ in range(2):
        await payroll.do(RefusePayout(run_id=RUN, payout_id=PAYOUT, by=hand(CAN)))
    assert (await payroll.account()).balances.available == Money.of("300.00")
    await payroll.bank_tells(paid_line())
    assert (await payroll.lines())[0].aside == "payout_over"


async def test_the_bank_refuses_nothing_that_it_was_not_given(payroll: Payroll) -> None:
    await payroll.all((*APPROVED, take_file()))
    await payroll.refuses(RunNotSent, RefusePayout(run_id=RUN, payout_id=PAYOUT, by=hand(CAN)))
    assert await state(payroll) == "approved"


async def test_nobody_says_that_a_file_was_sent_which_nobody_took(payroll: Payroll) -> None:
    await payroll.all(APPROVED)
    await payroll.refuses(RunWithoutFile, sent())


async def test_a_changed_iban_rests_and_a_first_one_does_not(payroll: Payroll) -> None:
    await payroll.all((*PROPOSED, give_iban(iban=OTHER_IBAN)))
    refusal = await payroll.refuses(IbanTooFresh, approve())
    assert refusal.facts["reference"] == REFERENCE
    changed = [each.event for each in payroll.log.recorded if each.kind is Payee.IbanChanged]
    assert len(changed) == 1
    payroll.clock.pass_(hours=Terms().payout_iban_hours)
    await payroll.do(approve())


async def test_a_file_never_pays_to_another_iban_than_the_one_taken_before(
    payroll: Payroll,
) -> None:
    await payroll.all((*APPROVED, take_file()))
    payer = BankRules(iban=OURS)
    first = await payout_book(RUN, payroll.log, payer=payer)
    payroll.clock.pass_(days=1)
    await payroll.do(take_file(by=FATMA))
    assert await payout_book(RUN, payroll.log, payer=payer) == first
    await payroll.do(give_iban(iban=OTHER_IBAN))
    payroll.clock.pass_(days=4)
    await payroll.refuses(PayeeChangedSince, take_file())
    with pytest.raises(PayeeChangedSince):
        await payout_book(RUN, payroll.log, payer=payer)


async def test_there_is_no_file_before_it_was_taken(payroll: Payroll) -> None:
    await payroll.all(APPROVED)
    with pytest.raises(RunWithoutFile):
        await payout_book(RUN, payroll.log, payer=BankRules())


async def test_an_empty_run_is_refused_and_a_run_asked_for_twice_is_one(payroll: Payroll) -> None:
    empty = propose()
    await payroll.all(READY)
    await payroll.refuses(
        RunEmpty, type(empty)(request_id=empty.request_id, payouts=(), by=empty.by)
    )
    for _ in range(2):
        await payroll.do(propose())
    assert len((await payroll.run()).items) == 1
    assert MOST_ITEMS == 200


@pytest.mark.parametrize(
    "iban",
    [
        "TR320010009999901234567891",
        "TR33000610051978645784132",
        "DE89370400440532013000",
        "TR33 0006 1005 1978 6457 8413 2X",
        "",
    ],
)
async def test_only_turkish_ibans_with_right_check_digits_are_taken(
    payroll: Payroll, iban: str
) -> None:
    await payroll.refuses(NotATurkishIban, give_iban(iban=iban))


@pytest.mark.parametrize("holder", [" \n", "D" * 71, "Deniz\x01Kaya", "Deniz \ufffe"])
async def test_a_holder_has_a_name_that_a_bank_file_can_hold(payroll: Payroll, holder: str) -> None:
    command = GiveIban(person_id=ARTIST, iban=give_iban().iban, holder=holder)
    await payroll.refuses(HolderMissing, command)


async def test_who_has_earned_nothing_or_gave_no_iban_gets_nothing(payroll: Payroll) -> None:
    await payroll.refuses(PayeeWithoutIban, request())
    await payroll.do(give_iban(OTHER_ARTIST))
    await payroll.refuses(NotFound, request(by=OTHER_ARTIST))
    await payroll.refuses(NotFound, give_iban(FATMA))
