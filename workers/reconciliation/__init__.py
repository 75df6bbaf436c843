"""Reconciliation: the books of payment providers beside ours, each day, line by line."""

from workers.reconciliation.daily import READY_AFTER, Reconciling
from workers.reconciliation.running import LATE_DAYS, Outcome, Reconciliation

__all__ = ["LATE_DAYS", "READY_AFTER", "Outcome", "Reconciliation", "Reconciling"]
