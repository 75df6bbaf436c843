"""What can be read of the ledger: its entries, its balances, and what finance asks of them."""

from projections.ledger.balances import (
    AccountTotals,
    TrialBalance,
    account_totals,
    ledger_position,
    trial_balance,
)
from projections.ledger.gaps import Gaps, PositionGap, VersionGap, gaps_of_log
from projections.ledger.holds import (
    HoldAge,
    LedgerHold,
    ages_of_holds,
    ledger_holds,
    oldest_holds,
)
from projections.ledger.movements import GROUPS, Group, Roll, roll_forward
from projections.ledger.statements import (
    CustomerLine,
    Filter,
    Mover,
    Place,
    customer_accounts,
    customer_statement,
    entries_of_event,
    largest_movers,
    ledger_statement,
)
from projections.ledger.tables import (
    BLOCKS,
    LedgerBlock,
    LedgerCustomer,
    LedgerEntry,
    LedgerMonth,
    ledger_blocks,
    ledger_customers,
    ledger_entries,
    ledger_months,
)

__all__ = [
    "BLOCKS",
    "GROUPS",
    "AccountTotals",
    "CustomerLine",
    "Filter",
    "Gaps",
    "Group",
    "HoldAge",
    "LedgerBlock",
    "LedgerCustomer",
    "LedgerEntry",
    "LedgerHold",
    "LedgerMonth",
    "Mover",
    "Place",
    "PositionGap",
    "Roll",
    "TrialBalance",
    "VersionGap",
    "account_totals",
    "ages_of_holds",
    "customer_accounts",
    "customer_statement",
    "entries_of_event",
    "gaps_of_log",
    "largest_movers",
    "ledger_blocks",
    "ledger_customers",
    "ledger_entries",
    "ledger_holds",
    "ledger_months",
    "ledger_position",
    "ledger_statement",
    "oldest_holds",
    "roll_forward",
    "trial_balance",
]
