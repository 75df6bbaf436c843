"""What made the amounts of an order."""

from __future__ import annotations

from api.ask import Ask
from api.explained import (
    Amounts,
    Document,
    Explanation,
    explanation_of,
    past_until,
    reason,
)
from domain.orders import Order
from projections.invoices import invoice_of_order
from projections.orders import (
    OrderRow,
    order_course,
)
from projections.past import Change
from projections.payments import payments_of_order


async def explained(ask: Ask, row: OrderRow) -> Explanation:
    """What made the amounts of an order; its papers are those of today."""
    invoice = await invoice_of_order(ask.reads, row.order_id)
    paid = await payments_of_order(ask.reads, row.order_id)
    references = [Document("payment", each.payment_id) for each in paid if each.payment_id]
    papers = [*([Document("invoice", invoice.number)] if invoice else []), *references]

    def documents(change: Change) -> list[Document]:
        return references if isinstance(change.recorded.event, Order.MoneyReturned) else papers

    course = await order_course(past_until(ask, row.position), row.order_id)
    reasons = [reason(change, _amounts, documents=documents(change)) for change in course]
    told = [each for each in reasons if each is not None]
    return await explanation_of(ask, told, owner_id=row.customer_id)


def _amounts(row: object) -> Amounts:
    if not isinstance(row, OrderRow):
        return {}
    lines = {f"lines/{number}/gross": line.gross for number, line in enumerate(row.lines)}
    return {"total": row.total, "surcharge": row.surcharge, "refunded": row.refunded, **lines}
