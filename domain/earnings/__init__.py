"""Designers' pay: commission, accounts, payouts and the runs in which they are paid."""

from domain.earnings.account import STEPS, DesignerAccount
from domain.earnings.commission import (
    CommissionBook,
    CommissionInThePast,
    CommissionOutOfRange,
    CommissionRule,
    Cut,
    cut_of,
    rate_at,
)
from domain.earnings.parts import (
    Accrual,
    Balances,
    BalanceTooLow,
    BelowLeastPayout,
    CancelledBecause,
    NothingToPayOut,
    Payout,
    PayoutCannotMove,
    PayoutNotCovered,
    PayoutOpen,
    PayoutState,
)

__all__ = [
    "STEPS",
    "Accrual",
    "BalanceTooLow",
    "Balances",
    "BelowLeastPayout",
    "CancelledBecause",
    "CommissionBook",
    "CommissionInThePast",
    "CommissionOutOfRange",
    "CommissionRule",
    "Cut",
    "DesignerAccount",
    "NothingToPayOut",
    "Payout",
    "PayoutCannotMove",
    "PayoutNotCovered",
    "PayoutOpen",
    "PayoutState",
    "cut_of",
    "rate_at",
]
