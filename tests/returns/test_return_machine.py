"""Returns, refunds by finance and the provider's answers in any order, against a plain book."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from application.bus import Command
from application.line_returns import returns_of
from application.payments import (
    RecordCancelOutcome,
    RecordPaidOutside,
    RecordRefundOutcome,
    RefundOrder,
    RetryRefund,
)
from application.ports import Declined, Pending, Refunded
from application.production import CancelReprint
from application.returns import CancelReturn, RejectReturn, ReprintReturn
from application.store import Store
from domain.design import DesignJob
from domain.invoices import ReturnDocument
from domain.orders import LineKind, Order
from domain.payments import PaymentAttempt, Refund, RefundPart
from domain.production import PrintJob
from domain.returns import REASONS, Reason, Remedy, Return
from domain.shared.errors import Refusal
from domain.shared.money import Money, total
from tests.returns.examples import (
    ADMIN,
    ATTEMPT,
    BY,
    BY_FINANCE,
    CUSTOMER,
    LINE,
    ORDER,
    PRICE,
    PRINT_FILE,
    Desk,
    approves,
    asks,
    receives,
    refunds,
    shows,
)

NO = Declined(group="NOT_PERMITTED", code="5093", message="no")
KINDS = st.sampled_from(list(PRICE))
REMEDIES: st.SearchStrategy[Remedy] = st.sampled_from(["refund", "reprint"])
AMOUNTS = st.sampled_from(["", "0.01", "10.00", "22.75", "700.00", "1259.99"])
SOME = st.integers(0, 7)


class Returns(RuleBasedStateMachine):
    """One delivered order, everybody who may do something about it, and a provider with moods."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.desk = Desk()
        self.number = 900
        self.late: set[UUID] = set()

    def teardown(self) -> None:
        """Once everything is decided, nothing waits, and all that has gone is settled."""
        try:
            for refund in self.open_refunds():
                self.ask_for(self.outcome(refund.refund_id, "gone"))
            self.all_follows_or_nothing()
            order = self.order()
            assert set(order.refunds) == order.settled
        finally:
            self.runner.close()

    def run(self, action: Any) -> Any:
        return self.runner.run(action)

    def ask_for(self, command: Command) -> bool:
        try:
            self.run(self.desk.all_of(command))
        except Refusal:
            return False
        return True

    def found(self, kind: Any, found_id: UUID) -> Any:
        return self.run(self.desk.get(kind, found_id))

    def order(self) -> Order:
        return self.found(Order, ORDER)  # type: ignore[no-any-return]  # found gives Any

    def attempt(self) -> PaymentAttempt:
        return self.found(PaymentAttempt, ATTEMPT)  # type: ignore[no-any-return]  # as above

    def of_line(self, kind: LineKind) -> list[Return]:
        async def all_of_them() -> list[Return]:
            store = Store(self.desk.log, self.desk.clock.now())
            return [each async for each in returns_of(LINE[kind], store)]

        return self.run(all_of_them())  # type: ignore[no-any-return]  # run gives Any

    def turn(self, kind: LineKind) -> int:
        return max(len(self.of_line(kind)) - 1, 0)

    def open_refunds(self) -> list[Refund]:
        attempt = self.attempt()
        return [each for each in attempt.going_back if each.is_open]

    def outcome(self, refund_id: UUID, mood: str) -> Command:
        told = {"gone": Refunded("r"), "later": Pending("r"), "no": NO}[mood]
        cancel = self.attempt().cancel
        if cancel and cancel.state == "requested":
            gone = told if mood != "later" else NO
            return RecordCancelOutcome(
                attempt_id=ATTEMPT,
                cancel_id=cancel.cancel_id,
                outcome=gone,  # type: ignore[arg-type]  # it is one of the two
            )
        return RecordRefundOutcome(
            attempt_id=ATTEMPT,
            refund_id=refund_id,
            outcome=told,  # type: ignore[arg-type]  # it is one of the three
        )

    @initialize(fresh=st.booleans())
    def an_order(self, *, fresh: bool) -> None:
        self.run(self.desk.open())
        if fresh:  # all of a payment can still be called off on its own day
            self.desk.clock.set(self.desk.clock.now() - timedelta(days=4))

    @rule(kind=KINDS, reason=st.sampled_from(list(REASONS)), wanted=REMEDIES)
    def customer_asks(self, kind: LineKind, reason: Reason, *, wanted: Remedy) -> None:
        self.ask_for(asks(kind, reason, wanted=wanted))
        self.ask_for(shows(kind, self.turn(kind)))

    @rule(kind=KINDS, remedy=REMEDIES, send_back=st.booleans())
    def staff_approve(self, kind: LineKind, remedy: Remedy, *, send_back: bool) -> None:
        self.ask_for(approves(kind, self.turn(kind), remedy=remedy, send_back=send_back))

    @rule(kind=KINDS)
    def it_is_received(self, kind: LineKind) -> None:
        self.ask_for(receives(kind, self.turn(kind)))

    @rule(kind=KINDS, amount=AMOUNTS)
    def staff_refund(self, kind: LineKind, amount: str) -> None:
        by = BY_FINANCE if amount else BY
        self.ask_for(refunds(kind, self.turn(kind), amount=amount, by=by))

    @rule(kind=KINDS, what=st.sampled_from(["reject", "keep"]))
    def somebody_gives_up(self, kind: LineKind, what: str) -> None:
        return_id = Return.id_of(LINE[kind], self.turn(kind))
        self.ask_for(
            RejectReturn(return_id=return_id, by=BY, said="Hayır")
            if what == "reject"
            else CancelReturn(return_id=return_id, customer_id=CUSTOMER)
        )

    @rule(what=st.sampled_from(["ask", "make", "call off"]))
    def a_cover_is_printed_anew(self, what: str) -> None:
        turn = self.turn("cover")
        if what == "ask":
            self.ask_for(ReprintReturn(return_id=Return.id_of(LINE["cover"], turn), by=BY))
            return
        copy = next((each.copy for each in self.of_line("cover") if each.state == "reprinting"), 0)
        if not copy:
            return
        if what == "call off":
            self.ask_for(CancelReprint(print_job_id=PrintJob.id_of(ORDER, copy), by=ADMIN))
            return
        job = self.found(PrintJob, PrintJob.id_of(ORDER, copy))
        job.record_file(PRINT_FILE)
        job.hand_over()
        self.run(self.desk.record(job))
        self.run(self.desk.react())

    @rule(wanted=st.sampled_from(["reprint", "reprint", "refund"]))
    def a_cover_is_returned_as_it_should(self, *, wanted: Remedy) -> None:
        """From the wish to its end, which chance alone would seldom reach."""
        self.customer_asks("cover", "damaged", wanted=wanted)
        self.staff_approve("cover", wanted, send_back=False)
        if wanted == "refund":
            self.staff_refund("cover", "")
        else:
            self.a_cover_is_printed_anew("ask")
            self.a_cover_is_printed_anew("make")

    @rule(amount=st.sampled_from(["", "700.00"]))
    def a_refused_refund_is_overtaken(self, amount: str) -> None:
        """The provider refuses what a return asked for, and finance gives all of it otherwise."""
        self.customer_asks("cover", "damaged", wanted="refund")
        self.staff_approve("cover", "refund", send_back=False)
        self.staff_refund("cover", amount)
        mine = [each.refund_id for each in self.open_refunds() if each.line_id == LINE["cover"]]
        for refund_id in mine:
            self.ask_for(self.outcome(refund_id, "no"))
        self.finance_gives_all()
        for refund in self.open_refunds():
            self.ask_for(self.outcome(refund.refund_id, "gone"))

    @rule(kinds=st.lists(KINDS, min_size=1, max_size=3, unique=True), amount=AMOUNTS)
    def finance_gives(self, kinds: list[LineKind], amount: str) -> None:
        self.number += 1
        parts = tuple(
            RefundPart(line_id=LINE[kind], amount=Money.of(amount) if amount else PRICE[kind])
            for kind in kinds
        )
        self.ask_for(
            RefundOrder(
                order_id=ORDER, request_id=UUID(int=self.number), reason="goodwill", parts=parts
            )
        )

    @rule()
    def finance_gives_all(self) -> None:
        self.number += 1
        request_id = UUID(int=self.number)
        self.ask_for(RefundOrder(order_id=ORDER, request_id=request_id, reason="goodwill"))

    @rule(which=SOME, mood=st.sampled_from(["gone", "gone", "later", "no"]))
    def the_provider_answers(self, which: int, mood: str) -> None:
        if waiting := self.open_refunds():
            self.ask_for(self.outcome(waiting[which % len(waiting)].refund_id, mood))

    @rule(which=SOME, how=st.sampled_from(["bank", "again", "late"]))
    def what_was_refused_is_followed(self, which: int, how: str) -> None:
        refused = sorted(self.attempt().refused)
        if not refused:
            return
        refund_id = refused[which % len(refused)]
        self.number += 1
        commands: dict[str, Command] = {
            "bank": RecordPaidOutside(
                attempt_id=ATTEMPT, refund_id=refund_id, reference="EFT 1/17", by=BY_FINANCE
            ),
            "again": RetryRefund(
                attempt_id=ATTEMPT,
                refund_id=refund_id,
                request_id=UUID(int=self.number),
                by=BY_FINANCE,
            ),
            "late": RecordRefundOutcome(
                attempt_id=ATTEMPT, refund_id=refund_id, outcome=Refunded("late")
            ),
        }
        if how == "late":
            self.late.add(refund_id)
        self.ask_for(commands[how])

    @invariant()
    def nothing_goes_back_that_was_not_paid(self) -> None:
        if not self.desk.log.recorded:
            return
        order = self.order()
        for kind, line_id in LINE.items():
            assert Money.of(0) <= order.returned[line_id] <= PRICE[kind]
        assert order.refunded == total(each.amount for each in order.refunds.values())

    @invariant()
    def no_more_is_asked_back_than_was_paid(self) -> None:
        """What the provider does after it had refused comes on top, and is not asked for."""
        if not self.desk.log.recorded:
            return
        going = [each for each in self.attempt().going_back if each.refund_id not in self.late]
        for kind, line_id in LINE.items():
            asked = [each.amount for each in going if each.line_id == line_id and each.gone.amount]
            assert total(asked) <= PRICE[kind]

    @invariant()
    def all_follows_or_nothing(self) -> None:
        if not self.desk.log.recorded:
            return
        order, attempt = self.order(), self.attempt()
        invoice = self.run(self.desk.invoice())
        due = {each for each in order.refunds if attempt.is_decided(each)}
        assert set(invoice.returns) == order.settled == due
        papers = [self.found(ReturnDocument, each) for each in set(invoice.returns.values())]
        worth = total(each.given_back.returned for each in papers)
        assert worth == total(order.refunds[each].amount for each in due)
        fees = [
            order.refunds[each].amount
            for each in due
            if order.refunds[each].line_id == LINE["design_fee"]
        ]
        account = self.run(self.desk.account())
        earning = account.earnings[DesignJob.id_of(ORDER)]
        assert earning.returned == total(fees)
        if earning.returned == PRICE["design_fee"]:
            assert account.owed.amount == Decimal(0)

    @invariant()
    def returns_tell_what_became_of_them(self) -> None:
        if not self.desk.log.recorded:
            return
        order = self.order()
        for kind in LINE:
            asked = self.of_line(kind)
            assert all(each.is_over for each in asked[:-1])
            assert sum(each.uses_reprint for each in asked) <= self.desk.terms.return_reprints
            for each in asked:
                gone = order.settled & set(each.refund_ids)
                if each.state == "refunding":
                    assert not gone
                if gone:
                    assert each.state == "refunded"
                if each.refused and order.returned[LINE[kind]] == PRICE[kind]:
                    assert each.is_over or not set(order.refunds) <= order.settled


Returns.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestReturns = Returns.TestCase
