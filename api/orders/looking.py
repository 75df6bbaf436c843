"""Which orders a caller may see, one or a page of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from api.ask import Ask, PageRequest
from api.explained import (
    STAFF,
)
from api.past import past_at
from application.past import NothingYet
from domain.shared.errors import NotFound
from projections.orders import (
    OrderFilter,
    OrderHead,
    OrderRow,
    order,
    order_list,
    order_list_then,
    order_then,
    orders,
)
from projections.past import Past


async def readable_order(ask: Ask, order_id: UUID) -> OrderRow:
    """An order that the caller may see. Raises `NotFound`."""
    row = await order(ask.reads, order_id)
    if row is None or (row.customer_id != ask.person and not STAFF & ask.who.roles):
        raise NotFound
    return row


async def readable_then(ask: Ask, past: Past, *, order_id: UUID) -> OrderRow:
    """The same, as it was. Raises `NotFound`, `NothingYet`."""
    row = await order_then(past, order_id)
    if row is None:
        await readable_order(ask, order_id)
        raise NothingYet
    if row.customer_id != ask.person and not STAFF & ask.who.roles:
        raise NotFound
    return row


async def page_of_orders(
    ask: Ask, wanted: OrderFilter, *, page: PageRequest, as_of: str | None
) -> Sequence[OrderHead]:
    """The newest orders that are wanted, now or then: one more than the page has."""
    before = msgspec.convert(page.after, tuple[datetime, UUID]) if page.after else None
    if as_of is not None:
        past = await past_at(ask, as_of)
        await ask.reached(past.cut.position, orders)
        return await order_list_then(past, wanted, before=before, limit=page.limit + 1)
    await ask.fresh(orders)
    return await order_list(ask.reads, wanted, before=before, limit=page.limit + 1)
