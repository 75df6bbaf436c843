"""Paying an order, seeing how a payment stands, and giving money back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed, Rate
from api.problems import Trouble
from application.bus import Call
from application.payments import RefundOrder, Shopper, StartPayment, Till
from application.ports import Clock, PaymentGateways
from application.terms import Terms
from domain.payments import AttemptState, PaymentAttempt, PaymentProvider, RefundPart
from domain.shared.errors import NotFound
from domain.shared.money import Money
from projections.orders import order, orders
from projections.payments import (
    PaymentRow,
    RefundRow,
    payment_list,
    payment_refunds,
    payments,
    payments_of_order,
    refunds_of_order,
)

STAFF = ("admin", "finance")
PAGE_AWAY_SECONDS = "5"
InAttemptState = Annotated[AttemptState | None, QueryParameter(name="state")]
TRIES = {"rate": Rate("payments", 30)}


class PaymentBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to pay: on iyzico's page, or by bank transfer."""

    provider: PaymentProvider = "iyzico"


ON_THE_PAGE = PaymentBody()
"""What is meant by no body."""


class PaymentStarted(Done, frozen=True, kw_only=True):
    """The attempt, and the page on which the card is entered, or that tells how to transfer."""

    attempt_id: UUID
    state: AttemptState
    page_url: str
    expires_at: datetime | None


class PaymentAnswer(Struct, frozen=True, kw_only=True):
    """How an attempt stands. States: opened, form_opened, declined (the page takes another card),
    in_review, unknown (it is being asked about), succeeded, expired, failed. `page_url` is empty
    when there is nothing to pay by any more.
    """

    id: UUID
    order_id: UUID
    provider: PaymentProvider
    state: AttemptState
    amount: Money
    page_url: str
    expires_at: datetime | None


class AmountBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount to the kuruş."""

    amount: Annotated[str, Meta(pattern=r"^[0-9]{1,7}\.[0-9]{2}$(?!\n)", examples=["45.00"])]
    currency: Literal["TRY"] = "TRY"

    def money(self) -> Money:
        return Money.of(self.amount)


class RefundPartBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a line is to go back."""

    line_id: UUID
    amount: AmountBody


class RefundBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, as a code, and which parts; without parts all that is left."""

    reason: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$(?!\n)")]
    parts: Annotated[list[RefundPartBody], Meta(min_length=1, max_length=20)] | None = None


class OrderMoney(Struct, frozen=True, kw_only=True):
    """Every attempt to pay an order, and every refund."""

    attempts: list[PaymentRow]
    refunds: list[RefundRow]


class PaymentsController(Controller):
    path = "/"
    tags = ("payments",)

    @post(
        "/orders/{order_id:uuid}/payments",
        operation_id="StartPayment",
        summary="Open the payment page of an order",
        status_code=201,
        opt=TRIES,
    )
    async def start(
        self, ask: Ask, order_id: UUID, data: PaymentBody = ON_THE_PAGE
    ) -> Response[PaymentStarted]:
        """Answers with the page to send the shopper to; an open attempt is continued. A bank
        transfer that is waited for gives way to a card; a card's page that is open gives way to
        nothing (409) until it has ended.

        Needs an `Idempotency-Key`. 503 when the provider can't be reached: try the same again.
        """
        till = till_of(ask)
        await till.settle(order_id, ask.person)
        command = StartPayment(
            attempt_id=ask.new_id(),
            order_id=order_id,
            customer_id=ask.person,
            provider=data.provider,
        )
        response = await ask.run(command, status=201, required_key=True)
        attempt = await till.attempt(UUID(response.content["attempt_id"]))
        if attempt.state == "failed":
            # The key stands for the wish to pay; its first attempt got no page, so try another.
            receipt = await ask.bus.execute(command, Call(actor=ask.who, trace_id=ask.trace_id))
            attempt = await till.attempt(UUID(receipt.answer["attempt_id"]))
        terms = ask.port(Terms)
        shopper = Shopper(ip=ask.ip, language=ask.language, sees_cards=terms.save_cards)
        attempt = await till.open_form(attempt.id, shopper, installments=terms.installments)
        if attempt.state == "failed":
            raise Trouble(
                503, "payment_page_unavailable", headers={"Retry-After": PAGE_AWAY_SECONDS}
            )
        response.content |= {
            "id": attempt.id,
            "attempt_id": attempt.id,
            "state": attempt.state,
            "page_url": _page_url(attempt),
            "expires_at": attempt.expires_at,
        }
        response.headers["Location"] = f"/api/v1/payments/{attempt.id}"
        return response

    @get(
        "/payments/{attempt_id:uuid}",
        operation_id="Payment",
        summary="How an attempt to pay stands",
    )
    async def one(self, ask: Ask, attempt_id: UUID) -> Response[PaymentAnswer]:
        """For the customer who opened it."""
        attempt = await till_of(ask).attempt(attempt_id)
        if attempt.customer_id != ask.person:
            raise NotFound
        return ask.answer(
            PaymentAnswer(
                id=attempt.id,
                order_id=attempt.order_id,
                provider=attempt.provider,
                state=attempt.state,
                amount=attempt.amount,
                page_url=_page_url(attempt),
                expires_at=attempt.expires_at,
            ),
            version=attempt.version,
        )

    @get(
        "/orders/{order_id:uuid}/payments",
        operation_id="OrderMoney",
        summary="The attempts to pay an order, and its refunds",
    )
    async def of_order(self, ask: Ask, order_id: UUID) -> Response[OrderMoney]:
        """For admins and finance."""
        ask.must_be(*STAFF)
        await ask.fresh(orders, payments, payment_refunds)
        if await order(ask.reads, order_id) is None:
            raise NotFound
        return ask.answer(
            OrderMoney(
                attempts=await payments_of_order(ask.reads, order_id),
                refunds=await refunds_of_order(ask.reads, order_id),
            )
        )

    @get("/admin/payments", operation_id="AllPayments", summary="Attempts to pay, newest first")
    async def all(
        self,
        ask: Ask,
        only: InAttemptState = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[PaymentRow]]:
        """For admins and finance: `in_review` and `unknown` are the ones to look at."""
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        await ask.fresh(payments)
        before = msgspec.convert(page.after, tuple[datetime, UUID]) if page.after else None
        rows = await payment_list(ask.reads, state=only, before=before, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda row: [row.opened_at, row.attempt_id])

    @post(
        "/orders/{order_id:uuid}/refunds",
        operation_id="RefundOrder",
        summary="Give money of an order back",
        status_code=202,
        opt=TRIES,
    )
    async def refund(self, ask: Ask, order_id: UUID, data: RefundBody) -> Response[Done]:
        """For admins and finance; needs an `Idempotency-Key`. The provider's answer decides."""
        ask.must_be(*STAFF)
        parts = None
        if data.parts is not None:
            parts = tuple(
                RefundPart(line_id=p.line_id, amount=p.amount.money()) for p in data.parts
            )
        command = RefundOrder(
            order_id=order_id, request_id=ask.new_id(), reason=data.reason, parts=parts
        )
        location = f"/api/v1/orders/{order_id}/payments"
        return await ask.run(command, status=202, location=location, required_key=True)


def till_of(ask: Ask) -> Till:
    """The till of this request."""
    gateways: Any = ask.port(PaymentGateways)
    clock: Any = ask.port(Clock)
    return Till(gateways, ask.log, bus=ask.bus, clock=clock, public_url=ask.public_url)


def _page_url(attempt: PaymentAttempt) -> str:
    return attempt.page_url if attempt.is_open else ""
