"""OWASP API1: nobody reads or changes what belongs to somebody else, or learns that it exists."""

from __future__ import annotations

import pytest

from tests.security.operations import operations, those
from tests.security.refusals import problem_in
from tests.security.roles import (
    ABOUT_WHAT_IS_PUBLIC,
    BY_ROLE,
    CHANGES_NOTHING,
    OF_THE_ERASED,
    OPEN,
    PUBLIC_BY_ID,
    is_allowed,
    who_may,
)
from tests.security.town import SECRET_WORDS, Role, Town

WITH_IDS = those(ids=True)
TOKENS = {"TrackParcel": "tracking_token", "ReadFile": "file_token"}
PARTY = "DesignJob"
"""What the designer of a job reads of it, like its customer."""
FOR_CUSTOMERS = {"ApproveDesign", "ChooseAnotherDesigner", "RequestRevision"}
"""Decisions about a job that are not its designer's."""

each_with_ids = pytest.mark.parametrize("name", WITH_IDS)


def ids_for(town: Town, name: str) -> dict[str, str]:
    """The customer's own ids, as this operation takes them."""
    if name == "TransferInstructions":
        return town.things | {"attempt_id": town.things["transfer_attempt_id"]}
    return town.things | ({"token": town.things[TOKENS[name]]} if name in TOKENS else {})


@each_with_ids
@pytest.mark.parametrize("role", ["stranger", "other_designer"])
async def test_a_stranger_finds_nothing_of_the_customers(town: Town, name: str, role: Role) -> None:
    answer = await town.call(operations()[name], role, ids=ids_for(town, name))
    for word in SECRET_WORDS:
        assert word not in answer.text
    if name in {*PUBLIC_BY_ID, *ABOUT_WHAT_IS_PUBLIC}:
        assert answer.is_success
        return
    if name in CHANGES_NOTHING and answer.is_success:
        await town.settle()
        path, thing = CHANGES_NOTHING[name]
        kept = await town.client.get(path, headers=town.headers("customer"))
        assert town.things[thing] in kept.text
        return
    problem = problem_in(answer)
    assert problem.status == (404 if is_allowed(name, role) else 403)
    assert problem.facts == {}


@pytest.mark.parametrize(
    "name",
    sorted(set(WITH_IDS) - PUBLIC_BY_ID.keys() - BY_ROLE.keys() - ABOUT_WHAT_IS_PUBLIC),
)
async def test_what_is_anothers_looks_like_what_never_was(town: Town, name: str) -> None:
    operation = operations()[name]
    anothers = await town.call(operation, "stranger", ids=ids_for(town, name))
    nobodys = await town.call(operation, "stranger", ids={})
    assert anothers.status_code == nobodys.status_code
    for fact in ("code", "title", "detail", "facts"):
        assert anothers.json().get(fact) == nobodys.json().get(fact)


@each_with_ids
async def test_who_is_not_signed_in_is_asked_to(town: Town, name: str) -> None:
    answer = await town.call(operations()[name], "nobody", ids=ids_for(town, name))
    if name in PUBLIC_BY_ID:
        return
    problem = problem_in(answer)
    assert problem.status == (404 if name in OPEN else 401)


@pytest.mark.parametrize(
    "name", sorted(each for each in WITH_IDS if "job_id" not in operations()[each].place_names)
)
async def test_a_designer_sees_nothing_of_the_reader_but_the_job(town: Town, name: str) -> None:
    answer = await town.call(operations()[name], "designer", ids=ids_for(town, name))
    if name not in {*PUBLIC_BY_ID, *CHANGES_NOTHING, *ABOUT_WHAT_IS_PUBLIC}:
        assert problem_in(answer).status in {403, 404}


@pytest.mark.parametrize("name", sorted(FOR_CUSTOMERS))
async def test_a_designer_does_not_decide_for_the_reader(town: Town, name: str) -> None:
    answer = await town.call(operations()[name], "designer", ids=ids_for(town, name))
    assert problem_in(answer).status in {403, 404}


@pytest.mark.parametrize(
    "name",
    [each for each in WITH_IDS if operations()[each].method == "get" and each not in OF_THE_ERASED],
)
async def test_all_that_a_stranger_does_not_find_is_there(town: Town, name: str) -> None:
    answer = await town.call(operations()[name], who_may(name), ids=ids_for(town, name))
    assert answer.is_success, answer.text


async def test_the_designer_reads_the_job(town: Town) -> None:
    answer = await town.call(operations()[PARTY], "designer", ids=town.things)
    assert answer.json()["wishes"] == "Mavi olsun"


async def test_a_foreign_id_in_a_body_is_not_found_either(town: Town) -> None:
    """The stranger's own draft takes no candidate of the customer's."""
    made = await town.post("stranger", "/drafts", {"method": "ai"})
    ids = town.things | {"draft_id": made["id"]}
    answer = await town.call(operations()["SelectCandidate"], "stranger", ids=ids)
    assert problem_in(answer).status in {404, 409}
    for name in ("Generation", "CancelGeneration"):
        problem = problem_in(await town.call(operations()[name], "stranger", ids=ids))
        assert problem.status == 404
