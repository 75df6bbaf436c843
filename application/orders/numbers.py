"""Taking a number for a new order."""

from __future__ import annotations

from uuid import UUID

from application.store import Store
from domain.orders import OrderNumber, number_of


async def free_number(store: Store, order_id: UUID) -> OrderNumber:
    """The order's number; the next one of its choices where another order has it already."""
    choice = 0
    while await store.find(OrderNumber, OrderNumber.id_of(number_of(order_id, choice))):
        choice += 1
    return OrderNumber.take(number_of(order_id, choice), order_id, now=store.now)
