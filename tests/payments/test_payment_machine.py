"""Orders and attempts under anything that shoppers, banks, clocks and workers may do."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from application.bus import Command
from application.four_eyes import Hand
from application.orders import (
    CancelOrder,
    ExpireOrder,
    RecordDelivered,
    RecordShipped,
    StartProduction,
)
from application.payments import (
    AskAboutPayment,
    AskProvider,
    CancelPayment,
    RecordPaidOutside,
    RefundLine,
    RefundOrder,
    RetryRefund,
    StartPayment,
)
from application.ports import Declined, Pending, RefundOutcome, Unavailable, Unknown
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.store import Store
from application.work import Later
from domain.orders import EDGES, Order
from domain.payments import PaymentAttempt, RefundPart
from domain.shared.errors import Refusal
from domain.shared.money import Money
from domain.work_items import WorkItem
from tests.orders.examples import CUSTOMER, FINANCE, LINES, ORDER, SHOPPER, TOTAL, Shop

NO = Declined(group="NONE", code="5093", message="no")
BY = Hand(person_id=FINANCE)
Job = AskProvider | RefundLine | CancelPayment


class Payments(RuleBasedStateMachine):
    """The model is the list of what really happened at the bank and what we learnt of it."""

    attempts = Bundle("attempts")
    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.shop = Shop()
        self.tokens: dict[UUID, str] = {}
        self.taken: set[UUID] = set()
        self.learnt: list[UUID] = []
        self.ends: list[str] = []
        self.outside: dict[UUID, Decimal] = {}
        self.path = ["awaiting_payment"]

    def teardown(self) -> None:
        """Once all work has drained, our book is the bank's."""
        try:
            for attempt_id in self.tokens:
                self.confirm(attempt_id)
            for _ in range(2):
                self.run(self.shop.carry_out())
                for job in list(self.open_jobs()):
                    self.work(job)
            self.run(self.shop.carry_out())
            self.our_book_is_the_banks()
            self.what_was_refused_is_looked_at()
        finally:
            self.runner.close()

    def run(self, action: Any) -> Any:
        return self.runner.run(action)

    def order(self) -> Order:
        return self.run(self.shop.order())  # type: ignore[no-any-return]  # run gives Any

    def attempt(self, attempt_id: UUID) -> PaymentAttempt:
        return self.run(self.shop.attempt(attempt_id))  # type: ignore[no-any-return]  # as above

    def ask_for(self, command: Command) -> bool:
        try:
            self.run(self.shop.do(command))
        except Refusal:
            return False
        self.look()
        return True

    def look(self) -> None:
        state = self.order().state
        if state != self.path[-1]:
            self.path.append(state)

    def open_jobs(self) -> list[RefundLine | CancelPayment]:
        attempts = [self.attempt(attempt_id) for attempt_id in self.tokens]
        return [
            *(
                CancelPayment(attempt_id=attempt.id, cancel_id=attempt.cancel.cancel_id)
                for attempt in attempts
                if attempt.cancel and attempt.cancel.state == "requested"
            ),
            *(
                RefundLine(attempt_id=attempt.id, refund_id=refund.refund_id)
                for attempt in attempts
                for refund in attempt.refunds.values()
                if refund.state in {"requested", "pending"}
            ),
        ]

    def refused(self) -> list[tuple[UUID, UUID]]:
        """Refunds that the provider refused for good."""
        return [
            (attempt_id, refund.refund_id)
            for attempt_id in self.tokens
            for refund in self.attempt(attempt_id).refunds.values()
            if refund.state == "failed"
        ]

    @initialize()
    def an_order_waits(self) -> None:
        self.run(self.shop.registered())
        self.run(self.shop.staff("finance"))
        self.run(self.shop.placed())

    @rule(target=attempts)
    def open_an_attempt(self) -> Any:
        waited_for = self.order().open_attempt
        self.run(self.shop.till.settle(ORDER, CUSTOMER))
        if waited_for and self.attempt(waited_for).state == "succeeded":
            self.learn(waited_for)
        attempt_id = self.shop.ids.new()
        start = StartPayment(attempt_id=attempt_id, order_id=ORDER, customer_id=CUSTOMER)
        if not self.ask_for(start) or self.order().open_attempt != attempt_id:
            return multiple()
        attempt = self.run(self.shop.till.open_form(attempt_id, SHOPPER))
        self.tokens[attempt_id] = attempt.token
        return attempt_id

    @rule(target=attempts)
    def open_an_attempt_and_pay(self) -> Any:
        attempt_id = self.open_an_attempt()
        if isinstance(attempt_id, UUID):
            self.pay(attempt_id)
            self.confirm(attempt_id)
        return attempt_id

    @rule(attempt_id=attempts)
    def pay(self, attempt_id: UUID) -> None:
        self.shop.gateway.pay(self.tokens[attempt_id])
        self.taken.add(attempt_id)

    @rule(attempt_id=attempts)
    def show_a_bad_card(self, attempt_id: UUID) -> None:
        if attempt_id not in self.taken:
            self.shop.gateway.decline(self.tokens[attempt_id])

    @rule(attempt_id=attempts)
    def confirm(self, attempt_id: UUID) -> None:
        self.run(self.shop.till.confirm(attempt_id))
        self.learn(attempt_id)

    @rule(attempt_id=attempts)
    def ask_in_vain(self, attempt_id: UUID) -> None:
        if attempt_id in self.learnt:
            return
        self.shop.gateway.next_outcomes.append(Unknown("timeout"))
        self.run(self.shop.till.confirm(attempt_id))

    @rule(attempt_id=attempts, reference=st.text("ab", max_size=2))
    def send_a_webhook(self, attempt_id: UUID, reference: str) -> None:
        self.ask_for(
            AskAboutPayment(attempt_id=attempt_id, asked_by="webhook", reference=reference)
        )

    @rule(target=jobs)
    def react(self) -> Any:
        """Follow-ups become jobs; timers go off whenever the machine lets time pass."""
        wanted = [wish.intent for wish in self.run(self.shop.react())]
        self.look()
        return multiple(*(job for job in wanted if isinstance(job, Job | Later)))

    @rule(job=jobs)
    def work(self, job: Job | Later) -> None:
        """A job may be run more than once."""
        match job:
            case Later(command=command):
                if self.shop.clock.now() >= job.due_at:
                    self.ask_for(command)
            case AskProvider(attempt_id=attempt_id):
                self.confirm(attempt_id)
            case RefundLine():
                command = self.run(self.shop.refund(job))
                if command:
                    self.ask_for(command)
            case CancelPayment():
                command = self.run(self.shop.cancel(job))
                if command:
                    self.ask_for(command)

    @rule(job=consumes(jobs))
    def work_in_vain(self, job: Job | Later) -> None:
        gateway = self.shop.gateway
        if isinstance(job, RefundLine | CancelPayment):
            gateway.next_refunds.append(Unknown("timeout"))
            gateway.next_cancels.append(Unknown("timeout"))
            with contextlib.suppress(Unavailable):
                self.work(job)
            gateway.next_refunds.clear()
            gateway.next_cancels.clear()

    @rule(job=jobs, answer=st.sampled_from((NO, Pending("later"))))
    def refuse_or_put_off(self, job: Job | Later, answer: RefundOutcome) -> None:
        """The provider does not give the money back, or not at once."""
        gateway = self.shop.gateway
        given = isinstance(job, RefundLine) and job.refund_id in gateway.refunds
        if isinstance(job, RefundLine | CancelPayment) and not given:
            gateway.next_refunds.append(answer)
            gateway.next_cancels.append(NO)
            cancelled = self.attempt(job.attempt_id)
            if isinstance(job, RefundLine) or not self.was_called_off(cancelled):
                self.work(job)
            gateway.next_refunds.clear()
            gateway.next_cancels.clear()

    def was_called_off(self, attempt: PaymentAttempt) -> bool:
        capture = attempt.capture
        return capture is not None and capture.payment_id in self.shop.gateway.cancelled

    @rule(number=st.integers(0, 5), again=st.booleans())
    def decide_about_a_refusal(self, number: int, again: bool) -> None:
        """Finance tries it again, or pays from our own bank account."""
        refused = self.refused()
        if not refused:
            return
        attempt_id, refund_id = refused[number % len(refused)]
        if again:
            request_id = self.shop.ids.new()
            self.ask_for(
                RetryRefund(
                    attempt_id=attempt_id, refund_id=refund_id, request_id=request_id, by=BY
                )
            )
        elif self.ask_for(
            RecordPaidOutside(attempt_id=attempt_id, refund_id=refund_id, reference="EFT 17", by=BY)
        ):
            amount = self.attempt(attempt_id).refunds[refund_id].amount.amount
            self.outside[attempt_id] = self.outside.get(attempt_id, Decimal(0)) + amount

    @rule(minutes=st.sampled_from((1, 20, 40, 60 * 25)))
    def let_time_pass(self, minutes: int) -> None:
        self.shop.clock.pass_(minutes=minutes)

    @rule()
    def cancel(self) -> None:
        before = self.order().state
        if self.ask_for(CancelOrder(order_id=ORDER, customer_id=CUSTOMER)):
            self.ends.append("cancelled")
            assert before in {"awaiting_payment", "paid", "cancelled"}

    @rule()
    def expire(self) -> None:
        self.ask_for(ExpireOrder(order_id=ORDER))

    @rule()
    def print_and_send(self) -> None:
        self.ask_for(StartProduction(order_id=ORDER, print_digest="00"))
        self.ask_for(RecordShipped(order_id=ORDER, shipment_id=ORDER))
        self.ask_for(RecordDelivered(order_id=ORDER))

    @rule(number=st.integers(1, 3), amount=st.sampled_from(("10.00", "30.00", "1260.00")))
    def give_some_back(self, number: int, amount: str) -> None:
        line = LINES[number % 2]
        part = RefundPart(line_id=line.line_id, amount=Money.of(amount))
        self.ask_for(
            RefundOrder(
                order_id=ORDER, request_id=UUID(int=number), reason="damaged", parts=(part,)
            )
        )

    def learn(self, attempt_id: UUID) -> None:
        if attempt_id in self.taken and attempt_id not in self.learnt:
            self.learnt.append(attempt_id)
        self.look()

    @invariant()
    def every_step_is_an_edge(self) -> None:
        for here, there in zip(self.path, self.path[1:], strict=False):
            assert there in EDGES[here]  # type: ignore[index]  # states as text

    @invariant()
    def at_most_one_payment_is_kept_and_it_was_taken(self) -> None:
        if not self.tokens:
            return
        order = self.order()
        assert order.paid_attempt is None or order.paid_attempt in self.taken
        for attempt_id in self.learnt:
            attempt = self.attempt(attempt_id)
            assert attempt.state == "succeeded"
            assert (attempt.surplus is None) == (order.paid_attempt == attempt_id)

    @invariant()
    def the_attempt_that_an_order_waits_for_is_open(self) -> None:
        if self.tokens and (waited_for := self.order().open_attempt):
            assert self.attempt(waited_for).is_open

    @invariant()
    def never_more_goes_back_than_was_taken(self) -> None:
        for attempt_id in self.tokens:
            attempt = self.attempt(attempt_id)
            asked = sum((each.gone.amount for each in attempt.going_back), Decimal(0))
            assert asked <= (TOTAL.amount if attempt.capture else 0)

    def our_book_is_the_banks(self) -> None:
        order = self.order()
        assert set(self.learnt) == self.taken
        if "cancelled" not in self.ends and self.learnt and "expired" not in self.path:
            assert order.paid_attempt is not None
        gone: dict[str, Decimal] = {}
        for transaction, amount in self.shop.gateway.refunds.values():
            token = transaction.rpartition("-")[0]
            gone[token] = gone.get(token, Decimal(0)) + amount.amount
        for attempt_id, token in self.tokens.items():
            back = gone.get(token, Decimal(0)) + self.outside.get(attempt_id, Decimal(0))
            if self.was_called_off(self.attempt(attempt_id)):
                assert back == 0
                back = TOTAL.amount
            refused = self.waits_for_finance(attempt_id)
            if attempt_id not in self.taken:
                assert back == 0
            elif attempt_id != order.paid_attempt or order.state == "cancelled":
                assert back + refused == TOTAL.amount
            else:
                assert back == order.refunded.amount <= TOTAL.amount

    def waits_for_finance(self, attempt_id: UUID) -> Decimal:
        """What was asked back and refused, and has not gone otherwise."""
        attempt = self.attempt(attempt_id)
        if attempt.capture is None or not attempt.refunds:
            return Decimal(0)
        refused = {each.line_id for each in attempt.refunds.values() if each.state == "failed"}
        left = (part.amount.amount for part in attempt.left() if part.line_id in refused)
        return sum(left, Decimal(0))

    def what_was_refused_is_looked_at(self) -> None:
        for _, refund_id in self.refused():
            item_id = WorkItem.id_of("refund_refused", str(refund_id))
            store = Store(self.shop.log, self.shop.clock.now())
            assert self.run(store.find(WorkItem, item_id)) is not None


Payments.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestPayments = Payments.TestCase
