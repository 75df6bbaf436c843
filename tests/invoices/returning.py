"""Orders of which money went back, and asking for the paper about it."""

from __future__ import annotations

from uuid import UUID, uuid5

from application.bus import Command, handles
from application.invoices import InvoicingRules, issue_return_document
from application.store import Store
from domain.orders import LineKind, Order
from domain.payments import Due, PaymentAttempt
from domain.shared.money import Money
from tests.given import NOW
from tests.production.examples import CUSTOMER, DRAFT, a_paid_order

PARTS: tuple[tuple[LineKind, str], ...] = (("cover", "420.01"), ("cargo", "30.00"))


class ReturnInPaper(Command, frozen=True, kw_only=True):
    """What whoever gives money back does: the paper about these refunds, and nothing else."""

    order_id: UUID
    refund_ids: tuple[UUID, ...]


@handles
async def return_in_paper(
    command: ReturnInPaper, store: Store, rules: InvoicingRules
) -> dict[str, UUID]:
    order = await store.get(Order, command.order_id)
    attempt = await store.get(PaymentAttempt, order.paid_attempt or order.id)
    document = await issue_return_document(
        order, attempt, refund_ids=command.refund_ids, store=store, rules=rules
    )
    return {"document_id": document.id}


def refund_of(order: Order, number: int) -> UUID:
    """The id of a refund of this order."""
    return uuid5(order.id, f"refund {number}")


def a_returned_order(
    draft_id: UUID = DRAFT, *, parts: tuple[tuple[LineKind, str], ...] = PARTS
) -> tuple[Order, PaymentAttempt]:
    """A paid order of which each of these parts went back, and the attempt that paid it."""
    order = a_paid_order(draft_id)
    assert order.paid_attempt
    due = Due(order_id=order.id, customer_id=CUSTOMER, amount=order.total, provider="iyzico")
    attempt = PaymentAttempt.open(order.paid_attempt, due, now=NOW)
    for number, (kind, amount) in enumerate(parts):
        line_id = Order.line_id_of(order.id, kind)
        order.record_refunded(refund_of(order, number), line_id, amount=Money.of(amount))
    return order, attempt
