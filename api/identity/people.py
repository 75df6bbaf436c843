"""Persons and their roles over HTTP, for admins."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Struct

from api.ask import Ask, Listed
from application.identity import GrantRole, TakeRole
from domain.identity import GrantableRole
from projections.identity import people, persons


class RoleChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which role is given or taken."""

    role: GrantableRole


class PersonItem(Struct, frozen=True, kw_only=True):
    """An account as admins see it."""

    person_id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    email_confirmed: bool
    registered_at: datetime


class PeopleController(Controller):
    """Accounts and roles."""

    path = "/people"
    tags = ("people",)

    @get("/", operation_id="People", summary="Accounts")
    async def people(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[PersonItem]]:
        """All accounts with their roles, newest first. For admins."""
        ask.must_be("admin")
        await ask.fresh(persons)
        page = ask.page(limit, cursor)
        before = UUID(page.after[0]) if page.after else None
        items = [
            PersonItem(
                person_id=each.person_id,
                email=each.email,
                name=each.name,
                roles=each.roles,
                email_confirmed=each.email_confirmed,
                registered_at=each.registered_at,
            )
            for each in await people(ask.reads, before=before, limit=page.limit + 1)
        ]
        return ask.listed(items, page, key=lambda item: [str(item.person_id)])

    @post(
        "/{person_id:uuid}/roles/grant",
        operation_id="GrantRole",
        summary="Give somebody a role",
        status_code=200,
    )
    async def grant(self, ask: Ask, person_id: UUID, data: RoleChange) -> Response[Any]:
        """For admins; nobody changes their own roles. It counts from the next request on."""
        ask.must_be("admin")
        return await ask.run(GrantRole(person_id=person_id, role=data.role, by=ask.person))

    @post(
        "/{person_id:uuid}/roles/take",
        operation_id="TakeRole",
        summary="Take a role from somebody",
        status_code=200,
    )
    async def take(self, ask: Ask, person_id: UUID, data: RoleChange) -> Response[Any]:
        """For admins; nobody changes their own roles. It counts from the next request on."""
        ask.must_be("admin")
        return await ask.run(TakeRole(person_id=person_id, role=data.role, by=ask.person))
