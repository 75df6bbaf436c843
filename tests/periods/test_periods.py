"""Accounting months: closed in order, opened again by two people."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from application.bus import Command
from application.notifications import WriteToRole
from application.periods import ExpireReopening, RejectReopening, WithdrawReopening
from application.store import Store
from application.work import Later
from domain.periods import (
    MonthNotOver,
    MonthsInOrder,
    NotLastClosed,
    PeriodClosed,
    Periods,
    ReopeningNoteMissing,
    ReopeningPending,
    UnknownReopening,
)
from domain.shared.errors import NotFound, Refusal
from domain.shared.four_eyes import (
    MakerIsChecker,
    NotFinance,
    NotTheMaker,
    ProposalClosed,
    ProposalExpired,
)
from projections.periods import periods
from tests.given import NOW
from tests.manual_entries.examples import (
    ADMIN,
    CAN,
    EMRE,
    FATMA,
    Office,
    an_office,
    entry,
    hand,
)
from tests.periods.examples import (
    FEBRUARY,
    JANUARY,
    MARCH,
    PROPOSAL,
    approved,
    close,
    proposed,
)

WITHDRAW = WithdrawReopening(proposal_id=PROPOSAL, by=hand(FATMA))
REJECT = RejectReopening(proposal_id=PROPOSAL, by=hand(CAN), note="Gerek yok")
EXPIRE = ExpireReopening(proposal_id=PROPOSAL)
END_OF_MARCH = datetime(2026, 3, 31, 21, 0, tzinfo=UTC)
MARGIN = timedelta(minutes=10)


@pytest.fixture
async def office() -> Office:
    return await an_office()


async def closed_through(office: Office) -> str | None:
    store = Store(office.log, office.clock.now())
    return (await store.get(Periods, Periods.ID)).closed_through


async def test_a_month_that_is_over_is_closed(office: Office) -> None:
    receipt = await office.do(close(FEBRUARY))
    assert receipt.answer == {"closed_through": FEBRUARY}


async def test_closing_a_month_twice_is_harmless(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.do(close(FEBRUARY, by=CAN))
    await office.do(close(JANUARY))
    assert office.happened().count(Periods.Closed) == 1


@pytest.mark.parametrize("seconds", [-1, 0, 1])
async def test_a_month_is_closed_when_no_clock_can_be_in_it_any_more(
    office: Office, seconds: int
) -> None:
    office.clock.set(END_OF_MARCH + MARGIN + timedelta(seconds=seconds))
    if seconds < 0:
        refusal = await office.refuses(MonthNotOver, close(MARCH))
        assert refusal.facts == {"month": MARCH, "closable_at": END_OF_MARCH + MARGIN}
    else:
        await office.do(close(MARCH))


async def test_months_are_closed_in_order(office: Office) -> None:
    await office.do(close(JANUARY))
    office.clock.set(END_OF_MARCH + MARGIN)
    refusal = await office.refuses(MonthsInOrder, close(MARCH))
    assert refusal.facts == {"month": MARCH, "next": FEBRUARY}
    await office.do(close(FEBRUARY))
    await office.do(close(MARCH))
    assert await closed_through(office) == MARCH


async def test_only_finance_closes_and_opens_months(office: Office) -> None:
    await office.refuses(NotFinance, close(FEBRUARY, by=ADMIN))
    await office.do(close(FEBRUARY))
    await office.refuses(NotFinance, proposed(by=ADMIN))
    await office.do(proposed())
    await office.refuses(NotFinance, approved(by=ADMIN))


async def test_one_person_opens_no_month_again(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    assert await closed_through(office) == FEBRUARY
    await office.refuses(MakerIsChecker, approved(by=FATMA))
    await office.grant_role(FATMA, "admin")
    await office.refuses(MakerIsChecker, approved(by=FATMA))
    await office.register(UUID(int=301), "fatma+2@polikrami.example", roles=("finance",))
    await office.refuses(MakerIsChecker, approved(by=UUID(int=301)))


async def test_two_persons_open_the_last_closed_month_again(office: Office) -> None:
    await office.do(close(JANUARY))
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    receipt = await office.do(approved())
    assert receipt.answer["closed_through"] == JANUARY
    happened = office.log.recorded[-1].event
    assert isinstance(happened, Periods.Reopened)
    assert (happened.made_by, happened.approved_by) == (FATMA, CAN)
    assert happened.session_id == hand(CAN).session_id
    await office.do(close(FEBRUARY))
    assert await closed_through(office) == FEBRUARY


async def test_an_approval_again_opens_nothing_that_was_closed_since(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    await office.do(approved())
    await office.do(close(FEBRUARY))
    await office.do(approved())
    await office.refuses(ProposalClosed, approved(by=EMRE))
    assert await closed_through(office) == FEBRUARY


async def test_only_the_last_closed_month_is_opened(office: Office) -> None:
    await office.refuses(NotLastClosed, proposed())
    await office.do(close(JANUARY))
    await office.do(close(FEBRUARY))
    refusal = await office.refuses(NotLastClosed, proposed(JANUARY))
    assert refusal.facts == {"month": JANUARY, "last": FEBRUARY}


async def test_a_month_that_was_closed_with_a_later_one_can_be_opened_too(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    await office.do(approved())
    await office.do(proposed(JANUARY, number=32))
    await office.do(approved(number=32))
    rows = periods.fold({}, office.log.recorded)
    assert {month: (row.closed, row.closings) for month, row in rows.items() if row} == {
        FEBRUARY: (False, 1),
        JANUARY: (False, 0),
    }


async def test_a_month_under_a_newer_closed_one_stays_closed(office: Office) -> None:
    await office.do(close(FEBRUARY))
    office.clock.set(END_OF_MARCH - timedelta(days=1))
    await office.do(proposed())
    office.clock.set(END_OF_MARCH + MARGIN)
    await office.do(close(MARCH))
    await office.refuses(NotLastClosed, approved())
    assert await closed_through(office) == MARCH


async def test_one_reopening_waits_at_a_time(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    await office.do(proposed())
    await office.refuses(ReopeningPending, proposed(by=CAN, number=32))
    office.clock.pass_(days=7)
    await office.do(proposed(by=CAN, number=32))


async def test_a_reopening_needs_a_note(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.refuses(ReopeningNoteMissing, replace(proposed(), note=" "))
    await office.do(proposed())
    await office.refuses(
        ReopeningNoteMissing, RejectReopening(proposal_id=PROPOSAL, by=hand(CAN), note=" ")
    )


async def test_a_reopening_is_rejected_once_and_for_all(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    await office.refuses(
        MakerIsChecker, RejectReopening(proposal_id=PROPOSAL, by=hand(FATMA), note="Vazgeçtim")
    )
    await office.do(REJECT)
    await office.do(REJECT)
    assert office.happened().count(Periods.ReopeningRejected) == 1
    await office.refuses(ProposalClosed, approved())
    await office.refuses(ProposalClosed, WITHDRAW)


async def test_only_who_proposed_a_reopening_takes_it_back(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    await office.refuses(NotTheMaker, WithdrawReopening(proposal_id=PROPOSAL, by=hand(CAN)))
    await office.do(WITHDRAW)
    await office.do(WITHDRAW)
    assert office.happened().count(Periods.ReopeningWithdrawn) == 1
    await office.refuses(ProposalClosed, approved())


async def test_a_reopening_that_nobody_decides_on_ends_after_a_week(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    wanted = [each.intent for each in await office.react()]
    assert Later(EXPIRE, NOW + timedelta(days=7)) in wanted
    office.clock.pass_(days=7)
    await office.refuses(ProposalExpired, approved())
    await office.do(EXPIRE)
    await office.do(EXPIRE)
    assert office.happened().count(Periods.ReopeningExpired) == 1
    await office.refuses(ProposalClosed, approved())


async def test_those_who_may_approve_a_reopening_are_asked(office: Office) -> None:
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    asked = [each.intent for each in await office.react() if isinstance(each.intent, WriteToRole)]
    assert [(each.role, each.but, each.facts["month"]) for each in asked] == [
        ("finance", FATMA, FEBRUARY)
    ]


async def test_there_must_be_a_proposal(office: Office) -> None:
    await office.refuses(NotFound, approved())
    await office.do(close(FEBRUARY))
    for command in (approved(), REJECT, WITHDRAW):
        await office.refuses(UnknownReopening, command)
    await office.do(EXPIRE)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("rival", [approved(by=EMRE), REJECT, WITHDRAW])
async def test_of_two_decisions_on_a_reopening_one_counts(
    office: Office, rival: Command, order: int
) -> None:
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    decider = approved(by=EMRE) if rival == REJECT else approved()
    outcomes: list[str] = []

    async def ask(command: Command) -> None:
        try:
            await office.do(command)
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    await asyncio.gather(*(ask(each) for each in [decider, rival][::order]))
    assert sorted(outcomes) == ["done", "proposal_closed"]


@pytest.mark.parametrize("order", [1, -1])
async def test_a_closing_and_an_entry_of_that_month_meet_in_the_log(
    office: Office, order: int
) -> None:
    """Either the entry is posted before the month is closed, or it is refused."""
    february = (NOW - timedelta(days=4)).date()
    commands: list[Command] = [close(FEBRUARY), entry(100, effective_on=february)][::order]
    refused: list[Command] = []

    async def ask(command: Command) -> None:
        try:
            await office.do(command)
        except PeriodClosed:
            refused.append(command)

    await asyncio.gather(*(ask(each) for each in commands))
    kinds = office.happened()
    if Periods.EntryDatedBack in kinds:
        assert kinds.index(Periods.EntryDatedBack) < kinds.index(Periods.Closed)
        assert not refused
    else:
        assert refused
    assert await closed_through(office) == FEBRUARY
