"""What can be read of the ledger: its entries, its balances, and what finance asks of them."""

from projections.ledger.tables import (
    LedgerBlock,
    LedgerCustomer,
    LedgerEntry,
    LedgerMonth,
    ledger_blocks,
    ledger_customers,
    ledger_entries,
    ledger_months,
    period_of,
)

__all__ = [
    "LedgerBlock",
    "LedgerCustomer",
    "LedgerEntry",
    "LedgerMonth",
    "ledger_blocks",
    "ledger_customers",
    "ledger_entries",
    "ledger_months",
    "period_of",
]
