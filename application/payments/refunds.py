"""What can be asked of money that goes back, and what is recorded of the provider's answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.bus import Command, handles
from application.four_eyes import Hand, party_of
from application.invoices import InvoicingRules
from application.line_returns import open_return
from application.money_back import count_money_back
from application.ports import Declined, Invalid, Misconfigured, Pending, Refunded
from application.store import Store
from application.work import Job
from domain.orders import CreditPurchase, Order
from domain.payments import AskedBy, PaymentAttempt, RefundNotRefused, RefundPart, UnknownRefund
from domain.shared.errors import Conflict
from domain.shared.money import Money
from domain.work_items import WorkItem, WorkItemFacts, WorkItemKind


class CreditsComeBackFirst(Conflict):
    """Money for credits goes back only against the credits: by a refund of the purchase."""


class RefundOrder(Command, frozen=True, kw_only=True):
    """Give back what an order was paid with: these parts, or all that is left. A `request_id`
    counts once. Purchases of credits are refunded by `RefundCredits`.
    """

    order_id: UUID
    request_id: UUID
    reason: str
    parts: tuple[RefundPart, ...] | None = None


class RefundPayment(Command, frozen=True, kw_only=True):
    """Give back all that is left of what an attempt took; what the provider is too late for is
    paid by finance. A `request_id` counts once.
    """

    attempt_id: UUID
    request_id: UUID
    reason: str


class RetryRefund(Command, frozen=True, kw_only=True):
    """Ask the provider anew for what it has refused, as a refund of its own; for finance."""

    attempt_id: UUID
    refund_id: UUID
    request_id: UUID
    by: Hand


class RecordPaidOutside(Command, frozen=True, kw_only=True):
    """Our bank account has paid what the provider refused; for finance. `reference` is that of the
    bank, and never names who got the money.
    """

    attempt_id: UUID
    refund_id: UUID
    reference: str
    by: Hand


class AskAboutRefund(Command, frozen=True, kw_only=True):
    """Have the provider asked what became of a refund, once for each `reference`; ignored when that
    is known.
    """

    attempt_id: UUID
    refund_id: UUID
    asked_by: AskedBy
    reference: str


class RecordRefundOutcome(Command, frozen=True, kw_only=True):
    """What the provider decided about a refund, or that it does not accept our account."""

    attempt_id: UUID
    refund_id: UUID
    outcome: Refunded | Pending | Declined | Invalid | Misconfigured


class RecordCancelOutcome(Command, frozen=True, kw_only=True):
    """What the provider decided about calling a whole payment off."""

    attempt_id: UUID
    cancel_id: UUID
    outcome: Refunded | Declined | Invalid


class RefundLine(Job, frozen=True, kw_only=True):
    """Have the provider give back (part of) one line, or say what became of that."""

    QUEUE = "payments"
    ATTEMPTS = 24
    LEASE_SECONDS = 120
    attempt_id: UUID
    refund_id: UUID


class CancelPayment(Job, frozen=True, kw_only=True):
    """Have the provider call a whole payment off."""

    QUEUE = "payments"
    ATTEMPTS = 24
    LEASE_SECONDS = 120
    attempt_id: UUID
    cancel_id: UUID


@handles
async def refund_order(command: RefundOrder, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    if order.credits:
        raise CreditsComeBackFirst(order_id=order.id)
    attempt = await store.get(PaymentAttempt, order.paid_attempt or order.id)
    attempt.refund(command.request_id, command.reason, parts=command.parts)
    store.save(attempt)


@handles
async def refund_payment(command: RefundPayment, store: Store) -> None:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    attempt.refund_all(command.request_id, command.reason)
    store.save(attempt)


@handles
async def retry_refund(command: RetryRefund, store: Store) -> dict[str, Any]:
    attempt, _ = await _refused(command, store)
    refund = attempt.refunds[command.refund_id]
    if refund.state != "failed":
        raise RefundNotRefused(state=refund.state)
    if attempt.refund_id_of(command.request_id, refund.line_id) not in attempt.refunds:
        await _must_not_be_tried_again(command.refund_id, store)
    part = RefundPart(line_id=refund.line_id, amount=refund.amount)
    attempt.refund(command.request_id, refund.reason, parts=(part,))
    asked = await open_return(refund.line_id, store)
    if asked is not None and asked.waits_for(refund.refund_id):
        retried = attempt.refund_id_of(command.request_id, refund.line_id)
        asked.follow_refund(refund.refund_id, retried)
        store.save(asked)
    await _resolve(command, store, resolution="tried_again", note=str(command.request_id))
    store.save(attempt)
    return {"refund_id": attempt.refund_id_of(command.request_id, refund.line_id)}


@handles
async def record_paid_outside(
    command: RecordPaidOutside, store: Store, rules: InvoicingRules
) -> dict[str, Any]:
    attempt, order = await _refused(command, store)
    if not attempt.refunds[command.refund_id].outside:
        await _must_not_be_tried_again(command.refund_id, store)
    attempt.refund_outside(command.refund_id, command.reference)
    await count_money_back(
        order, attempt, refund_ids=(command.refund_id,), store=store, rules=rules
    )
    await _resolve(command, store, resolution="paid_from_bank", note=command.reference)
    store.save(attempt, order)
    return {"refund_id": command.refund_id}


@handles
async def ask_about_refund(command: AskAboutRefund, store: Store) -> None:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    attempt.ask_about_refund(command.refund_id, command.asked_by, reference=command.reference)
    store.save(attempt)


@handles
async def record_refund_outcome(
    command: RecordRefundOutcome, store: Store, rules: InvoicingRules
) -> None:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    order = await store.get(Order, attempt.order_id)
    match command.outcome:
        case Refunded(refund_reference=reference):
            attempt.confirm_refund(command.refund_id, reference)
            await _must_not_be_decided(attempt, command.refund_id, store=store)
            if order.credits:
                await _must_not_have_both(attempt, command.refund_id, store=store)
        case Pending(refund_reference=reference):
            attempt.defer_refund(command.refund_id, reference)
        case Declined(group=group, code=code):
            attempt.fail_refund(command.refund_id, group, code=code)
        case Invalid(code=code):
            attempt.fail_refund(command.refund_id, "INVALID_REQUEST", code=code)
        case Misconfigured(code=code):
            attempt.hinder_refund(command.refund_id, code)
    await count_money_back(
        order, attempt, refund_ids=(command.refund_id,), store=store, rules=rules
    )
    store.save(attempt, order)


@handles
async def record_cancel_outcome(
    command: RecordCancelOutcome, store: Store, rules: InvoicingRules
) -> None:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    order = await store.get(Order, attempt.order_id)
    match command.outcome:
        case Refunded(refund_reference=reference):
            attempt.confirm_cancel(command.cancel_id, reference)
            if order.credits:
                for refund_id in attempt.refunds:
                    await _must_not_have_both(attempt, refund_id, store=store)
        case Declined(group=group, code=code):
            attempt.refuse_cancel(command.cancel_id, group, code=code)
        case Invalid(code=code):
            attempt.refuse_cancel(command.cancel_id, "INVALID_REQUEST", code=code)
    await count_money_back(
        order, attempt, refund_ids=tuple(attempt.refunds), store=store, rules=rules
    )
    store.save(attempt, order)


async def _must_not_have_both(attempt: PaymentAttempt, refund_id: UUID, *, store: Store) -> None:
    """Credits that came back because their refund was refused are with the customer beside the
    money, if that refund is done after all: finance asks for one of the two.
    """
    purchase = await store.find(CreditPurchase, CreditPurchase.id_of(attempt.order_id))
    if purchase is not None and refund_id in purchase.given_back:
        given_back = purchase.given_back[refund_id]
        found = (given_back.amount, (("credits", str(given_back.credits)),))
        await _report_contradicted(attempt, refund_id, found=found, store=store)


async def _must_not_be_decided(attempt: PaymentAttempt, refund_id: UUID, *, store: Store) -> None:
    """It was refused, and finance had it tried again or given another way, or did not owe it; now
    it is done after all, beside that. What our bank paid is told by the refund itself.
    """
    item = await store.find(WorkItem, WorkItem.id_of("refund_refused", str(refund_id)))
    if item is None or item.state != "resolved" or item.ended[1] == "paid_from_bank":
        return
    found = (attempt.refunds[refund_id].amount, (("resolution", item.ended[1]),))
    await _report_contradicted(attempt, refund_id, found=found, store=store)


async def _report_contradicted(
    attempt: PaymentAttempt,
    refund_id: UUID,
    *,
    found: tuple[Money, WorkItemFacts],
    store: Store,
) -> None:
    kind: WorkItemKind = "refund_contradicted"
    if await store.find(WorkItem, WorkItem.id_of(kind, str(refund_id))) is None:
        about = (attempt.order_id, attempt.id)
        store.save(WorkItem.open(kind, str(refund_id), about=about, found=found, now=store.now))


async def _refused(
    command: RetryRefund | RecordPaidOutside, store: Store
) -> tuple[PaymentAttempt, Order]:
    """The payment and the order of a refund, for finance. Raises `NotFinance`, `UnknownRefund`;
    and `CreditsComeBackFirst` for credits, which came back when the refund was refused.
    """
    (await party_of(command.by, store)).must_be_finance()
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    if command.refund_id not in attempt.refunds:
        raise UnknownRefund(refund_id=command.refund_id)
    order = await store.get(Order, attempt.order_id)
    if order.credits and order.paid_attempt == attempt.id:
        raise CreditsComeBackFirst(order_id=order.id)
    return attempt, order


async def _must_not_be_tried_again(refund_id: UUID, store: Store) -> None:
    """Of a part of a line as much may be left, so that it could go back twice."""
    item = await store.find(WorkItem, WorkItem.id_of("refund_refused", str(refund_id)))
    if item is not None and item.state == "resolved" and item.ended[1] == "tried_again":
        raise RefundNotRefused(state="tried_again")


async def _resolve(
    command: RetryRefund | RecordPaidOutside, store: Store, *, resolution: str, note: str
) -> None:
    """What finance was to look at is done, unless somebody resolved it before."""
    item_id = WorkItem.id_of("refund_refused", str(command.refund_id))
    item = await store.find(WorkItem, item_id)
    if item is not None and item.state == "open":
        item.resolve(await party_of(command.by, store), resolution, note=note)
        store.save(item)
