"""Commands over HTTP: carried out once, answered alike, concurrent ones kept apart."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.api.shop import Shop

OPEN = "/desk/wallet"


async def test_a_command_answers_with_what_it_did(shop: Shop) -> None:
    ayse = shop.person()
    answer = await shop.client.post(OPEN, headers=ayse.bearer)
    assert answer.status_code == 201
    assert answer.json().keys() == {"id", "version", "position"}
    assert answer.json()["position"] == shop.head + 2
    assert answer.headers["Consistency-Token"] == str(shop.head + 2)
    assert answer.headers["ETag"] == '"2"'
    assert answer.headers["Location"] == "/api/v1/wallet"
    assert "Idempotency-Replayed" not in answer.headers


async def test_the_same_key_gives_the_same_answer_again(shop: Shop) -> None:
    headers = shop.person().bearer | {"Idempotency-Key": "k-1"}
    first = await shop.client.post(OPEN, headers=headers)
    again = await shop.client.post(OPEN, headers=headers)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_key_is_the_callers_own(shop: Shop) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = await shop.client.post(OPEN, headers=shop.person().bearer | key)
    other = await shop.client.post(OPEN, headers=shop.person().bearer | key)
    assert first.json()["id"] != other.json()["id"]


async def test_a_key_is_not_used_for_another_request(shop: Shop) -> None:
    headers = shop.person().bearer | {"Idempotency-Key": "k-1"}
    await shop.client.post("/desk/form", headers=headers, json={"name": "abc"})
    other = await shop.client.post("/desk/form", headers=headers, json={"name": "abcd"})
    assert other.status_code == 422
    assert other.json()["code"] == "key_reused"


async def test_the_order_of_fields_makes_no_other_request(shop: Shop) -> None:
    headers = shop.person().bearer | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    await shop.client.post("/desk/form", headers=headers, content='{"name":"abc","flag":true}')
    again = await shop.client.post(
        "/desk/form", headers=headers, content='{ "flag": true, "name": "abc" }'
    )
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_refusal_is_given_again_under_its_key(shop: Shop) -> None:
    ayse = shop.person()
    await shop.client.post(OPEN, headers=ayse.bearer)
    headers = ayse.bearer | {"Idempotency-Key": "k"}
    path = f"/desk/release/{uuid4()}"
    first = await shop.client.post(path, headers=headers)
    again = await shop.client.post(path, headers=headers)
    assert first.status_code == again.status_code == 404
    assert first.json()["code"] == again.json()["code"] == "unknown_hold"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_of_two_at_once_one_is_told_to_wait(shop: Shop) -> None:
    headers = shop.person().bearer | {"Idempotency-Key": "k"}
    answers = await asyncio.gather(*(shop.client.post(OPEN, headers=headers) for _ in range(2)))
    by_status = {answer.status_code: answer for answer in answers}
    assert by_status.keys() == {201, 409}
    assert by_status[409].json()["code"] == "request_in_flight"
    assert by_status[409].json()["retryable"] is True
    assert by_status[409].headers["Retry-After"] == "1"


async def test_anonymous_callers_have_keys_of_their_address(shop: Shop) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first = await shop.client.post("/desk/form", headers=headers, json={"name": "abc"})
    again = await shop.client.post("/desk/form", headers=headers, json={"name": "abc"})
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_money_needs_a_key(shop: Shop) -> None:
    ayse = shop.person()
    refused = await shop.client.post("/desk/paid", headers=ayse.bearer)
    assert (refused.status_code, refused.json()["code"]) == (428, "key_required")
    headers = ayse.bearer | {"Idempotency-Key": "k"}
    assert (await shop.client.post("/desk/paid", headers=headers)).json()["next"] == "pay"


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ü"])
async def test_a_key_is_printable_and_short(shop: Shop, key: str) -> None:
    headers = shop.person().bearer.items()
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    answer = await shop.client.post(OPEN, headers=[*pairs, (b"idempotency-key", key.encode())])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_header")


async def test_two_keys_are_one_too_many(shop: Shop) -> None:
    pairs = [*shop.person().bearer.items(), ("idempotency-key", "a"), ("idempotency-key", "b")]
    assert (await shop.client.post(OPEN, headers=pairs)).status_code == 422


@pytest.mark.parametrize(("given", "version"), [('"12"', 12), ("*", None), (None, None)])
async def test_if_match_names_a_version(shop: Shop, given: str | None, version: int | None) -> None:
    headers = shop.person().bearer | ({"If-Match": given} if given else {})
    answer = await shop.client.post("/desk/version", headers=headers)
    assert answer.json() == {"version": version}


@pytest.mark.parametrize("given", ["12", 'W/"12"', '"a"', '"1", "2"'])
async def test_another_if_match_is_refused(shop: Shop, given: str) -> None:
    headers = shop.person().bearer | {"If-Match": given}
    assert (await shop.client.post("/desk/version", headers=headers)).status_code == 422
