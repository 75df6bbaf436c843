"""A shop in which one person does whatever comes, by the present rules; its events are history."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace

from application.store import Recorded
from application.terms import Terms
from application.what_if import FACT_KINDS, Comparison, Outcome, Question, Rules, facts_of
from domain.design import DesignJob
from domain.drafts import Draft
from domain.earnings import Accrual, DesignerAccount, cut_of
from domain.orders import Order, OrderLine
from domain.shared.aggregate import Event
from domain.shared.money import Money, distribute, split_gross
from domain.wallet import CreditClass, Grant, InsufficientCredits, Wallet
from tests.given import NOW
from tests.orders.examples import a_purchase, an_order

TERMS = Terms()
PERSON = UUID(int=(7 << 76) | 1)


class Shop:
    """Each method is something that a person, an artist or time does."""

    def __init__(self, person: UUID = PERSON, now: datetime = NOW) -> None:
        self.person = person
        self.now = now
        self.events: list[Event] = []
        self.wallet = Wallet.open(person, now)
        self.drafts: list[int] = []
        self.open_generations: list[tuple[UUID, UUID]] = []
        self.captured: list[UUID] = []
        self.bought: list[UUID] = []
        self.orders: list[Order] = []
        self._count = 0
        self.wallet.grant(
            uuid5(self.wallet.id, "welcome"),
            Grant(
                credits=TERMS.welcome_credits,
                credit_class="promotional",
                origin="welcome",
                expires_at=now + timedelta(days=TERMS.welcome_days),
            ),
        )
        self._collect(self.wallet)

    def waits(self, days: int) -> None:
        """Days go by, and timers ring."""
        self.now += timedelta(days=days)
        self.wallet.at(self.now).expire()
        self._collect(self.wallet)

    def generates(self, draft: int) -> bool:
        """Asks for a generation of one of the drafts; whether there were credits for it."""
        while len(self.drafts) <= draft:
            self.drafts.append(0)
        draft_id = uuid5(self.person, f"draft {draft}")
        generation = self._id()
        credits = TERMS.generation_price(self.drafts[draft])
        deadline = self.now + timedelta(minutes=4)
        try:
            self.wallet.hold(generation, credits=credits, purpose="generation", deadline=deadline)
        except InsufficientCredits:
            return False
        self._happens(Draft.GenerationBegun, draft_id, generation_id=generation, credits=credits)
        self._collect(self.wallet)
        self.open_generations.append((draft_id, generation))
        return True

    def gets_candidates(self) -> None:
        """The oldest generation under way ends well."""
        if self.open_generations:
            draft_id, generation = self.open_generations.pop(0)
            self.wallet.capture(generation)
            self._happens(
                Draft.CandidatesReceived, draft_id, generation_id=generation, candidates=()
            )
            number = next(n for n in range(9) if uuid5(self.person, f"draft {n}") == draft_id)
            self.drafts[number] += 1
            self.captured.append(generation)
            self._collect(self.wallet)

    def gets_nothing(self) -> None:
        """The oldest generation under way fails."""
        if self.open_generations:
            _, generation = self.open_generations.pop(0)
            self.wallet.release(generation, reason="failed")
            self.wallet.expire()
            self._collect(self.wallet)

    def complains(self, credits: int) -> None:
        """Some spent credits are given back."""
        if self.captured:
            hold = self.captured[-1]
            spent = sum(share.credits for share in self.wallet.ended[hold].spent)
            if spent:
                self.wallet.refund_capture(
                    self._id(), hold_id=hold, credits=min(credits, spent), reason="complaint"
                )
                self.wallet.expire()
                self._collect(self.wallet)

    def buys_credits(self, credits: int, gross: Decimal) -> None:
        """Pays for a package."""
        order_id = self._id()
        grant = Grant(
            credits=credits,
            credit_class="purchased",
            origin="purchase",
            value=split_gross(Money.of(gross), TERMS.kdv_rate).net,
            paid=Money.of(gross),
            kdv_rate=TERMS.kdv_rate,
            order_id=order_id,
        )
        self.wallet.grant(self._id(), grant)
        self.bought.append(order_id)
        self._collect(self.wallet)

    def returns_credits(self) -> None:
        """Has a package refunded, as far as it is unspent."""
        if self.bought:
            self.wallet.claw_back(self._id(), order_id=self.bought.pop())
            self._collect(self.wallet)

    def is_granted(self, credits: int, days: int) -> None:
        """Is given credits by hand."""
        end = self.now + timedelta(days=days)
        grant = Grant(
            credits=credits,
            credit_class="promotional",
            origin="manual",
            expires_at=end,
            entry_id=self._id(),
        )
        self.wallet.grant(self._id(), grant)
        self._collect(self.wallet)

    def is_adjusted(self, credits: int, credit_class: CreditClass | None) -> None:
        """Has credits taken back by hand, if they are there."""
        with suppress(InsufficientCredits):
            self.wallet.adjust_down(
                self._id(), credits=credits, entry_id=self._id(), credit_class=credit_class
            )
        self._collect(self.wallet)

    def spends_some(self, held: int, spent: int) -> None:
        """Has credits held for something else than a generation, and spends a part of them."""
        hold = self._id()
        with suppress(InsufficientCredits):
            deadline = self.now + timedelta(minutes=4)
            self.wallet.hold(hold, credits=held, purpose="print", deadline=deadline)
            self.wallet.capture(hold, min(held, spent))
            self.captured.append(hold)
        self._collect(self.wallet)

    def orders_cover(self, design: Decimal | None = None, off: Decimal = Decimal(0)) -> Order:
        """Orders a cover, with so much off by a coupon, and pays for it. Where there is a
        coupon, cargo is of a KDV class of its own.
        """
        reduced = {"cargo"} if off else set()
        draft_id = self._id()
        order_id = Order.id_of(draft_id)
        prices = {"cover": TERMS.cover_price, "cargo": TERMS.cargo_price}
        if design is not None:
            prices["design_fee"] = Money.of(design)
        lines = tuple(
            OrderLine(
                line_id=Order.line_id_of(order_id, kind),  # type: ignore[arg-type]  # each is one
                kind=kind,  # type: ignore[arg-type]  # each is one
                name=kind,
                gross=gross - (discount := Money.of(off if kind == "cover" else 0)),
                discount=discount,
                kdv_rate=TERMS.reduced_kdv_rate if kind in reduced else TERMS.kdv_rate,
                tax_class="reduced" if kind in reduced else "general",
            )
            for kind, gross in prices.items()
        )
        pay_by = self.now + timedelta(hours=24)
        purchase = replace(a_purchase(lines=lines), draft_id=draft_id, pay_by=pay_by)
        order = Order.place(
            self.person,
            purchase,
            number="PK-1",
            particulars=an_order().particulars,
            now=self.now,
        )
        attempt = self._id()
        order.start_payment(attempt)
        order.mark_paid(attempt, order.total)
        self._collect(order)
        self.orders.append(order)
        if design is not None:
            self._earn(order, DesignJob.FeeEarned)
        return order

    def cancels(self) -> None:
        """Has the newest order cancelled; each line's money goes back in two parts."""
        if self.orders:
            order = self.orders.pop().at(self.now)
            order.cancel("customer")
            for line in order.lines:
                for part in distribute(line.gross, [Decimal(1), Decimal(2)]):
                    order.record_refunded(self._id(), line.line_id, amount=part)
            self._collect(order)
            if any(line.kind == "design_fee" for line in order.lines):
                self._earn(order, DesignJob.FeeReversed)

    def recorded(self) -> list[Recorded]:
        """All of it as the log would have it; what decides nothing is left out."""
        return [
            Recorded(position, event, None)
            for position, event in enumerate(self.events, start=1)
            if type(event) in FACT_KINDS
        ]

    def outcome(self, changed: Rules, *, present: Rules, since: datetime | None = None) -> Outcome:
        """Their history by other rules."""
        question = Question(present=present, changed=changed, since=since, until=self.now)
        comparison = Comparison(self.person, question)
        for recorded in self.recorded():
            person, fact = facts_of(recorded)
            assert person == self.person
            comparison.take(fact)
        return comparison.outcome()

    def _earn(self, order: Order, kind: type[Event]) -> None:
        [fee] = [line.list_price for line in order.lines if line.kind == "design_fee"]
        self._happens(
            kind,
            self._id(),
            order_id=order.id,
            number=order.number,
            designer_id=self._id(),
            designer_person_id=self.person,
            fee=fee,
            customer_id=None,
        )

    def is_paid_for_design(self, share: str) -> None:
        """Work is approved as it is now: the designer's account tells their share."""
        job, order_id, fee = self._id(), self._id(), Money.of(450)
        self._happens(
            DesignJob.FeeEarned,
            job,
            order_id=order_id,
            number="PK-1",
            designer_id=self._id(),
            designer_person_id=self.person,
            fee=fee,
            on_account=True,
        )
        account = DesignerAccount.open(self._id(), self.person, now=self.now)
        cut = cut_of(Money.of(share), Decimal(0))
        accrual = Accrual(
            job_id=job, order_id=order_id, number="PK-1", fee=fee, charged=fee, cut=cut
        )
        account.accrue(accrual)
        account.reverse(job, self._id(), returned=Money.of(150))
        self._collect(account)

    def _happens(self, kind: type[Event], identity: UUID, **facts: Any) -> None:
        known = {"customer_id": self.person} | facts
        wanted = {name: known[name] for name in kind.__struct_fields__ if name in known}
        version = sum(each.originator_id == identity for each in self.events) + 1
        self.events.append(
            kind(originator_id=identity, originator_version=version, timestamp=self.now, **wanted)
        )

    def _collect(self, aggregate: Any) -> None:
        self.events += aggregate.collect_events()

    def _id(self) -> UUID:
        self._count += 1
        return uuid5(self.person, str(self._count))
