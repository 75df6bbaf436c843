"""Whether the books say of each wallet what the wallet's own read model says."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from projections.reads import Reads

DISAGREEING = (
    "SELECT customer_id, coalesce(w.balance, 0) AS balance, coalesce(w.held, 0) AS held,"
    " coalesce(b.booked, 0) AS booked, coalesce(b.booked_held, 0) AS booked_held"
    " FROM read.wallet_balances AS w FULL JOIN (SELECT customer_id,"
    "  sum(credits - debits) AS booked,"
    "  sum(credits - debits) FILTER (WHERE account = ANY (%(held)s)) AS booked_held"
    "  FROM read.ledger_customers WHERE account = ANY (%(held)s || %(free)s)"
    "  GROUP BY customer_id) AS b USING (customer_id)"
    " WHERE coalesce(w.balance, 0) <> coalesce(b.booked, 0)"
    " OR coalesce(w.held, 0) <> coalesce(b.booked_held, 0)"
    " ORDER BY customer_id LIMIT %(limit)s"
)
ACCOUNTS = {
    "held": ["held_promotional", "held_purchased"],
    "free": ["customer_credits_promotional", "customer_credits_purchased"],
}


class Disagreement(Struct, frozen=True, kw_only=True):
    """A wallet with this balance, of which so much is held, and what the books have of both."""

    customer_id: UUID
    balance: int
    held: int
    booked: Decimal
    booked_held: Decimal


async def disagreeing_wallets(reads: Reads, *, limit: int) -> Sequence[Disagreement]:
    """Wallets of which the books say something else; both read models must stand at one position.

    It looks at every wallet there is.
    """
    return await reads.all(Disagreement, DISAGREEING, {**ACCOUNTS, "limit": limit})
