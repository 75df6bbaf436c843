"""OWASP API3: a body has the fields that are documented; whatever else it is, it is refused."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.operations import (
    JSON,
    NOBODYS,
    Json,
    Operation,
    Place,
    fields_of,
    fits,
    objects_of,
    operations,
    resolved,
    sample,
    those,
    with_value,
)
from tests.security.refusals import must_be_in_order, problem_in
from tests.security.roles import names, who_may
from tests.security.town import Town

WITH_JSON = those(json=True)
READ_ONLY = names(
    """
    id version position state status role roles person_id customer_id designer_id order_id
    draft_id price fee credits balance total paid_at created_at email_confirmed is_admin
    expected_version __class__ constructor
    """
)
READ_AS_THEY_COME = {"ReceivePaymentWebhook", "ReturnFromPayment"}
"""Bodies that are read after it is known who signed them, and one that a browser is made to send:
anything but a form with a token is answered like a token of nobody's.
"""
DEEP = "[" * 50_000 + "]" * 50_000
BAD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\u202e\u200b\ufeff",
    "x" * 100_000,
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "{0.__class__}",
    "1e400",
    "NaN",
    "-1.00",
    NOBODYS,
    [],
    [[]],
    [None],
    {},
    {"$ne": None},
)
NO_JSON: tuple[bytes, ...] = (
    b"",
    b"{",
    b"nonsense",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": 1e999999}',
    b'"\xff\xfe"',
    b'\xef\xbb\xbf{"a": 1}',
    '{"a": 1}'.encode("utf-16"),
    b'{"\\ud800": 1}',
    b"[]",
    b"null",
    b"5",
    b"{}" * 2,
    DEEP.encode(),
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
)
TYPES = {str: "string", bool: "boolean", int: "integer", dict: "object", list: "array"}

each_with_json = pytest.mark.parametrize("name", WITH_JSON)
each_way = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


async def sent(town: Town, operation: Operation, content: bytes) -> httpx.Response:
    """The answer to this body, from somebody who may ask, about the spare things."""
    headers = town.headers(who_may(operation.name)) | {"Content-Type": JSON}
    path = operation.path_with(town.spare)
    return await town.client.post(path, headers=headers, content=content)


def whole(town: Town, operation: Operation, place: Place, value: Any) -> bytes:
    """A good body with this value at this place."""
    schema = operation.body or {}
    body = with_value(sample(schema, town.spare), schema, place=place, value=value)
    return json.dumps(body).encode()


@each_with_json
async def test_no_object_has_fields_that_are_not_documented(town: Town, name: str) -> None:
    operation = operations()[name]
    schema = operation.body or {}
    for place in objects_of(schema):
        answer = await sent(town, operation, whole(town, operation, (*place, "surprise"), 1))
        problem = problem_in(answer)
        assert problem.code == "invalid_body"
        assert [fault.code for fault in problem.errors] == ["field_unknown"]
        assert problem.errors[0].pointer == "".join(f"/{each}" for each in (*place, "surprise"))


@each_with_json
async def test_nobody_writes_what_is_only_read(town: Town, name: str) -> None:
    operation = operations()[name]
    for field in READ_ONLY:
        if field not in (operation.body or {})["properties"]:
            problem = problem_in(await sent(town, operation, whole(town, operation, (field,), 1)))
            assert problem.errors[0].pointer == f"/{field}"


@each_with_json
async def test_no_value_of_any_field_breaks_anything(town: Town, name: str) -> None:
    operation = operations()[name]
    for place, schema in fields_of(operation.body or {}):
        for value in BAD:
            answer = await sent(town, operation, whole(town, operation, place, value))
            must_be_in_order(answer)
            if not may_be(value, schema):
                assert answer.status_code in {400, 422}, (name, place, value, answer.text)


@each_with_json
async def test_a_text_with_a_pattern_ends_where_the_pattern_ends(town: Town, name: str) -> None:
    operation = operations()[name]
    for place, schema in fields_of(operation.body or {}):
        if resolved(schema).get("pattern", "").startswith("^"):
            value = sample(schema, town.spare) + "\n"
            answer = await sent(town, operation, whole(town, operation, place, value))
            assert problem_in(answer).code == "invalid_body", (place, value)


@each_with_json
async def test_what_is_not_the_documented_json_is_refused(town: Town, name: str) -> None:
    operation = operations()[name]
    required = (operation.body or {}).get("required")
    for content in NO_JSON:
        answer = await sent(town, operation, content)
        if content or required:
            assert problem_in(answer).status in {400, 422}, content[:40]


@each_with_json
async def test_another_media_type_is_refused(town: Town, name: str) -> None:
    operation = operations()[name]
    path = operation.path_with(town.spare)
    body = json.dumps(sample(operation.body or {}, town.spare)).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"):
        headers = town.headers(who_may(name)) | {"Content-Type": kind}
        answer = await town.client.post(path, headers=headers, content=body)
        assert problem_in(answer).code == "unsupported_media_type"


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, each in operations().items()
        if each.is_command and not each.media_type and name not in READ_AS_THEY_COME
    ],
)
async def test_a_body_where_none_is_documented_is_refused(town: Town, name: str) -> None:
    operation = operations()[name]
    headers = town.headers(who_may(name)) | {"Content-Type": JSON}
    path = operation.path_with({})
    answer = await town.client.post(path, headers=headers, content=b'{"state": "paid"}')
    assert problem_in(answer).status in {401, 422}


@each_way
@given(data=st.data())
async def test_whatever_json_comes_it_is_answered(town: Town, data: st.DataObject) -> None:
    operation = operations()[data.draw(st.sampled_from(WITH_JSON))]
    places = [place for place, _ in fields_of(operation.body or {})]
    place = data.draw(st.sampled_from([(), *places]))
    content = whole(town, operation, place, data.draw(json_values))
    answer = await sent(town, operation, content)
    must_be_in_order(answer)


def may_be(value: Any, schema: Json) -> bool:
    """Whether a schema allows a value of this kind; texts also by length, pattern and choice."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return any(may_be(value, choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if value is None or isinstance(value, float):
        return value is None and schema.get("type") == "null"
    if schema.get("type") != TYPES[type(value)]:
        return False
    if schema.get("format") == "uuid":
        return bool(value == NOBODYS)
    return not isinstance(value, str) or ("\0" not in value and fits(value, schema))
