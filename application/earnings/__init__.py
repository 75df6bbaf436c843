"""Designers' pay: what work earns, payout requests, and the runs in which they are paid."""

from application.earnings.accruals import TakeOverFee, accrue, close_earning, reverse_share

__all__ = ["TakeOverFee", "accrue", "close_earning", "reverse_share"]
