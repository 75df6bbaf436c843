"""What really happened to a person's credits and money, added up from what was booked."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from application.what_if import facts
from application.what_if.facts import AnyFact
from application.what_if.figures import NOTHING, Figures
from domain.shared.money import Money, split_gross


class Booked:
    """Facts in, figures out; nothing is reckoned but the KDV in what was kept."""

    def __init__(self) -> None:
        self._figures = Figures()
        self._lines: dict[UUID, dict[UUID, tuple[facts.Line, Decimal]]] = {}
        self._paid: set[UUID] = set()

    def take(self, fact: AnyFact) -> None:
        """Add what was booked."""
        figures = self._figures
        match fact:
            case facts.Granted():
                figures.granted += fact.credits
            case facts.Captured():
                figures.spent += fact.credits
                figures.carried += fact.value
            case facts.GivenBack():
                figures.given_back += fact.credits
                figures.carried -= fact.value
            case facts.Expired():
                figures.expired += fact.credits
                figures.carried += fact.value
            case facts.TakenBack():
                figures.taken_back += fact.credits
            case _:
                self._take_money(fact)

    def _take_money(self, fact: AnyFact) -> None:
        figures = self._figures
        match fact:
            case facts.Earned():
                figures.fees += fact.share
            case facts.Placed():
                self._lines[fact.order_id] = {line.line_id: (line, NOTHING) for line in fact.lines}
            case facts.Paid():
                self._paid.add(fact.order_id)
                figures.charged += fact.amount
                self._charge(fact)
            case facts.Returned():
                figures.returned += fact.amount
                lines = self._lines.get(fact.order_id, {})
                if fact.line_id in lines:
                    line, back = lines[fact.line_id]
                    lines[fact.line_id] = line, back + fact.amount
            case _:
                pass

    def _charge(self, fact: facts.Paid) -> None:
        lines = self._lines.get(fact.order_id, {})
        for line_id, amount in fact.charged:
            if line_id in lines:
                line, back = lines[line_id]
                lines[line_id] = replace(line, gross=amount), back

    def figures(self) -> Figures:
        """What it came to."""
        self._figures.kdv = sum(
            (
                split_gross(Money(line.gross - back), line.rate).tax.amount
                for order_id in self._paid
                for line, back in self._lines.get(order_id, {}).values()
            ),
            NOTHING,
        )
        return self._figures
