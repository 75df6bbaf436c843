"""Entries and months under anything that people in finance may try, against a plain model."""

from __future__ import annotations

import asyncio
import itertools
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from application.bus import Command
from application.manual_entries import (
    ExpireManualEntry,
    RejectManualEntry,
    WithdrawManualEntry,
)
from application.periods import ExpireReopening, RejectReopening, WithdrawReopening
from application.store import Store
from application.terms import Terms
from application.wallet import OpenWallet
from domain.identity import User
from domain.manual_entries import ManualEntry
from domain.periods import Periods
from domain.shared.errors import Refusal
from domain.wallet import Wallet
from tests.manual_entries.examples import (
    AYSE,
    CAN,
    EMRE,
    FATMA,
    Office,
    approval,
    entry,
    hand,
)
from tests.periods.examples import approved, close, proposed

SECOND = UUID(int=301)
PEOPLE = {FATMA: "fatma", CAN: "can", EMRE: "emre", SECOND: "fatma"}
"""Who is who: the second account is Fatma's."""
OWNERS = {AYSE: "ayse", **PEOPLE}
ISTANBUL = ZoneInfo("Europe/Istanbul")

persons = st.sampled_from([FATMA, CAN, EMRE, SECOND])
customers = st.sampled_from([AYSE, AYSE, AYSE, FATMA, SECOND])
amounts = st.sampled_from([1, 300, 400, 999, 1_000, 1_001, 5_000, -1, -300, -1_000, -2_000])
Line = dict[str, Any]


class FourEyes(RuleBasedStateMachine):
    """The model is a list of proposals, each a dictionary, and a list of closed months. It looks
    everything up anew, and knows persons by who they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.office = Office()
        self.office.terms = Terms(welcome_days=3_650, entry_credit_days=3_650)
        self.office._ports[Terms] = self.office.terms
        self.numbers = itertools.count(1)
        self.finance = set(PEOPLE)
        self.lines: list[Line] = []
        self.closed: list[tuple[int, int]] = []
        self.reopenings: list[Line] = []

    def teardown(self) -> None:
        self.runner.close()

    @initialize()
    def people_come_in(self) -> None:
        self.runner.run(self.office.open())
        email = "Fatma+2@polikrami.example"
        self.runner.run(self.office.register(SECOND, email, roles=("finance",)))
        for customer_id in (FATMA, SECOND):
            self.runner.run(self.office.do(OpenWallet(customer_id=customer_id)))

    @property
    def now(self) -> datetime:
        return self.office.clock.now()

    @property
    def today(self) -> date:
        return self.now.astimezone(ISTANBUL).date()

    def ask(self, command: Command) -> str:
        try:
            receipt = self.runner.run(self.office.do(command))
        except Refusal as refusal:
            return refusal.code
        return str(receipt.answer.get("state", "done"))

    def balance(self, customer: UUID) -> int:
        booked = [each for each in self.lines if each["state"] == "approved"]
        moved: list[int] = [each["credits"] for each in booked if each["customer"] == customer]
        return 500 + sum(moved)

    def month_for(self, line: Line) -> tuple[int, int] | None:
        """Where a dated entry goes; None if it is refused."""
        day: date | None = line["day"]
        if day is None:
            return self.today.year, self.today.month
        wanted = day.year, day.month
        if self.closed and wanted <= self.closed[-1]:
            return following(self.closed[-1]) if line["late"] else None
        return wanted

    def why_not_booked(self, line: Line) -> str | None:
        if self.month_for(line) is None:
            return "period_closed"
        if self.balance(line["customer"]) + line["credits"] < 0:
            return "insufficient_credits"
        return None

    @rule(
        maker=persons,
        customer=customers,
        credits=amounts,
        back=st.sampled_from([None, None, 0, 3, 20, 45]),
        late=st.booleans(),
    )
    def make(
        self, maker: UUID, customer: UUID, credits: int, back: int | None, *, late: bool
    ) -> None:
        number = next(self.numbers)
        day = None if back is None else self.today - timedelta(days=back)
        line: Line = {
            "number": number,
            "maker": maker,
            "customer": customer,
            "credits": credits,
            "day": day,
            "late": late,
            "made": self.now,
            "alone": False,
        }
        dated = {"effective_on": day, "posts_late": late}
        got = self.ask(entry(credits, by=maker, number=number, customer_id=customer, **dated))
        if maker not in self.finance:
            assert got == "not_finance"
        elif OWNERS[maker] == OWNERS[customer]:
            assert got == "own_benefit"
        elif why := self.why_not_booked(line):
            assert got == why
        else:
            lately = sum(
                abs(each["credits"])
                for each in self.lines
                if each["alone"]
                and (each["maker"], each["customer"]) == (maker, customer)
                and self.now - each["made"] < timedelta(days=1)
            )
            line["alone"] = lately + abs(credits) <= 1_000
            line["state"] = "approved" if line["alone"] else "open"
            assert got == line["state"]
            self.lines.append(line)

    def decide(self, line: Line, person: UUID, end: str) -> str | None:
        """Why this person can't bring this end about; None if they can."""
        if person not in self.finance:
            return "not_finance"
        if OWNERS[person] == OWNERS[line["maker"]]:
            return "maker_is_checker"
        if line["state"] == end and line.get("decider") == person:
            return end
        if line["state"] != "open":
            return "proposal_closed"
        if self.now >= line["made"] + timedelta(days=7):
            return "proposal_expired"
        return None

    @precondition(lambda self: self.lines)
    @rule(which=st.integers(0), person=persons)
    def approve(self, which: int, person: UUID) -> None:
        line = self.lines[-1 - which % min(4, len(self.lines))]
        got = self.ask(approval(by=person, number=line["number"]))
        why = self.decide(line, person, "approved")
        if why in {None, "approved"} and OWNERS[person] == OWNERS[line["customer"]]:
            why = "own_benefit"
        why = why or self.why_not_booked(line)
        assert got == (why or "approved")
        if why is None:
            line.update(state="approved", decider=person)

    @precondition(lambda self: self.lines)
    @rule(which=st.integers(0), person=persons)
    def reject(self, which: int, person: UUID) -> None:
        line = self.lines[-1 - which % min(4, len(self.lines))]
        command = RejectManualEntry(
            entry_id=UUID(int=line["number"]), by=hand(person), note="Olmaz"
        )
        got, why = self.ask(command), self.decide(line, person, "rejected")
        assert got == (why or "rejected")
        if why is None:
            line.update(state="rejected", decider=person)

    @precondition(lambda self: self.lines)
    @rule(which=st.integers(0), person=persons)
    def withdraw(self, which: int, person: UUID) -> None:
        line = self.lines[-1 - which % min(4, len(self.lines))]
        got = self.ask(WithdrawManualEntry(entry_id=UUID(int=line["number"]), by=hand(person)))
        if person != line["maker"]:
            assert got == "not_the_maker"
        elif line["state"] in {"open", "withdrawn"}:
            assert got == "withdrawn"
            line["state"] = "withdrawn"
        else:
            assert got == "proposal_closed"

    @rule(hours=st.sampled_from([1, 5, 23, 24, 60, 167, 168]))
    def time_passes(self, hours: int) -> None:
        """The timers run somewhat late."""
        for each in self.reopenings:
            if each["state"] == "open" and self.now >= each["made"] + timedelta(days=7):
                self.ask(ExpireReopening(proposal_id=UUID(int=each["number"])))
                each["state"] = "expired"
        for line in self.lines:
            self.ask(ExpireManualEntry(entry_id=UUID(int=line["number"])))
            if line["state"] == "open" and self.now >= line["made"] + timedelta(days=7):
                line["state"] = "expired"
        self.office.clock.pass_(hours=hours)

    @rule(person=persons)
    def roles_change(self, person: UUID) -> None:
        if person in self.finance:
            self.finance.remove(person)
            self.runner.run(self.office.take_role(person))
        else:
            self.finance.add(person)
            self.runner.run(self.office.grant_role(person, "finance"))

    @rule(person=persons, back=st.integers(0, 3))
    def close_a_month(self, person: UUID, back: int) -> None:
        month = (self.today.year, self.today.month)
        for _ in range(back):
            month = preceding(month)
        got = self.ask(close(f"{month[0]}-{month[1]:02d}", by=person))
        if person not in self.finance:
            assert got == "not_finance"
        elif self.closed and month <= self.closed[-1]:
            assert got == "done"
        elif self.now < first_moment(following(month)) + timedelta(minutes=10):
            assert got == "month_not_over"
        elif self.closed and month != following(self.closed[-1]):
            assert got == "months_in_order"
        else:
            assert got == "done"
            # The first one closes all before it; they stay closed when it is opened again
            self.closed += [month] if self.closed else [preceding(month), month]

    @precondition(lambda self: self.closed)
    @rule(person=persons)
    def propose_to_open(self, person: UUID) -> None:
        number = next(self.numbers)
        month = f"{self.closed[-1][0]}-{self.closed[-1][1]:02d}"
        got = self.ask(proposed(month, by=person, number=number))
        waiting = [
            each
            for each in self.reopenings
            if each["state"] == "open" and self.now < each["made"] + timedelta(days=7)
        ]
        if person not in self.finance:
            assert got == "not_finance"
        elif waiting:
            assert got == "reopening_pending"
        else:
            assert got == "open"
            self.reopenings.append(
                {
                    "number": number,
                    "maker": person,
                    "month": self.closed[-1],
                    "made": self.now,
                    "state": "open",
                }
            )

    @precondition(lambda self: self.reopenings)
    @rule(person=persons, end=st.sampled_from(["approved", "approved", "rejected", "withdrawn"]))
    def decide_on_opening(self, person: UUID, end: str) -> None:
        line = self.reopenings[-1]
        proposal_id = UUID(int=line["number"])
        if end == "withdrawn":
            got = self.ask(WithdrawReopening(proposal_id=proposal_id, by=hand(person)))
            if person != line["maker"]:
                assert got == "not_the_maker"
            elif line["state"] in {"open", "withdrawn"}:
                assert got == "withdrawn"
                line["state"] = "withdrawn"
            else:
                assert got == "proposal_closed"
            return
        command: Command = approved(by=person, number=line["number"])
        if end == "rejected":
            command = RejectReopening(proposal_id=proposal_id, by=hand(person), note="Gerek yok")
        got, why = self.ask(command), self.decide(line, person, end)
        if why is None and end == "approved" and self.closed[-1:] != [line["month"]]:
            why = "not_last_closed"
        assert got == (why or end)
        if why is None:
            line.update(state=end, decider=person)
            if end == "approved":
                self.closed.pop()
                self.closed = self.closed or [preceding(line["month"])]

    @invariant()
    def wallets_hold_what_was_booked(self) -> None:
        store = Store(self.office.log, self.now)
        for customer in (AYSE, FATMA, SECOND):
            wallet = self.runner.run(store.find(Wallet, Wallet.id_of(customer)))
            assert wallet is None or wallet.available == self.balance(customer) >= 0

    @invariant()
    def what_the_log_says_was_done_by_those_who_may(self) -> None:
        """Read from the log alone: nothing above the limit has fewer than two persons behind it."""
        finance: set[UUID] = set()
        for recorded in self.office.log.recorded:
            match recorded.event:
                case User.RoleGranted(role="finance", originator_id=person):
                    finance.add(person)
                case User.RoleTaken(role="finance", originator_id=person):
                    finance.discard(person)
                case ManualEntry.Made(made_by=maker):
                    assert maker in finance
                case ManualEntry.Booked(approved_by=None, credits=credits):
                    assert abs(credits) <= 1_000
                case ManualEntry.Booked() as booked:
                    assert booked.approved_by in finance
                    assert PEOPLE[booked.approved_by] != PEOPLE[booked.made_by]
                    assert OWNERS[booked.customer_id] != PEOPLE[booked.approved_by]
                case Periods.Reopened() as reopened:
                    assert reopened.approved_by in finance
                    assert PEOPLE[reopened.approved_by] != PEOPLE[reopened.made_by]
                case Periods.EntryDatedBack(effective_on=day, month=month):
                    assert f"{day:%Y-%m}" <= month


def following(month: tuple[int, int]) -> tuple[int, int]:
    return (month[0] + month[1] // 12, month[1] % 12 + 1)


def preceding(month: tuple[int, int]) -> tuple[int, int]:
    return (month[0], month[1] - 1) if month[1] > 1 else (month[0] - 1, 12)


def first_moment(month: tuple[int, int]) -> datetime:
    return datetime(month[0], month[1], 1, tzinfo=ISTANBUL)


FourEyes.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestFourEyes = FourEyes.TestCase
