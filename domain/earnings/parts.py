"""What a designer's account is made of, and why it says no."""

from __future__ import annotations

from decimal import ROUND_HALF_UP
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.earnings.commission import Cut
from domain.shared.errors import Conflict, Invalid
from domain.shared.money import KURUS, Money

PayoutState = Literal["requested", "in_run", "approved", "paid", "bounced", "refused", "cancelled"]
"""Requested by the designer, proposed in a run, approved by a second person, paid by the bank; or
sent back by it, refused by it, or cancelled before.
"""
CancelledBecause = Literal["withdrawn", "not_covered"]
ReversedBecause = Literal["refund", "cancelled"]

OPEN: frozenset[PayoutState] = frozenset(("requested", "in_run", "approved"))
IN_RUN: frozenset[PayoutState] = frozenset(("in_run", "approved"))


class NothingToPayOut(Invalid):
    """An amount to pay out is more than 0, in lira and whole kuruş."""


class BelowLeastPayout(Conflict):
    """Less is paid out only when the designer takes no more work and asks for all there is. Facts:
    `least`, `amount`.
    """


class BalanceTooLow(Conflict):
    """More was asked for than is available. Facts: `available`, `amount`."""


class PayoutOpen(Conflict):
    """One request at a time: another one is not paid yet. Facts: `payout_id`, `amount`."""


class PayoutCannotMove(Conflict):
    """The payout has no such step from where it is. Facts: `state` and `to`."""


class PayoutNotCovered(Conflict):
    """What was earned has been reversed since, so that the balance is below the payout. Facts:
    `reference`, `owed`, `amount`.
    """


class Accrual(Struct, frozen=True, kw_only=True):
    """What an approved job has earned. `charged` is what the customer paid for the fee's line,
    by which refunds of it are measured.

    `carried` was booked by a release that owed the whole fee, before there were accounts.
    """

    job_id: UUID
    order_id: UUID
    number: str
    fee: Money
    charged: Money
    cut: Cut
    carried: bool = False


class Earning(Struct, kw_only=True):
    """How a job's earning stands: what went back to the customer, and what of the share did."""

    order_id: UUID
    number: str
    charged: Money
    share: Money
    returned: Money
    reversed: Money
    reversals: set[UUID]

    def reversed_after(self, returned: Money) -> Money:
        """What must be reversed of the share once so much more went back: rounded on the whole of
        it, so that a fee that went back in parts is reversed to the kuruş.
        """
        gone = self.returned.amount + returned.amount
        if gone >= self.charged.amount:
            return self.share
        part = self.share.amount * gone / self.charged.amount
        return Money(part.quantize(KURUS, ROUND_HALF_UP), self.share.currency)


class Payout(Struct, kw_only=True):
    """A payout of an account, and the run that it is in."""

    payout_id: UUID
    reference: str
    amount: Money
    state: PayoutState = "requested"
    run_id: UUID | None = None
    paid_by: UUID | None = None


class Balances(Struct, frozen=True, kw_only=True):
    """`owed` is `accrued - reversed - paid`; what is `requested` or `in_run` is part of it, and
    `available` is the rest: below 0 when more was reversed than was left.
    """

    accrued: Money
    reversed: Money
    paid: Money
    owed: Money
    requested: Money
    in_run: Money
    available: Money
