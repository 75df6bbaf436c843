"""Coupons against a plain count: whoever commits, cancels or lets orders expire, in any order."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid5

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from application.orders import CancelOrder, CommitDraft, ExpireOrder
from application.pricing import EndCoupon
from domain.orders import Order
from domain.pricing import (
    CouponForFirstOrder,
    CouponNotValid,
    CouponUsedByYou,
    CouponUsedUp,
)
from domain.shared.errors import Refusal
from tests.orders.examples import DRAFT
from tests.pricing.examples import CODE, FINANCE, Counter, enter, issue, somebody

PEOPLE = 3


class Coupons(RuleBasedStateMachine):
    """One coupon with limits, three people, and the orders that use it."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.counter = Counter()
        self.users: dict[UUID, UUID] = {}
        self.orders: dict[UUID, UUID] = {}
        self.ended = False
        self.number = 0

    def teardown(self) -> None:
        self.runner.close()

    def run(self, action: Any) -> Any:
        return self.runner.run(action)

    @initialize(
        most=st.integers(1, 4), each=st.none() | st.integers(1, 2), first_order=st.booleans()
    )
    def issues(self, most: int, each: int | None, *, first_order: bool) -> None:
        self.most, self.each, self.first_order = most, each, first_order
        self.run(
            self.counter.do(issue(most_uses=most, most_per_person=each, first_order=first_order))
        )

    @rule(number=st.integers(0, PEOPLE - 1), with_coupon=st.booleans())
    def somebody_orders(self, number: int, *, with_coupon: bool) -> None:
        self.number += 1
        person, draft_id = somebody(number), uuid5(DRAFT, str(self.number))
        self.run(self.counter.draft(draft_id, person))
        expected = self.why_not(person) if with_coupon else set()
        try:
            if with_coupon:
                self.run(self.counter.do(enter(draft_id=draft_id, customer_id=person)))
            self.run(self.counter.do(CommitDraft(draft_id=draft_id, customer_id=person)))
        except tuple(expected):
            return
        assert not expected
        order_id = Order.id_of(draft_id)
        self.orders[order_id] = person
        if with_coupon:
            self.users[order_id] = person

    def why_not(self, person: UUID) -> set[type[Refusal]]:
        """The rules that would refuse the coupon to a person."""
        used = sum(each == person for each in self.users.values())
        wrong: dict[type[Refusal], bool] = {
            CouponNotValid: self.ended,
            CouponUsedUp: len(self.users) >= self.most,
            CouponUsedByYou: self.each is not None and used >= self.each,
            CouponForFirstOrder: self.first_order and person in self.orders.values(),
        }
        return {kind for kind, is_wrong in wrong.items() if is_wrong}

    @rule(number=st.integers(0, 9), expires=st.booleans())
    def an_order_comes_to_nothing(self, number: int, *, expires: bool) -> None:
        orders = sorted(self.orders)
        if not orders:
            return
        order_id = orders[number % len(orders)]
        order = self.run(self.counter.store().get(Order, order_id))
        if expires:
            self.counter.clock.set(max(order.pay_by, self.counter.clock.now()))
            self.run(self.counter.do(ExpireOrder(order_id=order_id)))
        else:
            cancel = CancelOrder(order_id=order_id, customer_id=order.customer_id)
            self.run(self.counter.do(cancel))
        self.run(self.counter.react())
        self.users.pop(order_id, None)
        del self.orders[order_id]

    @rule()
    def finance_ends_it(self) -> None:
        self.run(self.counter.do(EndCoupon(code=CODE, by=FINANCE)))
        self.ended = True

    @invariant()
    def uses_are_those_of_the_orders_that_stand(self) -> None:
        if not hasattr(self, "most"):
            return
        coupon = self.run(self.counter.coupon())
        assert coupon.taken == len(self.users) <= self.most
        for number in range(PEOPLE):
            person = somebody(number)
            uses = self.run(self.counter.uses(customer_id=person))
            assert uses == sum(each == person for each in self.users.values())
            assert self.each is None or uses <= self.each


TestCoupons = Coupons.TestCase
TestCoupons.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
