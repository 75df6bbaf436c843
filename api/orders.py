"""Orders over HTTP: see how an order stands, cancel it, fetch the clean cover."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from api.ask import Ask, Done, Listed, PageRequest
from api.explained import (
    STAFF,
    Amounts,
    Document,
    Explain,
    Explanation,
    explanation_of,
    past_until,
    reason,
)
from api.files import link_to
from api.past import AsOf, past_at
from application.file_links import FileLink, FileLinks
from application.orders import CancelOrder
from application.past import NothingYet
from application.ports import Language
from application.store import Store
from domain.orders import (
    AppliedCoupon,
    LineKind,
    Order,
    OrderLine,
    OrderMethod,
    OrderState,
    RefundState,
)
from domain.shared.address import Address
from domain.shared.errors import NotFound
from domain.shared.money import Money
from projections.invoices import invoice_of_order
from projections.orders import (
    OrderHead,
    OrderRow,
    TimelineEntry,
    order,
    order_course,
    order_list,
    order_list_then,
    order_then,
    order_timeline,
    order_timelines,
    orders,
)
from projections.past import Change, Past
from projections.payments import payments_of_order

InOrderState = Annotated[OrderState | None, QueryParameter(name="state")]
DOWNLOADABLE = {"paid", "in_design", "in_production", "shipped", "delivered"}


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
    was charged beyond the `total` for paying in so many `installments`.

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
    open_attempt_id: UUID | None
    shipment_id: UUID | None
    pay_by: datetime
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    explanation: Explanation | UnsetType = UNSET


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

    @get("/orders", operation_id="Orders", summary="The caller's orders, newest first")
    async def all(
        self,
        ask: Ask,
        only: InOrderState = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: AsOf = None,
    ) -> Response[Listed[OrderSummary]]:
        """A page of the caller's orders, of one state if it is given."""
        page = ask.page(limit, cursor)
        return await _page(ask, ask.person, state=only, page=page, as_of=as_of)

    @get("/admin/orders", operation_id="AllOrders", summary="Everybody's orders, newest first")
    async def everybody(
        self,
        ask: Ask,
        only: InOrderState = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: AsOf = None,
    ) -> Response[Listed[OrderSummary]]:
        """For admins and finance; of one state if it is given."""
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        return await _page(ask, None, state=only, page=page, as_of=as_of)

    @get("/orders/{order_id:uuid}", operation_id="Order", summary="An order")
    async def one(
        self, ask: Ask, order_id: UUID, as_of: AsOf = None, explain: Explain = False
    ) -> Response[OrderAnswer]:
        """How it stands; for its customer, admins and finance."""
        if as_of is not None:
            past = await past_at(ask, as_of)
            row = await _readable_then(ask, past, order_id=order_id)
            answer = _answer(row, ask, now=past.cut.at)
        else:
            await ask.fresh(orders)
            row = await readable_order(ask, order_id)
            answer = _answer(row, ask, now=ask.now)
        if explain:
            answer = replace(answer, explanation=await _explained(ask, row))
        return ask.answer(answer, version=row.version)

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


async def _readable_then(ask: Ask, past: Past, *, order_id: UUID) -> OrderRow:
    row = await order_then(past, order_id)
    if row is None:
        await readable_order(ask, order_id)
        raise NothingYet
    if row.customer_id != ask.person and not STAFF & ask.who.roles:
        raise NotFound
    return row


async def _explained(ask: Ask, row: OrderRow) -> Explanation:
    """What made the amounts of an order; its papers are those of today."""
    invoice = await invoice_of_order(ask.reads, row.order_id)
    paid = await payments_of_order(ask.reads, row.order_id)
    references = [Document("payment", each.payment_id) for each in paid if each.payment_id]
    papers = [*([Document("invoice", invoice.number)] if invoice else []), *references]

    def documents(change: Change) -> list[Document]:
        return references if isinstance(change.recorded.event, Order.MoneyReturned) else papers

    course = await order_course(past_until(ask, row.position), row.order_id)
    reasons = [reason(change, _amounts, documents=documents(change)) for change in course]
    told = [each for each in reasons if each is not None]
    return await explanation_of(ask, told, owner_id=row.customer_id)


def _amounts(row: object) -> Amounts:
    if not isinstance(row, OrderRow):
        return {}
    lines = {f"lines/{number}/gross": line.gross for number, line in enumerate(row.lines)}
    return {"total": row.total, "surcharge": row.surcharge, "refunded": row.refunded, **lines}


async def _page(
    ask: Ask,
    customer_id: UUID | None,
    *,
    state: OrderState | None,
    page: PageRequest,
    as_of: str | None,
) -> Response[Listed[OrderSummary]]:
    if as_of is not None:
        past = await past_at(ask, as_of)
        await ask.reached(past.cut.position, orders)
        rows = await order_list_then(
            past, customer_id=customer_id, state=state, before=_place(page), limit=page.limit + 1
        )
        return _listed(ask, rows, page=page)
    await ask.fresh(orders)
    rows = await order_list(
        ask.reads, customer_id=customer_id, state=state, before=_place(page), limit=page.limit + 1
    )
    return _listed(ask, rows, page=page)


def _place(page: PageRequest) -> tuple[datetime, UUID] | None:
    return msgspec.convert(page.after, tuple[datetime, UUID]) if page.after else None


def _listed(
    ask: Ask, rows: Sequence[OrderHead], *, page: PageRequest
) -> Response[Listed[OrderSummary]]:
    items = [_summary(row, ask) for row in rows]
    return ask.listed(items, page, key=lambda item: [item.created_at, item.id])


def _summary(row: OrderHead, ask: Ask) -> OrderSummary:
    return OrderSummary(
        id=row.order_id,
        number=row.number,
        method=row.method,
        state=row.state,
        refund_state=row.refund_state,
        title=_title(row.title, row.credits, language=ask.language),
        credits=row.credits,
        total=row.total,
        created_at=row.created_at,
        preview_url=_preview(row, ask),
    )


def _answer(row: OrderRow, ask: Ask, *, now: datetime) -> OrderAnswer:
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
            "title": _title(row.particulars.title, row.credits, language=ask.language),
            "author": row.particulars.author,
            "delivery": row.particulars.delivery,
            "billing": row.particulars.billing,
            "coupons": list(row.coupons),
            "lines": [_line(line) for line in row.lines],
            "preview_url": _preview(row, ask),
            "payable": waiting and (now < row.pay_by or row.open_attempt_id is not None),
        }
    )


def _line(line: OrderLine) -> LineAnswer:
    return LineAnswer(**{name: getattr(line, name) for name in LineAnswer.__struct_fields__})


def _entry(entry: TimelineEntry) -> HistoryEntry:
    return HistoryEntry(position=entry.position, at=entry.at, kind=entry.kind, facts=entry.facts)


def _title(title: str, credits: int, *, language: Language) -> str:
    """The book's title; orders of credits are named by what they bring."""
    if not credits:
        return title
    return f"{credits:,} credits" if language == "en" else f"{credits:,} kredi".replace(",", ".")


def _preview(row: OrderRow | OrderHead, ask: Ask) -> str | None:
    if row.preview_digest is None:
        return None
    links = ask.port(FileLinks)
    return link_to(links, FileLink(row.preview_digest, "image/webp", "onizleme.webp"))
