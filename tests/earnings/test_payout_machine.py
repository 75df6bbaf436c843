"""Whatever designers, customers, finance and the bank do: no kuruş is lost, or paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from application.bus import Command
from application.earnings import (
    ApprovePayoutRun,
    CallOffPayoutRun,
    MarkPayoutRunSent,
    PayoutAsk,
    ProposePayoutRun,
    RefusePayout,
    RejectPayoutRun,
    TakePayoutFile,
    WithdrawPayout,
)
from domain.earnings import DesignerAccount, PayoutRun
from domain.ledger import BOOKINGS, postings_of
from domain.shared.errors import Refusal
from domain.shared.money import Money
from tests.earnings.examples import (
    ARTIST,
    CAN,
    DESIGNER,
    EMRE,
    FATMA,
    NOTE,
    OTHER_ARTIST,
    OTHER_DESIGNER,
    Payroll,
    accrual,
    give_iban,
    hand,
    paid_line,
    request,
)

PEOPLE = {DESIGNER: ARTIST, OTHER_DESIGNER: OTHER_ARTIST}
STAFF = (FATMA, CAN, EMRE)
designers = st.sampled_from([DESIGNER, OTHER_DESIGNER])
staff = st.sampled_from(STAFF)
which = st.integers(0, 2)
kurus = st.integers(1, 20_000)
seldom = st.sampled_from([False, False, False, True])


def lira(amount: int) -> Money:
    """So many kuruş."""
    return Money.of(Decimal(amount) / 100)


class Paying(RuleBasedStateMachine):
    """The model counts kuruş: what each job earned and lost, and what each payout has paid."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.payroll = Payroll()
        self.number = 0
        self.posted = 0
        self.payable = Decimal(0)
        self.jobs: list[dict[str, Any]] = []
        self.payouts: dict[UUID, dict[str, Any]] = {}
        self.runs: dict[UUID, dict[str, Any]] = {}
        self.runner.run(self.payroll.staffed())
        for designer, person in PEOPLE.items():
            self.runner.run(self.payroll.earned(designer_id=designer))
            iban = "TR320010009999901234567890"
            self.runner.run(self.payroll.do(give_iban(person, iban)))

    def teardown(self) -> None:
        self.runner.close()

    def ask(self, command: Command) -> str:
        """What comes of a command: the code of a refusal, or nothing."""
        try:
            self.runner.run(self.payroll.do(command))
        except Refusal as refusal:
            return refusal.code
        return ""

    def owed(self, designer: UUID) -> int:
        """What the model owes a designer, in kuruş."""
        earned = sum(
            each["share"] - each["reversed"] for each in self.jobs if each["designer"] == designer
        )
        paid = sum(
            each["amount"]
            for each in self.payouts.values()
            if each["designer"] == designer and each["state"] == "paid"
        )
        return int(earned - paid)

    def open_of(self, designer: UUID) -> list[dict[str, Any]]:
        """The payouts of a designer that are under way."""
        return [
            each
            for each in self.payouts.values()
            if each["designer"] == designer and each["state"] in {"requested", "in_run", "approved"}
        ]

    def drop_uncovered(self, designer: UUID) -> None:
        for each in self.open_of(designer):
            if each["state"] == "requested" and each["amount"] > self.owed(designer):
                each["state"] = "cancelled"

    def new(self) -> UUID:
        self.number += 1
        return UUID(int=50_000 + self.number)

    @initialize(shares=st.lists(st.integers(30_000, 90_000), min_size=4, max_size=4))
    def all_have_earned(self, shares: list[int]) -> None:
        for number, share in enumerate(shares):
            self.earn((DESIGNER, OTHER_DESIGNER)[number % 2], share, 15_000)

    @rule(designer=designers, share=st.integers(5_000, 90_000), more=st.integers(0, 40_000))
    def earn(self, designer: UUID, share: int, more: int) -> None:
        self.number += 1
        fee = share + more
        job = accrual(self.number, str(lira(share).amount), charged=str(lira(fee).amount))
        self.runner.run(self.payroll.earned(job, designer_id=designer))
        self.jobs.append(
            {
                "designer": designer,
                "job": job.job_id,
                "share": share,
                "fee": fee,
                "back": 0,
                "reversed": 0,
            }
        )

    @precondition(lambda self: self.jobs)
    @rule(pick=which, amount=kurus, twice=st.booleans(), whole=seldom)
    def refund(self, pick: int, amount: int, twice: bool, whole: bool) -> None:
        job = self.jobs[pick % len(self.jobs)]
        amount = job["fee"] - job["back"] if whole else min(amount, job["fee"] - job["back"])
        if amount <= 0:
            return
        account = self.runner.run(self.payroll.account(job["designer"]))
        refund_id = self.new()
        for _ in range(1 + twice):
            account.reverse(job["job"], refund_id, returned=lira(amount))
        self.runner.run(self.payroll.record(account))
        job["back"] += amount
        # Rounded half up on the whole that went back
        job["reversed"] = (2 * job["share"] * job["back"] + job["fee"]) // (2 * job["fee"])
        self.drop_uncovered(job["designer"])

    @rule(designer=designers, parts=st.sampled_from([0, 1, 50, 99, 100, 100, 100, 101]))
    def request(self, designer: UUID, parts: int) -> None:
        payout_id = self.new()
        amount = max(0, self.owed(designer)) * parts // 100
        got = self.ask(request(str(lira(amount).amount), payout=payout_id, by=PEOPLE[designer]))
        if amount == 0:
            assert got == "nothing_to_pay_out"
        elif self.open_of(designer):
            assert got == "payout_open"
        elif amount > self.owed(designer):
            assert got == "balance_too_low"
        elif amount < 10_000:
            assert got == "below_least_payout"
        else:
            assert not got
            self.payouts[payout_id] = {
                "designer": designer,
                "id": payout_id,
                "amount": amount,
                "state": "requested",
                "run": None,
            }

    @rule(designer=designers, steps=st.sampled_from([1, 2, 3, 3, 3]), refused=seldom, again=seldom)
    def go_on(self, designer: UUID, steps: int, refused: bool, again: bool) -> None:
        """As things should go, which chance alone would seldom let happen."""
        for _ in range(steps):
            if not self.open_of(designer):
                self.request(designer, 100)
            for payout in self.open_of(designer):
                run = self.runs.get(payout["run"], {})
                if payout["state"] == "requested":
                    self.propose(FATMA)
                elif payout["state"] == "in_run":
                    place = list(self.runs)[::-1].index(payout["run"])
                    self.approve(place, next(each for each in STAFF if each != run["maker"]))
                else:
                    self.come_to_an_end(payout, refused=refused, again=again)

    def come_to_an_end(self, payout: dict[str, Any], *, refused: bool, again: bool) -> None:
        """The bank pays what was approved, or refuses it; and may pay it another time."""
        place = list(self.payouts)[::-1].index(payout["id"])
        if refused:
            self.file_and_send(list(self.runs)[::-1].index(payout["run"]), CAN)
            self.bank_refuses(place, CAN)
        for _ in range((not refused) + again):
            self.bank_tells_of_one(place, True, 0)

    @precondition(lambda self: self.payouts)
    @rule(pick=which)
    def take_back(self, pick: int) -> None:
        payout = list(self.payouts.values())[-1 - pick % len(self.payouts)]
        person = PEOPLE[payout["designer"]]
        got = self.ask(WithdrawPayout(payout_id=payout["id"], person_id=person))
        if payout["state"] in {"requested", "cancelled"}:
            assert not got
            payout["state"] = "cancelled"
        else:
            assert got == "payout_cannot_move"

    @precondition(lambda self: self.payouts)
    @rule(maker=staff)
    def propose(self, maker: UUID) -> None:
        waiting = [each for each in self.payouts.values() if each["state"] == "requested"]
        asked = waiting or list(self.payouts.values())[:1]
        run_ask = self.new()
        command = ProposePayoutRun(
            request_id=run_ask,
            payouts=tuple(
                PayoutAsk(account_id=DesignerAccount.id_of(each["designer"]), payout_id=each["id"])
                for each in asked
            ),
            by=hand(maker),
        )
        got = self.ask(command)
        if not waiting:
            assert got == "payout_cannot_move"
            return
        assert not got
        [proposed] = [
            each.event
            for each in self.payroll.log.recorded
            if isinstance(each.event, PayoutRun.Proposed) and each.event.request_id == run_ask
        ]
        self.runs[proposed.originator_id] = {
            "maker": maker,
            "state": "open",
            "file": False,
            "code": proposed.reference,
        }
        for each in waiting:
            each.update(state="in_run", run=proposed.originator_id)

    def last_run(self, pick: int) -> tuple[UUID, dict[str, Any], list[dict[str, Any]]]:
        run_id = list(self.runs)[-1 - pick % len(self.runs)]
        items = [each for each in self.payouts.values() if each["run"] == run_id]
        return run_id, self.runs[run_id], items

    @precondition(lambda self: self.runs)
    @rule(pick=which, checker=staff)
    def approve(self, pick: int, checker: UUID) -> None:
        run_id, run, items = self.last_run(pick)
        got = self.ask(ApprovePayoutRun(run_id=run_id, by=hand(checker)))
        if checker == run["maker"]:
            assert got == "maker_is_checker"
        elif run.get("checker") == checker and run["state"] not in {"open", "rejected"}:
            assert not got
        elif run["state"] != "open":
            assert got == "proposal_closed"
        elif any(each["amount"] > self.owed(each["designer"]) for each in items):
            assert got == "payout_not_covered"
        else:
            assert not got
            run.update(state="approved", checker=checker)
            for each in items:
                each["state"] = "approved"

    @precondition(lambda self: any(each["state"] == "open" for each in self.runs.values()))
    @rule(pick=which)
    def approve_what_a_refund_has_just_taken(self, pick: int) -> None:
        """Chance alone seldom lets money go back between proposal and approval."""
        waiting = [each for each in self.payouts.values() if each["state"] == "in_run"]
        payout = waiting[pick % len(waiting)]
        theirs = [
            number
            for number, each in enumerate(self.jobs)
            if each["designer"] == payout["designer"] and each["back"] < each["fee"]
        ]
        if theirs:
            self.refund(theirs[pick % len(theirs)], 1, False, True)
        place = list(self.runs)[::-1].index(payout["run"])
        maker = self.runs[payout["run"]]["maker"]
        self.approve(place, next(each for each in STAFF if each != maker))

    @precondition(lambda self: any(each["state"] == "paid" for each in self.payouts.values()))
    @rule(pick=which, same=st.booleans())
    def record_a_payment_again(self, pick: int, same: bool) -> None:
        """The account counts a line once, and no second line for one payout."""
        paid = [each for each in self.payouts.values() if each["state"] == "paid"]
        payout = paid[pick % len(paid)]
        account = self.runner.run(self.payroll.account(payout["designer"]))
        before, line_id = account.version, account.payout(payout["id"]).paid_by
        assert line_id
        got = ""
        try:
            account.pay(payout["id"], line_id if same else self.new())
        except Refusal as refusal:
            got = refusal.code
        assert (got, account.version) == ("" if same else "payout_cannot_move", before)

    @precondition(lambda self: self.runs)
    @rule(pick=which, checker=staff)
    def reject(self, pick: int, checker: UUID) -> None:
        run_id, run, items = self.last_run(pick)
        got = self.ask(RejectPayoutRun(run_id=run_id, by=hand(checker), note=NOTE))
        if checker == run["maker"]:
            assert got == "maker_is_checker"
        elif run["state"] == "rejected" and run["checker"] == checker:
            assert not got
        elif run["state"] != "open":
            assert got == "proposal_closed"
        else:
            assert not got
            run.update(state="rejected", checker=checker)
            self.let_go(items)

    @precondition(lambda self: self.runs)
    @rule(pick=which, by=staff)
    def file_and_send(self, pick: int, by: UUID) -> None:
        run_id, run, _ = self.last_run(pick)
        got = self.ask(TakePayoutFile(run_id=run_id, form="csv", by=hand(by)))
        late = self.ask(MarkPayoutRunSent(run_id=run_id, by=hand(by)))
        if run["state"] in {"approved", "sent"}:
            assert (got, late) == ("", "")
            run["state"] = "sent"
        else:
            assert (got, late) == ("run_not_approved", "run_not_approved")

    @precondition(lambda self: self.runs)
    @rule(pick=which, by=staff)
    def call_off(self, pick: int, by: UUID) -> None:
        run_id, run, items = self.last_run(pick)
        got = self.ask(CallOffPayoutRun(run_id=run_id, by=hand(by), note=NOTE))
        if run["state"] == "called_off":
            assert not got
        elif run["state"] == "sent":
            assert got == "run_sent"
        elif run["state"] != "approved":
            assert got == "run_not_approved"
        elif any(each["state"] != "approved" for each in items):
            assert got == "payout_cannot_move"
        else:
            assert not got
            run["state"] = "called_off"
            self.let_go(items)

    def let_go(self, items: Sequence[dict[str, Any]]) -> None:
        for each in items:
            each.update(state="requested", run=None)
            self.drop_uncovered(each["designer"])

    @precondition(lambda self: self.payouts)
    @rule(pick=which, by=staff)
    def bank_refuses(self, pick: int, by: UUID) -> None:
        payout = list(self.payouts.values())[-1 - pick % len(self.payouts)]
        if payout["run"] is None:
            return
        got = self.ask(RefusePayout(run_id=payout["run"], payout_id=payout["id"], by=hand(by)))
        if self.runs[payout["run"]]["state"] not in {"approved", "sent"}:
            assert got == "run_not_approved"
        elif self.runs[payout["run"]]["state"] != "sent":
            assert got == "run_not_sent"
        elif payout["state"] in {"approved", "refused"}:
            assert not got
            payout["state"] = "refused"
        else:
            assert got == "payout_cannot_move"

    @precondition(lambda self: self.payouts)
    @rule(pick=which, out=st.booleans(), off=st.sampled_from([0, 0, 0, 1]))
    def bank_tells_of_one(self, pick: int, out: bool, off: int) -> None:
        payout = list(self.payouts.values())[-1 - pick % len(self.payouts)]
        account = self.runner.run(self.payroll.account(payout["designer"]))
        code = account.payout(payout["id"]).reference
        amount = lira(payout["amount"] + off).amount
        self.runner.run(self.payroll.bank_tells(paid_line(str(-amount if out else amount), code)))
        if not off:
            self.moved([payout], out=out)

    @precondition(lambda self: self.runs)
    @rule(pick=which)
    def bank_tells_of_a_run(self, pick: int) -> None:
        _, run, items = self.last_run(pick)
        left = [each for each in items if each["state"] == "approved"]
        amount = lira(sum(each["amount"] for each in left) or 1).amount
        self.runner.run(self.payroll.bank_tells(paid_line(str(-amount), run["code"])))
        self.moved(left, out=True)

    @staticmethod
    def moved(payouts: Sequence[dict[str, Any]], *, out: bool) -> None:
        for each in payouts:
            if out and each["state"] == "approved":
                each["state"] = "paid"
            elif not out and each["state"] == "paid":
                each["state"] = "bounced"

    @invariant()
    def accounts_say_what_the_model_says(self) -> None:
        for designer in PEOPLE:
            account = self.runner.run(self.payroll.account(designer))
            assert account.owed == lira(self.owed(designer)) or not self.owed(designer)
            states = {each.payout_id: each.state for each in account.payouts.values()}
            assert states == {
                each["id"]: each["state"]
                for each in self.payouts.values()
                if each["designer"] == designer
            }
            assert len(self.open_of(designer)) <= 1
            balances = account.balances
            waiting = balances.requested + balances.in_run
            assert balances.available == account.owed - waiting

    @invariant()
    def the_ledger_owes_what_the_accounts_owe(self) -> None:
        recorded = self.payroll.log.recorded
        for each in recorded[self.posted :]:
            if each.kind in BOOKINGS:
                for posting in postings_of(each.event):
                    if posting.account == "designers_payable":
                        self.payable -= posting.amount
        self.posted = len(recorded)
        assert self.payable * 100 == sum(map(self.owed, PEOPLE))

    @invariant()
    def every_line_pays_or_waits_for_a_person(self) -> None:
        lines = self.runner.run(self.payroll.lines())
        assert all(each.state in {"matched", "set_aside"} for each in lines)
        paid = [each for each in lines if each.meaning == "payout"]
        back = [each for each in lines if each.meaning == "payout_bounced"]
        moved = sum(each.amount.amount for each in paid) - sum(each.amount.amount for each in back)
        states = self.payouts.values()
        assert moved * 100 == sum(each["amount"] for each in states if each["state"] == "paid")


Paying.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestPaying = Paying.TestCase
