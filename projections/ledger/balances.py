"""Balances at any position: the trial balance, and single accounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import LiteralString

from msgspec import Struct

from domain.ledger import ACCOUNTS, CHART, Account, Unit
from projections.ledger.tables import ledger_blocks, ledger_entries
from projections.reads import Reads

ZERO = Decimal(0)

POSITION = "SELECT coalesce(min(position), 0) FROM projections WHERE serving AND name = ANY (%s)"

# A balance is the large blocks that are full, the smaller ones behind them, and the entries behind
# all of these: a few thousand rows by the keys of two tables, however long the log.
TOTALS: LiteralString = (
    "SELECT account, sum(debits) AS debits, sum(credits) AS credits, sum(entries)::bigint AS"
    " entries FROM (SELECT account, debits, credits, entries FROM read.ledger_blocks"
    " WHERE size = 4194304 AND block < %(until)s / 4194304{one}"
    " UNION ALL SELECT account, debits, credits, entries FROM read.ledger_blocks"
    " WHERE size = 65536 AND block >= %(until)s / 4194304 * 64 AND block < %(until)s / 65536{one}"
    " UNION ALL SELECT account, debits, credits, entries FROM read.ledger_blocks"
    " WHERE size = 1024 AND block >= %(until)s / 65536 * 64 AND block < %(until)s / 1024{one}"
    " UNION ALL SELECT account, greatest(amount, 0), greatest(-amount, 0), 1"
    " FROM read.ledger_entries"
    " WHERE position >= %(until)s / 1024 * 1024 AND position < %(until)s{one})"
    " AS parts GROUP BY account"
)
OF_ALL = TOTALS.replace("{one}", "")
OF_ONE = TOTALS.replace("{one}", " AND account = %(account)s")


class AccountTotals(Struct, frozen=True, kw_only=True):
    """What was booked on an account so far: debits, credits, and how many lines."""

    account: str
    debits: Decimal = ZERO
    credits: Decimal = ZERO
    entries: int = 0

    @property
    def known(self) -> Account:
        """The account in the chart."""
        return ACCOUNTS[self.account]

    @property
    def net(self) -> Decimal:
        """Debits less credits: what the trial balance adds up."""
        return self.debits - self.credits

    @property
    def balance(self) -> Decimal:
        """The balance as the account is read: positive on its normal side."""
        return self.net if self.known.normal == "debit" else -self.net


class TrialBalance(Struct, frozen=True, kw_only=True):
    """All accounts of the chart, in its order, as they stood at a position of the log."""

    position: int
    accounts: Sequence[AccountTotals]

    def sums(self) -> dict[Unit, Decimal]:
        """Debits less credits of each unit; all are zero, or the ledger is broken."""
        sums: dict[Unit, Decimal] = {}
        for each in self.accounts:
            sums[each.known.unit] = sums.get(each.known.unit, ZERO) + each.net
        return sums


async def ledger_position(reads: Reads) -> int:
    """The position up to which the tables of balances stand; 0 before there are any."""
    names = [ledger_blocks.name, ledger_entries.name]
    [(position,)] = await reads.rows(POSITION, (names,))
    return int(position)


async def trial_balance(reads: Reads, position: int) -> TrialBalance:
    """All accounts after the event at a position, which the tables must have reached."""
    found = await reads.all(AccountTotals, OF_ALL, {"until": position + 1})
    totals = {each.account: each for each in found}
    accounts = [totals.get(each.key) or AccountTotals(account=each.key) for each in CHART]
    return TrialBalance(position=position, accounts=accounts)


async def account_totals(reads: Reads, account: str, *, position: int) -> AccountTotals:
    """One account after the event at a position, which the tables must have reached."""
    parameters = {"until": position + 1, "account": account}
    found = await reads.one(AccountTotals, OF_ONE, parameters)
    return found or AccountTotals(account=account)
