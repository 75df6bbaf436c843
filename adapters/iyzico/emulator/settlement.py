"""Paying the merchant out: one bank transfer on each business day, line by line.

What is paid and when follows from the book alone, so it does not matter how often one looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from adapters.iyzico.emulator.account import Account, day_of
from adapters.iyzico.emulator.book import ISTANBUL, Bounce, PaidItem, Payment, Payout
from adapters.iyzico.emulator.commission import KURUS
from adapters.iyzico.emulator.pending import decide_refunds

PAID_OUT_AT = time(9)
SATURDAY = 5


def business_day(day: date) -> date:
    """The day itself, or the Monday after a weekend. Public holidays are not known."""
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def due_at(payment: Payment) -> datetime:
    """When a payment is paid out, unless it is still in review then."""
    return _next_run(payment.ruled_at or payment.created_at, payment.payout_after_days)


def settle(account: Account) -> list[Payout]:
    """Pay out everything that has fallen due, and tell what was paid now."""
    decide_refunds(account)
    before, account.settled_at = account.settled_at, account.now()
    if before is not None and before <= account.now() < _run_after(before):
        return []
    paid: list[Payout] = []
    for payment_id in tuple(account.book.unsettled):
        payment = account.book.payments[payment_id]
        for item in payment.items:
            paid += _due(account, payment, item=item)
    paid.sort(key=lambda payout: payout.paid_at)
    if paid and account.payout_off:
        paid[0] = replace(paid[0], amount=paid[0].amount + account.payout_off)
        account.payout_off = Decimal(0)
    account.book.keep(*paid)
    return paid


def payouts_on(account: Account, day: date) -> list[Payout]:
    """What was paid out on a day, in the order of the lines."""
    return [account.book.payouts[source] for source in account.book.paid_out_on.get(day, ())]


def transfer_total(payouts: Iterable[Payout]) -> Decimal:
    """The amount that reaches the bank: line by line there may be parts of a kuruş."""
    total = sum((payout.amount for payout in payouts), Decimal(0))
    return total.quantize(KURUS, ROUND_HALF_UP)


def bounce(account: Account, reference: str, *, reason: str) -> Bounce | None:
    """Let the merchant's bank send a transfer back; None when there was no such transfer."""
    transfer = [p for p in account.book.payouts.values() if p.reference == reference]
    if not transfer:
        return None
    bounced = Bounce(
        reference=reference,
        amount=transfer_total(transfer),
        currency=transfer[0].currency,
        reason=reason,
        bounced_at=account.now(),
    )
    account.book.keep(bounced)
    return bounced


def _due(account: Account, payment: Payment, *, item: PaidItem) -> list[Payout]:
    if payment.fraud_status != 1 or payment.cancelled_at is not None or payment.phase == "PRE_AUTH":
        return []
    run = due_at(payment)
    paid: list[Payout] = []
    if item.transaction_id not in account.book.payouts and run <= account.now():
        paid.append(_payout(payment, item, source=item.transaction_id, amount=item.payout, run=run))
    for refund in item.refunds:
        if refund.state != "done" or refund.refund_id in account.book.payouts:
            continue
        again = max(run, _next_run(refund.decided_at or refund.created_at, 1))
        if again <= account.now():
            amount = refund.commission_back - refund.price
            paid.append(_payout(payment, item, source=refund.refund_id, amount=amount, run=again))
    return paid


def _payout(
    payment: Payment, item: PaidItem, *, source: int, amount: Decimal, run: datetime
) -> Payout:
    batch = "1" if payment.currency == "TRY" else payment.currency
    return Payout(
        source_id=source,
        transaction_id=item.transaction_id,
        amount=amount,
        currency=payment.currency,
        kind="payment" if source == item.transaction_id else "refund",
        reference=f"STL{day_of(run):%Y%m%d}-{batch}",
        paid_at=run,
    )


def _run_after(moment: datetime) -> datetime:
    today = datetime.combine(day_of(moment), PAID_OUT_AT, ISTANBUL)
    return _next_run(moment, 0 if moment < today else 1)


def _next_run(moment: datetime, days: int) -> datetime:
    day = business_day(day_of(moment) + timedelta(days=days))
    return datetime.combine(day, PAID_OUT_AT, ISTANBUL)
