"""Giving money back: a whole payment on its own day, or parts of its lines later."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from adapters.iyzico.emulator.account import Account, RefundPlan, day_of
from adapters.iyzico.emulator.book import PaidItem, Payment, Refund
from adapters.iyzico.emulator.commission import EIGHT_DECIMALS
from adapters.iyzico.emulator.refusals import Refusal
from adapters.iyzico.emulator.settlement import settle

REFUND_WINDOW = timedelta(days=365)


def cancel(account: Account, payment: Payment, *, conversation_id: str) -> Payment:
    """Take a whole payment back on its own day. Raises `Refusal`."""
    if payment.cancelled_at is not None:
        raise Refusal("5093", retryable=False)
    same_day = day_of(payment.created_at) == day_of(account.now())
    if not same_day or payment.refunded:
        raise Refusal("5008", retryable=False)
    if not payment.card.refundable:
        raise Refusal("10000", "GENERAL_ERROR", retryable=True)
    cancelled = replace(
        payment,
        cancelled_at=account.now(),
        cancel_conversation_id=conversation_id,
        items=tuple(replace(item, cancel_id=account.new_id()) for item in payment.items),
    )
    account.book.keep(cancelled)
    return cancelled


def refund(
    account: Account, payment: Payment, *, item: PaidItem, price: Decimal, conversation_id: str
) -> Refund:
    """Give back part of a line, at once or when the bank gets to it. Raises `Refusal`."""
    settle(account)
    # Settling may have changed the payment.
    payment = account.book.payments[payment.payment_id]
    item = next(i for i in payment.items if i.transaction_id == item.transaction_id)
    may_refund(account, payment, price=price, most=item.paid_price - item.refunded)
    plan = account.refund_plans.pop(0) if account.refund_plans else None
    if plan is None and account.settings.refund_seconds:
        plan = RefundPlan(account.settings.refund_seconds)
    share = item.commission * price / item.paid_price
    given_back = share if account.settings.refund_returns_commission else Decimal(0)
    made = Refund(
        refund_id=account.new_id(),
        conversation_id=conversation_id,
        price=price,
        created_at=account.now(),
        host_reference=f"mock-refund-{account.numbers.digits(8)}",
        state="done" if plan is None else "pending",
        decided_at=account.now() + timedelta(seconds=plan.seconds if plan else 0),
        will_fail=plan is not None and plan.fails,
        accepted=plan is None or plan.accepted,
        after_settlement=item.transaction_id in account.book.payouts,
        commission_back=given_back.quantize(EIGHT_DECIMALS, ROUND_HALF_UP),
    )
    account.book.keep(_with_refund(payment, item, refund=made))
    return made


def may_refund(account: Account, payment: Payment, *, price: Decimal, most: Decimal) -> None:
    """Whether so much can be given back now. Raises `Refusal`."""
    if payment.cancelled_at is not None:
        raise Refusal("5093", retryable=False)
    if payment.phase == "PRE_AUTH":
        raise Refusal("11", retryable=False)
    if account.now() - payment.created_at > REFUND_WINDOW:
        raise Refusal("5008", retryable=False)
    if price <= 0:
        raise Refusal("5005", retryable=False)
    if price > most:
        raise Refusal("5006", retryable=False)
    if not payment.card.refundable:
        raise Refusal("10000", "GENERAL_ERROR", retryable=True)


def _with_refund(payment: Payment, item: PaidItem, *, refund: Refund) -> Payment:
    items = tuple(
        replace(each, refunds=(*each.refunds, refund)) if each == item else each
        for each in payment.items
    )
    return replace(payment, items=items)
