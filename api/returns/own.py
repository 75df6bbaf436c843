"""A customer's returns: ask, show what is wrong, look, keep it after all."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from msgspec import Meta, Struct

from api.ask import Ask, Done, Rate
from api.returns.answers import ReturnAnswer, ReturnOffer, offer_of, own_answer
from api.uploads import (
    MOST_UPLOADED,
    FileUpload,
    answered,
    inspected,
    must_have_room,
    received,
    stored,
)
from application.returns import AddReturnPicture, CancelReturn, RequestReturn
from application.store import Store
from domain.orders import Order
from domain.returns import WORDS_LENGTH, Reason, Remedy, Return
from domain.shared.errors import NotFound
from domain.shared.money import Money
from projections.returns import ReturnFilter, one_return, return_list, returns

UPLOADS = {"rate": Rate("uploads", 30)}
MOST_OF_ORDER = 100


class ReturnBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which line, how many pieces of it, why, in the customer's own words, and what they wish."""

    line_id: UUID
    reason: Reason
    wanted: Remedy = "refund"
    quantity: Annotated[int, Meta(ge=1, le=1000)] = 1
    said: Annotated[str, Meta(max_length=WORDS_LENGTH)] = ""


class ReturnAsked(Done, frozen=True, kw_only=True):
    """The return, until when it is answered, and what was charged for what comes back."""

    return_id: UUID
    answer_by: str
    claimed: Money


class PictureTaken(Done, frozen=True, kw_only=True):
    """How many pictures the return has now."""

    pictures: int


class ReturnsController(Controller):
    """Another's orders and returns are not found."""

    path = "/"
    tags = ("returns",)

    @get(
        "/orders/{order_id:uuid}/return-reasons",
        operation_id="ReturnReasons",
        summary="For which reasons the lines of an order come back",
    )
    async def reasons(self, ask: Ask, order_id: UUID) -> Response[list[ReturnOffer]]:
        """Each line with its reasons, the pictures each needs and its remedies. A cover is made
        for its reader alone, so that it comes back for a defect only.
        """
        order = await _own_order(ask, order_id)
        offers = [offer_of(line.line_id, line.kind, charged=line.gross) for line in order.lines]
        return ask.answer(offers)

    @post(
        "/orders/{order_id:uuid}/returns",
        operation_id="RequestReturn",
        summary="Ask to return a line of an order",
        status_code=201,
    )
    async def request(self, ask: Ask, order_id: UUID, data: ReturnBody) -> Response[ReturnAsked]:
        """Within 14 days of delivery; one return of a line is open at a time (409 `return_open`).
        409 `personalised_goods` where the law knows no right to change one's mind; 422 where the
        reason is not one of the line's.
        """
        command = RequestReturn(
            order_id=order_id,
            customer_id=ask.person,
            line_id=data.line_id,
            reason=data.reason,
            wanted=data.wanted,
            quantity=data.quantity,
            said=data.said,
        )
        return await ask.run(command, status=201)

    @get(
        "/orders/{order_id:uuid}/returns",
        operation_id="ReturnsOfOrder",
        summary="The returns of an order, newest first",
    )
    async def of_order(self, ask: Ask, order_id: UUID) -> Response[list[ReturnAnswer]]:
        """Those that are open and those that have ended."""
        await _own_order(ask, order_id)
        await ask.fresh(returns)
        rows = await return_list(
            ask.reads, ReturnFilter(order_id=order_id), before=None, limit=MOST_OF_ORDER
        )
        return ask.answer([own_answer(row, ask) for row in rows])

    @get("/returns/{return_id:uuid}", operation_id="Return", summary="A return")
    async def one(self, ask: Ask, return_id: UUID) -> Response[ReturnAnswer]:
        """How it stands; the ETag is for `If-Match`."""
        await ask.fresh(returns)
        row = await one_return(ask.reads, return_id)
        if row is None or row.customer_id != ask.person:
            raise NotFound
        return ask.answer(own_answer(row, ask), row.version)

    @post(
        "/returns/{return_id:uuid}/pictures",
        operation_id="AddReturnPicture",
        summary="Show what is wrong by a picture",
        status_code=201,
        opt=UPLOADS,
        request_max_body_size=MOST_UPLOADED,
        operation_class=FileUpload,
    )
    async def add_picture(
        self, ask: Ask, return_id: UUID, request: Request[Any, Any, Any]
    ) -> Response[PictureTaken]:
        """The body is the file, of which a copy without hidden data is kept for its owner and
        staff. At most 6, before the return is answered. What can't be read as a picture is refused
        with a reason (422 `artwork_refused`).
        """
        if not await answered(ask, request):
            asked = await Store(ask.log, ask.now).get(Return, return_id)
            asked.must_be_of(ask.person)
            asked.must_take_pictures()
            await must_have_room(ask, request)
        body = await received(request)
        ask.body_is(body.digest)
        accepted = await inspected(ask, body.content)
        command = AddReturnPicture(
            return_id=return_id,
            customer_id=ask.person,
            picture=await stored(ask, accepted),
            size_bytes=len(accepted.content),
            expected_version=ask.if_match,
        )
        return await ask.run(command, status=201)

    @post(
        "/returns/{return_id:uuid}/cancel",
        operation_id="CancelReturn",
        summary="Keep it after all",
        status_code=200,
    )
    async def cancel(self, ask: Ask, return_id: UUID) -> Response[Done]:
        """Possible until it is received. 409 afterwards."""
        command = CancelReturn(
            return_id=return_id, customer_id=ask.person, expected_version=ask.if_match
        )
        return await ask.run(command)


async def _own_order(ask: Ask, order_id: UUID) -> Order:
    order = await Store(ask.log, ask.now).get(Order, order_id)
    if order.customer_id != ask.person:
        raise NotFound
    return order
