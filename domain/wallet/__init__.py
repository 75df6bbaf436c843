"""A customer's wallet: credits in lots, held for work and captured when the work is done."""

from domain.wallet.facts import ClawbackReason
from domain.wallet.holds import EndedHold, Hold, HoldEnd
from domain.wallet.lots import (
    NOTHING,
    CreditClass,
    Grant,
    Lot,
    LotShare,
    Origin,
    in_spending_order,
    sum_of,
)
from domain.wallet.refusals import (
    CreditsNotPositive,
    HoldAlreadyClosed,
    InsufficientCredits,
    MoreThanHeld,
    MoreThanSpent,
    NotCaptured,
    UnknownHold,
    ValueNotFit,
)
from domain.wallet.wallet import Wallet

__all__ = [
    "NOTHING",
    "ClawbackReason",
    "CreditClass",
    "CreditsNotPositive",
    "EndedHold",
    "Grant",
    "Hold",
    "HoldAlreadyClosed",
    "HoldEnd",
    "InsufficientCredits",
    "Lot",
    "LotShare",
    "MoreThanHeld",
    "MoreThanSpent",
    "NotCaptured",
    "Origin",
    "UnknownHold",
    "ValueNotFit",
    "Wallet",
    "in_spending_order",
    "sum_of",
]
