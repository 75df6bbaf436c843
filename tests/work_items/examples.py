"""Examples of work items: a payment that our books and the provider's tell differently."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.four_eyes import Hand
from application.work_items import LapseWorkItem, OpenWorkItem, ResolveWorkItem
from domain.shared.money import Money
from domain.work_items import WorkItem, WorkItemKind
from tests.manual_entries.examples import FATMA, hand

KIND: WorkItemKind = "recon_mismatch"
KEY = "2026-02-28/1234"
ITEM = WorkItem.id_of(KIND, KEY)
ORDER, ATTEMPT = UUID(int=301), UUID(int=302)
AMOUNT, LESS = Money.of("1.50"), Money.of("0.75")
FACTS = (("ours", "100.00"), ("theirs", "98.50"))
NOTE = "Sağlayıcı komisyonu yanlış yazmış"


def opened(**more: Any) -> OpenWorkItem:
    """The item, as the comparison finds it."""
    facts: dict[str, Any] = {
        "kind": KIND,
        "key": KEY,
        "order_id": ORDER,
        "attempt_id": ATTEMPT,
        "amount": AMOUNT,
        "facts": FACTS,
    }
    return OpenWorkItem(**facts | more)


def resolved(
    resolution: str = "explained", *, by: Hand | None = None, **more: Any
) -> ResolveWorkItem:
    """Fatma of finance resolves it."""
    facts: dict[str, Any] = {"item_id": ITEM, "note": NOTE}
    return ResolveWorkItem(by=by or hand(FATMA), resolution=resolution, **facts | more)


def lapsed(reason: str = "matched_later") -> LapseWorkItem:
    """What did not fit has come to fit."""
    return LapseWorkItem(kind=KIND, key=KEY, reason=reason)
