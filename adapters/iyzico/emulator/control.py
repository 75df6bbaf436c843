"""The control API under `/_control/`: reads the book, orders faults, steers webhooks and time."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

from adapters.iyzico.emulator.book import Payment
from adapters.iyzico.emulator.courier import Courier, NoticePlan, Target
from adapters.iyzico.emulator.faults import Fault, Faults
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.wire import Reply, Request, json_reply

PREFIX = "/_control/"
CALLS_KEPT = 2000


class CallRecord(Struct, frozen=True, kw_only=True):
    """One call of the merchant, without keys, signatures or card data."""

    call: str
    path: str
    conversation_id: str
    status: str
    error_code: str
    fault: str | None


class PlanOrder(Struct, frozen=True):
    """What is to happen to the next `times` webhooks."""

    plan: NoticePlan
    times: int = 1


class TargetOrder(Struct, frozen=True):
    """Where webhooks are to go from now on; what is left out stays."""

    url: str | msgspec.UnsetType | None = msgspec.UNSET
    delay_seconds: float | msgspec.UnsetType = msgspec.UNSET
    signed: bool | msgspec.UnsetType = msgspec.UNSET


class ReviewOrder(Struct, frozen=True):
    """How many of the next payments the fraud desk holds back."""

    times: int = 1


class RulingOrder(Struct, frozen=True):
    """What the fraud desk says about a payment: 1 passed, 0 still looking, -1 rejected."""

    payment_id: int
    fraud_status: int


class ClockOrder(Struct, frozen=True):
    """How far the emulated time moves on."""

    advance_seconds: float


class SendOrder(Struct, frozen=True):
    """Send what waits; with `held_too` also what was held back."""

    held_too: bool = True


class Control:
    """The control API of one emulator.

    GET  calls, held, unexpected, book, notices.
    POST faults, faults/clear, plans, target, send, custom, review, ruling, clock.
    """

    def __init__(self, provider: Provider, courier: Courier, *, faults: Faults) -> None:
        self.calls: deque[CallRecord] = deque(maxlen=CALLS_KEPT)
        self.unexpected: deque[str] = deque(maxlen=CALLS_KEPT)
        self.held: list[str] = []
        self._provider = provider
        self._courier = courier
        self._faults = faults
        self._routes: dict[tuple[str, str], Callable[[bytes], Awaitable[Any]]] = {
            ("GET", "calls"): self._list_calls,
            ("GET", "held"): self._list_held,
            ("GET", "unexpected"): self._list_unexpected,
            ("GET", "book"): self._show_book,
            ("GET", "notices"): self._list_notices,
            ("POST", "faults"): self._order_fault,
            ("POST", "faults/clear"): self._clear,
            ("POST", "plans"): self._plan,
            ("POST", "target"): self._retarget,
            ("POST", "send"): self._send,
            ("POST", "custom"): self._post_custom,
            ("POST", "review"): self._review,
            ("POST", "ruling"): self._rule,
            ("POST", "clock"): self._advance,
        }

    async def answer(self, request: Request) -> Reply:
        """Carry an order out."""
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX)))
        if route is None:
            return json_reply({"detail": "no such control"}, 404)
        # A page in somebody's browser can't send this type without asking first.
        if request.method == "POST" and request.headers.get("content-type") != "application/json":
            return json_reply({"detail": "application/json only"}, 415)
        try:
            return json_reply(await route(request.body or b"{}"))
        except msgspec.DecodeError as error:
            return json_reply({"detail": str(error)}, 422)

    async def _list_calls(self, _body: bytes) -> object:
        return list(self.calls)

    async def _list_held(self, _body: bytes) -> object:
        return self.held

    async def _list_unexpected(self, _body: bytes) -> object:
        return list(self.unexpected)

    async def _show_book(self, _body: bytes) -> object:
        return {"payments": [_told(payment) for payment in self._provider.book.payments.values()]}

    async def _list_notices(self, _body: bytes) -> object:
        return list(self._provider.book.notices.values())

    async def _order_fault(self, body: bytes) -> object:
        self._faults.order(msgspec.json.decode(body, type=Fault))
        return {}

    async def _clear(self, _body: bytes) -> object:
        self._faults.clear()
        self._courier.forget_plans()
        self._provider.review_next = 0
        return {}

    async def _plan(self, body: bytes) -> object:
        order = msgspec.json.decode(body, type=PlanOrder)
        self._courier.plan(order.plan, order.times)
        return {}

    async def _retarget(self, body: bytes) -> object:
        order = msgspec.json.decode(body, type=TargetOrder)
        now = self._courier.target
        self._courier.target = Target(
            url=now.url if order.url is msgspec.UNSET else order.url,
            delay_seconds=(
                now.delay_seconds if order.delay_seconds is msgspec.UNSET else order.delay_seconds
            ),
            signed=now.signed if order.signed is msgspec.UNSET else order.signed,
        )
        self._courier.wake()
        return {}

    async def _send(self, body: bytes) -> object:
        order = msgspec.json.decode(body, type=SendOrder)
        return await self._courier.send_now(held_too=order.held_too)

    async def _post_custom(self, body: bytes) -> object:
        notice = self._courier.post(msgspec.json.decode(body, type=dict[str, str | int]), "hold")
        return {"notice_id": notice.notice_id}

    async def _review(self, body: bytes) -> object:
        self._provider.review_next = msgspec.json.decode(body, type=ReviewOrder).times
        return {}

    async def _rule(self, body: bytes) -> object:
        order = msgspec.json.decode(body, type=RulingOrder)
        payment = self._provider.book.payments.get(order.payment_id)
        if payment is None:
            raise msgspec.ValidationError("no such payment")
        return _told(self._provider.rule_on(payment, order.fraud_status))

    async def _advance(self, body: bytes) -> object:
        self._provider.advance(msgspec.json.decode(body, type=ClockOrder).advance_seconds)
        self._courier.wake()
        return {"now": self._provider.now()}


def _told(payment: Payment) -> dict[str, object]:
    return {
        "payment_id": str(payment.payment_id),
        "conversation_id": payment.conversation_id,
        "basket_id": payment.basket_id,
        "token": payment.token,
        "price": str(payment.price),
        "paid_price": str(payment.paid_price),
        "refunded": str(payment.refunded),
        "currency": payment.currency,
        "fraud_status": payment.fraud_status,
        "cancelled": payment.cancelled_at is not None,
        "items": [
            {
                "item_id": item.item_id,
                "transaction_id": str(item.transaction_id),
                "paid_price": str(item.paid_price),
                "commission": str(item.commission),
                "fee": str(item.fee),
                "refunds": [
                    {"conversation_id": refund.conversation_id, "price": str(refund.price)}
                    for refund in item.refunds
                ],
            }
            for item in payment.items
        ],
    }
