"""Settlements of reported days: each transfer becomes a fact, and so does each that came back."""

from __future__ import annotations

from datetime import date
from typing import Any, LiteralString

from msgspec import Struct

from adapters.postgres.pool import Pool
from application.bus import Bus
from application.settlements import BounceSettlement, ReportSettlement
from application.work_items import LapseWorkItem, OpenWorkItem
from domain.settlements import Payout, UnknownSettlement
from domain.shared.money import Money
from workers.reconciliation.matching import SLACK_DAYS

TRANSFERS: LiteralString = """
SELECT reference, currency, min(day) FILTER (WHERE gone_by IS NULL), min(day),
    coalesce(sum(amount) FILTER (WHERE gone_by IS NULL), 0), count(*) FILTER (WHERE gone_by IS NULL)
FROM recon_payouts
WHERE provider = %(provider)s AND reference IN (
    SELECT reference FROM recon_payouts
    WHERE provider = %(provider)s AND day BETWEEN %(since)s AND %(until)s)
GROUP BY reference, currency ORDER BY 4, reference
"""
BOUNCED: LiteralString = """
SELECT reference, currency, day, sum(amount), min(reason) FROM recon_bounces
WHERE provider = %(provider)s AND day BETWEEN %(since)s AND %(until)s AND gone_by IS NULL
GROUP BY reference, currency, day ORDER BY day, reference
"""
LATE: LiteralString = """
SELECT reference, day, payout, in_transit FROM read.settlements
WHERE provider = %(provider)s AND in_transit <> 0 AND day + %(slack)s < %(until)s
ORDER BY day, reference LIMIT 200
"""
ARRIVED: LiteralString = """
SELECT s.reference FROM read.settlements AS s
JOIN read.work_items AS w ON w.key = 'settlement:' || s.reference
WHERE s.provider = %(provider)s AND s.in_transit = 0 AND w.kind = 'recon_aged' AND w.state = 'open'
"""


class PayingOut(Struct, frozen=True):
    """Tells of transfers of a provider; told again they change nothing."""

    pool: Pool
    bus: Bus
    provider: str

    async def tell(self, since: date, until: date) -> int:
        """Report the transfers of these days, and which of them came back; how many there are."""
        days = {"provider": self.provider, "since": since, "until": until}
        transfers = await self._rows(TRANSFERS, days)
        for reference, currency, day, first_day, amount, lines in transfers:
            payout = Payout(day=day or first_day, amount=Money.of(amount, currency), lines=lines)
            if currency == "TRY":
                await self.bus.execute(
                    ReportSettlement(reference=reference, payout=payout, provider=self.provider)
                )
            else:
                await self._show_foreign(reference, payout)
        for reference, currency, day, amount, reason in await self._rows(BOUNCED, days):
            await self._bounce(reference, Money.of(amount, currency), day=day, reason=reason)
        return len(transfers)

    async def show_late(self, until: date) -> int:
        """Show finance which transfers should have arrived, and take back those that have."""
        days = {"provider": self.provider, "until": until, "slack": SLACK_DAYS}
        late = await self._rows(LATE, days)
        for reference, day, payout, in_transit in late:
            facts = (
                ("settlement", reference),
                ("day", day.isoformat()),
                ("payout", str(payout)),
                ("in_transit", str(in_transit)),
            )
            await self.bus.execute(
                OpenWorkItem(kind="recon_aged", key=f"settlement:{reference}", facts=facts)
            )
        for (reference,) in await self._rows(ARRIVED, days):
            await self.bus.execute(
                LapseWorkItem(
                    kind="recon_aged", key=f"settlement:{reference}", reason="it has arrived"
                )
            )
        return len(late)

    async def _bounce(self, reference: str, amount: Money, *, day: date, reason: str) -> None:
        facts = (("settlement", reference), ("day", day.isoformat()), ("reason", reason[:200]))
        await self.bus.execute(
            OpenWorkItem(
                kind="payout_bounced",
                key=f"{reference}:{day.isoformat()}",
                amount=amount if amount.currency == "TRY" else None,
                facts=facts,
            )
        )
        if amount.currency != "TRY":
            return
        try:
            await self.bus.execute(
                BounceSettlement(
                    reference=reference,
                    amount=amount,
                    reason=reason,
                    day=day,
                    provider=self.provider,
                )
            )
        except UnknownSettlement:
            # Its payout was never reported, so nothing is in transit that could come back.
            return

    async def _show_foreign(self, reference: str, payout: Payout) -> None:
        facts = (
            ("settlement", reference),
            ("day", payout.day.isoformat()),
            ("payout", str(payout.amount)),
        )
        key = f"settlement:{reference}:{payout.amount.currency}"
        await self.bus.execute(OpenWorkItem(kind="recon_mismatch", key=key, facts=facts))

    async def _rows(
        self, query: LiteralString, parameters: dict[str, Any]
    ) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall()
