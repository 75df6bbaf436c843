"""Orders, attempts and refunds against the emulator, whose book is the independent model: whatever
shoppers, banks, networks and clocks do, both books tell the same in the end, to the kuruş.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from adapters.gateways import OneGateway
from adapters.iyzico.emulator import Shopper, create_emulator, running
from adapters.iyzico.emulator.shopper import (
    FAILS_AT_BANK_PAGE,
    LOST,
    NO_FUNDS,
    PAYS,
    PAYS_AFTER_BANK_PAGE,
    PAYS_BUT_CANNOT_BE_REFUNDED,
)
from adapters.iyzico.gateway import IyzicoGateway
from application.bus import Command
from application.orders import (
    CancelOrder,
    ExpireOrder,
    RecordDelivered,
    RecordShipped,
    StartProduction,
)
from application.payments import (
    AskProvider,
    CancelPayment,
    RefundLine,
    RefundOrder,
    StartPayment,
    Till,
)
from application.ports import Unavailable
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from domain.payments import PaymentAttempt, RefundPart
from domain.shared.errors import Refusal
from domain.shared.money import Money
from tests.orders.examples import CUSTOMER, LINES, ORDER, PUBLIC_URL, SHOPPER, Shop
from tests.payments.till import PLAIN, SETTINGS, merchant_at

CARDS = (
    PAYS,
    PAYS_AFTER_BANK_PAGE,
    PAYS_BUT_CANNOT_BE_REFUNDED,
    NO_FUNDS,
    LOST,
    FAILS_AT_BANK_PAGE,
)
BROKEN_ANSWERS = ("reset_after", "reset_before", "http_500", "html", "truncated", "rate_limit")
CONTRADICTIONS = ("wrong_signature", "wrong_amount", "wrong_basket", "wrong_currency")
Book = dict[str, dict[str, Any]]


class BothBooks(RuleBasedStateMachine):
    """Real gateway, real sockets; the log is in memory, and one clock is everybody's."""

    attempts = Bundle("attempts")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.open_things = contextlib.AsyncExitStack()
        self.shop = Shop()
        self.pages: dict[UUID, str] = {}
        self.unrefundable: set[UUID] = set()
        self.runner.run(self.open_shop())

    async def open_shop(self) -> None:
        enter = self.open_things.enter_async_context
        emulator = create_emulator(SETTINGS, clock=self.shop.clock.now)
        self.provider_url = await enter(running(emulator))
        self.browser = await enter(httpx.AsyncClient(trust_env=False, verify=PLAIN))
        self.shopper = Shopper(self.browser)
        self.shop.gateways = OneGateway(IyzicoGateway(merchant_at(self.provider_url)))
        self.shop.till = Till(
            self.shop.gateways,
            self.shop.log,
            bus=self.shop.bus,
            clock=self.shop.clock,
            public_url=PUBLIC_URL,
        )

    def teardown(self) -> None:
        try:
            self.control("faults/clear")
            for payment in self.book().values():
                if payment["fraud_status"] == 0:
                    self.decide(payment, 1)
            for attempt_id in self.pages:
                self.confirm(attempt_id)
            self.work_is_done()
            self.refunds_are_tried_again()
            self.shop.clock.pass_(days=1)
            self.control("settle")
            self.refunds_are_tried_again()
            self.work_is_done()
            self.both_books_tell_the_same()
        finally:
            self.runner.run(self.open_things.aclose())
            self.runner.close()

    @initialize(target=attempts, card=st.sampled_from((None, PAYS, *CARDS)))
    def an_order_waits_or_is_paid(self, card: str | None) -> Any:
        self.run(self.shop.registered())
        self.run(self.shop.placed())
        attempt_id = self.open_a_page()
        if card is not None:
            self.show_a_card(attempt_id, card)
            self.confirm(attempt_id)
        return attempt_id

    @rule(target=attempts)
    def open_a_page(self) -> Any:
        self.run(self.shop.till.settle(ORDER, CUSTOMER))
        attempt_id = self.shop.ids.new()
        self.ask_for(StartPayment(attempt_id=attempt_id, order_id=ORDER, customer_id=CUSTOMER))
        under_way = self.order().open_attempt
        if under_way is None:
            return multiple()
        attempt = self.run(self.shop.till.open_form(under_way, SHOPPER))
        if attempt.page_url:
            self.pages[attempt.id] = attempt.page_url
        return attempt.id

    @rule(attempt_id=attempts, card=st.sampled_from(CARDS), parts=st.sampled_from((1, 3, 12)))
    def show_a_card(self, attempt_id: UUID, card: str, parts: int = 1) -> None:
        address = self.pages.get(attempt_id)
        screen = self.run(self.shopper.open(address)) if address else None
        if screen and screen.form and not screen.leads_back and not screen.code:
            if card == PAYS_BUT_CANNOT_BE_REFUNDED:
                self.unrefundable.add(attempt_id)
            screen = self.run(self.shopper.enter_card(screen, card, installments=parts))
            if screen.code:
                self.run(self.shopper.confirm_at_bank(screen))

    @rule(attempt_id=attempts, parts=st.sampled_from((1, 6)))
    def pay_and_come_back(self, attempt_id: UUID, parts: int) -> None:
        self.show_a_card(attempt_id, PAYS, parts)
        self.confirm(attempt_id)

    @rule()
    def the_fraud_desk_wants_to_look(self) -> None:
        self.control("review", times=1)

    @rule(verdict=st.sampled_from((1, -1)))
    def the_fraud_desk_decides(self, verdict: int) -> None:
        for payment in self.book().values():
            if payment["fraud_status"] == 0:
                self.decide(payment, verdict)

    @rule(attempt_id=attempts)
    def confirm(self, attempt_id: UUID) -> None:
        if attempt_id in self.pages:
            self.run(self.shop.till.confirm(attempt_id))

    @rule(attempt_id=attempts, fault=st.sampled_from((*BROKEN_ANSWERS, *CONTRADICTIONS)))
    def ask_in_vain(self, attempt_id: UUID, fault: str) -> None:
        paid = {each for each, payment in self.book().items() if payment["fraud_status"] == 1}
        known = self.our_captures().keys()
        self.control("faults", call="retrieve", kind=fault)
        self.confirm(attempt_id)
        self.control("faults/clear")
        assert self.our_captures().keys() - known <= paid

    @rule()
    def work_is_done(self) -> None:
        while wanted := self.run(self.shop.react()):
            for wish in wanted:
                self.do_job(wish.intent)

    @rule(fails=st.booleans())
    def the_bank_takes_its_time_with_a_refund(self, fails: bool) -> None:
        self.control("refunds", seconds=3600, fails=fails)

    @rule(
        call=st.sampled_from(("refund", "report", "cancel")), fault=st.sampled_from(BROKEN_ANSWERS)
    )
    def work_meets_a_fault(self, call: str, fault: str) -> None:
        self.control("faults", call=call, kind=fault)
        self.work_is_done()
        self.control("faults/clear")
        self.refunds_are_tried_again()

    @rule()
    def refunds_are_tried_again(self) -> None:
        """A job that was not decided comes again, and again after that."""
        for attempt in self.our_attempts():
            if attempt.cancel is not None:
                self.do_job(
                    CancelPayment(attempt_id=attempt.id, cancel_id=attempt.cancel.cancel_id)
                )
            for refund in attempt.refunds.values():
                self.do_job(RefundLine(attempt_id=attempt.id, refund_id=refund.refund_id))

    @rule(minutes=st.sampled_from((1, 1, 20, 40, 60 * 25)))
    def time_passes(self, minutes: int) -> None:
        self.shop.clock.pass_(minutes=minutes)

    @rule()
    def the_customer_cancels(self) -> None:
        self.ask_for(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))

    @rule()
    def the_order_expires(self) -> None:
        self.ask_for(ExpireOrder(order_id=ORDER))

    @rule()
    def it_is_printed_and_sent(self) -> None:
        self.ask_for(StartProduction(order_id=ORDER, print_digest="00"))
        self.ask_for(RecordShipped(order_id=ORDER, shipment_id=ORDER))
        self.ask_for(RecordDelivered(order_id=ORDER))

    @rule(number=st.integers(1, 4), amount=st.sampled_from(("0.01", "29.99", "30.00", "1260.00")))
    def finance_gives_some_back(self, number: int, amount: str) -> None:
        line = LINES[number % 2]
        part = RefundPart(line_id=line.line_id, amount=Money.of(amount))
        self.ask_for(
            RefundOrder(
                order_id=ORDER, request_id=UUID(int=number), reason="damaged", parts=(part,)
            )
        )

    @rule()
    def finance_gives_all_back(self) -> None:
        self.ask_for(RefundOrder(order_id=ORDER, request_id=UUID(int=9), reason="goodwill"))

    @invariant()
    def we_know_of_no_money_that_they_have_not_taken(self) -> None:
        theirs = self.book()
        for payment_id, attempt in self.our_captures().items():
            assert theirs[payment_id]["fraud_status"] == 1
            assert _lines_of(attempt) == _lines_in(theirs[payment_id])

    @invariant()
    def nothing_went_back_that_we_think_did_not_or_did_twice(self) -> None:
        asked = {
            str(refund.refund_id): refund.amount.amount
            for attempt in self.our_attempts()
            for refund in attempt.refunds.values()
        }
        for (refund_id, amount), times in self.their_refunds("done", "pending").items():
            assert asked[refund_id] == amount
            assert times == 1

    def both_books_tell_the_same(self) -> None:
        theirs = {each: p for each, p in self.book().items() if p["fraud_status"] == 1}
        ours = self.our_captures()
        assert ours.keys() == theirs.keys()
        given_back = {
            (str(refund.refund_id), refund.amount.amount): 1
            for attempt in ours.values()
            for refund in attempt.refunds.values()
            if refund.state == "refunded" and not _called_off(attempt)
        }
        assert given_back == self.their_refunds("done")
        for payment_id, attempt in ours.items():
            assert theirs[payment_id]["cancelled"] == _called_off(attempt)
            assert not _called_off(attempt) or not any(
                part.amount.amount for part in attempt.left()
            )
            if attempt.id not in self.unrefundable:
                assert {each.state for each in attempt.refunds.values()} <= {"refunded", "failed"}
                assert attempt.cancel is None or attempt.cancel.state != "requested"
        order = self.order()
        kept = [attempt for attempt in ours.values() if attempt.surplus is None]
        assert [attempt.id for attempt in kept] == [order.paid_attempt][: len(kept)]
        assert order.refunded.amount == sum(
            (r.amount.amount for a in kept for r in a.refunds.values() if r.state == "refunded"),
            Decimal(0),
        )

    def run(self, action: Any) -> Any:
        return self.runner.run(action)

    def control(self, order: str, **body: object) -> None:
        address = f"{self.provider_url}/_control/{order}"
        reply = self.run(self.browser.post(address, json=body))
        assert reply.is_success, reply.text

    def decide(self, payment: dict[str, Any], verdict: int) -> None:
        self.control("ruling", payment_id=int(payment["payment_id"]), fraud_status=verdict)

    def book(self) -> Book:
        reply = self.run(self.browser.get(f"{self.provider_url}/_control/book"))
        return {payment["payment_id"]: payment for payment in reply.json()["payments"]}

    def their_refunds(self, *states: str) -> Counter[tuple[str, Decimal]]:
        return Counter(
            (refund["conversation_id"], Decimal(refund["price"]))
            for payment in self.book().values()
            for item in payment["items"]
            for refund in item["refunds"]
            if refund["state"] in states
        )

    def order(self) -> Any:
        return self.run(self.shop.order())

    def our_attempts(self) -> list[PaymentAttempt]:
        return [self.run(self.shop.attempt(attempt_id)) for attempt_id in self.pages]

    def our_captures(self) -> dict[str, PaymentAttempt]:
        return {
            attempt.capture.payment_id: attempt
            for attempt in self.our_attempts()
            if attempt.capture is not None
        }

    def ask_for(self, command: Command) -> None:
        with contextlib.suppress(Refusal):
            self.run(self.shop.do(command))

    def do_job(self, job: object) -> None:
        command = None
        with contextlib.suppress(Unavailable):
            match job:
                case AskProvider():
                    command = self.run(self.shop.ask(job))
                case RefundLine():
                    command = self.run(self.shop.refund(job))
                case CancelPayment():
                    command = self.run(self.shop.cancel(job))
        if command:
            self.ask_for(command)


def _called_off(attempt: PaymentAttempt) -> bool:
    return attempt.cancel is not None and attempt.cancel.state == "done"


def _lines_of(attempt: PaymentAttempt) -> dict[str, Decimal]:
    assert attempt.capture is not None
    return {str(line.line_id): line.paid.amount for line in attempt.capture.lines}


def _lines_in(payment: dict[str, Any]) -> dict[str, Decimal]:
    return {item["item_id"]: Decimal(item["paid_price"]) for item in payment["items"]}


BothBooks.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestBothBooks = BothBooks.TestCase
