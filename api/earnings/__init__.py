"""Designers' pay over HTTP: their own earnings, finance's payouts, and the commission."""

from api.earnings.commission import CommissionController
from api.earnings.designer import OwnEarningsController
from api.earnings.payouts import PayoutsController
from api.earnings.runs import PayoutRunsController

__all__ = [
    "CommissionController",
    "OwnEarningsController",
    "PayoutRunsController",
    "PayoutsController",
]
