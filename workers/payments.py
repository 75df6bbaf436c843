"""The payment jobs: asking the provider, and having it give money back."""

from __future__ import annotations

from application.bus import Command
from application.payments import (
    AskProvider,
    CancelPayment,
    RecordCancelOutcome,
    RecordRefundOutcome,
    RefundLine,
    ask_provider,
)
from application.ports import (
    Clock,
    Misconfigured,
    PaidLine,
    PaymentGateways,
    RateLimited,
    Unavailable,
    Unknown,
)
from application.store import EventLog, Store
from domain.payments import CapturedLine, PaymentAttempt
from workers.jobs import works

OUR_ADDRESS = "127.0.0.1"
"""The provider wants to be told who asks for a refund; we do, and no shopper."""


@works()
async def ask_about_payment(
    job: AskProvider, gateways: PaymentGateways, *, log: EventLog, clock: Clock
) -> Command | None:
    """Ask once; what nobody knows now is asked again by the next sweep."""
    return await ask_provider(job.attempt_id, gateways, token=job.token, log=log, clock=clock)


@works()
async def refund_line(
    job: RefundLine, gateways: PaymentGateways, log: EventLog, *, clock: Clock
) -> Command | None:
    """Refund, unless it is decided already. Raises `Unavailable` while nobody knows: the gateway
    looks for an earlier refund under the same id before it makes one.
    """
    attempt = await Store(log, clock.now()).get(PaymentAttempt, job.attempt_id)
    refund = attempt.refunds[job.refund_id]
    undecided = refund.state in {"requested", "pending"} or refund.may_be_news
    if not undecided or attempt.capture is None:
        return None
    outcome = await gateways.of(attempt.provider).refund(
        refund_id=refund.refund_id,
        line=_paid_line(attempt.capture.line(refund.line_id)),
        amount=refund.amount,
        ip=OUR_ADDRESS,
    )
    if isinstance(outcome, Unknown | RateLimited):
        raise Unavailable(f"the refund is not decided: {outcome}")
    return RecordRefundOutcome(attempt_id=job.attempt_id, refund_id=job.refund_id, outcome=outcome)


@works()
async def cancel_payment(
    job: CancelPayment, gateways: PaymentGateways, log: EventLog, *, clock: Clock
) -> Command | None:
    """Call a payment off, unless that is decided already. Raises `Unavailable` while nobody knows:
    the gateway looks whether it was done before it asks.
    """
    attempt = await Store(log, clock.now()).get(PaymentAttempt, job.attempt_id)
    cancel, capture = attempt.cancel, attempt.capture
    if cancel is None or cancel.state != "requested" or capture is None:
        return None
    outcome = await gateways.of(attempt.provider).cancel(
        cancel_id=cancel.cancel_id,
        payment_id=capture.payment_id,
        total=capture.paid,
        ip=OUR_ADDRESS,
    )
    if isinstance(outcome, Unknown | RateLimited | Misconfigured):
        raise Unavailable(f"the cancel is not decided: {outcome}")
    return RecordCancelOutcome(attempt_id=job.attempt_id, cancel_id=job.cancel_id, outcome=outcome)


def _paid_line(line: CapturedLine) -> PaidLine:
    return PaidLine(
        line_id=line.line_id,
        transaction_id=line.transaction_id,
        paid=line.paid,
        commission=line.commission,
        fee=line.fee,
    )
