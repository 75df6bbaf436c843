"""What callers read of orders."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from api.ask import Ask
from api.explained import (
    Explanation,
)
from api.files import link_to
from application.file_links import FileLink, FileLinks
from application.ports import Language
from domain.orders import (
    UNPRINTED,
    AppliedCoupon,
    LineKind,
    OrderLine,
    OrderMethod,
    OrderState,
    RefundState,
)
from domain.shared.address import Address
from domain.shared.money import Money
from domain.shipments import Estimate
from projections.orders import (
    OrderHead,
    OrderRow,
)
from projections.shipments import estimate_of_order

SENDING: frozenset[OrderState] = frozenset({"in_production", "shipped"})
"""Where an order's parcels are awaited."""


class LineAnswer(Struct, frozen=True, kw_only=True):
    """One line; `gross` has KDV inside, and is the `list_price` less the `discount`. `kdv_rate` is
    a percentage, and `credits` are what a line of credits brings.
    """

    line_id: UUID
    kind: LineKind
    name: str
    list_price: Money
    discount: Money
    gross: Money
    kdv_rate: Decimal
    credits: int


class OrderSummary(Struct, frozen=True, kw_only=True):
    """A line of the list of orders; one of credits has no picture."""

    id: UUID
    number: str
    method: OrderMethod
    state: OrderState
    refund_state: RefundState
    title: str
    credits: int
    total: Money
    created_at: datetime
    preview_url: str | None


class OrderAnswer(Struct, frozen=True, kw_only=True):
    """An order. `payable` tells that an attempt to pay may be opened now, or goes on. `surcharge`
    was charged beyond the `total` for paying in so many `installments`. `held` tells that somebody
    looks at it before it goes on, and `changeable` which addresses may still be changed. `estimate`
    is when the last parcel that is awaited should be there, as it looks now; null where nobody can
    say, and of the past.

    An order of credits has no draft and no delivery. `explanation` is there if it was asked for;
    it names amounts such as `lines/0/gross`.
    """

    id: UUID
    version: int
    customer_id: UUID
    draft_id: UUID | None
    number: str
    method: OrderMethod
    state: OrderState
    refund_state: RefundState
    size: str
    paper: str
    coupons: list[AppliedCoupon]
    title: str
    author: str
    lines: list[LineAnswer]
    credits: int
    total: Money
    surcharge: Money
    installments: int
    refunded: Money
    delivery: Address | None
    billing: Address
    designer_id: UUID | None
    preview_url: str | None
    payable: bool
    held: bool
    changeable: list[Literal["delivery", "billing"]]
    open_attempt_id: UUID | None
    shipment_id: UUID | None
    estimate: Estimate | None
    pay_by: datetime
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    explanation: Explanation | UnsetType = UNSET


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened; `kind` is a stable name such as `order.paid`, and `text` says it in
    the caller's language.
    """

    position: int
    at: datetime
    kind: str
    facts: dict[str, str]
    text: str


class CoverAnswer(Struct, frozen=True, kw_only=True):
    """A link to the clean original that works for 15 minutes."""

    url: str
    media_type: str
    width: int
    height: int


def summary_of(row: OrderHead, ask: Ask) -> OrderSummary:
    """A line of the list."""
    return OrderSummary(
        id=row.order_id,
        number=row.number,
        method=row.method,
        state=row.state,
        refund_state=row.refund_state,
        title=title_of(row.title, row.credits, language=ask.language),
        credits=row.credits,
        total=row.total,
        created_at=row.created_at,
        preview_url=preview_of(row, ask),
    )


async def answer_now(row: OrderRow, ask: Ask) -> OrderAnswer:
    """The order as it stands now, and when its parcels should be there."""
    estimate = await estimate_of_order(ask.reads, row.order_id) if row.state in SENDING else None
    return answer_of(row, ask, now=ask.now, estimate=estimate)


def answer_of(
    row: OrderRow, ask: Ask, *, now: datetime, estimate: Estimate | None = None
) -> OrderAnswer:
    """The order as it stood at this moment."""
    own: dict[str, Any] = {
        name: getattr(row, name)
        for name in OrderAnswer.__struct_fields__
        if name in OrderRow.__struct_fields__
    }
    waiting = row.state == "awaiting_payment"
    return OrderAnswer(
        **own
        | {
            "id": row.order_id,
            "title": title_of(row.particulars.title, row.credits, language=ask.language),
            "author": row.particulars.author,
            "delivery": row.particulars.delivery,
            "billing": row.particulars.billing,
            "coupons": list(row.coupons),
            "lines": [_line(line) for line in row.lines],
            "preview_url": preview_of(row, ask),
            "changeable": _changeable(row),
            "estimate": estimate,
            "payable": waiting and (now < row.pay_by or row.open_attempt_id is not None),
        }
    )


def title_of(title: str, credits: int, *, language: Language) -> str:
    """The book's title; orders of credits are named by what they bring."""
    if not credits:
        return title
    return f"{credits:,} credits" if language == "en" else f"{credits:,} kredi".replace(",", ".")


def preview_of(row: OrderRow | OrderHead, ask: Ask) -> str | None:
    """A link to the small picture; None where there is none."""
    if row.preview_digest is None:
        return None
    links = ask.port(FileLinks)
    return link_to(links, FileLink(row.preview_digest, "image/webp", "onizleme.webp"))


def _line(line: OrderLine) -> LineAnswer:
    return LineAnswer(**{name: getattr(line, name) for name in LineAnswer.__struct_fields__})


def _changeable(row: OrderRow) -> list[Literal["delivery", "billing"]]:
    found: list[Literal["delivery", "billing"]] = []
    if row.particulars.delivery is not None and row.state in UNPRINTED:
        found.append("delivery")
    if row.state == "awaiting_payment":
        found.append("billing")
    return found
