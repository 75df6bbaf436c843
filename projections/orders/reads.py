"""Orders as they stand and as they were: one, or a page of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from domain.orders import OrderMethod, OrderState, RefundState, number_begun
from domain.shared.text import folded
from projections.orders.rows import OrderHead, OrderRow, orders, words_of
from projections.past import Change, Past, first_of
from projections.reads import Reads

HEADS: Final = (
    "SELECT order_id, customer_id, number, method, state, refund_state, held,"
    " particulars ->> 'title' AS title, credits, total, preview_digest, created_at FROM read.orders"
)
PAGE: Final = (
    " (created_at, order_id) < (%(at)s::timestamptz, %(id)s::uuid)"
    " AND (%(state)s::text IS NULL OR state = %(state)s)"
    " AND (%(held)s::boolean IS NULL OR held = %(held)s)"
    " AND (%(method)s::text IS NULL OR method = %(method)s)"
    " AND (%(refund_state)s::text IS NULL OR refund_state = %(refund_state)s)"
    " AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)"
    " AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)"
    " AND (%(province)s::text IS NULL OR province = %(province)s)"
    " AND (%(number)s::text IS NULL OR starts_with(number, %(number)s))"
    " AND title_words LIKE ALL(%(words)s::text[])"
    " ORDER BY created_at DESC, order_id DESC LIMIT %(limit)s"
)
# Two queries and a place that is always given, so that one plan for all callers finds the index.
CUSTOMERS: Final = f"{HEADS} WHERE customer_id = %(customer)s AND{PAGE}"
EVERYBODYS: Final = f"{HEADS} WHERE{PAGE}"
IDS: Final = (
    "SELECT order_id FROM read.orders WHERE customer_id = %(customer)s"
    " AND (created_at, order_id) < (%(at)s::timestamptz, %(id)s::uuid)"
    " ORDER BY created_at DESC, order_id DESC"
)
EVERYBODYS_IDS: Final = (
    "SELECT order_id, created_at FROM read.orders"
    " WHERE (created_at, order_id) < (%(at)s::timestamptz, %(id)s::uuid)"
    " ORDER BY created_at DESC, order_id DESC LIMIT 500"
)
AHEAD = timedelta(days=1)
"""By how much an order's own time may be ahead of the log's, with room to spare."""
LATEST = datetime.max.replace(tzinfo=UTC)
HIGHEST = UUID(int=2**128 - 1)


class OrderFilter(Struct, frozen=True, kw_only=True):
    """Which orders; None means any. They were placed from `since` on and before `until`, `number`
    is how the number begins, and each of the words begins a word of the title.
    """

    customer_id: UUID | None = None
    state: OrderState | None = None
    held: bool | None = None
    method: OrderMethod | None = None
    refund_state: RefundState | None = None
    since: datetime | None = None
    until: datetime | None = None
    province: str | None = None
    number: str | None = None
    words: str = ""

    @property
    def parameters(self) -> dict[str, Any]:
        """As the queries take it."""
        return {
            "customer": self.customer_id,
            "state": self.state,
            "held": self.held,
            "method": self.method,
            "refund_state": self.refund_state,
            "since": self.since,
            "until": self.until,
            "province": None if self.province is None else folded(self.province).strip(),
            "number": None if self.number is None else number_begun(self.number),
            "words": [f"% {word}%" for word in words_of(self.words).split()],
        }

    def fits(self, row: OrderRow) -> bool:
        """Whether this is one of them."""
        wanted = self.parameters
        same = ("state", "held", "method", "refund_state", "province")
        return (
            all(wanted[name] in {None, getattr(row, name)} for name in same)
            and self.customer_id in {None, row.customer_id}
            and (self.since is None or row.created_at >= self.since)
            and (self.until is None or row.created_at < self.until)
            and row.number.startswith(wanted["number"] or "")
            and all(f" {word}" in row.title_words for word in words_of(self.words).split())
        )


async def order(reads: Reads, order_id: UUID) -> OrderRow | None:
    """One order."""
    return await reads.one(OrderRow, "SELECT * FROM read.orders WHERE order_id = %s", (order_id,))


async def order_list(
    reads: Reads,
    wanted: OrderFilter,
    *,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[OrderHead]:
    """The newest orders that are wanted first."""
    at, highest = before or (LATEST, HIGHEST)
    return await reads.all(
        OrderHead,
        EVERYBODYS if wanted.customer_id is None else CUSTOMERS,
        wanted.parameters | {"at": at, "id": highest, "limit": limit},
    )


async def order_then(past: Past, order_id: UUID) -> OrderRow | None:
    """One order as it was."""
    return (await _orders_then(past, [order_id])).get(order_id)


async def order_list_then(
    past: Past,
    wanted: OrderFilter,
    *,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[OrderHead]:
    """The newest orders of that time first: those that were wanted as they were then.

    Which orders there are is read from the live table, which must have got so far.
    """
    at, highest = before or (min(LATEST, past.cut.at + AHEAD), HIGHEST)
    place: dict[str, Any] = {"customer": wanted.customer_id, "at": at, "id": highest}
    found: list[OrderRow] = []
    while len(found) < limit:
        ids = await past.reads.rows(IDS if wanted.customer_id else EVERYBODYS_IDS, place)
        found += await first_of(
            [row[0] for row in ids],
            lambda some: _orders_then(past, some),
            limit=limit - len(found),
            wanted=wanted.fits,
        )
        if wanted.customer_id or not ids:
            break
        place |= {"id": ids[-1][0], "at": ids[-1][1]}
    return [_head(row) for row in found]


async def order_course(past: Past, order_id: UUID) -> list[Change]:
    """What made an order what it was, event by event."""
    return await past.course(orders, await past.events([order_id]))


async def _orders_then(past: Past, order_ids: Sequence[UUID]) -> Mapping[UUID, OrderRow]:
    return await past.rows(orders, await past.events(order_ids))


def _head(row: OrderRow) -> OrderHead:
    said = {name: getattr(row, name) for name in OrderHead.__struct_fields__ if hasattr(row, name)}
    return OrderHead(**said, title=row.particulars.title)
