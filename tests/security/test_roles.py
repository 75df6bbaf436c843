"""OWASP API5: each role asks for what it may, and for nothing else."""

from __future__ import annotations

import pytest

from tests.security.operations import operations
from tests.security.refusals import problem_in
from tests.security.roles import BY_ROLE, OPEN, PUBLIC_BY_ID, SIGNED_IN, is_allowed
from tests.security.town import EMAILS, Role, Town

ROLES: list[Role] = ["nobody", *EMAILS]
TURNED_AWAY = {"unauthenticated", "forbidden"}


def test_every_operation_has_been_reviewed() -> None:
    reviewed = [*OPEN, *SIGNED_IN, *BY_ROLE]
    assert sorted(operations()) == sorted(reviewed)
    assert set(PUBLIC_BY_ID) <= OPEN


def test_the_document_says_what_is_open() -> None:
    assert {name for name, each in operations().items() if each.is_open} == OPEN


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(operations()))
async def test_a_role_may_what_it_may(town: Town, name: str, role: Role) -> None:
    operation = operations()[name]
    if not is_allowed(name, role):
        problem = problem_in(await town.call(operation, role, ids=town.things))
        expected = (401, "unauthenticated") if role == "nobody" else (403, "forbidden")
        assert (problem.status, problem.code) == expected
        return
    # About what nobody has, so that nothing happens to what others look at.
    answer = await town.call(operation, role, ids={})
    if answer.is_error:
        assert problem_in(answer).code not in TURNED_AWAY


async def test_a_role_that_is_taken_away_stops_at_once(town: Town) -> None:
    person = {"person_id": await _person(town, "finance")}
    grant, take = operations()["GrantRole"], operations()["TakeRole"]
    people = operations()["People"]
    assert (await town.call(grant, "admin", ids=person)).is_success
    await town.settle()
    assert (await town.call(people, "finance", ids={})).is_success
    assert (await town.call(take, "admin", ids=person)).is_success
    await town.settle()
    assert problem_in(await town.call(people, "finance", ids={})).status == 403


async def test_nobody_grants_themselves_a_role(town: Town) -> None:
    person = {"person_id": await _person(town, "admin")}
    answer = await town.call(operations()["GrantRole"], "admin", ids=person)
    assert problem_in(answer).status in {403, 409}


async def _person(town: Town, role: Role) -> str:
    answer = await town.client.get("/profile", headers=town.headers(role))
    return str(answer.json()["person_id"])
