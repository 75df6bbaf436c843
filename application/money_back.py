"""What follows when money goes back: order, document, designer's share and return, all in one."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from application.earnings import reverse_share
from application.invoices import InvoicingRules, issue_return_document
from application.line_returns import open_return
from application.store import Store
from domain.orders import Order
from domain.payments import PaymentAttempt, UnknownLine
from domain.returns import Return
from domain.shared.money import Money


async def count_money_back(
    order: Order,
    attempt: PaymentAttempt,
    *,
    refund_ids: Collection[UUID],
    store: Store,
    rules: InvoicingRules,
) -> None:
    """The provider, or our bank, has decided on these refunds of an attempt. What has gone is
    counted on the order, if it is the order's money. Once all refunds of the same request are
    decided, those that have gone get their one return document, the designer's share goes back in
    proportion, and the returns that waited for them are over: in the caller's unit of work, so that
    all of it is true or nothing. To be called whenever a refund is decided, whatever the answer.
    """
    if order.paid_attempt != attempt.id:
        return
    for refund_id in refund_ids:
        refund = attempt.refunds[refund_id]
        if refund.done.amount:
            order.record_refunded(refund_id, refund.line_id, amount=refund.amount)
        elif refund.state == "failed":
            await _tell_refused(refund_id, refund.line_id, store=store)
    gone = unsettled(order, attempt)
    if gone:
        await _settle(order, attempt, gone=gone, store=store, rules=rules)
    store.save(order)


def unsettled(order: Order, attempt: PaymentAttempt) -> tuple[UUID, ...]:
    """The refunds that have gone and wait for nothing else, and of which nothing followed yet."""
    return tuple(
        refund_id
        for refund_id in order.refunds
        if refund_id not in order.settled
        and refund_id in attempt.refunds
        and attempt.is_decided(refund_id)
    )


async def _settle(
    order: Order,
    attempt: PaymentAttempt,
    *,
    gone: tuple[UUID, ...],
    store: Store,
    rules: InvoicingRules,
) -> None:
    document = await issue_return_document(
        order, attempt, refund_ids=gone, store=store, rules=rules
    )
    fees = {line.line_id for line in order.lines if line.kind == "design_fee"}
    ended: list[UUID] = []
    for refund_id in gone:
        returned = order.refunds[refund_id]
        if returned.line_id in fees:
            await reverse_share(order, returned=returned.amount, refund_id=refund_id, store=store)
        asked = await open_return(returned.line_id, store)
        if asked is not None and _ends(asked, refund_id, attempt=attempt):
            store.save(asked)
            ended.append(asked.id)
    order.settle_refunds(gone, document=document.issued.number, returns=tuple(ended))


def _ends(asked: Return, refund_id: UUID, *, attempt: PaymentAttempt) -> bool:
    """Whether the return is over by this refund, or by others that left nothing of its own."""
    line_id = asked.claim.line_id
    if asked.waits_for(refund_id):
        asked.record_refunded(refund_id, attempt.refunds[refund_id].amount)
    elif asked.refused and not left_for(attempt, line_id).amount:
        asked.settle_otherwise(asked.amount)
    return asked.is_over


def left_for(attempt: PaymentAttempt, line_id: UUID) -> Money:
    """What of a line can still be asked back. Raises `NothingCaptured`, `UnknownLine`."""
    amounts = {part.line_id: part.amount for part in attempt.left()}
    if line_id not in amounts:
        raise UnknownLine(line_id=line_id)
    return amounts[line_id]


async def _tell_refused(refund_id: UUID, line_id: UUID, *, store: Store) -> None:
    asked = await open_return(line_id, store)
    if asked is not None and asked.waits_for(refund_id):
        asked.note_refused(refund_id)
        store.save(asked)
