"""What follows for coupons when an order comes to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from application.pricing import GiveCouponsBack
from application.work import Intent, when
from domain.orders import Order


@when(Order.Expired)
def give_back_what_nobody_paid_for(event: Order.Expired) -> Iterator[Intent]:
    """Who did not buy has not used a coupon."""
    yield GiveCouponsBack(order_id=event.originator_id)


@when(Order.Cancelled)
def give_back_what_was_cancelled(event: Order.Cancelled) -> Iterator[Intent]:
    """Who gets the money back gets the coupon back."""
    yield GiveCouponsBack(order_id=event.originator_id)
