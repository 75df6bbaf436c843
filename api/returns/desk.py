"""The returns desk: what admins and finance see of returns, and decide."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from api.returns.answers import StaffReturnAnswer, staff_answer
from application.four_eyes import Hand
from application.returns import (
    ApproveReturn,
    ReceiveReturn,
    RefundReturn,
    RejectReturn,
    ReprintReturn,
)
from domain.returns import WORDS_LENGTH, Condition, Reason, Remedy, ReturnState
from domain.shared.errors import NotFound
from domain.shared.money import Money
from projections.returns import ReturnFilter, one_return, return_list, returns

DESK = ("admin", "finance")
Place = tuple[datetime, UUID]
InState = Annotated[ReturnState | None, QueryParameter(name="state")]
ForReason = Annotated[Reason | None, QueryParameter(name="reason")]
Words = Annotated[str, Meta(max_length=WORDS_LENGTH)]


class ApprovalBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done about it, whether it has to come back first, and where to, in words."""

    remedy: Remedy
    send_back: bool = True
    instructions: Words = ""


class RejectionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, in words that the customer reads."""

    said: Annotated[str, Meta(min_length=3, max_length=WORDS_LENGTH, pattern=r"\S")]


class ReceiptBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which condition it came, and what else staff want to remember."""

    condition: Condition
    said: Words = ""


class RefundAmountBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much goes back, in TRY; left out, all that was charged for it and is left."""

    amount: (
        Annotated[str, Meta(pattern=r"^[0-9]{1,7}\.[0-9]{2}$(?!\n)", examples=["45.00"])] | None
    ) = None


class ReturnDone(Done, frozen=True, kw_only=True):
    """The return, and how it stands."""

    return_id: UUID
    state: ReturnState


class ReturnsDeskController(Controller):
    path = "/admin/returns"
    tags = ("returns",)

    @get("/", operation_id="AllReturns", summary="Everybody's returns, newest first")
    async def all(
        self,
        ask: Ask,
        *,
        only: InState = None,
        reason: ForReason = None,
        order_id: UUID | None = None,
        customer_id: UUID | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[StaffReturnAnswer]]:
        """For admins and finance. All filters given must fit."""
        ask.must_be(*DESK)
        page = ask.page(limit, cursor)
        await ask.fresh(returns)
        wanted = ReturnFilter(state=only, reason=reason, order_id=order_id, customer_id=customer_id)
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await return_list(ask.reads, wanted, before=before, limit=page.limit + 1)
        return ask.listed(
            [staff_answer(row, ask) for row in rows],
            page,
            key=lambda each: [each.asked_at, each.return_id],
        )

    @get("/{return_id:uuid}", operation_id="ReturnForStaff", summary="One return")
    async def one(self, ask: Ask, return_id: UUID) -> Response[StaffReturnAnswer]:
        """For admins and finance. 404 if there is no such return."""
        ask.must_be(*DESK)
        await ask.fresh(returns)
        row = await one_return(ask.reads, return_id)
        if row is None:
            raise NotFound
        return ask.answer(staff_answer(row, ask), row.version)

    @post(
        "/{return_id:uuid}/approve",
        operation_id="ApproveReturn",
        summary="Agree to a return",
        status_code=200,
    )
    async def approve(self, ask: Ask, return_id: UUID, data: ApprovalBody) -> Response[ReturnDone]:
        """For admins and finance; nobody decides on their own return. 409 when somebody else was
        first, when pictures are missing, or when the line's reprints are used up; 412 when it is
        not at the version of `If-Match` any more.
        """
        ask.must_be(*DESK)
        command = ApproveReturn(
            return_id=return_id,
            by=_hand(ask),
            remedy=data.remedy,
            send_back=data.send_back,
            instructions=data.instructions,
            expected_version=ask.if_match,
        )
        return await ask.run(command)

    @post(
        "/{return_id:uuid}/reject",
        operation_id="RejectReturn",
        summary="Do not agree to a return",
        status_code=200,
    )
    async def reject(self, ask: Ask, return_id: UUID, data: RejectionBody) -> Response[ReturnDone]:
        """For admins and finance: the claim, or what came back. Refused as an approval is."""
        ask.must_be(*DESK)
        command = RejectReturn(
            return_id=return_id, by=_hand(ask), said=data.said, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/{return_id:uuid}/receive",
        operation_id="ReceiveReturn",
        summary="Say that it came back",
        status_code=200,
    )
    async def receive(self, ask: Ask, return_id: UUID, data: ReceiptBody) -> Response[ReturnDone]:
        """For admins and finance. 409 when the customer was first and keeps it."""
        ask.must_be(*DESK)
        command = ReceiveReturn(
            return_id=return_id,
            by=_hand(ask),
            condition=data.condition,
            said=data.said,
            expected_version=ask.if_match,
        )
        return await ask.run(command)

    @post(
        "/{return_id:uuid}/refund",
        operation_id="RefundReturn",
        summary="Give the money of a return back",
        status_code=202,
    )
    async def refund(
        self, ask: Ask, return_id: UUID, data: RefundAmountBody
    ) -> Response[ReturnDone]:
        """For admins and finance; another amount than what was charged is for finance to say. Needs
        an `Idempotency-Key`. The return is refunded when the money has gone. Never more goes back
        than is left: 409 while all of it is on its way by another refund, 422 above it.
        """
        ask.must_be(*DESK)
        command = RefundReturn(
            return_id=return_id,
            by=_hand(ask),
            amount=None if data.amount is None else Money.of(data.amount),
            expected_version=ask.if_match,
        )
        return await ask.run(command, status=202, required_key=True)

    @post(
        "/{return_id:uuid}/reprint",
        operation_id="ReprintReturn",
        summary="Have it printed once more",
        status_code=202,
    )
    async def reprint(self, ask: Ask, return_id: UUID) -> Response[ReturnDone]:
        """For admins and finance. Takes one of the line's reprints; called off, it is given back.
        Needs an `Idempotency-Key`. 409 when none is left.
        """
        ask.must_be(*DESK)
        command = ReprintReturn(return_id=return_id, by=_hand(ask), expected_version=ask.if_match)
        return await ask.run(command, status=202, required_key=True)


def _hand(ask: Ask) -> Hand:
    return Hand(person_id=ask.person, session_id=ask.who.session_id)
