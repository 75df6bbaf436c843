"""The ledger: double entry over credits and money, from a chart and one rule per kind of event."""

from domain.ledger import papers, returns  # noqa: F401  # their rules are there when imported
from domain.ledger.booking import (
    BOOKINGS,
    UNBOOKED,
    Booking,
    Movement,
    OtherCurrency,
    Posting,
    Unbalanced,
    postings_of,
)
from domain.ledger.chart import ACCOUNTS, CHART, Account, AccountKind, Side, Unit
from domain.ledger.earnings import designed
from domain.ledger.postings import REVENUES
from domain.ledger.takings import TAKINGS

__all__ = [
    "ACCOUNTS",
    "BOOKINGS",
    "CHART",
    "REVENUES",
    "TAKINGS",
    "UNBOOKED",
    "Account",
    "AccountKind",
    "Booking",
    "Movement",
    "OtherCurrency",
    "Posting",
    "Side",
    "Unbalanced",
    "Unit",
    "designed",
    "postings_of",
]
