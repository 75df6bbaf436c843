"""Bad input is a problem with a stable code, whatever it is, and never a crash."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.backend import Limits
from api.field_faults import body_fault
from api.inputs import decode_strictly
from api.problems import Trouble
from tests.api.shop import Shop

FORM = "/desk/form"
JSON = {"Content-Type": "application/json"}


async def sent(shop: Shop, content: bytes | str) -> httpx.Response:
    return await shop.client.post(FORM, headers=JSON, content=content)


def first_fault(answer: httpx.Response) -> tuple[str, str]:
    assert answer.status_code == 422, answer.text
    fault = answer.json()["errors"][0]
    return fault.get("pointer", fault.get("parameter")), fault["code"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "nonsense", '{"name": NaN}', b'{"name": "\xff"}', '{"name":"\\ud800"}'],
)
async def test_what_is_not_json_is_malformed(shop: Shop, content: bytes | str) -> None:
    answer = await sent(shop, content)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ("{}", "/name", "field_missing"),
        ('{"name": 5}', "/name", "field_wrong_type"),
        ('{"name": "a"}', "/name", "field_too_short"),
        ('{"name": "abcdef"}', "/name", "field_too_long"),
        ('{"name": "abc", "admin": true}', "/admin", "field_unknown"),
        ('{"name": "abc", "flag": "true"}', "/flag", "field_wrong_type"),
        ('{"name": "abc", "lines": [{"count": 1}, {"count": "2"}]}', "/lines/1/count", None),
        ('{"name": "abc", "lines": [{"count": 0}]}', "/lines/0/count", "field_too_small"),
        ('{"name": "abc", "lines": [{"count": 10}]}', "/lines/0/count", "field_too_big"),
        ('{"name": "abc", "lines": [{}]}', "/lines/0/count", "field_missing"),
        ('{"name": "ab\\u0000"}', None, "field_control_character"),
        ("[]", "", "field_wrong_type"),
        ("null", "", "field_wrong_type"),
    ],
)
async def test_a_bad_field_is_pointed_at(
    shop: Shop, content: str, pointer: str | None, code: str | None
) -> None:
    answer = await sent(shop, content)
    found = first_fault(answer)
    assert found == (pointer, code or "field_wrong_type")
    assert answer.json()["errors"][0]["detail"]


async def test_an_escaped_backslash_before_u0000_is_only_text(shop: Shop) -> None:
    assert first_fault(await sent(shop, '{"name": "\\\\u0000"}')) == ("/name", "field_too_long")


def test_a_body_too_deep_to_read_is_malformed() -> None:
    with pytest.raises(Trouble, match="malformed_json"):
        decode_strictly(b"[" * 100_000, Any)


def test_pointers_are_escaped() -> None:
    assert body_fault("Object contains unknown field `a/b~c` - at `$.x`").pointer == "/x/a~1b~0c"


async def test_another_media_type_is_refused(shop: Shop) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"):
        answer = await shop.client.post(
            FORM, headers={"Content-Type": kind}, content='{"name":"abc"}'
        )
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_a_body_where_none_belongs_is_refused(shop: Shop) -> None:
    bearer = shop.person().bearer
    answer = await shop.client.post("/desk/wallet", headers=bearer, json={"credits": 9})
    assert answer.status_code == 422
    empty = await shop.client.post("/desk/wallet", headers=bearer, json={})
    assert empty.status_code == 201


async def test_a_huge_body_is_refused_with_and_without_its_length(shop: Shop) -> None:
    async def parts() -> object:
        for _ in range(20):
            yield b"x" * 100_000

    for content in (b"x" * 2_000_000, parts()):
        # Mypy joins bytes and a generator to object
        answer = await shop.client.post(FORM, headers=JSON, content=content)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_unknown_and_repeated_parameters_are_refused(shop: Shop) -> None:
    search = "/desk/search"
    assert first_fault(await shop.client.get(f"{search}?x=1")) == ("x", "field_unknown")
    assert first_fault(await shop.client.get(f"{search}?q=1&q=2")) == ("q", "field_repeated")
    assert first_fault(await shop.client.get(f"{search}?count=a"))[0] == "count"
    fine = await shop.client.get(f"{search}?q=%C4%B1&tag=a&tag=b&count=3")
    assert fine.json() == {"q": "ı", "count": 3, "tag": ["a", "b"]}


@pytest.mark.parametrize("query", ["q=%00", "q=a%01b", "q=%7F"])
async def test_control_characters_in_the_query_are_refused(shop: Shop, query: str) -> None:
    found = first_fault(await shop.client.get(f"/desk/search?{query}"))
    assert found == ("q", "field_control_character")


@pytest.mark.parametrize("query", ["q=%FF", "q", "&".join(["q=1"] * 60)])
async def test_a_query_that_is_none_is_refused(shop: Shop, query: str) -> None:
    assert (await shop.client.get(f"/desk/search?{query}")).status_code == 400


async def test_control_characters_in_paths_and_headers_are_refused(shop: Shop) -> None:
    assert (await shop.client.get("/desk/error/a%00b")).status_code == 400
    headers = [(b"x-anything", b"a\x00b")]
    assert (await shop.client.get("/desk/search", headers=headers)).status_code == 400


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
async def test_no_body_whatever_breaks_anything(shop: Shop, content: bytes) -> None:
    assert (await sent(shop, content)).status_code in {400, 422}


async def test_a_request_that_takes_too_long_is_put_off(shop: Shop) -> None:
    shop.with_limits(Limits(request_seconds=0.05))
    answer = await shop.client.get("/desk/slow")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
