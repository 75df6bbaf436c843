"""Forgetting a person: the work that follows from the wish, what it needs, and its record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from application.work import Job
from domain.erasure import Destroyed, Erasure, Kept


class NotYet(Exception):
    """Something has to happen first, which does by itself or by an operator; try again later."""


class RecordKeyDestroyed(Command, frozen=True, kw_only=True):
    """A person's key is destroyed; what is readable of them elsewhere is still to be cleared."""

    person_id: UUID
    asked_at: datetime


class RecordErasureCompleted(Command, frozen=True, kw_only=True):
    """Nothing readable is left of a person but what the law wants kept."""

    person_id: UUID
    destroyed: tuple[Destroyed, ...]
    kept: tuple[Kept, ...]


class DestroyKey(Job, frozen=True, kw_only=True):
    """Destroy a person's key as soon as nothing is open any more that needs it."""

    QUEUE = "erasure"
    ATTEMPTS: ClassVar[int] = 10_000
    LEASE_SECONDS: ClassVar[int] = 120
    person_id: UUID


class ClearTraces(Job, frozen=True, kw_only=True):
    """Clear what is readable of a person outside the log, after their key was destroyed."""

    QUEUE = "erasure"
    ATTEMPTS: ClassVar[int] = 10_000
    LEASE_SECONDS: ClassVar[int] = 1800
    person_id: UUID


class Letterbox(Protocol):
    """The mails that we keep ourselves, where no mail server takes them away."""

    async def forget(self, message_ids: Collection[UUID]) -> int:
        """Delete the mails with these ids; how many there were."""
        ...


@handles
async def record_key_destroyed(command: RecordKeyDestroyed, store: Store) -> None:
    there = await store.find(Erasure, Erasure.id_of(command.person_id))
    store.save(
        there or Erasure.begin_with_key(command.person_id, asked_at=command.asked_at, now=store.now)
    )


@handles
async def record_erasure_completed(command: RecordErasureCompleted, store: Store) -> None:
    erasure = await store.get(Erasure, Erasure.id_of(command.person_id))
    erasure.complete(command.destroyed, command.kept)
    store.save(erasure)
