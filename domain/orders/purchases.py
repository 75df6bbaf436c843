"""Purchases of credits: what was granted for which money, and what went back against a refund."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct

from domain.orders.order import Order
from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import Conflict
from domain.shared.money import Money, total

PURCHASES = UUID("4f5a1c52-9b0a-4e55-8a9e-2b7a4c3d1e10")


class NothingUnspent(Conflict):
    """All that was bought is spent, held, expired or taken back. Fact: `bought`."""


class Bought(Struct, frozen=True, kw_only=True):
    """So many credits for so much money: `paid` has KDV inside at `kdv_rate` percent, `net` is
    without it.
    """

    credits: int
    paid: Money
    net: Money
    kdv_rate: Decimal


class Taken(Struct, frozen=True, kw_only=True):
    """Credits that were taken back, the money that was asked to go back for them, and its net."""

    credits: int
    amount: Money
    net: Money


class _Happened(Event, frozen=True, kw_only=True):
    """What all later events have: whose purchase it is, and by which refund it changed."""

    CONCERNS = ("customer_id",)
    SHOWS = ("order_id", "credits", "amount")
    order_id: UUID
    customer_id: UUID
    number: str
    refund_id: UUID
    credits: int
    amount: Money
    net: Money


class CreditPurchase(Aggregate):
    """Credits that an order brought. Whatever is taken back and given back, in any order, the money
    for it is that of the sum of the credits to the kuruş, so that it never adds up to more than was
    paid.
    """

    TOPIC = "credit_purchase"

    class Granted(Created, frozen=True, kw_only=True):
        TOPIC = "credit_purchase.granted"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "number")
        order_id: UUID
        customer_id: UUID
        number: str
        lot_id: UUID
        bought: Bought

    class TakenBack(_Happened, frozen=True, kw_only=True):
        TOPIC = "credit_purchase.taken_back"

    class GivenBack(_Happened, frozen=True, kw_only=True):
        TOPIC = "credit_purchase.given_back"
        lot_id: UUID

    @staticmethod
    def id_of(order_id: UUID) -> UUID:
        """The one purchase of an order."""
        return uuid5(PURCHASES, str(order_id))

    @classmethod
    def grant(cls, order: Order, *, lot_id: UUID, bought: Bought) -> CreditPurchase:
        """The credits of a paid order are in the wallet, as this lot."""
        return cls.begin(
            cls.Granted,
            id=cls.id_of(order.id),
            now=order.now,
            order_id=order.id,
            customer_id=order.customer_id,
            number=order.number,
            lot_id=lot_id,
            bought=bought,
        )

    @property
    def gone(self) -> int:
        """Credits that were taken back and not given back."""
        return sum(each.credits for each in self.taken.values())

    def money_for(self, credits: int) -> Money:
        """What goes back for so many more credits, KDV included."""
        paid = self.bought.paid
        exact = paid.amount * (self.gone + credits) / self.bought.credits
        gone = total((each.amount for each in self.taken.values()), paid.currency)
        return Money.of(exact, paid.currency) - gone

    def take_back(self, refund_id: UUID, *, credits: int, net: Money) -> Taken:
        """These unspent credits, which carry `net`, are taken back for a refund. The same
        `refund_id` twice is one, also when it came to nothing. Raises `NothingUnspent`.
        """
        if before := self.taken.get(refund_id) or self.given_back.get(refund_id):
            return before
        if credits < 1:
            raise NothingUnspent(bought=self.bought.credits)
        taken = Taken(credits=credits, amount=self.money_for(credits), net=net)
        self.emit(CreditPurchase.TakenBack, **self._facts(refund_id, taken))
        return taken

    def give_back(self, refund_id: UUID) -> Taken | None:
        """The refund came to nothing, so its credits come back, as a lot of their own; None where
        nothing is to come back, or it has come.
        """
        taken = self.taken.get(refund_id)
        if taken is not None:
            lot_id = self.lot_given_back(refund_id)
            self.emit(CreditPurchase.GivenBack, lot_id=lot_id, **self._facts(refund_id, taken))
        return taken

    @staticmethod
    def lot_given_back(refund_id: UUID) -> UUID:
        """The lot in which the credits of a refund that failed come back."""
        return uuid5(PURCHASES, f"given back {refund_id}")

    def _facts(self, refund_id: UUID, taken: Taken) -> dict[str, Any]:
        return {
            "order_id": self.order_id,
            "customer_id": self.customer_id,
            "number": self.number,
            "refund_id": refund_id,
            "credits": taken.credits,
            "amount": taken.amount,
            "net": taken.net,
        }

    @event(Granted)
    def __init__(
        self, order_id: UUID, customer_id: UUID, number: str, lot_id: UUID, bought: Bought
    ) -> None:
        self.order_id = order_id
        self.customer_id = customer_id
        self.number = number
        self.lot_id = lot_id
        self.bought = bought
        self.taken: dict[UUID, Taken] = {}
        self.given_back: dict[UUID, Taken] = {}

    @event(TakenBack)
    def _taken_back(self, refund_id: UUID, credits: int, amount: Money, net: Money) -> None:
        self.taken[refund_id] = Taken(credits=credits, amount=amount, net=net)

    @event(GivenBack)
    def _given_back(self, refund_id: UUID) -> None:
        self.given_back[refund_id] = self.taken.pop(refund_id)
