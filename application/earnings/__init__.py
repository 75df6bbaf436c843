"""Designers' pay: what work earns, payout requests, and the runs in which they are paid."""

from application.earnings.accruals import TakeOverFee, accrue, close_earning, reverse_share
from application.earnings.books import Payer, payout_book
from application.earnings.commissions import SetCommission
from application.earnings.payees import GiveIban, RequestPayout, WithdrawPayout
from application.earnings.runs import (
    ApprovePayoutRun,
    CallOffPayoutRun,
    ExpirePayoutRun,
    MarkPayoutRunSent,
    PayoutAsk,
    ProposePayoutRun,
    RefusePayout,
    RejectPayoutRun,
    TakePayoutFile,
    WithdrawPayoutRun,
)

__all__ = [
    "ApprovePayoutRun",
    "CallOffPayoutRun",
    "ExpirePayoutRun",
    "GiveIban",
    "MarkPayoutRunSent",
    "Payer",
    "PayoutAsk",
    "ProposePayoutRun",
    "RefusePayout",
    "RejectPayoutRun",
    "RequestPayout",
    "SetCommission",
    "TakeOverFee",
    "TakePayoutFile",
    "WithdrawPayout",
    "WithdrawPayoutRun",
    "accrue",
    "close_earning",
    "payout_book",
    "reverse_share",
]
