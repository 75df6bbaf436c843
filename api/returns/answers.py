"""Returns as they are answered: to their customers, and to staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from api.ask import Ask
from api.files import link_to
from application.file_links import FileLink, FileLinks
from domain.returns import GOODS as GOODS_OF
from domain.returns import (
    Condition,
    Reason,
    RejectedFor,
    Remedy,
    ReturnState,
    reasons_for,
    remedies_for,
)
from domain.shared.lines import LineKind
from domain.shared.money import Money
from projections.returns import ReturnRow


class ReturnAnswer(Struct, frozen=True, kw_only=True):
    """A return. `charged` is what the pieces cost, `amount` what goes or went back of it;
    `refund_refused` tells that the payment provider has refused, so that finance looks at it, and
    `otherwise` that the money went by another refund. Links to pictures work for 15 minutes.
    """

    return_id: UUID
    version: int
    order_id: UUID
    number: str
    line_id: UUID
    item: str
    quantity: int
    reason: Reason
    wanted: Remedy
    state: ReturnState
    said: str
    pictures: list[str]
    charged: Money
    remedy: Remedy | None
    send_back: bool | None
    send_by: datetime | None
    instructions: str
    rejected_because: RejectedFor | None
    rejection: str
    condition: Condition | None
    amount: Money | None
    refund_refused: bool
    otherwise: bool
    asked_at: datetime
    changed_at: datetime
    answer_by: datetime


class StaffReturnAnswer(ReturnAnswer, frozen=True, kw_only=True):
    """A return with what only staff see: whose it is, who decided, and what they found."""

    customer_id: UUID
    decided_by: UUID | None
    found: str
    copy: int | None


class ReasonOffered(Struct, frozen=True, kw_only=True):
    """A reason, how many pictures have to show it, and what may be done about it."""

    reason: Reason
    pictures: int
    remedies: list[Remedy]


class ReturnOffer(Struct, frozen=True, kw_only=True):
    """For which reasons a line of an order comes back."""

    line_id: UUID
    item: LineKind
    reasons: list[ReasonOffered]


def offer_of(line_id: UUID, kind: LineKind, *, charged: Money) -> ReturnOffer:
    """What there is for a line of this kind, for which so much was charged."""
    goods = GOODS_OF[kind]
    return ReturnOffer(
        line_id=line_id,
        item=kind,
        reasons=[
            ReasonOffered(reason=rule.reason, pictures=rule.pictures, remedies=list(remedies))
            for rule in reasons_for(goods)
            if (remedies := remedies_for(goods, rule.reason, charged=charged))
        ],
    )


def own_answer(row: ReturnRow, ask: Ask) -> ReturnAnswer:
    """For the customer."""
    return ReturnAnswer(**_told(row, ask))


def staff_answer(row: ReturnRow, ask: Ask) -> StaffReturnAnswer:
    """For admins and finance."""
    return StaffReturnAnswer(
        **_told(row, ask),
        customer_id=row.customer_id,
        decided_by=row.decided_by,
        found=row.found,
        copy=row.copy,
    )


def _told(row: ReturnRow, ask: Ask) -> dict[str, Any]:
    links: FileLinks = ask.port(FileLinks)
    claim, granted = row.claim, row.granted
    same = (
        "return_id version order_id line_id state said instructions rejected_because rejection"
        " condition amount refund_refused otherwise asked_at changed_at answer_by"
    )
    return {
        **{name: getattr(row, name) for name in same.split()},
        **{
            name: getattr(claim, name)
            for name in ("number", "item", "quantity", "reason", "wanted", "charged")
        },
        "pictures": [
            link_to(links, FileLink(each.preview_digest, "image/webp", "iade.webp"))
            for each in row.pictures
        ],
        "remedy": granted.remedy if granted else None,
        "send_back": granted.send_back if granted else None,
        "send_by": granted.send_by if granted else None,
    }
