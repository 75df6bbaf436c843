"""What follows when money goes back: cancels, refunds that wait, and what finance looks at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from application.payments import AskAboutRefund, CancelPayment, RefundLine
from application.work import Intent, Later, when
from application.work_items import LapseWorkItem, OpenWorkItem
from domain.payments import PaymentAttempt
from domain.work_items import WorkItemKind

HINDERED_AGAIN = timedelta(hours=1)
"""So long a person gets to correct our account before the same refund is tried again."""

_Looking = PaymentAttempt.RefundPending | PaymentAttempt.RefundAsked


@when(PaymentAttempt.CancelRequested)
def cancel_payment(event: PaymentAttempt.CancelRequested) -> Iterator[Intent]:
    """A payment that is given back on its own day never reaches the card."""
    yield CancelPayment(attempt_id=event.originator_id, cancel_id=event.cancel_id)


@when(PaymentAttempt.RefundPending, PaymentAttempt.RefundAsked)
def go_on_looking(event: _Looking) -> Iterator[Intent]:
    """Each look arranges the next one, so that no webhook has to come."""
    if event.next_look_at:
        due_at = event.next_look_at
        yield Later(_ask(event, due_at.isoformat()), due_at)


@when(PaymentAttempt.RefundAsked)
def ask_about_refund(event: PaymentAttempt.RefundAsked) -> Iterator[Intent]:
    """The provider is asked whether it has the refund before it is given another one."""
    yield RefundLine(attempt_id=event.originator_id, refund_id=event.refund_id)


@when(PaymentAttempt.RefundHindered)
def try_hindered_again(event: PaymentAttempt.RefundHindered) -> Iterator[Intent]:
    """The refund itself is in order; it waits until our account is."""
    due_at = event.timestamp + HINDERED_AGAIN
    yield Later(_ask(event, due_at.isoformat()), due_at)


@when(PaymentAttempt.RefundHindered)
def report_hindered(event: PaymentAttempt.RefundHindered) -> Iterator[Intent]:
    """One item for all that the same fault of our account hinders."""
    yield OpenWorkItem(kind="provider_misconfigured", key=event.code, facts=(("code", event.code),))


@when(PaymentAttempt.RefundFailed)
def report_refused(event: PaymentAttempt.RefundFailed) -> Iterator[Intent]:
    """Finance tries it again or pays by bank; nobody's money is forgotten."""
    yield OpenWorkItem(
        kind="refund_refused",
        key=str(event.refund_id),
        order_id=event.order_id,
        attempt_id=event.originator_id,
        amount=event.amount,
        facts=(("group", event.group), ("code", event.code), ("line_id", str(event.line_id))),
    )


@when(PaymentAttempt.LineRefunded)
def report_contradicted(event: PaymentAttempt.LineRefunded) -> Iterator[Intent]:
    """What was refused and is done after all needs no other money; what has gone twice does need
    somebody who asks for it.
    """
    if event.late:
        yield LapseWorkItem(
            kind="refund_refused", key=str(event.refund_id), reason="refunded_after_all"
        )
    if event.excess:
        yield OpenWorkItem(
            kind="refund_contradicted",
            key=str(event.refund_id),
            order_id=event.order_id,
            attempt_id=event.originator_id,
            amount=event.excess,
            facts=(("reference", event.reference), ("line_id", str(event.line_id))),
        )


@when(PaymentAttempt.OutcomeUnknown)
def report_alarm(event: PaymentAttempt.OutcomeUnknown) -> Iterator[Intent]:
    """An answer that contradicts what was asked or signed is no network's fault."""
    if event.alarm:
        yield _alarm(event, event.reason)


@when(PaymentAttempt.OutcomeAsked)
def report_no_end(event: PaymentAttempt.OutcomeAsked) -> Iterator[Intent]:
    """The sweeper has asked for the last time, and until then nobody knew: now a person asks."""
    if event.asked_by == "sweeper" and event.next_sweep_at is None:
        yield _alarm(event, "no_end_after_a_month")


@when(PaymentAttempt.Failed)
def report_no_page(event: PaymentAttempt.Failed) -> Iterator[Intent]:
    """Nobody can pay while the provider does not accept our account or our request."""
    if _ours(event.reason):
        yield _alarm(event, event.reason)


def _ask(
    event: PaymentAttempt.RefundPending
    | PaymentAttempt.RefundAsked
    | PaymentAttempt.RefundHindered,
    reference: str,
) -> AskAboutRefund:
    return AskAboutRefund(
        attempt_id=event.originator_id,
        refund_id=event.refund_id,
        asked_by="sweeper",
        reference=reference,
    )


def _alarm(
    event: PaymentAttempt.OutcomeUnknown | PaymentAttempt.OutcomeAsked | PaymentAttempt.Failed,
    reason: str,
) -> OpenWorkItem:
    if _ours(reason):
        kind: WorkItemKind = "provider_misconfigured"
        return OpenWorkItem(kind=kind, key=reason, facts=(("reason", reason),))
    return OpenWorkItem(
        kind="payment_alarm",
        key=f"{event.originator_id}/{reason}",
        order_id=event.order_id,
        attempt_id=event.originator_id,
        facts=(("reason", reason),),
    )


def _ours(reason: str) -> bool:
    return reason.startswith(("misconfigured_", "invalid_"))
