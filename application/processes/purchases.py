"""What follows when credits are bought, taken back for a refund, or given back after all."""

from __future__ import annotations

from collections.abc import Iterator

from application.notifications import SendMail
from application.orders import GiveCreditsBack, GrantCredits
from application.work import Intent, when
from domain.orders import CreditPurchase, Order
from domain.payments import PaymentAttempt

_Told = CreditPurchase.TakenBack | CreditPurchase.GivenBack


@when(Order.Paid)
def grant_credits(event: Order.Paid) -> Iterator[Intent]:
    """Paid credits are in the wallet at once."""
    if event.method == "credits":
        yield GrantCredits(order_id=event.originator_id)


@when(PaymentAttempt.RefundFailed)
def give_credits_back(event: PaymentAttempt.RefundFailed) -> Iterator[Intent]:
    """Whoever does not get the money keeps the credits."""
    yield GiveCreditsBack(order_id=event.order_id, refund_id=event.refund_id)


@when(CreditPurchase.TakenBack)
def tell_taken_back(event: CreditPurchase.TakenBack) -> Iterator[Intent]:
    """No balance is made smaller without a word."""
    yield _mail(event, "credits_taken_back")


@when(CreditPurchase.GivenBack)
def tell_given_back(event: CreditPurchase.GivenBack) -> Iterator[Intent]:
    """The customer reads that the refund came to nothing, and that the credits are back."""
    yield _mail(event, "credits_given_back")


def _mail(event: _Told, template: str) -> Intent:
    facts = {"number": event.number, "credits": str(event.credits)}
    return SendMail(
        person_id=event.customer_id, template=template, facts=facts, amount=event.amount
    )
