"""Two at once, on PostgreSQL: one of them decides, and no kuruş is given out twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from uuid import UUID

import pytest

from adapters.postgres.log import PostgresLog
from adapters.tokens import KeyedClaims
from application.bank import BankRules
from application.bus import Bus, Command
from application.earnings import CallOffPayoutRun, RejectPayoutRun, WithdrawPayout
from application.identity import Claims
from application.store import Append, ConcurrentChange, Store
from application.terms import Terms
from domain.earnings import DesignerAccount
from domain.shared.aggregate import Event, Metadata
from domain.shared.errors import Refusal
from domain.shared.money import Money
from tests.earnings.examples import (
    ACCOUNT,
    APPROVED,
    ARTIST,
    CAN,
    EMRE,
    NOTE,
    OTHER_PAYOUT,
    PAYOUT,
    PROPOSED,
    READY,
    RUN,
    Payroll,
    a_payroll,
    accrual,
    approve,
    hand,
    propose,
    request,
    sent,
    take_file,
)
from tests.given import CountingIds, TestClock


class Twice:
    """The same log, decided on by two processes that know nothing of each other."""

    def __init__(self, log: PostgresLog) -> None:
        self.log = log
        self.clock = TestClock()
        self.ports: dict[type, object] = {
            Terms: Terms(),
            BankRules: BankRules(),
            Claims: KeyedClaims(b"c" * 32),
        }
        self.buses = [self.bus(), self.bus()]

    def bus(self) -> Bus:
        """A process."""
        return Bus(self.log, self.ports, clock=self.clock, ids=CountingIds())

    async def open(self, done: Sequence[Command]) -> None:
        """What happened in memory happens here, too, and then these commands."""
        payroll: Payroll = await a_payroll()
        await payroll.all(done)
        for each in payroll.log.recorded:
            await self.record(each.event)

    async def record(self, *events: Event) -> None:
        """Events of one commit."""
        metadata = Metadata(command_id=RUN, command="Test", correlation_id=RUN)
        await self.log.append(Append(events=events, metadata=metadata))

    async def both(self, *commands: Command) -> list[str]:
        """What came of commands that are asked at once, each in a process of its own."""
        return await asyncio.gather(
            *(
                outcome(bus.execute(command))
                for bus, command in zip(self.buses, commands, strict=True)
            )
        )

    async def account(self) -> DesignerAccount:
        """The account as the log has it."""
        return await Store(self.log, self.clock.now()).get(DesignerAccount, ACCOUNT)


async def outcome(asked: Awaitable[object]) -> str:
    """The code of a refusal, or `done`."""
    try:
        await asked
    except Refusal as refusal:
        return refusal.code
    return "done"


@pytest.fixture
def twice(event_log: PostgresLog) -> Twice:
    """Two processes."""
    return Twice(event_log)


async def test_of_two_requests_at_once_one_is_open(twice: Twice) -> None:
    await twice.open(READY[:1])
    outcomes = await twice.both(request("200.00"), request("200.00", payout=OTHER_PAYOUT))
    assert sorted(outcomes) == ["done", "payout_open"]
    assert (await twice.account()).balances.requested == Money.of("200.00")


async def test_of_two_runs_at_once_one_takes_the_request(twice: Twice) -> None:
    await twice.open(READY)
    outcomes = await twice.both(propose(), propose(ask=UUID(int=5)))
    assert sorted(outcomes) == ["done", "payout_cannot_move"]


async def test_taking_back_and_proposing_at_once_leave_one_end(twice: Twice) -> None:
    await twice.open(READY)
    outcomes = await twice.both(propose(), WithdrawPayout(payout_id=PAYOUT, person_id=ARTIST))
    assert sorted(outcomes) == ["done", "payout_cannot_move"]


@pytest.mark.parametrize(
    "rival", [approve(by=EMRE), RejectPayoutRun(run_id=RUN, by=hand(EMRE), note=NOTE)]
)
async def test_of_two_who_decide_at_once_one_counts(twice: Twice, rival: Command) -> None:
    await twice.open(PROPOSED)
    outcomes = await twice.both(approve(), rival)
    # Who reads the run just before the other one's commit and the account behind it, is told so.
    assert sorted(outcomes) in (["done", "proposal_closed"], ["done", "payout_cannot_move"])
    state = (await twice.account()).payout(PAYOUT).state
    assert state in {"approved", "requested"}


async def test_sending_and_calling_off_at_once_leave_one_end(twice: Twice) -> None:
    await twice.open((*APPROVED, take_file()))
    off = CallOffPayoutRun(run_id=RUN, by=hand(CAN), note=NOTE)
    outcomes = await twice.both(sent(), off)
    assert sorted(outcomes) in (["done", "run_not_approved"], ["done", "run_sent"])


@pytest.mark.parametrize("head_start", [0, 1, 2, 4, 8])
async def test_a_reversal_beside_an_approval_is_seen_or_comes_after(
    twice: Twice, head_start: int
) -> None:
    await twice.open(PROPOSED)

    async def reverse() -> None:
        for _ in range(head_start):
            await asyncio.sleep(0)
        while True:
            account = await twice.account()
            account.reverse(accrual(1).job_id, RUN, returned=Money.of("450.00"))
            events = [each for each in account.collect_events() if isinstance(each, Event)]
            try:
                return await twice.record(*events)
            except ConcurrentChange:
                continue

    said, _ = await asyncio.gather(outcome(twice.buses[0].execute(approve())), reverse())
    account = await twice.account()
    happened = [each.kind for each in await twice.log.load(ACCOUNT)]
    if said == "done":
        approved = happened.index(DesignerAccount.PayoutApproved)
        assert approved < happened.index(DesignerAccount.Reversed)
    else:
        assert said == "payout_not_covered"
        assert account.payout(PAYOUT).state == "in_run"
    assert account.owed == Money.of(0)
