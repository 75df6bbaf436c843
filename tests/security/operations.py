"""The operations of the API as the published document describes them, and samples of bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from deploy.published import openapi_document

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 100
NOBODYS = "00000000-0000-7000-8000-000000000000"
TEXTS = (
    "ab",
    "abc def",
    "45.00",
    "34710",
    "1234567890",
    "+905321112233",
    "2026-01",
    "https://a.example/x",
)
"""Texts of which one fits any pattern of a field that has no example."""

Json = dict[str, Any]
Place = tuple[str | int, ...]


class Operation(Struct, frozen=True, kw_only=True):
    """One route of the document."""

    name: str
    method: str
    path: str
    is_open: bool
    place_names: tuple[str, ...]
    query_names: tuple[str, ...]
    body: Json | None
    media_type: str

    @property
    def is_command(self) -> bool:
        return self.method == "post"

    def path_with(self, ids: Mapping[str, str]) -> str:
        """The path with these ids in their places; nobody's where none is given."""
        return re.sub(
            r"\{(\w+)\}", lambda place: ids.get(place[1], NOBODYS), self.path
        ).removeprefix("/api/v1")


@cache
def document() -> Json:
    """The document, made from the code under test."""
    return msgspec.json.decode(openapi_document(), type=Json)


@cache
def operations() -> Mapping[str, Operation]:
    """All operations of the API by their names."""
    found = {
        operation["operationId"]: _operation(path, method, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if path.startswith("/api/")
    }
    assert len(found) > 80
    return found


def those(**wanted: bool) -> list[str]:
    """Names of the operations with (or without) `ids`, a `json` body, a `query`, or `is_open`."""
    return sorted(
        name
        for name, each in operations().items()
        if all(_has(each, what) == is_wanted for what, is_wanted in wanted.items())
    )


def _has(operation: Operation, what: str) -> bool:
    fields = operation.media_type == JSON and (operation.body or {}).get("properties")
    found = {
        "ids": operation.place_names,
        "json": fields,
        "query": operation.query_names,
        "is_open": operation.is_open,
    }
    return bool(found[what])


def resolved(schema: Json) -> Json:
    """The schema behind a reference."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Json = document()["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return found


def sample(schema: Json, ids: Mapping[str, str], name: str = "") -> Any:
    """A value that the schema allows; fields that are ids get those of the same name."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], ids, name)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {each: sample(fields[each], ids, each) for each in schema.get("required", ())}
    if kind == "array":
        return [sample(schema["items"], ids)] * schema.get("minItems", 0)
    plain = {"integer": schema.get("minimum", 0), "boolean": True}
    return plain[kind] if kind in plain else _text(schema, ids, name)


def fields_of(schema: Json, place: Place = ()) -> Iterator[tuple[Place, Json]]:
    """Every field of a body with its place, also within objects and lists."""
    schema = resolved(schema)
    for choice in schema.get("anyOf", ()):
        yield from fields_of(choice, place)
    for name, each in schema.get("properties", {}).items():
        yield (*place, name), each
        yield from fields_of(each, (*place, name))
    if "items" in schema:
        yield (*place, 0), schema["items"]
        yield from fields_of(schema["items"], (*place, 0))


def objects_of(schema: Json, place: Place = ()) -> Iterator[Place]:
    """The places of all objects in a body, itself included."""
    for at, each in [((), schema), *fields_of(schema)]:
        shape = resolved(each)
        choices = [resolved(choice) for choice in shape.get("anyOf", [shape])]
        if any("properties" in choice for choice in choices):
            yield (*place, *at)


def with_value(body: Any, schema: Json, *, place: Place, value: Any) -> Any:
    """The body with another value at this place; what leads there is made if it is missing."""
    if not place:
        return value
    schema = _shape(schema, "properties" if isinstance(place[0], str) else "items")
    first, rest = place[0], place[1:]
    inner = schema["properties"].get(first, {}) if isinstance(first, str) else schema["items"]
    if isinstance(first, int):
        return [with_value(sample(inner, {}), inner, place=rest, value=value)]
    within = body.get(first) if isinstance(body, dict) else None
    base = sample(inner, {}) if within is None and rest else within
    return {**body, first: with_value(base, inner, place=rest, value=value)}


def _shape(schema: Json, wanted: str) -> Json:
    schema = resolved(schema)
    if wanted in schema:
        return schema
    choices = [resolved(each) for each in schema["anyOf"]]
    return next(each for each in choices if wanted in each)


def _operation(path: str, method: str, operation: Json) -> Operation:
    parameters = operation.get("parameters", ())
    content = operation.get("requestBody", {}).get("content", {})
    media_type = next(iter(content), "")
    schema = content.get(media_type, {}).get("schema")
    return Operation(
        name=operation["operationId"],
        method=method,
        path=path,
        is_open={} in operation["security"],
        place_names=tuple(re.findall(r"\{(\w+)\}", path)),
        query_names=tuple(each["name"] for each in parameters if each.get("in") == "query"),
        body=resolved(schema) if schema else None,
        media_type=media_type,
    )


def _text(schema: Json, ids: Mapping[str, str], name: str) -> str:
    if schema.get("format") == "uuid":
        return str(UUID(ids.get(name, NOBODYS)))
    if schema.get("format") == "decimal":
        return "1.00"
    texts: list[str] = [*schema.get("examples", ()), *TEXTS]
    return next(text for text in texts if fits(text, schema))


def fits(text: str, schema: Json) -> bool:
    """Whether a text keeps to the lengths and the pattern of a field."""
    lengths = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 10**9)
    return lengths and bool(re.search(schema.get("pattern", ""), text))
