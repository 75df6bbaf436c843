"""One person's history, reckoned by rules: a wallet that really decides, and orders at a price."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from application.what_if import facts
from application.what_if.facts import AnyFact
from application.what_if.figures import Figures
from application.what_if.orders import Orders
from application.what_if.rules import RulesAt
from application.what_if.tally import count
from domain.shared.money import Money
from domain.wallet import Grant, Wallet, sum_of


class Life:
    """Facts in their order in, figures out.

    What was asked for is asked for again, of a wallet that decides by its own rules and with the
    prices, amounts and dates of these. What there are not enough credits for does not happen, and
    neither does what followed from it.
    """

    def __init__(self, rules: RulesAt, person: UUID) -> None:
        self._rules = rules
        self._wallet = Wallet.open(person, datetime.max.replace(tzinfo=UTC))
        self._wallet.collect_events()
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._figures = Figures()
        self._orders = Orders(rules, self._figures)
        self._drafts: dict[UUID, UUID] = {}
        self._painted: dict[UUID, int] = {}
        self._unpaid: set[UUID] = set()
        self._held_booked: dict[UUID, int] = {}
        self._spent: dict[UUID, tuple[int, int]] = {}
        self._takes: dict[type[Any], Callable[[Any], None]] = {
            facts.Granted: self._granted,
            facts.Begun: self._begun,
            facts.Held: self._held,
            facts.Painted: self._painted_one,
            facts.Captured: self._captured,
            facts.Released: self._released,
            facts.GivenBack: self._given_back,
            facts.TakenBack: self._taken_back,
        }

    def take(self, fact: AnyFact) -> None:
        """Let the next thing happen. Raises `NotReckoned`."""
        self._newest = fact.at
        take = self._takes.get(type(fact))
        if take is None:
            self._orders.take(fact)
            return
        self._wallet.at(fact.at).expire()
        take(fact)
        self._tally()

    def figures(self, until: datetime) -> Figures:
        """What it came to by then."""
        self._wallet.at(max(until, self._newest)).expire()
        self._tally()
        return self._orders.settled()

    def _granted(self, fact: facts.Granted) -> None:
        rules = self._rules(fact.at)
        credits = fact.credits
        if fact.origin == "welcome":
            credits = rules.welcome_credits(at=fact.at)
        if not credits:
            return
        grant = Grant(
            credits=credits,
            credit_class=fact.credit_class,
            origin=fact.origin,
            expires_at=rules.expires_at(
                origin=fact.origin,
                credit_class=fact.credit_class,
                at=fact.at,
                booked=fact.expires_at,
            ),
            value=Money(fact.value),
            order_id=fact.order_id,
        )
        self._wallet.grant(fact.lot_id, grant)

    def _begun(self, fact: facts.Begun) -> None:
        self._drafts[fact.generation_id] = fact.draft_id

    def _held(self, fact: facts.Held) -> None:
        credits = self._price(fact)
        self._held_booked[fact.hold_id] = fact.credits
        if not credits:
            return
        if credits > self._wallet.available:
            self._figures.unpaid += credits
            self._unpaid.add(fact.generation_id)
            return
        self._wallet.hold(
            fact.hold_id, credits=credits, purpose=fact.purpose, deadline=fact.deadline
        )

    def _price(self, fact: facts.Held) -> int:
        draft = self._drafts.get(fact.generation_id)
        if fact.purpose != "generation" or draft is None:
            return fact.credits
        earlier = self._painted.get(draft, 0)
        return self._rules(fact.at).generation_price(earlier=earlier, at=fact.at)

    def _painted_one(self, fact: facts.Painted) -> None:
        if fact.generation_id not in self._unpaid:
            self._painted[fact.draft_id] = self._painted.get(fact.draft_id, 0) + 1

    def _captured(self, fact: facts.Captured) -> None:
        hold = self._wallet.holds.get(fact.hold_id)
        if hold is not None:
            spent = max(hold.credits * fact.credits // self._held_booked[fact.hold_id], 1)
            self._wallet.capture(fact.hold_id, spent)
            self._spent[fact.hold_id] = spent, fact.credits

    def _released(self, fact: facts.Released) -> None:
        if fact.hold_id in self._wallet.holds:
            self._wallet.release(fact.hold_id, reason="as it was")

    def _given_back(self, fact: facts.GivenBack) -> None:
        if fact.hold_id not in self._spent:
            return
        spent, booked = self._spent[fact.hold_id]
        percent = self._rules(fact.at).refunded_percent(at=fact.at)
        left = sum_of(self._wallet.ended[fact.hold_id].spent)
        credits = min(spent * fact.credits * percent // (booked * 100), left)
        if credits:
            self._wallet.refund_capture(
                fact.refund_id, hold_id=fact.hold_id, credits=credits, reason="as it was"
            )

    def _taken_back(self, fact: facts.TakenBack) -> None:
        if fact.order_id is not None:
            self._wallet.claw_back(fact.clawback_id, order_id=fact.order_id, credits=fact.credits)
            return
        free = sum(
            lot.free
            for lot in self._wallet.lots.values()
            if lot.good_at(fact.at) and fact.credit_class in {None, lot.credit_class}
        )
        if credits := min(free, fact.credits):
            self._wallet.adjust_down(
                fact.clawback_id,
                credits=credits,
                entry_id=fact.clawback_id,
                credit_class=fact.credit_class,
            )

    def _tally(self) -> None:
        count(self._figures, self._wallet.collect_events())
