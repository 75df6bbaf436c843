"""Why prices and coupons say no."""

from __future__ import annotations

from domain.shared.errors import Conflict, Invalid, NotFound


class PriceImpossible(Invalid):
    """A price is in TRY, to the kuruş, and nothing but cargo is free. Fact: `price`."""


class RateNotPossible(Invalid):
    """A rate is from 0 to 100 percent; 0 has the code of its exemption, any other has none. Facts:
    `rate` and `exemption`.
    """


class NoSuchSize(Invalid):
    """A size is width x height in whole mm, each from 50 to 500. Fact: `size`."""


class NoCreditPackages(Invalid):
    """Credits are sold from at least 1 upwards, and no two packages have one name."""


class UnknownTaxClass(Invalid):
    """The class has no rate at that moment. Fact: `tax_class`."""


class PriceInThePast(Conflict):
    """What has been charged stays: a price begins now or later. Facts: `since` and `now`."""


class PriceInForce(Conflict):
    """A price of this begins at that very moment, and the moment has come. Fact: `since`."""


class NothingScheduled(NotFound):
    """Nothing that is still to come begins then."""


class RateInUse(Conflict):
    """Lines are put into this class, and it would have no rate. Fact: `tax_class`."""


class NotOffered(Conflict):
    """The cover is not on offer in this size on this paper. Facts: `size` and `paper`."""


class CargoNotOffered(Conflict):
    """Nothing so heavy is sent there. Facts: `zone` and `grams`."""


class PriceChanged(Conflict):
    """The price is not the one that the customer was shown. Facts: `shown` and `price`."""


class UnknownCoupon(NotFound):
    """There is no such coupon."""


class CouponRulesWrong(Invalid):
    """A coupon takes off either a percentage up to 100 or an amount, is for some lines, ends after
    it begins, and can be used at least once. Fact: `field`.
    """


class CouponExists(Conflict):
    """A coupon of this code has other rules; rules are never changed. Fact: `code`."""


class CouponNotValid(Conflict):
    """It does not begin before, or has ended. Facts: `code`, `valid_from` and `valid_until`, which
    is empty for one without an end.
    """


class CouponUsedUp(Conflict):
    """It was used as often as it can be, by all together. Facts: `code` and `most`."""


class CouponUsedByYou(Conflict):
    """The person used it as often as one person can. Facts: `code` and `most`."""


class CouponForFirstOrder(Conflict):
    """It is for a first order, and the person has one. Fact: `code`."""


class CouponNeedsMore(Conflict):
    """The basket is too small for it. Facts: `code`, `minimum` and `basket`."""


class CouponTakesNothingOff(Conflict):
    """Nothing in the basket is what the coupon is for. Fact: `code`."""


class CouponsDoNotStack(Conflict):
    """One of them is used alone. Fact: `code`."""


class CouponsLeaveNothing(Conflict):
    """An order costs something; together they would take all of it."""
