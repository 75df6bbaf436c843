"""Order, wallet and refunds of credits against a plain book of what was paid, granted and spent."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from application.bus import Command
from application.orders import BuyCredits, CancelOrder, RefundCredits
from application.payments import CancelPayment, RefundLine, StartPayment
from application.ports import Declined
from application.store import Store
from domain.orders import CreditPurchase, Order
from domain.payments import PaymentAttempt
from domain.shared.errors import Refusal
from domain.wallet import Wallet
from tests.orders.credits import CreditShop, Spend, told_paid
from tests.orders.examples import ADDRESS, CUSTOMER


class Book:
    """One purchase, as a clerk would keep it: credits that came, left and wait, and money."""

    def __init__(self, credits: int, kurus: int) -> None:
        self.credits, self.kurus = credits, kurus
        self.state = "ordered"
        self.attempt = UUID(int=0)
        self.clawed: dict[UUID, tuple[int, Decimal]] = {}
        self.money_back = Decimal(0)


class Purchases(RuleBasedStateMachine):
    """Several purchases, holds across them, refunds that the provider may refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.shop = CreditShop()
        self.books: dict[UUID, Book] = {}
        self.holds: dict[UUID, int] = {}
        self.spent = 0
        self.jobs: list[RefundLine | CancelPayment] = []
        self.number = 100

    def teardown(self) -> None:
        """Once all work has drained, every kuruş is accounted for."""
        try:
            self.react()
            while self.jobs:
                self.provider_decides(refuses=False)
            self.money_is_that_of_the_credits()
            for book in self.books.values():
                kept = sum(amount for _, amount in book.clawed.values())
                assert book.money_back == kept <= Decimal(book.kurus) / 100
        finally:
            self.runner.close()

    def run(self, action: Any) -> Any:
        return self.runner.run(action)

    def new_id(self) -> UUID:
        self.number += 1
        return UUID(int=self.number)

    def ask_for(self, command: Command) -> Any:
        try:
            return self.run(self.shop.do(command)).answer
        except Refusal:
            return None

    def order(self, order_id: UUID) -> Order:
        return self.run(self.found(Order, order_id))  # type: ignore[no-any-return]  # run gives Any

    async def found(self, kind: Any, found_id: UUID) -> Any:
        return await Store(self.shop.log, self.shop.clock.now()).get(kind, found_id)

    def wallet(self) -> Wallet:
        return self.run(self.shop.wallet())  # type: ignore[no-any-return]  # as above

    def uses(self, decide: Spend) -> bool:
        try:
            self.run(self.shop.uses(decide))
        except Refusal:
            return False
        return True

    def one(self, number: int) -> UUID | None:
        known = list(self.books)
        return known[number % len(known)] if known else None

    @initialize()
    def an_account(self) -> None:
        self.run(self.shop.registered())

    @rule(credits=st.sampled_from((100, 101, 333, 997)))
    def order_credits(self, credits: int) -> None:
        if len(self.books) < 4:
            command = BuyCredits(
                request_id=self.new_id(), customer_id=CUSTOMER, credits=credits, billing=ADDRESS
            )
            answer = self.ask_for(command)
            self.books[UUID(answer["order_id"])] = Book(credits, kurus=18 * credits)

    @rule(number=st.integers(0, 5))
    def pay(self, number: int) -> None:
        order_id = self.one(number)
        if order_id and self.books[order_id].state == "ordered":
            attempt_id = self.new_id()
            start = StartPayment(attempt_id=attempt_id, order_id=order_id, customer_id=CUSTOMER)
            self.run(self.shop.do(start))
            self.run(
                self.shop.do(told_paid(self.shop.clock.now(), self.order(order_id), attempt_id))
            )
            self.books[order_id].state = "paid"
            self.books[order_id].attempt = attempt_id

    @rule(credits=st.sampled_from((100, 333)))
    def buy_at_once(self, credits: int) -> None:
        self.order_credits(credits)
        self.pay(len(self.books) - 1)
        self.react()

    @rule(number=st.integers(0, 5))
    def cancel(self, number: int) -> None:
        order_id = self.one(number)
        if order_id:
            cancelled = self.ask_for(CancelOrder(order_id=order_id, customer_id=CUSTOMER))
            assert (cancelled is not None) == (self.books[order_id].state != "granted")
            if cancelled is not None:
                self.books[order_id].state = "cancelled"

    @rule()
    def react(self) -> None:
        """What follows is done, but for the refunds, which wait for the provider."""
        for wish in self.run(self.shop.react()):
            if isinstance(wish.intent, RefundLine | CancelPayment):
                self.jobs.append(wish.intent)
        for book in self.books.values():
            if book.state == "paid":
                book.state = "granted"

    @rule(credits=st.integers(1, 400))
    def hold(self, credits: int) -> None:
        hold_id, free = self.new_id(), self.free()
        held = self.uses(
            lambda wallet: wallet.hold(
                hold_id, credits=credits, purpose="generation", deadline=wallet.now
            )
        )
        assert held == (credits <= free)
        if held:
            self.holds[hold_id] = credits

    @rule(spend=st.booleans())
    def end_hold(self, spend: bool) -> None:
        if self.holds:
            hold_id, credits = self.holds.popitem()
            if spend:
                self.uses(lambda wallet: wallet.capture(hold_id))
                self.spent += credits
            else:
                self.uses(lambda wallet: wallet.release(hold_id, reason="cancelled"))

    @rule(number=st.integers(0, 5))
    def refund(self, number: int) -> None:
        order_id = self.one(number)
        if order_id is None:
            return
        before = self.free()
        request_id = self.new_id()
        answer = self.ask_for(
            RefundCredits(order_id=order_id, request_id=request_id, reason="customer")
        )
        if answer is not None:
            book = self.books[order_id]
            assert book.state == "granted"
            amount = Decimal(answer["amount"]["amount"])
            book.clawed[UUID(answer["refund_id"])] = (answer["credits"], amount)
            assert 0 < answer["credits"] <= before

    @rule(refuses=st.booleans())
    def provider_decides(self, refuses: bool) -> None:
        self.react()
        if not self.jobs:
            return
        job = self.jobs.pop(0)
        no = Declined(group="refund", code="5093", message="no")
        gateway = self.shop.gateway
        if isinstance(job, CancelPayment):
            # What can't be called off is refunded line by line, without anybody's asking
            gateway.next_cancels.extend([no] * refuses)
            outcome = self.run(self.shop.cancel(job))
        else:
            gateway.next_refunds.extend([no] * refuses)
            outcome = self.run(self.shop.refund(job))
        if outcome:
            self.run(self.shop.do(outcome))
        self.booked(job, refuses=refuses)
        self.react()

    def booked(self, job: RefundLine | CancelPayment, *, refuses: bool) -> None:
        attempt = self.run(self.found(PaymentAttempt, job.attempt_id))
        ids = {job.refund_id} if isinstance(job, RefundLine) else set(attempt.refunds)
        for book in self.books.values():
            for refund_id in ids & book.clawed.keys():
                if attempt.refunds[refund_id].state == "refunded":
                    book.money_back += book.clawed[refund_id][1]
                elif isinstance(job, RefundLine):
                    assert refuses
                    del book.clawed[refund_id]

    def granted(self) -> int:
        return sum(book.credits for book in self.books.values() if book.state == "granted")

    def clawed(self) -> int:
        taken = (part for book in self.books.values() for part, _ in book.clawed.values())
        return sum(taken)

    def free(self) -> int:
        return self.granted() - self.clawed() - self.spent - sum(self.holds.values())

    @invariant()
    def the_wallet_is_what_was_granted_less_what_left(self) -> None:
        if not any(book.state == "granted" for book in self.books.values()):
            return
        wallet = self.wallet()
        assert wallet.available == self.free() >= 0
        assert wallet.balance == sum(lot.remaining for lot in wallet.lots.values())
        assert wallet.held == sum(self.holds.values())

    @invariant()
    def money_is_that_of_the_credits(self) -> None:
        for order_id, book in self.books.items():
            parts = [credits for credits, _ in book.clawed.values()]
            asked = sum((amount for _, amount in book.clawed.values()), Decimal(0))
            exact = Decimal(book.kurus) * sum(parts) / book.credits / 100
            assert abs(asked - exact) <= Decimal("0.01") * max(len(parts), 1)
            assert asked <= Decimal(book.kurus) / 100
            if book.state == "granted":
                purchase = self.run(self.found(CreditPurchase, CreditPurchase.id_of(order_id)))
                assert purchase.gone == sum(parts)
                attempt = self.run(self.found(PaymentAttempt, book.attempt))
                wanted = [each.gone.amount for each in attempt.going_back]
                assert sum(wanted, Decimal(0)) == asked

    @invariant()
    def orders_are_where_the_book_says(self) -> None:
        states = {
            "ordered": "awaiting_payment",
            "paid": "paid",
            "granted": "delivered",
            "cancelled": "cancelled",
        }
        for order_id, book in self.books.items():
            assert self.order(order_id).state == states[book.state]


Purchases.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestPurchases = Purchases.TestCase
