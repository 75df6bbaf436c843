"""A person's orders and a designer's shares, reckoned at the prices and rates of some rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from application.what_if import facts
from application.what_if.figures import NOTHING, Figures
from application.what_if.rules import Rules, RulesAt
from domain.shared.money import Money, split_gross


class OrderedLine(Struct):
    """A line as it was booked and as it is reckoned; of both, what went back."""

    kind: str
    booked: Decimal
    gross: Decimal
    rate: Decimal
    booked_back: Decimal = NOTHING
    back: Decimal = NOTHING


class Reckoned(Struct):
    """An order's lines, and how it stands."""

    lines: dict[UUID, OrderedLine]
    paid: bool = False
    cancelled: bool = False


class Orders:
    """Orders that were paid count; `figures` are written by `settled` and by shares."""

    def __init__(self, rules: RulesAt, figures: Figures) -> None:
        self._rules = rules
        self._figures = figures
        self._orders: dict[UUID, Reckoned] = {}

    def take(self, fact: Any) -> None:
        """Let the next thing happen to an order or a share. Raises `NotReckoned`."""
        match fact:
            case facts.Placed():
                self._place(fact)
            case facts.Paid():
                self._pay(fact)
            case facts.Cancelled():
                self._order(fact.order_id).cancelled = True
            case facts.Returned():
                self._return(fact)
            case facts.Earned():
                self._earn(fact)
            case facts.Opened() | facts.Expired():
                return  # the rules say themselves when credits come and expire
            case _:
                raise TypeError(f"{type(fact).__name__} is nothing that happens to an order")

    def settled(self) -> Figures:
        """The figures with all that was paid and went back."""
        figures = self._figures
        figures.charged = figures.returned = figures.kdv = NOTHING
        for order in self._orders.values():
            if not order.paid:
                continue
            for line in order.lines.values():
                figures.charged += line.gross
                figures.returned += line.back
                figures.kdv += split_gross(Money(line.gross - line.back), line.rate).tax.amount
        return figures

    def _place(self, fact: facts.Placed) -> None:
        rules = self._rules(fact.at)
        self._orders[fact.order_id] = Reckoned(
            {
                line.line_id: OrderedLine(
                    kind=line.kind,
                    booked=line.gross,
                    gross=_price(line, rules, fact=fact, rate=rate),
                    rate=rate,
                )
                for line in fact.lines
                for rate in [_rate(line, rules, fact=fact)]
            }
        )

    def _pay(self, fact: facts.Paid) -> None:
        """What instalments cost is the provider's price, so that it is reckoned as it was."""
        order = self._order(fact.order_id)
        order.paid = True
        for line_id, amount in fact.charged:
            line = order.lines[line_id]
            line.gross += amount - line.booked
            line.booked = amount

    def _return(self, fact: facts.Returned) -> None:
        order = self._order(fact.order_id)
        line = order.lines[fact.line_id]
        before = _share(line)
        line.booked_back += fact.amount
        percent = self._rules(fact.at).returned_percent(
            kind=line.kind, cancelled=order.cancelled, at=fact.at
        )
        line.back += Money.of((_share(line) - before) * percent / 100).amount

    def _earn(self, fact: facts.Earned) -> None:
        rules = self._rules(fact.at)
        percent = rules.fee_percent(at=fact.at) * rules.share_percent(at=fact.at)
        self._figures.fees += Money.of(fact.share * percent / 10_000).amount

    def _order(self, order_id: UUID) -> Reckoned:
        if order_id not in self._orders:
            raise facts.NotReckoned(f"the order {order_id} has no beginning in what was read")
        return self._orders[order_id]


def _rate(line: facts.Line, rules: Rules, *, fact: facts.Placed) -> Decimal:
    """Other classes than the general one keep theirs."""
    if line.tax_class != "general":
        return line.rate
    return rules.kdv_rate(at=fact.at, booked=line.rate)


def _price(line: facts.Line, rules: Rules, *, fact: facts.Placed, rate: Decimal) -> Decimal:
    """Another price is made cheaper by coupons in the proportion in which the booked one was."""
    listed = rules.line_price(kind=line.kind, at=fact.at, booked=line.listed)
    price = line.gross
    if listed != line.listed:
        price = Money.of(listed * line.gross / line.listed).amount if line.listed else listed
    if line.kind == "design_fee":
        price = Money.of(price * rules.fee_percent(at=fact.at) / 100).amount
    if rules.keeps == "net" and rate != line.rate:
        net = split_gross(Money(price), line.rate).net.amount
        price = Money.of(net * (100 + rate) / 100).amount
    return price


def _share(line: OrderedLine) -> Decimal:
    """What of the reckoned price belongs to what went back of the booked one."""
    if line.booked_back == line.booked:
        return line.gross
    return Money.of(line.gross * line.booked_back / line.booked).amount
