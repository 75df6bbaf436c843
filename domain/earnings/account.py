"""A designer's account: what approved work earned, what refunds took back, and what was paid."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from domain.earnings.commission import EARNINGS
from domain.earnings.parts import (
    IN_RUN,
    OPEN,
    Accrual,
    Balances,
    BalanceTooLow,
    BelowLeastPayout,
    CancelledBecause,
    Earning,
    NothingToPayOut,
    Payout,
    PayoutCannotMove,
    PayoutNotCovered,
    PayoutOpen,
    PayoutState,
    ReversedBecause,
)
from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import NotFound
from domain.shared.money import Money

STEPS: dict[PayoutState, tuple[PayoutState, ...]] = {
    "requested": ("in_run", "cancelled"),
    "in_run": ("requested", "approved"),
    "approved": ("requested", "paid", "refused"),
    "paid": ("bounced",),
    "bounced": (),
    "refused": (),
    "cancelled": (),
}
"""Every step a payout can take; there are no others."""


class _Entry(Event, frozen=True, kw_only=True):
    """Something on the account, of which the designer hears."""

    CONCERNS = ("person_id",)
    person_id: UUID


class _Payout(_Entry, frozen=True, kw_only=True):
    """A step of a payout."""

    SHOWS = ("payout_id", "reference", "amount")
    payout_id: UUID
    reference: str
    amount: Money


class _InRun(_Payout, frozen=True, kw_only=True):
    """A step of a payout in a run."""

    run_id: UUID


class DesignerAccount(Aggregate):
    """One per designer, who is told of each entry. What is owed may fall below 0, where money was
    paid out that a refund takes back later; what is earned next is set off against it.
    """

    TOPIC = "designer_account"
    SNAPSHOTS = True
    designer_id: UUID
    person_id: UUID
    earnings: dict[UUID, Earning]
    payouts: dict[UUID, Payout]
    accrued: Money
    reversed: Money
    paid: Money

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "designer_account.opened"
        designer_id: UUID
        person_id: UUID

    class Accrued(_Entry, frozen=True, kw_only=True):
        TOPIC = "designer_account.accrued"
        SHOWS = ("accrual",)
        accrual: Accrual

    class Reversed(_Entry, frozen=True, kw_only=True):
        TOPIC = "designer_account.reversed"
        SHOWS = ("number", "share")
        job_id: UUID
        order_id: UUID
        number: str
        reversal_id: UUID
        reason: ReversedBecause
        returned: Money
        share: Money

    class PayoutRequested(_Payout, frozen=True, kw_only=True):
        TOPIC = "designer_account.payout_requested"

    class PayoutCancelled(_Payout, frozen=True, kw_only=True):
        TOPIC = "designer_account.payout_cancelled"
        reason: CancelledBecause

    class PayoutTaken(_InRun, frozen=True, kw_only=True):
        TOPIC = "designer_account.payout_taken"

    class PayoutLetGo(_InRun, frozen=True, kw_only=True):
        TOPIC = "designer_account.payout_let_go"

    class PayoutApproved(_InRun, frozen=True, kw_only=True):
        TOPIC = "designer_account.payout_approved"

    class PayoutPaid(_InRun, frozen=True, kw_only=True):
        TOPIC = "designer_account.payout_paid"
        line_id: UUID

    class PayoutBounced(_InRun, frozen=True, kw_only=True):
        TOPIC = "designer_account.payout_bounced"
        line_id: UUID

    class PayoutRefused(_InRun, frozen=True, kw_only=True):
        TOPIC = "designer_account.payout_refused"

    @staticmethod
    def id_of(designer_id: UUID) -> UUID:
        """The one account of a designer."""
        return uuid5(EARNINGS, f"account/{designer_id}")

    @classmethod
    def open(cls, designer_id: UUID, person_id: UUID, *, now: datetime) -> DesignerAccount:
        """An account with nothing on it."""
        return cls.begin(
            cls.Opened,
            id=cls.id_of(designer_id),
            now=now,
            designer_id=designer_id,
            person_id=person_id,
        )

    @property
    def owed(self) -> Money:
        """What the shop owes the designer; below 0, what the designer owes the shop."""
        return self.accrued - self.reversed - self.paid

    def payout(self, payout_id: UUID) -> Payout:
        """One payout. Raises `NotFound`."""
        if payout_id not in self.payouts:
            raise NotFound(kind="payout", id=payout_id)
        return self.payouts[payout_id]

    @property
    def open_payout(self) -> Payout | None:
        """The payout that is neither paid nor over."""
        return next((each for each in self.payouts.values() if each.state in OPEN), None)

    @property
    def balances(self) -> Balances:
        """All figures of the account at once."""
        nothing = self.owed * 0
        payout = self.open_payout
        waits = payout.amount if payout and payout.state == "requested" else nothing
        in_run = payout.amount if payout and payout.state in IN_RUN else nothing
        return Balances(
            accrued=self.accrued,
            reversed=self.reversed,
            paid=self.paid,
            owed=self.owed,
            requested=waits,
            in_run=in_run,
            available=self.owed - waits - in_run,
        )

    def accrue(self, accrual: Accrual) -> None:
        """A job was approved; each earns once."""
        if accrual.job_id not in self.earnings:
            self._happens(DesignerAccount.Accrued, accrual=accrual)

    def reverse(self, job_id: UUID, reversal_id: UUID, *, returned: Money) -> None:
        """So much of the fee went back to the customer; each refund counts once. Ignored where the
        job has earned nothing, or all of it was reversed.
        """
        self._reverse(job_id, reversal_id, reason="refund", returned=returned)

    def close(self, job_id: UUID) -> None:
        """The job's order is off: what is left of the share is reversed."""
        earning = self.earnings.get(job_id)
        if earning is not None:
            rest = earning.charged - earning.returned
            self._reverse(job_id, job_id, reason="cancelled", returned=rest)

    def request(self, payout: Payout, *, least: Money, takes_work: bool) -> None:
        """Ask for money; asked again it changes nothing. Raises `NothingToPayOut`, `PayoutOpen`,
        `BalanceTooLow`, `BelowLeastPayout`.
        """
        if payout.payout_id in self.payouts:
            return
        available = self.balances.available
        amount = payout.amount
        if amount.amount <= 0 or amount != Money.of(amount.amount, available.currency):
            raise NothingToPayOut("/amount")
        if other := self.open_payout:
            raise PayoutOpen(payout_id=other.payout_id, amount=other.amount)
        if amount > available:
            raise BalanceTooLow(available=available, amount=amount)
        if amount < least and (takes_work or amount != available):
            raise BelowLeastPayout(least=least, amount=amount)
        self._payout(DesignerAccount.PayoutRequested, payout)

    def withdraw(self, payout_id: UUID) -> None:
        """The designer takes the request back before it is in a run. Raises `PayoutCannotMove`."""
        payout = self.payout(payout_id)
        if payout.state != "cancelled":
            self._must_move(payout, "cancelled")
            self._payout(DesignerAccount.PayoutCancelled, payout, reason="withdrawn")

    def take(self, payout_id: UUID, *, run_id: UUID) -> None:
        """It is proposed in a run. Raises `PayoutCannotMove`, `PayoutNotCovered`."""
        payout = self.payout(payout_id)
        self._must_move(payout, "in_run")
        self._must_cover(payout)
        self._payout(DesignerAccount.PayoutTaken, payout, run_id=run_id)

    def approve(self, payout_id: UUID) -> None:
        """A second person agreed. Raises `PayoutCannotMove`, `PayoutNotCovered`."""
        payout = self.payout(payout_id)
        self._must_move(payout, "approved")
        self._must_cover(payout)
        self._payout(DesignerAccount.PayoutApproved, payout, run_id=payout.run_id)

    def let_go(self, payout_id: UUID) -> None:
        """Its run came to nothing: it is requested as before, if there is money for it. Raises
        `PayoutCannotMove`.
        """
        payout = self.payout(payout_id)
        self._must_move(payout, "requested")
        self._payout(DesignerAccount.PayoutLetGo, payout, run_id=payout.run_id)
        self._cancel_uncovered()

    def pay(self, payout_id: UUID, line_id: UUID) -> None:
        """The bank has paid it; a line counts once. Raises `PayoutCannotMove`."""
        payout = self.payout(payout_id)
        if payout.paid_by != line_id:
            self._must_move(payout, "paid")
            run_id = payout.run_id
            self._payout(DesignerAccount.PayoutPaid, payout, run_id=run_id, line_id=line_id)

    def bounce(self, payout_id: UUID, line_id: UUID) -> None:
        """The bank brought the money back: it is owed again. Raises `PayoutCannotMove`."""
        payout = self.payout(payout_id)
        self._must_move(payout, "bounced")
        run_id = payout.run_id
        self._payout(DesignerAccount.PayoutBounced, payout, run_id=run_id, line_id=line_id)

    def refuse(self, payout_id: UUID) -> None:
        """The bank did not take it, so that no money moved. Raises `PayoutCannotMove`."""
        payout = self.payout(payout_id)
        if payout.state != "refused":
            self._must_move(payout, "refused")
            self._payout(DesignerAccount.PayoutRefused, payout, run_id=payout.run_id)

    def _reverse(
        self, job_id: UUID, reversal_id: UUID, *, reason: ReversedBecause, returned: Money
    ) -> None:
        earning = self.earnings.get(job_id)
        if earning is None or reversal_id in earning.reversals:
            return
        share = earning.reversed_after(returned) - earning.reversed
        if earning.reversed == earning.share:
            return
        self._happens(
            DesignerAccount.Reversed,
            job_id=job_id,
            order_id=earning.order_id,
            number=earning.number,
            reversal_id=reversal_id,
            reason=reason,
            returned=returned,
            share=share,
        )
        self._cancel_uncovered()

    def _cancel_uncovered(self) -> None:
        payout = self.open_payout
        if payout and payout.state == "requested" and payout.amount > self.owed:
            self._payout(DesignerAccount.PayoutCancelled, payout, reason="not_covered")

    def _must_cover(self, payout: Payout) -> None:
        if payout.amount > self.owed:
            raise PayoutNotCovered(reference=payout.reference, owed=self.owed, amount=payout.amount)

    @staticmethod
    def _must_move(payout: Payout, to: PayoutState) -> None:
        if to not in STEPS[payout.state]:
            raise PayoutCannotMove(state=payout.state, to=to)

    def _payout(self, kind: type[Event], payout: Payout, **facts: Any) -> None:
        self._happens(
            kind,
            payout_id=payout.payout_id,
            reference=payout.reference,
            amount=payout.amount,
            **facts,
        )

    def _happens(self, kind: type[Event], **facts: Any) -> None:
        self.emit(kind, person_id=self.person_id, **facts)

    @event(Opened)
    def __init__(self, designer_id: UUID, person_id: UUID) -> None:
        self.designer_id = designer_id
        self.person_id = person_id
        self.earnings = {}
        self.payouts = {}
        self.accrued = self.reversed = self.paid = Money.of(0)

    @event(Accrued)
    def _accrued(self, accrual: Accrual) -> None:
        nothing = accrual.charged * 0
        self.earnings[accrual.job_id] = Earning(
            order_id=accrual.order_id,
            number=accrual.number,
            charged=accrual.charged,
            share=accrual.cut.share,
            returned=nothing,
            reversed=nothing,
            reversals=set(),
        )
        self.accrued += accrual.cut.share

    @event(Reversed)
    def _reversed(self, job_id: UUID, reversal_id: UUID, returned: Money, share: Money) -> None:
        earning = self.earnings[job_id]
        earning.returned += returned
        earning.reversed += share
        earning.reversals.add(reversal_id)
        self.reversed += share

    @event(PayoutRequested)
    def _requested(self, payout_id: UUID, reference: str, amount: Money) -> None:
        self.payouts[payout_id] = Payout(payout_id=payout_id, reference=reference, amount=amount)

    @event(PayoutCancelled)
    def _cancelled(self, payout_id: UUID) -> None:
        self.payouts[payout_id].state = "cancelled"

    @event(PayoutTaken)
    def _taken(self, payout_id: UUID, run_id: UUID) -> None:
        self.payouts[payout_id].state = "in_run"
        self.payouts[payout_id].run_id = run_id

    @event(PayoutLetGo)
    def _let_go(self, payout_id: UUID) -> None:
        self.payouts[payout_id].state = "requested"
        self.payouts[payout_id].run_id = None

    @event(PayoutApproved)
    def _approved(self, payout_id: UUID) -> None:
        self.payouts[payout_id].state = "approved"

    @event(PayoutPaid)
    def _paid(self, payout_id: UUID, line_id: UUID, amount: Money) -> None:
        self.payouts[payout_id].state = "paid"
        self.payouts[payout_id].paid_by = line_id
        self.paid += amount

    @event(PayoutBounced)
    def _bounced(self, payout_id: UUID, amount: Money) -> None:
        self.payouts[payout_id].state = "bounced"
        self.paid -= amount

    @event(PayoutRefused)
    def _refused(self, payout_id: UUID) -> None:
        self.payouts[payout_id].state = "refused"
