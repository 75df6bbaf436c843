"""The payment jobs: asking the provider, and having it give money back."""

from __future__ import annotations

from application.bus import Command
from application.payments import (
    AskProvider,
    RecordRefundOutcome,
    RefundLine,
    ask_provider,
)
from application.ports import (
    Clock,
    Declined,
    PaidLine,
    PaymentGateway,
    Refunded,
    Unavailable,
)
from application.store import EventLog, Store
from domain.payments import CapturedLine, PaymentAttempt
from workers.jobs import works

OUR_ADDRESS = "127.0.0.1"
"""The provider wants to be told who asks for a refund; we do, and no shopper."""


@works()
async def ask_about_payment(
    job: AskProvider, gateway: PaymentGateway, *, log: EventLog, clock: Clock
) -> Command | None:
    """Ask once; what nobody knows now is asked again by the next sweep."""
    return await ask_provider(job.attempt_id, gateway, log=log, clock=clock)


@works()
async def refund_line(
    job: RefundLine, gateway: PaymentGateway, log: EventLog, *, clock: Clock
) -> Command | None:
    """Refund, unless it is decided already. Raises `Unavailable` while nobody knows: the gateway
    looks for an earlier refund under the same id before it makes one.
    """
    attempt = await Store(log, clock.now()).get(PaymentAttempt, job.attempt_id)
    refund = attempt.refunds[job.refund_id]
    if refund.state != "requested" or attempt.capture is None:
        return None
    outcome = await gateway.refund(
        refund_id=refund.refund_id,
        line=_paid_line(attempt.capture.line(refund.line_id)),
        amount=refund.amount,
        ip=OUR_ADDRESS,
    )
    if isinstance(outcome, Refunded | Declined):
        return RecordRefundOutcome(
            attempt_id=job.attempt_id, refund_id=job.refund_id, outcome=outcome
        )
    raise Unavailable(f"the refund is not decided: {outcome}")


def _paid_line(line: CapturedLine) -> PaidLine:
    return PaidLine(
        line_id=line.line_id,
        transaction_id=line.transaction_id,
        paid=line.paid,
        commission=line.commission,
        fee=line.fee,
    )
