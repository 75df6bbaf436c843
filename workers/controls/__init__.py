"""Controls on a timer: each promise of the books, how it is checked, and who hears of a fault."""

from workers.controls import bank, earnings, gaps, ledger, months, receivable, wallets
from workers.controls.registry import CONTROLS, Found, NotLevel
from workers.controls.running import Controlling, Controls

__all__ = ["CONTROLS", "REGISTERED", "Controlling", "Controls", "Found", "NotLevel"]

REGISTERED = (bank, earnings, gaps, ledger, months, receivable, wallets)
"""Importing them is what registers the controls."""
