"""What can be asked about work items: that one is there, that its cause is gone, how it ended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.bus import Command, handles
from application.four_eyes import Hand, party_of
from application.store import Store
from domain.shared.money import Money
from domain.work_items import WorkItem, WorkItemFacts, WorkItemKind


class OpenWorkItem(Command, frozen=True, kw_only=True):
    """Have finance look at something: one item for each kind and key. Found again as it was, it
    changes nothing; found different it is told anew, and opened again if it was resolved.
    """

    kind: WorkItemKind
    key: str
    order_id: UUID | None = None
    attempt_id: UUID | None = None
    amount: Money | None = None
    facts: WorkItemFacts = ()


class LapseWorkItem(Command, frozen=True, kw_only=True):
    """The cause of an item is gone by itself; ignored where there is no open one."""

    kind: WorkItemKind
    key: str
    reason: str


class ResolveWorkItem(Command, frozen=True, kw_only=True):
    """Say how an item was resolved, as a person in finance, with a note."""

    item_id: UUID
    by: Hand
    resolution: str
    note: str
    expected_version: int | None = None


@handles
async def open_work_item(command: OpenWorkItem, store: Store) -> dict[str, Any]:
    item = await store.find(WorkItem, WorkItem.id_of(command.kind, command.key))
    if item is None:
        item = WorkItem.open(
            command.kind,
            command.key,
            about=(command.order_id, command.attempt_id),
            found=(command.amount, command.facts),
            now=store.now,
        )
    item.find(command.amount, command.facts)
    store.save(item)
    return {"item_id": item.id}


@handles
async def lapse_work_item(command: LapseWorkItem, store: Store) -> None:
    item = await store.find(WorkItem, WorkItem.id_of(command.kind, command.key))
    if item is not None:
        item.lapse(command.reason)
        store.save(item)


@handles
async def resolve_work_item(command: ResolveWorkItem, store: Store) -> dict[str, Any]:
    item = await store.get(WorkItem, command.item_id)
    item.must_be_at(command.expected_version)
    item.resolve(await party_of(command.by, store), command.resolution, note=command.note)
    store.save(item)
    return {"item_id": item.id, "state": item.state, "resolution": command.resolution}
