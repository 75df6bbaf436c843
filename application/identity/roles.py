"""Giving roles to persons, and taking them away."""

from __future__ import annotations

from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from domain.identity import GrantableRole, User


class GrantRole(Command, frozen=True, kw_only=True):
    """Give somebody a role; `by` is the admin who does, or None for the system itself."""

    person_id: UUID
    role: GrantableRole
    by: UUID | None = None


class TakeRole(Command, frozen=True, kw_only=True):
    """Take a role from somebody; `by` is the admin who does, or None for the system itself."""

    person_id: UUID
    role: GrantableRole
    by: UUID | None = None


@handles
async def grant_role(command: GrantRole, store: Store) -> None:
    by = await store.get(User, command.by) if command.by else None
    user = await store.get(User, command.person_id)
    user.grant(command.role, by=by)
    store.save(user)


@handles
async def take_role(command: TakeRole, store: Store) -> None:
    by = await store.get(User, command.by) if command.by else None
    user = await store.get(User, command.person_id)
    user.take(command.role, by=by)
    store.save(user)
