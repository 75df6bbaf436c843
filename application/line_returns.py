"""The returns of an order's line, one after the other, and what they have used up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from application.store import Store
from domain.returns import MOST_RETURNS, Return


async def returns_of(line_id: UUID, store: Store) -> AsyncIterator[Return]:
    """All returns of a line, the first one first."""
    for turn in range(MOST_RETURNS):
        found = await store.find(Return, Return.id_of(line_id, turn))
        if found is None:
            return
        yield found


async def open_return(line_id: UUID, store: Store) -> Return | None:
    """The one return of a line that has not ended, if there is one."""
    async for each in returns_of(line_id, store):
        if not each.is_over:
            return each
    return None


async def reprints_used(line_id: UUID, store: Store) -> int:
    """How many of a line's reprints are taken by its returns."""
    return len([each async for each in returns_of(line_id, store) if each.uses_reprint])
