"""Drafts as they were, over HTTP."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.moments import ask, head, must_be_told_again, seen_by, told
from tests.api.shop import Person
from tests.drafts.studio import BOOK, HOME, Studio

DEEDS = st.lists(
    st.sampled_from(["draft", "book", "addresses", "generate", "cancel", "paint", "select"]),
    min_size=3,
    max_size=8,
)


async def happens(studio: Studio, person: Person, deed: str, *, drafts: list[str]) -> None:
    """Do something to the newest draft, if it can be done."""
    path = drafts[-1]
    newest = (await studio.get(path, person))["generations"][-1:]
    match deed:
        case "draft":
            drafts.append(await studio.draft(person))
        case "book":
            await studio.post(f"{path}/book", person, BOOK | {"title": uuid4().hex})
        case "addresses":
            await studio.post(f"{path}/addresses", person, {"delivery": HOME})
        case "generate":
            await studio.try_post(f"{path}/generations", person, {"prompt": "Sisli bir sahil"})
        case "cancel" if newest:
            await studio.try_post(f"{path}/generations/{newest[0]['id']}/cancel", person)
        case "paint" if newest and newest[0]["state"] == "requested":
            await studio.paint(UUID(newest[0]["id"]))
        case "select" if newest:
            chosen = {"generation_id": newest[0]["id"], "variant": 1}
            await studio.try_post(f"{path}/candidate", person, chosen)


def queries_about(drafts: list[str]) -> list[str]:
    """Everything that is told of these drafts."""
    return ["/drafts", "/drafts?limit=1", *drafts]


@settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds=DEEDS)
async def test_drafts_were_as_they_were_told_then(studio: Studio, deeds: list[str]) -> None:
    ayse, mehmet = await studio.customer(), await studio.customer()
    drafts = [await studio.draft(ayse)]
    seen = [await seen_by(studio, ayse, queries_about(drafts))]
    for deed in deeds:
        await happens(studio, ayse, deed, drafts=drafts)
        seen.append(await seen_by(studio, ayse, queries_about(drafts)))
        await studio.draft(mehmet)
    for each in seen:
        await must_be_told_again(studio, ayse, each)
    now, queries = (await head(studio))[1].isoformat(), queries_about(drafts)
    assert await told(studio, ayse, queries, as_of=now) == await told(studio, ayse, queries)


async def test_an_old_draft_says_that_it_is_old(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    position, _ = await head(studio)
    await studio.post(f"{path}/addresses", ayse, {"delivery": HOME})
    answer = await ask(studio, ayse, path, as_of=position)
    assert answer.json()["addresses"] is None
    assert answer.headers["Consistency"] == "historical"
    assert answer.headers["Position"] == str(position)
    assert "ETag" not in answer.headers


async def test_before_it_was_begun_there_was_no_draft(studio: Studio) -> None:
    ayse = await studio.customer()
    position, _ = await head(studio)
    path = await studio.draft(ayse)
    answer = await ask(studio, ayse, path, as_of=position)
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_yet")
    assert (await ask(studio, ayse, "/drafts", as_of=position)).json()["items"] == []


async def test_a_strangers_draft_did_not_exist_either(studio: Studio) -> None:
    ayse, mehmet = await studio.customer(), await studio.customer()
    before, _ = await head(studio)
    path = await studio.draft(ayse)
    after, _ = await head(studio)
    for place in (path, f"/drafts/{uuid4()}"):
        for moment in (before, after):
            answer = await ask(studio, mehmet, place, as_of=moment)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await ask(studio, mehmet, "/drafts", as_of=after)).json()["items"] == []


@pytest.mark.parametrize("place", ["/drafts", "/drafts/{id}"])
async def test_drafts_are_asked_for_by_moments(studio: Studio, place: str) -> None:
    ayse = await studio.customer()
    answer = await ask(studio, ayse, place.format(id=uuid4()), as_of="yesterday")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "as_of_malformed"


async def test_a_list_is_not_told_before_its_read_model_has_got_so_far(studio: Studio) -> None:
    ayse = await studio.customer()
    async with studio.backend.pool.connection() as connection:
        await connection.execute("UPDATE projections SET state = 'paused' WHERE name = 'drafts'")
    await studio.until(lambda: not studio.backend.reads.serves(["drafts"]))
    position, _ = await head(studio)
    answer = await ask(studio, ayse, "/drafts", as_of=position)
    assert (answer.status_code, answer.json()["code"]) == (503, "read_model_behind")
