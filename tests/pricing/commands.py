"""Every command about prices and coupons, each in a house where it does something."""

from __future__ import annotations

from uuid import UUID

from application.drafts import ChooseOptions, RemoveCoupon
from application.orders import CancelOrder, CommitDraft
from application.pricing import EndCoupon, GiveCouponsBack, WithdrawPrice
from domain.drafts import Options
from tests.asked import State
from tests.orders.examples import CUSTOMER, DRAFT, ORDER
from tests.pricing.examples import (
    CODE,
    FINANCE,
    LATER,
    Counter,
    a_cover,
    enter,
    issue,
    schedule,
)


async def an_empty_counter() -> Counter:
    """Nothing has happened."""
    return Counter()


async def a_counter() -> Counter:
    """A draft that lacks nothing."""
    counter = Counter()
    await counter.draft()
    return counter


async def a_counter_with_two_drafts() -> Counter:
    """A person made two drafts."""
    counter = await a_counter()
    await counter.draft(ANOTHER)
    return counter


ANOTHER = UUID(int=(7 << 76) | (9 << 64) | 51)
EMPTY, READY = State(an_empty_counter), State(a_counter)
SCHEDULE, ISSUE, ENTER = schedule(a_cover("1300.00")), issue(most_uses=5), enter()
WITH_COUPON = READY.after(ISSUE, ENTER)
COMMIT = CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER)
CANCEL = CancelOrder(order_id=ORDER, customer_id=CUSTOMER)
GIVE_BACK = GiveCouponsBack(order_id=ORDER)
ANOTHER_SIZE = Options(size="160x240", paper="textured")

EXAMPLES = [
    *EMPTY.asked(SCHEDULE, ISSUE),
    *EMPTY.after(SCHEDULE).asked(
        WithdrawPrice(key="product/135x210/matte", since=LATER, by=FINANCE)
    ),
    *EMPTY.after(ISSUE).asked(EndCoupon(code=CODE, by=FINANCE)),
    *READY.asked(ChooseOptions(draft_id=DRAFT, customer_id=CUSTOMER, options=ANOTHER_SIZE)),
    *READY.after(ISSUE).asked(ENTER),
    *WITH_COUPON.asked(COMMIT, RemoveCoupon(draft_id=DRAFT, customer_id=CUSTOMER, code=CODE)),
    *WITH_COUPON.after(COMMIT, CANCEL).asked(GIVE_BACK),
    *State(a_counter_with_two_drafts)
    .after(COMMIT, CANCEL, GIVE_BACK)
    .asked(CommitDraft(draft_id=ANOTHER, customer_id=CUSTOMER)),
]
