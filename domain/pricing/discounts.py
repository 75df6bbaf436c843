"""What coupons take off a basket, line by line and to the kuruş."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from domain.pricing.coupons import CouponRules
from domain.pricing.refusals import (
    CouponNeedsMore,
    CouponsDoNotStack,
    CouponsLeaveNothing,
    CouponTakesNothingOff,
)
from domain.shared.lines import LineKind
from domain.shared.money import Money, distribute, total


class Priced(Struct, frozen=True):
    """A line at its price before coupons."""

    kind: LineKind
    price: Money


class Offer(Struct, frozen=True, kw_only=True):
    """A coupon that is to be used."""

    coupon_id: UUID
    code: str
    rules: CouponRules


class Taken(Struct, frozen=True, kw_only=True):
    """What an offer took off each line, in the order of the lines."""

    offer: Offer
    discounts: tuple[Money, ...]

    @property
    def discount(self) -> Money:
        """What it took off all of them."""
        return total(self.discounts)


def take_off(lines: Sequence[Priced], offers: Sequence[Offer]) -> list[Taken]:
    """What each coupon takes off each line: percentages before amounts, each of what the ones
    before left, shared among its lines in proportion to that with the largest remainder. No line
    ever costs less than nothing.

    Raises `CouponsDoNotStack`, `CouponNeedsMore`, `CouponTakesNothingOff`, `CouponsLeaveNothing`.
    """
    _must_stack(offers)
    basket = total(line.price for line in lines if line.kind != "cargo")
    left = [line.price for line in lines]
    taken = []
    for offer in sorted(offers, key=lambda each: (each.rules.percent is None, each.code)):
        if basket < offer.rules.minimum:
            raise CouponNeedsMore(code=offer.code, minimum=offer.rules.minimum, basket=basket)
        discounts = _shared(offer, lines, left=left)
        left = [price - discount for price, discount in zip(left, discounts, strict=True)]
        taken.append(Taken(offer=offer, discounts=discounts))
    if taken and not total(left).amount:
        raise CouponsLeaveNothing
    return taken


def _shared(offer: Offer, lines: Sequence[Priced], *, left: Sequence[Money]) -> tuple[Money, ...]:
    weights = [
        price.amount if line.kind in offer.rules.kinds else price.amount * 0
        for line, price in zip(lines, left, strict=True)
    ]
    whole = Money.of(sum(weights))
    rules = offer.rules
    wanted = rules.amount if rules.percent is None else None
    if wanted is None:
        wanted = Money.of(whole.amount * (rules.percent or 0) / 100)
    discount = min(wanted, whole)
    if not discount.amount:
        raise CouponTakesNothingOff(code=offer.code)
    return distribute(discount, weights)


def _must_stack(offers: Sequence[Offer]) -> None:
    for offer in offers:
        if len(offers) > 1 and not offer.rules.stacks:
            raise CouponsDoNotStack(code=offer.code)
