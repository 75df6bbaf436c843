"""Who gives and takes roles, and that it counts at once."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.identity import GrantRole, TakeRole
from domain.identity import NotAnAdmin, OwnRoles, User
from domain.shared.errors import NotFound
from tests.identity.examples import ADMIN, AYSE, BARIS, People

NOBODY = UUID(int=1)


async def a_house() -> People:
    house = People()
    await house.somebody(ADMIN, "admin")
    await house.somebody(BARIS, "finance")
    await house.somebody(AYSE)
    return house


async def test_an_admin_gives_and_takes_roles_once_each() -> None:
    house = await a_house()
    for _ in range(2):
        await house.do(GrantRole(person_id=AYSE, role="designer", by=ADMIN))
    assert (await house.user()).roles == {"customer", "designer"}
    for _ in range(2):
        await house.do(TakeRole(person_id=AYSE, role="designer", by=ADMIN))
    assert (await house.user()).roles == {"customer"}
    assert house.happened().count(User.RoleTaken) == 1


@pytest.mark.parametrize("command", [GrantRole, TakeRole])
async def test_only_admins_change_roles(command: type[GrantRole | TakeRole]) -> None:
    house = await a_house()
    await house.refuses(NotAnAdmin, command(person_id=AYSE, role="designer", by=BARIS))
    await house.refuses(NotAnAdmin, command(person_id=BARIS, role="finance", by=BARIS))
    await house.refuses(NotFound, command(person_id=AYSE, role="designer", by=NOBODY))
    await house.refuses(NotFound, command(person_id=NOBODY, role="designer", by=ADMIN))


@pytest.mark.parametrize("command", [GrantRole, TakeRole])
async def test_nobody_changes_their_own_roles(command: type[GrantRole | TakeRole]) -> None:
    house = await a_house()
    await house.refuses(OwnRoles, command(person_id=ADMIN, role="finance", by=ADMIN))


async def test_a_role_that_is_taken_stops_working_at_once() -> None:
    house = await a_house()
    await house.do(GrantRole(person_id=AYSE, role="admin", by=ADMIN))
    await house.do(TakeRole(person_id=ADMIN, role="admin", by=AYSE))
    await house.refuses(NotAnAdmin, GrantRole(person_id=BARIS, role="admin", by=ADMIN))


async def test_the_system_gives_and_takes_roles() -> None:
    house = await a_house()
    await house.do(GrantRole(person_id=AYSE, role="designer"))
    assert "designer" in (await house.user()).roles
    await house.do(TakeRole(person_id=AYSE, role="designer"))
    assert "designer" not in (await house.user()).roles
