"""What can be asked of attempts to pay, and what is recorded of the provider's answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from application.bus import Command, handles
from application.cards import remember_card
from application.ports import (
    Declined,
    InReview,
    Invalid,
    Misconfigured,
    NotFinal,
    Paid,
    PaymentOutcome,
    RateLimited,
    Unknown,
)
from application.store import Store
from application.work import Job
from domain.orders import ChargedLine, Order
from domain.payments import (
    AskedBy,
    Capture,
    CapturedLine,
    Due,
    PaymentAttempt,
    PaymentProvider,
    SurplusReason,
)
from domain.shared.errors import NotFound
from domain.shared.money import Money

log = structlog.get_logger()


class StartPayment(Command, frozen=True, kw_only=True):
    """Open an attempt to pay an order; where one is open already, that one is the answer. One by
    another provider ends if it may; otherwise it is refused.
    """

    attempt_id: UUID
    order_id: UUID
    customer_id: UUID
    provider: PaymentProvider = "iyzico"


class RecordCheckoutForm(Command, frozen=True, kw_only=True):
    """The provider's page for an attempt is there."""

    attempt_id: UUID
    token: str
    page_url: str
    expires_at: datetime


class RecordCheckoutFailed(Command, frozen=True, kw_only=True):
    """An attempt has no page that anybody could have seen; the customer may try again."""

    attempt_id: UUID
    reason: str


class AskAboutPayment(Command, frozen=True, kw_only=True):
    """Have the provider asked what became of an attempt, once for each `reference`; ignored when
    the end is known. With a `token`, only if it is that of the attempt's page.
    """

    attempt_id: UUID
    asked_by: AskedBy
    reference: str
    token: str | None = None


class RecordPaymentOutcome(Command, frozen=True, kw_only=True):
    """What the provider said when it was asked at `asked_at`: the one way by which browser
    return, webhook and sweeper confirm a payment.
    """

    attempt_id: UUID
    outcome: PaymentOutcome
    asked_at: datetime


class AskProvider(Job, frozen=True, kw_only=True):
    """Ask the provider what became of an attempt; by this `token`, if the attempt has no page."""

    QUEUE = "payments"
    attempt_id: UUID
    token: str = ""


@handles
async def start_payment(command: StartPayment, store: Store) -> dict[str, Any]:
    order = await store.get(Order, command.order_id)
    if order.customer_id != command.customer_id:
        raise NotFound(kind="order", id=order.id)
    under_way = order.open_attempt if order.state == "awaiting_payment" else None
    attempt = await store.find(PaymentAttempt, under_way or command.attempt_id)
    takes_over = bool(under_way and attempt and attempt.give_way(command.provider))
    if attempt and takes_over:
        order.end_payment(attempt.id)
        store.save(order, attempt)
        attempt = await store.find(PaymentAttempt, command.attempt_id)
    if attempt is None:
        order.start_payment(command.attempt_id, takes_over=takes_over)
        due = Due(
            order_id=order.id,
            customer_id=order.customer_id,
            amount=order.total,
            provider=command.provider,
        )
        attempt = PaymentAttempt.open(command.attempt_id, due, now=store.now)
    store.save(attempt, order)
    return {"attempt_id": attempt.id}


@handles
async def record_checkout_form(command: RecordCheckoutForm, store: Store) -> None:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    attempt.show_form(command.token, command.page_url, expires_at=command.expires_at)
    store.save(attempt)


@handles
async def record_checkout_failed(command: RecordCheckoutFailed, store: Store) -> None:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    attempt.fail(command.reason)
    await _save_with_order(store, attempt)


@handles
async def ask_about_payment(command: AskAboutPayment, store: Store) -> dict[str, Any]:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    if command.token is not None and not attempt.has_page(command.token):
        raise NotFound(id=attempt.id)
    before = attempt.version
    attempt.ask(command.asked_by, command.reference)
    store.save(attempt)
    return {"asked": attempt.version > before}


@handles
async def record_payment_outcome(command: RecordPaymentOutcome, store: Store) -> dict[str, Any]:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    match command.outcome:
        case Paid() as paid:
            await _take(paid, attempt, store=store)
        case Declined(group=group, code=code):
            attempt.decline(group, code)
            attempt.expire(command.asked_at)
        case InReview(payment_id=payment_id):
            attempt.review(payment_id)
        case NotFinal():
            attempt.expire(command.asked_at)
        case Misconfigured(code=code):
            _alarm(attempt, f"misconfigured_{code}")
        case Invalid(code=code):
            _alarm(attempt, f"invalid_{code}")
        case RateLimited():
            attempt.be_unknown("rate_limited", alarm=False)
        case Unknown(reason=reason, alarm=True):
            _alarm(attempt, reason)
        case Unknown(reason=reason):
            attempt.be_unknown(reason, alarm=False)
    await _save_with_order(store, attempt)
    return {"state": attempt.state}


async def _take(paid: Paid, attempt: PaymentAttempt, *, store: Store) -> None:
    """Let the order have the money, unless it has been paid already or is over."""
    order = await store.get(Order, attempt.order_id)
    store.save(attempt, order)
    if paid.saved_card and attempt.state != "succeeded":
        await remember_card(paid.saved_card, attempt.customer_id, store=store)
    attempt.succeed(_capture(paid, attempt.amount), paid.card_last_four)
    if order.may_move_to("paid"):
        charged = tuple(ChargedLine(line_id=line.line_id, amount=line.paid) for line in paid.lines)
        order.mark_paid(attempt.id, paid.paid, charged=charged, installments=paid.installments)
    elif order.paid_attempt != attempt.id:
        attempt.find_surplus(_surplus(order))


def _surplus(order: Order) -> SurplusReason:
    if order.paid_attempt:
        return "double_payment"
    return "order_cancelled" if order.state == "cancelled" else "order_expired"


def _capture(paid: Paid, price: Money) -> Capture:
    return Capture(
        payment_id=paid.payment_id,
        price=price,
        paid=paid.paid,
        installments=paid.installments,
        lines=tuple(
            CapturedLine(
                line_id=line.line_id,
                transaction_id=line.transaction_id,
                paid=line.paid,
                commission=line.commission,
                fee=line.fee,
            )
            for line in paid.lines
        ),
    )


def _alarm(attempt: PaymentAttempt, reason: str) -> None:
    log.error("payment_alarm", attempt_id=str(attempt.id), reason=reason)
    attempt.be_unknown(reason, alarm=True)


async def _save_with_order(store: Store, attempt: PaymentAttempt) -> None:
    order = await store.get(Order, attempt.order_id)
    if not attempt.is_open:
        order.end_payment(attempt.id)
    store.save(attempt, order)
