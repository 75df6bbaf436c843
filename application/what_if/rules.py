"""The rules that can be changed, as questions, and the present answers to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from msgspec import Struct

from application.terms import Terms
from domain.shared.days import TURKEY

Keeps = Literal["gross", "net"]


class RuleFault(Exception):
    """A file of rules is wrong; the message is one sentence that says where and what."""


class Rules(Protocol):
    """What decides about credits and money. Moments are those at which it was decided; credits and
    percentages are whole numbers, amounts are TRY with KDV inside.
    """

    @property
    def keeps(self) -> Keeps:
        """What stays when the KDV rate is another one: the price, or what is left without KDV."""
        ...

    def generation_price(self, *, earlier: int, at: datetime) -> int:
        """Credits for a generation of a draft in which so many gave candidates before."""
        ...

    def welcome_credits(self, *, at: datetime) -> int:
        """The welcome bonus of a wallet that is opened then; 0 for none."""
        ...

    def expires_at(
        self, *, origin: str, credit_class: str, at: datetime, booked: datetime | None
    ) -> datetime | None:
        """When credits that were granted then expire; `booked` is when they really did."""
        ...

    def line_price(self, *, kind: str, at: datetime, booked: Decimal) -> Decimal:
        """The price of an order's line of this kind before coupons; `booked` is what it was."""
        ...

    def kdv_rate(self, *, at: datetime, booked: Decimal) -> Decimal:
        """The KDV of the general class on what is ordered then, as a percentage; `booked` is what
        it was.
        """
        ...

    def returned_percent(self, *, kind: str, cancelled: bool, at: datetime) -> int:
        """How much of what was really given back of a line is given back."""
        ...

    def refunded_percent(self, *, at: datetime) -> int:
        """How much of spent credits that were really given back is given back."""
        ...

    def fee_percent(self, *, at: datetime) -> int:
        """How much of a designer's agreed fee the customer is asked for."""
        ...

    def share_percent(self, *, at: datetime) -> int:
        """How much of their share of the fee that the customer is asked for the designer earns."""
        ...


RulesAt = Callable[[datetime], Rules]
"""The rules that hold at a moment."""


class DatedRate(Struct, frozen=True, kw_only=True):
    """A KDV rate and the day in Turkey from which it holds; None from ever."""

    since: date | None
    rate: Decimal


class WrittenRules(Struct, frozen=True, kw_only=True):
    """Rules as figures. None for a number of days keeps the end that was booked; 0 is no end. What
    was booked holds for prices that are None, and where there is no rate.
    """

    generation_prices: tuple[int, ...]
    welcome: int
    welcome_days: int
    promotional_days: int | None = None
    purchased_days: int | None = None
    cancelled_percent: int = 100
    lines_kept: tuple[str, ...] = ()
    credits_percent: int = 100
    kdv_rates: tuple[DatedRate, ...] = ()
    keeps: Keeps = "gross"
    cover: Decimal | None = None
    cargo: Decimal | None = None
    customer_fee_percent: int = 100
    designer_share_percent: int = 100

    def generation_price(self, *, earlier: int, at: datetime) -> int:  # noqa: ARG002  # as asked
        return self.generation_prices[min(earlier, len(self.generation_prices) - 1)]

    def welcome_credits(self, *, at: datetime) -> int:  # noqa: ARG002  # as asked
        return self.welcome

    def expires_at(
        self, *, origin: str, credit_class: str, at: datetime, booked: datetime | None
    ) -> datetime | None:
        days = self.purchased_days if credit_class == "purchased" else self.promotional_days
        if origin == "welcome":
            days = self.welcome_days
        if days is None:
            return booked
        return at + timedelta(days=days) if days else None

    def line_price(self, *, kind: str, at: datetime, booked: Decimal) -> Decimal:  # noqa: ARG002  # as asked
        price = {"cover": self.cover, "cargo": self.cargo}.get(kind)
        return booked if price is None else price

    def kdv_rate(self, *, at: datetime, booked: Decimal) -> Decimal:
        day = at.astimezone(TURKEY).date()
        held = (
            each.rate
            for each in reversed(self.kdv_rates)
            if each.since is None or each.since <= day
        )
        return next(held, booked)

    def returned_percent(self, *, kind: str, cancelled: bool, at: datetime) -> int:  # noqa: ARG002  # as asked
        if not cancelled:
            return 100
        return 0 if kind in self.lines_kept else self.cancelled_percent

    def refunded_percent(self, *, at: datetime) -> int:  # noqa: ARG002  # as asked
        return self.credits_percent

    def fee_percent(self, *, at: datetime) -> int:  # noqa: ARG002  # as asked
        return self.customer_fee_percent

    def share_percent(self, *, at: datetime) -> int:  # noqa: ARG002  # as asked
        return self.designer_share_percent


def present_rules(terms: Terms) -> WrittenRules:
    """The rules that hold now. Prices and rates are dated: those that held when something was
    ordered are in the order.
    """
    return WrittenRules(
        generation_prices=terms.generation_prices,
        welcome=terms.welcome_credits,
        welcome_days=terms.welcome_days,
    )
