"""What can be asked of the commission: that another one holds from a moment on."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from domain.designers import Designer
from domain.earnings import CommissionBook, CommissionRule


class SetCommission(Command, frozen=True, kw_only=True):
    """Let a percentage hold from a moment on (None: from now), for all designers or for one. None
    as percentage ends what was agreed with one designer. For admins, never about themselves.
    """

    rule_id: UUID
    designer_id: UUID | None
    percent: Decimal | None
    since: datetime | None
    admin_id: UUID
    expected_version: int | None = None


@handles
async def set_commission(command: SetCommission, store: Store) -> dict[str, Any]:
    book = await store.find(CommissionBook, CommissionBook.ID)
    if book is None:
        book = CommissionBook.open(store.now)
    else:
        book.must_be_at(command.expected_version)
    if command.designer_id is not None:
        designer = await store.get(Designer, command.designer_id)
        designer.must_not_be(command.admin_id)
    rule = CommissionRule(
        rule_id=command.rule_id,
        designer_id=command.designer_id,
        percent=command.percent,
        since=command.since or store.now,
    )
    book.set(rule, by=command.admin_id)
    store.save(book)
    return {"rule_id": rule.rule_id}
