"""Orders over HTTP: commit a draft, see how an order stands, cancel it, fetch the clean cover."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Struct

from api.ask import Ask, Done, Listed
from api.files import link_to
from application.file_links import FileLink, FileLinks
from application.orders import CancelOrder, CommitDraft
from application.store import Store
from domain.orders import LineKind, Order, OrderMethod, OrderState, RefundState
from domain.shared.address import Address
from domain.shared.errors import NotFound
from domain.shared.money import Money
from projections.orders import (
    OrderHead,
    OrderRow,
    TimelineEntry,
    order,
    order_list,
    order_timeline,
    order_timelines,
    orders,
)

STAFF = frozenset({"admin", "finance"})
InOrderState = Annotated[OrderState | None, QueryParameter(name="state")]
DOWNLOADABLE = {"paid", "in_design", "in_production", "shipped", "delivered"}


class OrderCommitted(Done, frozen=True, kw_only=True):
    """The order of the draft, its number, and what it costs with KDV."""

    order_id: UUID
    number: str
    total: Money


class LineAnswer(Struct, frozen=True, kw_only=True):
    """One line; `gross` has KDV inside, `kdv_rate` is a percentage."""

    line_id: UUID
    kind: LineKind
    name: str
    gross: Money
    kdv_rate: Decimal


class OrderSummary(Struct, frozen=True, kw_only=True):
    """A line of the list of orders."""

    id: UUID
    number: str
    state: OrderState
    refund_state: RefundState
    title: str
    total: Money
    created_at: datetime
    preview_url: str | None


class OrderAnswer(Struct, frozen=True, kw_only=True):
    """An order. `payable` tells that an attempt to pay may be opened now, or goes on."""

    id: UUID
    version: int
    customer_id: UUID
    draft_id: UUID
    number: str
    method: OrderMethod
    state: OrderState
    refund_state: RefundState
    title: str
    author: str
    lines: list[LineAnswer]
    total: Money
    refunded: Money
    delivery: Address
    billing: Address
    designer_id: UUID | None
    preview_url: str | None
    payable: bool
    open_attempt_id: UUID | None
    shipment_id: UUID | None
    pay_by: datetime
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened; `kind` is a stable name such as `order.paid`."""

    position: int
    at: datetime
    kind: str
    facts: dict[str, str]


class CoverAnswer(Struct, frozen=True, kw_only=True):
    """A link to the clean original that works for 15 minutes."""

    url: str
    media_type: str
    width: int
    height: int


class OrdersController(Controller):
    path = "/"
    tags = ("orders",)

    @post(
        "/drafts/{draft_id:uuid}/commit",
        operation_id="CommitDraft",
        summary="Make an order of a draft",
        status_code=201,
    )
    async def commit(self, ask: Ask, draft_id: UUID) -> Response[OrderCommitted]:
        """Freezes the draft with its prices. Asked again, the order that exists is the answer."""
        command = CommitDraft(
            draft_id=draft_id, customer_id=ask.person, expected_version=ask.if_match
        )
        location = f"/api/v1/orders/{Order.id_of(draft_id)}"
        return await ask.run(command, status=201, location=location)

    @get("/orders", operation_id="Orders", summary="The caller's orders, newest first")
    async def all(
        self,
        ask: Ask,
        only: InOrderState = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[OrderSummary]]:
        """A page of the caller's orders, of one state if it is given."""
        return await _page(ask, ask.person, state=only, limit=limit, cursor=cursor)

    @get("/admin/orders", operation_id="AllOrders", summary="Everybody's orders, newest first")
    async def everybody(
        self,
        ask: Ask,
        only: InOrderState = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[OrderSummary]]:
        """For admins and finance."""
        ask.must_be(*STAFF)
        return await _page(ask, None, state=only, limit=limit, cursor=cursor)

    @get("/orders/{order_id:uuid}", operation_id="Order", summary="An order")
    async def one(self, ask: Ask, order_id: UUID) -> Response[OrderAnswer]:
        """How it stands; for its customer, admins and finance."""
        await ask.fresh(orders)
        row = await readable_order(ask, order_id)
        return ask.answer(_answer(row, ask), version=row.version)

    @get(
        "/orders/{order_id:uuid}/timeline",
        operation_id="OrderTimeline",
        summary="Everything that happened to an order, oldest first",
    )
    async def timeline(self, ask: Ask, order_id: UUID) -> Response[list[HistoryEntry]]:
        """With its payments, refunds, invoice, design, print and parcel."""
        await ask.fresh(orders, order_timelines)
        row = await readable_order(ask, order_id)
        return ask.answer([_entry(each) for each in await order_timeline(ask.reads, row.order_id)])

    @post(
        "/orders/{order_id:uuid}/cancel",
        operation_id="CancelOrder",
        summary="Cancel an order before it is printed",
        status_code=200,
    )
    async def cancel(self, ask: Ask, order_id: UUID) -> Response[Done]:
        """What was paid goes back by itself. 409 when it is in production already."""
        command = CancelOrder(
            order_id=order_id, customer_id=ask.person, expected_version=ask.if_match
        )
        return await ask.run(command)

    @get(
        "/orders/{order_id:uuid}/cover",
        operation_id="OrderCover",
        summary="The clean original of a paid cover",
    )
    async def cover(self, ask: Ask, order_id: UUID) -> Response[CoverAnswer]:
        """A link for the customer. 404 before the order is paid, and after its money went back."""
        found = await Store(ask.log, ask.now).get(Order, order_id)
        theirs = found.customer_id == ask.person and found.state in DOWNLOADABLE
        if not theirs or found.refund_state == "fully" or found.artwork is None:
            raise NotFound
        artwork = found.artwork
        extension = artwork.media_type.partition("/")[2]
        file = FileLink(artwork.digest, artwork.media_type, f"{found.number}.{extension}")
        links = ask.port(FileLinks)
        return ask.answer(
            CoverAnswer(
                url=link_to(links, file),
                media_type=artwork.media_type,
                width=artwork.width,
                height=artwork.height,
            )
        )


async def readable_order(ask: Ask, order_id: UUID) -> OrderRow:
    """An order that the caller may see. Raises `NotFound`."""
    row = await order(ask.reads, order_id)
    if row is None or (row.customer_id != ask.person and not STAFF & ask.who.roles):
        raise NotFound
    return row


async def _page(
    ask: Ask,
    customer_id: UUID | None,
    *,
    state: OrderState | None,
    limit: int | None,
    cursor: str | None,
) -> Response[Listed[OrderSummary]]:
    page = ask.page(limit, cursor)
    await ask.fresh(orders)
    before = msgspec.convert(page.after, tuple[datetime, UUID]) if page.after else None
    rows = await order_list(
        ask.reads, customer_id=customer_id, state=state, before=before, limit=page.limit + 1
    )
    items = [_summary(row, ask) for row in rows]
    return ask.listed(items, page, key=lambda item: [item.created_at, item.id])


def _summary(row: OrderHead, ask: Ask) -> OrderSummary:
    return OrderSummary(
        id=row.order_id,
        number=row.number,
        state=row.state,
        refund_state=row.refund_state,
        title=row.title,
        total=row.total,
        created_at=row.created_at,
        preview_url=_preview(row, ask),
    )


def _answer(row: OrderRow, ask: Ask) -> OrderAnswer:
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
            "title": row.particulars.title,
            "author": row.particulars.author,
            "delivery": row.particulars.delivery,
            "billing": row.particulars.billing,
            "lines": [LineAnswer(**msgspec.structs.asdict(line)) for line in row.lines],
            "preview_url": _preview(row, ask),
            "payable": waiting and (ask.now < row.pay_by or row.open_attempt_id is not None),
        }
    )


def _entry(entry: TimelineEntry) -> HistoryEntry:
    return HistoryEntry(position=entry.position, at=entry.at, kind=entry.kind, facts=entry.facts)


def _preview(row: OrderRow | OrderHead, ask: Ask) -> str | None:
    if row.preview_digest is None:
        return None
    links = ask.port(FileLinks)
    return link_to(links, FileLink(row.preview_digest, "image/webp", "onizleme.webp"))
