"""What can be asked of prices and coupons; finance and admins ask it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from application.terms import Terms
from domain.orders import Order
from domain.pricing import (
    Coupon,
    CouponExists,
    CouponRules,
    CouponUse,
    CoverOrders,
    Entry,
    NothingScheduled,
    PriceBook,
    UnknownCoupon,
)
from domain.shared.errors import StaleVersion


class SchedulePrice(Command, frozen=True, kw_only=True):
    """Let an entry of the price book hold from a moment on; from now on without one."""

    entry: Entry
    since: datetime | None
    by: UUID
    expected_version: int | None = None


class WithdrawPrice(Command, frozen=True, kw_only=True):
    """Take back an entry, named by its key and its moment, before that comes."""

    key: str
    since: datetime
    by: UUID
    expected_version: int | None = None


class IssueCoupon(Command, frozen=True, kw_only=True):
    """Let a code make orders cheaper by these rules; the same once more changes nothing."""

    code: str
    rules: CouponRules
    by: UUID


class EndCoupon(Command, frozen=True, kw_only=True):
    """Let nobody use a coupon any more."""

    code: str
    by: UUID
    expected_version: int | None = None


class GiveCouponsBack(Command, frozen=True, kw_only=True):
    """Give back what an order used that ended unpaid or was cancelled; ignored for any other."""

    order_id: UUID


@handles
async def schedule_price(command: SchedulePrice, store: Store, terms: Terms) -> dict[str, Any]:
    book = await store.find(PriceBook, PriceBook.ID)
    if book is None and command.expected_version in {None, 0}:
        book = PriceBook.open(store.now)
    elif book is None:
        raise StaleVersion(expected=command.expected_version, actual=0)
    else:
        book.must_be_at(command.expected_version)
    since = book.schedule(
        command.entry,
        since=command.since,
        lead=timedelta(seconds=terms.price_lead_seconds),
        opening=terms.opening_at(store.now),
        by=command.by,
    )
    store.save(book)
    return {"key": command.entry.key, "since": since}


@handles
async def withdraw_price(command: WithdrawPrice, store: Store, terms: Terms) -> None:
    book = await store.find(PriceBook, PriceBook.ID)
    if book is None:
        raise NothingScheduled(key=command.key, since=command.since)
    book.must_be_at(command.expected_version)
    opening = terms.opening_at(store.now)
    book.withdraw(command.key, command.since, opening=opening, by=command.by)
    store.save(book)


@handles
async def issue_coupon(command: IssueCoupon, store: Store) -> dict[str, Any]:
    coupon = await store.find(Coupon, Coupon.id_of(command.code))
    if coupon is None:
        coupon = Coupon.issue(command.code, command.rules, by=command.by, now=store.now)
    elif coupon.rules != command.rules:
        raise CouponExists(code=coupon.code)
    store.save(coupon)
    return {"coupon_id": coupon.id, "code": coupon.code}


@handles
async def end_coupon(command: EndCoupon, store: Store) -> None:
    coupon = await store.find(Coupon, Coupon.id_of(command.code))
    if coupon is None:
        raise UnknownCoupon(code=command.code)
    coupon.must_be_at(command.expected_version)
    coupon.end(by=command.by)
    store.save(coupon)


@handles
async def give_coupons_back(command: GiveCouponsBack, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    store.save(order)
    if order.state not in {"expired", "cancelled"} or order.draft_id is None:
        return
    orders = await store.find(CoverOrders, CoverOrders.id_of(order.customer_id))
    if orders is not None:
        orders.give_up(order.id)
        store.save(orders)
    for applied in order.coupons:
        coupon = await store.get(Coupon, applied.coupon_id)
        use = await store.get(CouponUse, CouponUse.id_of(coupon.id, order.customer_id))
        if use.give_back(order.id):
            coupon.give_back(order.id)
            store.save(use, coupon)
