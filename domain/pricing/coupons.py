"""Coupons: their rules, how often they were used, and who used them for which orders."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import get_args
from uuid import UUID, uuid5

from msgspec import Struct

from domain.pricing.refusals import (
    CouponForFirstOrder,
    CouponNotValid,
    CouponRulesWrong,
    CouponUsedByYou,
    CouponUsedUp,
)
from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.lines import LineKind
from domain.shared.money import Money

COUPONS = UUID("84c9b1c5-0d9f-4e7e-8f0c-1f3d0a6e5b18")
CODE = re.compile(r"[A-Z0-9]{3,24}\Z")
ALL_KINDS: tuple[LineKind, ...] = tuple(kind for kind in get_args(LineKind) if kind != "credits")


class CouponRules(Struct, frozen=True, kw_only=True):
    """What a coupon takes off, and when, for whom and how often. Either `percent` or `amount`.

    `kinds` are the lines that it makes cheaper; `minimum` is what all lines but cargo cost at
    least, before coupons. One that does not stack is used alone. No number is no limit.
    """

    percent: Decimal | None = None
    amount: Money | None = None
    kinds: tuple[LineKind, ...] = ALL_KINDS
    minimum: Money = Money.of(0)
    first_order: bool = False
    most_uses: int | None = None
    most_per_person: int | None = 1
    stacks: bool = False
    valid_from: datetime
    valid_until: datetime | None = None

    def check(self) -> None:
        """Raises `CouponRulesWrong`."""
        percent, amount = self.percent, self.amount
        right = {
            "percent": (percent is None) != (amount is None)
            and (percent is None or (0 < percent <= 100 and percent == round(percent, 2))),
            "amount": amount is None or (amount.amount > 0 and amount == Money.of(amount.amount)),
            "kinds": 0 < len(self.kinds) == len(set(self.kinds))
            and set(self.kinds) <= {*ALL_KINDS},
            "minimum": self.minimum.amount >= 0 and self.minimum == Money.of(self.minimum.amount),
            "most_uses": self.most_uses is None or self.most_uses > 0,
            "most_per_person": self.most_per_person is None or self.most_per_person > 0,
            "valid_until": self.valid_until is None or self.valid_until > self.valid_from,
        }
        for field, is_right in right.items():
            if not is_right:
                raise CouponRulesWrong(f"/{field}", field=field)


class Coupon(Aggregate):
    """A code that makes orders cheaper. Where there is a limit for all together, each use is taken
    from here, so that the log lets nobody have more than the last one.
    """

    TOPIC = "coupon"
    SNAPSHOTS = True
    code: str
    rules: CouponRules
    taken: int
    ended: bool

    class Issued(Created, frozen=True, kw_only=True):
        TOPIC = "coupon.issued"
        code: str
        rules: CouponRules
        issued_by: UUID

    class Taken(Event, frozen=True, kw_only=True):
        TOPIC = "coupon.taken"
        order_id: UUID

    class GivenBack(Event, frozen=True, kw_only=True):
        TOPIC = "coupon.given_back"
        order_id: UUID

    class Ended(Event, frozen=True, kw_only=True):
        TOPIC = "coupon.ended"
        ended_by: UUID

    @staticmethod
    def id_of(code: str) -> UUID:
        """The one coupon of a code."""
        return uuid5(COUPONS, plain_code(code))

    @classmethod
    def issue(cls, code: str, rules: CouponRules, *, by: UUID, now: datetime) -> Coupon:
        """A new coupon. Raises `CouponRulesWrong`."""
        plain = plain_code(code)
        if not CODE.match(plain):
            raise CouponRulesWrong("/code", field="code")
        rules.check()
        return cls.begin(
            cls.Issued, id=cls.id_of(plain), now=now, code=plain, rules=rules, issued_by=by
        )

    @property
    def is_limited(self) -> bool:
        """Whether all together can use it only so often."""
        return self.rules.most_uses is not None

    def must_be_valid(self) -> None:
        """Raises `CouponNotValid`, `CouponUsedUp`."""
        rules = self.rules
        over = rules.valid_until is not None and self.now >= rules.valid_until
        if self.ended or over or self.now < rules.valid_from:
            raise CouponNotValid(
                code=self.code, valid_from=rules.valid_from, valid_until=rules.valid_until or ""
            )
        if rules.most_uses is not None and self.taken >= rules.most_uses:
            raise CouponUsedUp(code=self.code, most=rules.most_uses)

    def take(self, order_id: UUID) -> None:
        """Count a use, where uses are counted. Raises as `must_be_valid`."""
        self.must_be_valid()
        if self.is_limited:
            self.emit(Coupon.Taken, order_id=order_id)

    def give_back(self, order_id: UUID) -> None:
        """A use came to nothing; whoever gives it back knows that it was taken."""
        if self.is_limited:
            self.emit(Coupon.GivenBack, order_id=order_id)

    def end(self, *, by: UUID) -> None:
        """Nobody can use it any more; orders that did keep what they got."""
        if not self.ended:
            self.emit(Coupon.Ended, ended_by=by)

    @event(Issued)
    def __init__(self, code: str, rules: CouponRules) -> None:
        self.code = code
        self.rules = rules
        self.taken = 0
        self.ended = False

    @event(Taken)
    def _taken(self) -> None:
        self.taken += 1

    @event(GivenBack)
    def _given_back(self) -> None:
        self.taken -= 1

    @event(Ended)
    def _ended(self) -> None:
        self.ended = True


class CouponUse(Aggregate):
    """The orders for which a person uses a coupon; two at once meet here."""

    TOPIC = "coupon_use"

    class Begun(Created, frozen=True, kw_only=True):
        TOPIC = "coupon_use.begun"
        coupon_id: UUID
        customer_id: UUID
        code: str

    class Used(Event, frozen=True, kw_only=True):
        TOPIC = "coupon_use.used"
        coupon_id: UUID
        customer_id: UUID
        order_id: UUID
        discount: Money

    class GivenBack(Event, frozen=True, kw_only=True):
        TOPIC = "coupon_use.given_back"
        coupon_id: UUID
        customer_id: UUID
        order_id: UUID
        discount: Money

    @staticmethod
    def id_of(coupon_id: UUID, customer_id: UUID) -> UUID:
        """The one stream of a person's uses of a coupon."""
        return uuid5(coupon_id, str(customer_id))

    @classmethod
    def begin_for(cls, coupon: Coupon, customer_id: UUID) -> CouponUse:
        """Nothing was used yet."""
        return cls.begin(
            cls.Begun,
            id=cls.id_of(coupon.id, customer_id),
            now=coupon.now,
            coupon_id=coupon.id,
            customer_id=customer_id,
            code=coupon.code,
        )

    def must_be_free(self, rules: CouponRules) -> None:
        """Raises `CouponUsedByYou`."""
        if rules.most_per_person is not None and len(self.orders) >= rules.most_per_person:
            raise CouponUsedByYou(code=self.code, most=rules.most_per_person)

    def use(self, order_id: UUID, *, rules: CouponRules, discount: Money) -> None:
        """Use it for an order; the same order twice is one. Raises `CouponUsedByYou`."""
        if order_id in self.orders:
            return
        self.must_be_free(rules)
        self._happens(CouponUse.Used, order_id, discount=discount)

    def give_back(self, order_id: UUID) -> bool:
        """The order came to nothing; whether it had used the coupon until now."""
        if order_id not in self.orders:
            return False
        self._happens(CouponUse.GivenBack, order_id, discount=self.orders[order_id])
        return True

    def _happens(self, kind: type[Event], order_id: UUID, *, discount: Money) -> None:
        self.emit(
            kind,
            coupon_id=self.coupon_id,
            customer_id=self.customer_id,
            order_id=order_id,
            discount=discount,
        )

    @event(Begun)
    def __init__(self, coupon_id: UUID, customer_id: UUID, code: str) -> None:
        self.coupon_id = coupon_id
        self.customer_id = customer_id
        self.code = code
        self.orders: dict[UUID, Money] = {}

    @event(Used)
    def _used(self, order_id: UUID, discount: Money) -> None:
        self.orders[order_id] = discount

    @event(GivenBack)
    def _given_back(self, order_id: UUID) -> None:
        del self.orders[order_id]


class CoverOrders(Aggregate):
    """The orders of covers of a person that stand: while there is one, no other is their first. One
    that ends unpaid or is cancelled stands no more.
    """

    TOPIC = "cover_orders"

    class FirstPlaced(Created, frozen=True, kw_only=True):
        TOPIC = "cover_orders.first_placed"
        customer_id: UUID
        order_id: UUID

    class Placed(Event, frozen=True, kw_only=True):
        TOPIC = "cover_orders.placed"
        customer_id: UUID
        order_id: UUID

    class GivenUp(Event, frozen=True, kw_only=True):
        TOPIC = "cover_orders.given_up"
        customer_id: UUID
        order_id: UUID

    @staticmethod
    def id_of(customer_id: UUID) -> UUID:
        """The one stream of a person."""
        return uuid5(COUPONS, f"orders of {customer_id}")

    @classmethod
    def place_first(cls, customer_id: UUID, order_id: UUID, *, now: datetime) -> CoverOrders:
        """Nobody has ordered before."""
        return cls.begin(
            cls.FirstPlaced,
            id=cls.id_of(customer_id),
            now=now,
            customer_id=customer_id,
            order_id=order_id,
        )

    def must_be_none(self, code: str) -> None:
        """Raises `CouponForFirstOrder` while an order stands."""
        if self.orders:
            raise CouponForFirstOrder(code=code)

    def place(self, order_id: UUID) -> None:
        """One more order; the same twice is one."""
        if order_id not in self.orders:
            self.emit(CoverOrders.Placed, customer_id=self.customer_id, order_id=order_id)

    def give_up(self, order_id: UUID) -> None:
        """The order came to nothing; ignored if it does not stand."""
        if order_id in self.orders:
            self.emit(CoverOrders.GivenUp, customer_id=self.customer_id, order_id=order_id)

    @event(FirstPlaced)
    def __init__(self, customer_id: UUID, order_id: UUID) -> None:
        self.customer_id = customer_id
        self.orders = {order_id}

    @event(Placed)
    def _placed(self, order_id: UUID) -> None:
        self.orders.add(order_id)

    @event(GivenUp)
    def _given_up(self, order_id: UUID) -> None:
        self.orders.discard(order_id)


def plain_code(code: str) -> str:
    """A code as it is compared: without spaces and hyphens, in capitals, with a plain I."""
    letters = code.replace("ı", "i").replace("İ", "I").upper()
    return "".join(each for each in letters if each not in " -")
