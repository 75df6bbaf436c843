"""Orders over HTTP: see how an order stands, change or cancel it, fetch the clean cover."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec.structs import replace

from api.ask import Ask, Done, Listed
from api.explained import (
    Explain,
)
from api.files import link_to
from api.orders.answers import (
    CoverAnswer,
    HistoryEntry,
    OrderAnswer,
    OrderSummary,
    answer_now,
    answer_of,
    summary_of,
)
from api.orders.bodies import BillingBody, DeliveryBody
from api.orders.explaining import explained
from api.orders.looking import page_of_orders, readable_order, readable_then
from api.orders.words import history_of
from api.past import AsOf, past_at
from application.file_links import FileLink, FileLinks
from application.orders import CancelOrder, ChangeBilling, ChangeDelivery
from application.store import Store
from domain.orders import Order, OrderState
from domain.shared.errors import NotFound
from projections.orders import (
    OrderFilter,
    order_timeline,
    order_timelines,
    orders,
)
from projections.shipments import trackings

InOrderState = Annotated[OrderState | None, QueryParameter(name="state")]
DOWNLOADABLE = {"paid", "in_design", "in_production", "shipped", "delivered"}


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
        wanted = OrderFilter(customer_id=ask.person, state=only)
        rows = await page_of_orders(ask, wanted, page=page, as_of=as_of)
        return ask.listed(
            [summary_of(row, ask) for row in rows],
            page,
            key=lambda item: [item.created_at, item.id],
        )

    @get("/orders/{order_id:uuid}", operation_id="Order", summary="An order")
    async def one(
        self, ask: Ask, order_id: UUID, as_of: AsOf = None, explain: Explain = False
    ) -> Response[OrderAnswer]:
        """How it stands; for its customer, admins and finance."""
        if as_of is not None:
            past = await past_at(ask, as_of)
            row = await readable_then(ask, past, order_id=order_id)
            answer = answer_of(row, ask, now=past.cut.at)
        else:
            await ask.fresh(orders, trackings)
            row = await readable_order(ask, order_id)
            answer = await answer_now(row, ask)
        if explain:
            answer = replace(answer, explanation=await explained(ask, row))
        return ask.answer(answer, version=row.version)

    @get(
        "/orders/{order_id:uuid}/timeline",
        operation_id="OrderTimeline",
        summary="Everything that happened to an order, oldest first",
    )
    async def timeline(self, ask: Ask, order_id: UUID) -> Response[list[HistoryEntry]]:
        """With its payments, refunds, invoice, design, print and parcel, in plain words of the
        caller's language, and with what our staff wrote for the customer.
        """
        await ask.fresh(orders, order_timelines)
        row = await readable_order(ask, order_id)
        entries = await order_timeline(ask.reads, row.order_id)
        return ask.answer(history_of(row, entries, language=ask.language))

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

    @post(
        "/orders/{order_id:uuid}/delivery",
        operation_id="ChangeDelivery",
        summary="Have an order sent to another address",
        status_code=200,
    )
    async def delivery(self, ask: Ask, order_id: UUID, data: DeliveryBody) -> Response[Done]:
        """Until it is printed, for its customer and admins. 409 when it is too late, 412 when the
        order is not at the version of `If-Match` any more.
        """
        command = ChangeDelivery(
            order_id=order_id,
            by=ask.person,
            address=data.address.address(),
            customer_id=_asking(ask),
            expected_version=ask.if_match,
        )
        return await ask.run(command)

    @post(
        "/orders/{order_id:uuid}/billing",
        operation_id="ChangeBilling",
        summary="Have the invoice made out to somebody else",
        status_code=200,
    )
    async def billing(self, ask: Ask, order_id: UUID, data: BillingBody) -> Response[Done]:
        """Until it is paid, for its customer and admins. 409 when it is too late, 412 when the
        order is not at the version of `If-Match` any more.
        """
        command = ChangeBilling(
            order_id=order_id,
            by=ask.person,
            address=data.address.address(),
            tax_number=data.tax_number,
            tax_office=data.tax_office.strip(),
            customer_id=_asking(ask),
            expected_version=ask.if_match,
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


def _asking(ask: Ask) -> UUID | None:
    """The customer who asks; None where staff do, who may change anybody's."""
    return None if "admin" in ask.who.roles else ask.person
