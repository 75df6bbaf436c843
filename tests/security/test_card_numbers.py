"""No operation takes a card number in its body, its parameters, or the key of a request."""

from __future__ import annotations

from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from api.card_free import MOST_TOLD
from api.problems import Problem
from tests.cards.numbers import SANDBOX, digits_of, grouped, spellings
from tests.security.operations import (
    JSON,
    fields_of,
    operations,
    resolved,
    sample,
    those,
    with_value,
)
from tests.security.refusals import problem_in
from tests.security.roles import who_may
from tests.security.town import Town

NUMBER = "5528790000000008"
CODE = "card_number_given"
WITH_JSON = those(json=True)
SPELLINGS = {
    "digits": NUMBER,
    "groups": f"kartım {grouped(NUMBER, ' ')}",
    "no-break spaces": grouped(NUMBER, "\u00a0"),
    "full width": NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
}


def must_be_refused(answer: httpx.Response, said: str) -> Problem:
    """Refused for the number, in words that do not repeat it."""
    problem = problem_in(answer)
    assert (problem.status, problem.code) == (422, CODE), said
    assert NUMBER not in digits_of(answer.text)
    return problem


async def head(town: Town) -> int:
    """Where the log stands."""
    return await town.system.event_log.head()


@pytest.mark.parametrize("name", WITH_JSON)
async def test_no_field_of_any_body_takes_one(town: Town, name: str) -> None:
    operation = operations()[name]
    body = operation.body or {}
    before = await head(town)
    texts = [at for at, schema in fields_of(body) if resolved(schema).get("type") == "string"]
    for place in texts:
        for written in SPELLINGS.values():
            content = with_value(sample(body, town.spare), body, place=place, value=written)
            answer = await town.client.post(
                operation.path_with(town.spare),
                headers=town.headers(who_may(name)),
                json=content,
            )
            problem = must_be_refused(answer, f"{place} {written}")
            pointer = "".join(f"/{each}" for each in place)
            assert [fault.pointer for fault in problem.errors] == [pointer]
            assert all(fault.detail for fault in problem.errors)
    assert await head(town) == before


@pytest.mark.parametrize("name", WITH_JSON)
async def test_nor_does_a_field_that_there_is_not(town: Town, name: str) -> None:
    operation = operations()[name]
    whole = sample(operation.body or {}, town.spare)
    headers = town.headers(who_may(name))
    for more in ({"card_number": NUMBER}, {NUMBER: "x"}, {"card": int(NUMBER)}):
        answer = await town.client.post(
            operation.path_with(town.spare), headers=headers, json=whole | more
        )
        must_be_refused(answer, str(more))


async def test_of_a_thousand_numbers_a_few_are_told(town: Town) -> None:
    body = {"email": "a@example.com", "password": "x", "more": [NUMBER] * 1_000}
    problem = must_be_refused(await town.client.post("/sessions", json=body), "many")
    assert len(problem.errors) == MOST_TOLD


@pytest.mark.parametrize("name", WITH_JSON)
async def test_nor_one_that_is_spelled_by_escapes(town: Town, name: str) -> None:
    operation = operations()[name]
    escaped = "".join(f"\\u{ord(digit):04x}" for digit in NUMBER)
    headers = town.headers(who_may(name)) | {"Content-Type": JSON}
    content = f'{{"note": "{escaped}"}}'.encode()
    path = operation.path_with(town.spare)
    must_be_refused(await town.client.post(path, headers=headers, content=content), escaped)


@pytest.mark.parametrize("name", sorted(operations()))
async def test_no_parameter_takes_one(town: Town, name: str) -> None:
    operation = operations()[name]
    for parameter in [*operation.query_names, "q"]:
        for written in SPELLINGS.values():
            answer = await town.client.request(
                operation.method,
                f"{operation.path_with({})}?{parameter}={quote(written)}",
                headers=town.headers(who_may(name)),
            )
            problem = must_be_refused(answer, f"{parameter}={written}")
            assert [fault.parameter for fault in problem.errors] == [parameter]


async def test_the_key_of_a_request_is_no_place_for_one(town: Town) -> None:
    for key in (NUMBER, grouped(NUMBER, " ")):
        headers = town.headers("customer") | {"Idempotency-Key": key}
        answer = await town.client.post("/drafts", headers=headers, json={"method": "ai"})
        assert must_be_refused(answer, key).facts == {"header": "Idempotency-Key"}
        assert await town.system.event_log.answer(town.things["person_id"], key) is None


async def test_every_card_of_the_sandbox_is_refused_in_every_spelling(town: Town) -> None:
    for number in SANDBOX:
        for written in spellings(number):
            answer = await town.client.post(
                "/addresses",
                headers=town.headers("customer"),
                json={"address": {"name": written, "line": "x", "district": "y", "province": "z"}},
            )
            problem = problem_in(answer)
            assert problem.code == CODE, written
            assert problem.errors[0].pointer == "/address/name"
            assert number not in digits_of(problem.detail + problem.errors[0].detail)


async def test_it_is_said_in_the_callers_language(town: Town) -> None:
    said = {}
    for language in ("tr", "en"):
        headers = town.headers("customer") | {"Accept-Language": language}
        answer = await town.client.post("/drafts", headers=headers, json={"method": NUMBER})
        said[language] = problem_in(answer).detail
    assert said["tr"].startswith("Buraya kart numarası yazmayın.")
    assert said["en"].startswith("Don't write card numbers here.")


async def test_words_with_an_upload_and_names_of_browsers_hold_none(town: Town) -> None:
    headers = town.headers("designer") | {"Content-Type": "image/png", "Message": quote(NUMBER)}
    path = f"/design-jobs/{town.things['job_id']}/previews"
    must_be_refused(await town.client.post(path, headers=headers, content=b"x"), "Message")
    session = await town.client.post(
        "/sessions",
        headers={"User-Agent": f"Mozilla {NUMBER}", "Idempotency-Key": str(uuid4())},
        json={"email": "musteri@polikrami.example", "password": "kapak-deneme-2026"},
    )
    assert session.is_success
    await town.settle()
    seen = await town.client.get("/profile/sessions", headers=town.headers("customer"))
    assert NUMBER not in seen.text
