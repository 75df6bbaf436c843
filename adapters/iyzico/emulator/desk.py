"""What the control API does with the account: time, pages, reviews, refunds, payouts, webhooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec import UNSET, ValidationError
from msgspec.structs import asdict, replace

from adapters.iyzico.emulator import notices, orders
from adapters.iyzico.emulator.account import RefundPlan
from adapters.iyzico.emulator.book import BankCheck, Notice, Page, Payment
from adapters.iyzico.emulator.cards import card_for
from adapters.iyzico.emulator.courier import Courier
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.telling import told_page, told_payment, told_payout

Act = Callable[[Any], Awaitable[object]]


class Desk:
    """Orders by their name, with the type of what has to be given."""

    def __init__(self, provider: Provider, courier: Courier) -> None:
        self._provider = provider
        self._courier = courier
        self.orders: dict[str, tuple[type[Any], Act]] = {
            "target": (orders.TargetOrder, self._retarget),
            "habits": (orders.HabitsOrder, self._change_habits),
            "send": (orders.SendOrder, self._send),
            "custom": (dict[str, str | int], self._post_custom),
            "notice": (orders.NoticeOrder, self._post_notice),
            "refund_notice": (orders.RefundNoticeOrder, self._post_refund_notice),
            "review": (orders.ReviewOrder, self._review),
            "ruling": (orders.RulingOrder, self._rule),
            "refunds": (orders.RefundsOrder, self._plan_refunds),
            "clock": (orders.ClockOrder, self._advance),
            "expire": (orders.ExpiryOrder, self._expire),
            "pay": (orders.PayOrder, self._pay),
            "settle": (orders.SettleOrder, self._settle),
            "bounce": (orders.BounceOrder, self._bounce),
            "commission_off": (orders.CommissionOrder, self._commission_off),
        }

    async def _retarget(self, order: orders.TargetOrder) -> object:
        self._courier.target = replace(self._courier.target, **_given(order))
        self._courier.wake()
        return self._courier.target

    async def _change_habits(self, order: orders.HabitsOrder) -> object:
        self._provider.settings = replace(self._provider.settings, **_given(order))
        return {}

    async def _send(self, order: orders.SendOrder) -> object:
        return await self._courier.send_now(held_too=order.held_too)

    async def _post_custom(self, body: notices.Body) -> object:
        return _ids(self._courier.post(body, "hold"))

    async def _post_notice(self, order: orders.NoticeOrder) -> object:
        page = self._page(order.token)
        told = notices.about_page(self._provider, page, status=order.status, event=order.event)
        return _ids(self._courier.post(told, order.plan))

    async def _post_refund_notice(self, order: orders.RefundNoticeOrder) -> object:
        status = "SUCCESS" if order.succeeded else "FAILURE"
        told = notices.about_payment(
            self._provider,
            self._payment(order.payment_id),
            status=status,
            event=f"REFUND_RETRY_{status}",
        )
        return _ids(self._courier.post(told, order.plan))

    async def _review(self, order: orders.ReviewOrder) -> object:
        self._provider.review_next = order.times
        return {}

    async def _rule(self, order: orders.RulingOrder) -> object:
        payment = self._payment(order.payment_id)
        return told_payment(self._provider.rule_on(payment, order.fraud_status))

    async def _plan_refunds(self, order: orders.RefundsOrder) -> object:
        plan = RefundPlan(order.seconds, order.fails, order.accepted)
        self._provider.plan_refunds(plan, order.times)
        return {}

    async def _advance(self, order: orders.ClockOrder) -> object:
        ahead = order.advance_seconds
        if order.to is not None:
            if order.to.tzinfo is None or order.to < self._provider.now():
                raise ValidationError("`to` must tell its offset and be later than now")
            ahead = (order.to - self._provider.now()).total_seconds()
        self._provider.advance(ahead)
        self._provider.decide_refunds()
        self._courier.wake()
        return {"now": self._provider.now()}

    async def _expire(self, order: orders.ExpiryOrder) -> object:
        expires_at = self._provider.now() + timedelta(seconds=order.in_seconds)
        page = replace(self._page(order.token), expires_at=expires_at)
        self._provider.book.keep(page)
        return told_page(page, self._provider.state_of(page))

    async def _pay(self, order: orders.PayOrder) -> object:
        page = self._page(order.token)
        if page.payment_id is not None or page.kind not in {"form", "wallet"}:
            raise ValidationError("this page is paid already, or nobody pays it in a browser")
        result: object = self._provider.try_card(
            page, card_for(order.card), installments=order.installments
        )
        if isinstance(result, BankCheck):
            at_bank = self._page(order.token)
            result = self._provider.answer_bank(at_bank, result, code=result.code)
        paid = isinstance(result, Payment)
        page = self._page(order.token)
        await self._courier.send_first(self._courier.write(page, "SUCCESS" if paid else "FAILURE"))
        return told_page(page, self._provider.state_of(page))

    async def _settle(self, _order: object) -> object:
        return [told_payout(payout) for payout in self._provider.settle()]

    async def _bounce(self, order: orders.BounceOrder) -> object:
        bounced = self._provider.bounce(order.reference, reason=order.reason)
        if bounced is None:
            raise ValidationError("no such transfer")
        return bounced

    async def _commission_off(self, order: orders.CommissionOrder) -> object:
        self._provider.payout_off = Decimal(order.kurus) / 100
        return {}

    def _page(self, token: str) -> Page:
        page = self._provider.book.pages.get(token)
        if page is None:
            raise ValidationError("no such page")
        return page

    def _payment(self, payment_id: int) -> Payment:
        payment = self._provider.book.payments.get(payment_id)
        if payment is None:
            raise ValidationError("no such payment")
        return payment


def _given(order: orders.Order) -> dict[str, Any]:
    return {name: value for name, value in asdict(order).items() if value is not UNSET}


def _ids(written: tuple[Notice, ...]) -> dict[str, object]:
    return {"notice_id": written[0].notice_id, "notice_ids": [n.notice_id for n in written]}
