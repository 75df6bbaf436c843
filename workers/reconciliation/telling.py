"""What follows from a run: fees are booked, attempts asked about, differences shown to people."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Any, LiteralString

from msgspec import Struct

from adapters.postgres.pool import Pool
from application.bus import Bus, Command
from application.payments import AskAboutPayment
from application.settlements import RecordReturnedFee
from application.work_items import LapseWorkItem, OpenWorkItem
from domain.settlements import RefundedLine
from domain.shared.money import Money
from domain.work_items import WorkItemKind
from workers.reconciliation.matching import Differing

MOST_ITEMS = 200
"""How many differences one run shows one by one. Where there are more, something is wrong with the
whole, which is shown by one item; the rest follow with the next runs.
"""

KINDS: dict[str, WorkItemKind] = {"mismatched": "recon_mismatch", "aged": "recon_aged"}
"""By the status of a line, the kind of the item that tells of it."""

FEES: LiteralString = """
SELECT refund_id, attempt_id, order_id, line_id, their_commission FROM recon_lines
WHERE provider = %(provider)s AND kind = 'refund' AND side = 'both' AND status = 'expected'
    AND our_commission IS NULL AND their_commission > 0 AND currency = 'TRY'
"""
ASKED: LiteralString = """
SELECT DISTINCT attempt_id FROM recon_lines
WHERE provider = %(provider)s AND side = 'theirs' AND kind = 'payment' AND attempt_id IS NOT NULL
    AND (status = 'expected' OR faults = ARRAY['not_recorded'])
"""
DIFFERING: LiteralString = """
SELECT line_key, kind, status, faults, day, order_id, attempt_id, transaction_id, conversation_id,
    currency, ours, theirs, our_commission, their_commission, due, paid_out,
    difference, coalesce((SELECT b.amount FROM read.booked_differences AS b
                          WHERE b.key = line_key), 0) AS booked, told
FROM recon_lines WHERE provider = %(provider)s AND (status IN ('mismatched', 'aged') OR told <> '')
ORDER BY day, line_key
"""
TOLD: LiteralString = "UPDATE recon_lines SET told = %(told)s WHERE line_key = %(key)s"


class Telling(Struct, frozen=True):
    """Carries out what follows from how lines stand; asked again it changes nothing."""

    pool: Pool
    bus: Bus
    provider: str

    async def return_fees(self) -> int:
        """Book what the provider gave back of its commission with refunds; how many were told."""
        rows = await self._rows(FEES)
        for refund_id, attempt_id, order_id, line_id, amount in rows:
            refund = RefundedLine(
                refund_id=refund_id, attempt_id=attempt_id, order_id=order_id, line_id=line_id
            )
            await self.bus.execute(RecordReturnedFee(refund=refund, amount=amount))
        return len(rows)

    async def ask(self, reference: str) -> int:
        """Have attempts asked about that the provider has as paid, and we do not; how many."""
        rows = await self._rows(ASKED)
        for (attempt_id,) in rows:
            await self.bus.execute(
                AskAboutPayment(attempt_id=attempt_id, asked_by="report", reference=reference)
            )
        return len(rows)

    async def show(self, day: str) -> int:
        """Show finance what differs, and take back what does no more; how many items were told."""
        columns = Differing.__struct_fields__
        rows = [
            Differing(**dict(zip(columns, row, strict=True))) for row in await self._rows(DIFFERING)
        ]
        news = [each for each in rows if each.told != _told(each)]
        for each in news[:MOST_ITEMS]:
            for command in _commands(each):
                await self.bus.execute(command)
            await self._rows(TOLD, {"told": _told(each), "key": each.line_key})
        await self._tell_of_many(len(news), day=day)
        return min(len(news), MOST_ITEMS)

    async def _tell_of_many(self, number: int, *, day: str) -> None:
        key = f"many:{self.provider}"
        if number > MOST_ITEMS:
            facts = (("lines", str(number)), ("day", day))
            await self.bus.execute(OpenWorkItem(kind="recon_mismatch", key=key, facts=facts))
        else:
            reason = "fewer lines differ"
            await self.bus.execute(LapseWorkItem(kind="recon_mismatch", key=key, reason=reason))

    async def _rows(
        self, query: LiteralString, parameters: dict[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query, parameters or {"provider": self.provider})
            return await cursor.fetchall() if cursor.description else []


def _told(line: Differing) -> str:
    """What finance is told of a line as it stands: the kind of the item, and what it says."""
    if line.status not in KINDS:
        return ""
    # What was booked of it is no news, or else booking it would open the item again.
    said = repr((line.difference.normalize(), _facts(line)))
    return f"{KINDS[line.status]} {sha256(said.encode()).hexdigest()[:32]}"


def _commands(line: Differing) -> Iterator[Command]:
    kind = KINDS.get(line.status)
    before = next((each for each in KINDS.values() if line.told.startswith(each)), None)
    if before is not None and before != kind:
        yield LapseWorkItem(kind=before, key=line.line_key, reason=f"is {line.status} now")
    if kind is not None:
        yield OpenWorkItem(
            kind=kind,
            key=line.line_key,
            order_id=line.order_id,
            attempt_id=line.attempt_id,
            amount=_amount(line),
            facts=_facts(line),
        )


def _amount(line: Differing) -> Money | None:
    """What is left to book: how much less the provider has than we do; nothing but lira."""
    return Money.of(line.difference - line.booked) if line.currency == "TRY" else None


def _facts(line: Differing) -> tuple[tuple[str, str], ...]:
    facts: dict[str, str | Decimal | None] = {
        "line": line.kind,
        "faults": ", ".join(line.faults),
        "day": line.day.isoformat(),
        "transaction": line.transaction_id,
        "conversation": line.conversation_id,
        "currency": line.currency,
        "ours": line.ours,
        "theirs": line.theirs,
        "our_commission": line.our_commission,
        "their_commission": line.their_commission,
        "due": line.due,
        "paid_out": line.paid_out,
    }
    return tuple((name, _plain(value)) for name, value in facts.items() if value not in {None, ""})


def _plain(value: str | Decimal | None) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
