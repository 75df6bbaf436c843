"""Posting rules of money at payment providers and at the bank."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from domain.bank import BankLine
from domain.ledger.booking import Posting, money, posts
from domain.payments import PaymentAttempt, PaymentProvider
from domain.settlements import ReturnedFee, Settlement
from domain.shared.money import Money
from domain.work_items import WorkItem

TAKINGS: dict[PaymentProvider, str] = {
    "iyzico": "receivable_iyzico",
    "bank_transfer": "bank_clearing",
}
"""Where the customers' money is that a provider took: it owes it to us, or our bank told of it."""


@posts(PaymentAttempt.Succeeded)
def paid(event: PaymentAttempt.Succeeded) -> Iterator[Posting]:
    """The provider has the customer's money, and keeps its commission of it."""
    takings = TAKINGS[event.provider]
    yield from money(event.capture.paid, "paid", debit=takings, credit="customer_prepayments")
    kept = sum((line.commission + line.fee for line in event.capture.lines), Decimal(0))
    yield from money(
        Money.of(kept, event.capture.paid.currency),
        "provider_fee",
        debit="provider_fees",
        credit=takings,
    )


@posts(PaymentAttempt.LineRefunded)
def paid_back(event: PaymentAttempt.LineRefunded) -> Iterator[Posting]:
    """The provider has given money back."""
    takings = TAKINGS[event.provider]
    yield from money(event.amount, "paid_back", debit="customer_prepayments", credit=takings)


@posts(PaymentAttempt.RefundedOutside)
def paid_back_outside(event: PaymentAttempt.RefundedOutside) -> Iterator[Posting]:
    """Our bank account has given back what the provider would not."""
    yield from money(
        event.amount, "paid_back", debit="customer_prepayments", credit="bank_clearing"
    )


@posts(Settlement.Reported)
def paid_out(event: Settlement.Reported) -> Iterator[Posting]:
    """The provider has sent what it owed; it is on its way to our bank."""
    yield from money(
        event.payout, "paid_out", debit="payouts_in_transit", credit="receivable_iyzico"
    )


@posts(Settlement.Corrected)
def paid_out_otherwise(event: Settlement.Corrected) -> Iterator[Posting]:
    """The provider says that it has sent another sum than it said before."""
    yield from money(
        event.payout - event.before,
        "paid_out",
        debit="payouts_in_transit",
        credit="receivable_iyzico",
    )


@posts(Settlement.Received)
def arrived(event: Settlement.Received) -> Iterator[Posting]:
    """Our bank has booked what the provider had sent."""
    yield from money(event.amount, "arrived", debit="bank_clearing", credit="payouts_in_transit")


@posts(BankLine.Booked)
def banked(event: BankLine.Booked) -> Iterator[Posting]:
    """Money moved on our account: what explains it takes it out of clearing again, so that `bank`
    is always what the bank's statements say.
    """
    comes_in = event.direction == "in"
    yield from money(
        event.amount,
        "banked",
        debit="bank" if comes_in else "bank_clearing",
        credit="bank_clearing" if comes_in else "bank",
    )


@posts(BankLine.Matched)
def explained(event: BankLine.Matched) -> Iterator[Posting]:
    """Business that these books don't know waits to be booked elsewhere. All other lines are taken
    out of clearing by the payment, refund or payout that they are.
    """
    if event.meaning == "other":
        comes_in = event.direction == "in"
        yield from money(
            event.amount,
            "banked",
            debit="bank_clearing" if comes_in else "suspense",
            credit="suspense" if comes_in else "bank_clearing",
        )


@posts(ReturnedFee.Told)
def fee_returned(event: ReturnedFee.Told) -> Iterator[Posting]:
    """The provider gives back of its commission what it had kept of money that was refunded."""
    yield from money(
        Money.of(event.amount), "provider_fee", debit="receivable_iyzico", credit="provider_fees"
    )


@posts(WorkItem.Resolved)
def difference_booked(event: WorkItem.Resolved) -> Iterator[Posting]:
    """A person has decided that a difference to the provider's books is a cost; below 0, a gain.
    Other resolutions move nothing.
    """
    if event.resolution == "booked" and event.amount is not None:
        yield from money(
            event.amount, "reconciled", debit="provider_fees", credit="receivable_iyzico"
        )


@posts(Settlement.Bounced)
def bounced(event: Settlement.Bounced) -> Iterator[Posting]:
    """Our bank has sent a payout back: the provider owes it again."""
    yield from money(
        event.amount, "bounced", debit="receivable_iyzico", credit="payouts_in_transit"
    )
