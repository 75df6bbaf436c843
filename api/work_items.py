"""Work items over HTTP: what finance has to look at, and how it was resolved."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from application.four_eyes import Hand
from application.work_items import ResolveWorkItem
from domain.shared.errors import NotFound
from domain.shared.four_eyes import CHECKING_ROLE
from domain.shared.money import Money
from domain.work_items import RESOLUTIONS, WorkItemKind, WorkItemState
from projections.work_items import (
    WorkItemFilter,
    WorkItemRow,
    work_item,
    work_item_list,
    work_items,
)

STAFF = ("admin", "finance")
"""Who reads: admins too, so that those who resolve are not the only ones to see it."""

Place = tuple[datetime, UUID]
InState = Annotated[WorkItemState | None, QueryParameter(name="state")]
OfKind = Annotated[WorkItemKind | None, QueryParameter(name="kind")]


class Fact(Struct, frozen=True, kw_only=True):
    """Something that was found, by its name."""

    name: str
    value: str


class WorkItemAnswer(Struct, frozen=True, kw_only=True):
    """One item. `amount` is what is at stake, where that is known; `resolutions` are how it may be
    resolved. An item has `lapsed` when its cause went away by itself; `resolution` then says why.
    """

    item_id: UUID
    version: int
    kind: WorkItemKind
    key: str
    state: WorkItemState
    order_id: UUID | None
    attempt_id: UUID | None
    amount: Money | None
    facts: list[Fact]
    resolutions: list[str]
    opened_at: datetime
    changed_at: datetime
    resolution: str
    note: str
    resolved_by: UUID | None
    resolved_at: datetime | None


class ResolutionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it was resolved, by one of the item's `resolutions`, and why in one's own words."""

    resolution: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$(?!\n)", examples=["explained"])]
    note: Annotated[str, Meta(min_length=3, max_length=500)]


class WorkItemDone(Done, frozen=True, kw_only=True):
    """The item, and how it stands."""

    item_id: UUID
    state: WorkItemState
    resolution: str


class WorkItemsController(Controller):
    path = "/finance/work-items"
    tags = ("finance",)

    @get("/", operation_id="WorkItems", summary="What finance has to look at, newest first")
    async def all(
        self,
        ask: Ask,
        *,
        only: InState = None,
        kind: OfKind = None,
        order_id: UUID | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[WorkItemAnswer]]:
        """For finance and admins. All filters given must fit."""
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        await ask.fresh(work_items)
        wanted = WorkItemFilter(state=only, kind=kind, order_id=order_id)
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await work_item_list(ask.reads, wanted, before=before, limit=page.limit + 1)
        return ask.listed(
            [_answer(row) for row in rows], page, key=lambda each: [each.opened_at, each.item_id]
        )

    @get("/{item_id:uuid}", operation_id="WorkItem", summary="One work item")
    async def one(self, ask: Ask, item_id: UUID) -> Response[WorkItemAnswer]:
        """For finance and admins. 404 if there is no such item."""
        ask.must_be(*STAFF)
        await ask.fresh(work_items)
        row = await work_item(ask.reads, item_id)
        if row is None:
            raise NotFound
        return ask.answer(_answer(row), row.version)

    @post(
        "/{item_id:uuid}/resolve",
        operation_id="ResolveWorkItem",
        summary="Say how a work item was resolved",
        status_code=200,
    )
    async def resolve(
        self, ask: Ask, item_id: UUID, data: ResolutionBody
    ) -> Response[WorkItemDone]:
        """For finance. Needs an `Idempotency-Key`. 409 when somebody else was first, 412 when the
        item is not at the version of `If-Match` any more, 422 for a resolution that items of this
        kind do not have. 404 if there is no such item.
        """
        ask.must_be(CHECKING_ROLE)
        command = ResolveWorkItem(
            item_id=item_id,
            by=Hand(person_id=ask.person, session_id=ask.who.session_id),
            resolution=data.resolution,
            note=data.note,
            expected_version=ask.if_match,
        )
        return await ask.run(command, required_key=True)


def _answer(row: WorkItemRow) -> WorkItemAnswer:
    return WorkItemAnswer(
        item_id=row.item_id,
        version=row.version,
        kind=row.kind,
        key=row.key,
        state=row.state,
        order_id=row.order_id,
        attempt_id=row.attempt_id,
        amount=row.amount,
        facts=[Fact(name=name, value=value) for name, value in row.facts],
        resolutions=list(RESOLUTIONS[row.kind]),
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        resolution=row.resolution,
        note=row.note,
        resolved_by=row.resolved_by,
        resolved_at=row.resolved_at,
    )
