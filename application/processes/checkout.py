"""What follows at the till: time limits, questions to the provider, money that goes back, mails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from application.notifications import SendMail
from application.orders import ExpireOrder
from application.payments import (
    AskAboutPayment,
    AskProvider,
    RecordCheckoutFailed,
    RefundLine,
    RefundPayment,
)
from application.work import Intent, Later, when
from domain.orders import Order, number_of
from domain.payments import SWEEPS, PaymentAttempt

FORM_WITHIN = timedelta(minutes=30)
"""An attempt that has no page by then is ended, so that it does not stand in another's way."""

_Told = Order.Placed | Order.Paid | Order.Cancelled
_Sweeping = PaymentAttempt.OutcomeAsked | PaymentAttempt.WentIntoReview


@when(Order.Placed)
def expire_unpaid_order(event: Order.Placed) -> Iterator[Intent]:
    """An order waits for its payment as long as its terms say."""
    yield Later(ExpireOrder(order_id=event.originator_id), event.purchase.pay_by)


@when(Order.PaymentEnded)
def expire_order_after_attempt(event: Order.PaymentEnded) -> Iterator[Intent]:
    """An open attempt holds the end of an order up; now it may have come."""
    yield ExpireOrder(order_id=event.originator_id)


@when(PaymentAttempt.Opened)
def end_attempt_without_form(event: PaymentAttempt.Opened) -> Iterator[Intent]:
    """Whoever was opening the page may have died."""
    command = RecordCheckoutFailed(attempt_id=event.originator_id, reason="abandoned")
    yield Later(command, event.timestamp + FORM_WITHIN)


@when(PaymentAttempt.FormOpened)
def begin_sweeping(event: PaymentAttempt.FormOpened) -> Iterator[Intent]:
    """The sweeper asks even if neither browser nor webhook ever come back."""
    yield _sweep(event, event.timestamp + SWEEPS[0])


@when(PaymentAttempt.OutcomeAsked, PaymentAttempt.WentIntoReview)
def go_on_sweeping(event: _Sweeping) -> Iterator[Intent]:
    """Each sweep arranges the next one, until there is an end or nothing left to hope for."""
    if event.next_sweep_at:
        yield _sweep(event, event.next_sweep_at)


@when(PaymentAttempt.OutcomeAsked)
def ask_the_provider(event: PaymentAttempt.OutcomeAsked) -> Iterator[Intent]:
    """Hints and sweeps alike are answered by the provider only."""
    yield AskProvider(attempt_id=event.originator_id)


@when(PaymentAttempt.FoundSurplus)
def return_surplus(event: PaymentAttempt.FoundSurplus) -> Iterator[Intent]:
    """Money that no order can keep goes back by itself."""
    yield RefundPayment(
        attempt_id=event.originator_id, request_id=event.originator_id, reason=event.reason
    )


@when(PaymentAttempt.FoundSurplus)
def tell_of_surplus(event: PaymentAttempt.FoundSurplus) -> Iterator[Intent]:
    """Nobody whose card was charged for nothing has to ask where the money is."""
    yield SendMail(person_id=event.customer_id, template="payment_goes_back", facts={})


@when(PaymentAttempt.Declined)
def tell_of_rejection(event: PaymentAttempt.Declined) -> Iterator[Intent]:
    """Who was told to wait for a review has left the page long before it ends."""
    if event.reviewed:
        yield SendMail(
            person_id=event.customer_id,
            template="payment_rejected",
            facts={"number": number_of(event.order_id)},
        )


@when(Order.Cancelled)
def return_money_of_cancelled_order(event: Order.Cancelled) -> Iterator[Intent]:
    """What was paid for an order that is cancelled goes back by itself."""
    if event.paid_attempt_id:
        yield RefundPayment(
            attempt_id=event.paid_attempt_id, request_id=event.originator_id, reason="cancelled"
        )


@when(PaymentAttempt.RefundRequested)
def refund_line(event: PaymentAttempt.RefundRequested) -> Iterator[Intent]:
    """Refunds are carried out line by line, as the provider's fees and our invoices are."""
    yield RefundLine(attempt_id=event.originator_id, refund_id=event.refund_id)


@when(Order.Placed)
def tell_of_order(event: Order.Placed) -> Iterator[Intent]:
    """The customer reads what they ordered, and how long it waits."""
    bought = event.purchase.method == "credits"
    yield _mail(event, "credits_ordered" if bought else "order_placed")


@when(Order.Paid)
def tell_of_payment(event: Order.Paid) -> Iterator[Intent]:
    """The customer reads that the money arrived."""
    if event.method == "credits":
        bought = {"number": event.number, "credits": str(event.credits)}
        yield SendMail(
            person_id=event.customer_id,
            template="credits_bought",
            facts=bought,
            amount=event.amount,
        )
    else:
        yield SendMail(
            person_id=event.customer_id,
            template="order_paid",
            facts={"number": event.number},
            amount=event.amount,
        )


@when(Order.Cancelled)
def tell_of_cancelling(event: Order.Cancelled) -> Iterator[Intent]:
    """The customer reads that the order is off, and whether money goes back."""
    refunded = event.paid_attempt_id is not None
    yield _mail(event, "order_cancelled_and_refunded" if refunded else "order_cancelled")


def _sweep(event: PaymentAttempt.FormOpened | _Sweeping, due_at: datetime) -> Later:
    command = AskAboutPayment(
        attempt_id=event.originator_id, asked_by="sweeper", reference=due_at.isoformat()
    )
    return Later(command, due_at)


def _mail(event: Order.Placed | Order.Cancelled, template: str) -> Intent:
    return SendMail(person_id=event.customer_id, template=template, facts={"number": event.number})
