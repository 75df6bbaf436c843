"""The published document says what the application does, and its page needs no other server."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar.routes import HTTPRoute

from deploy.published import openapi_document
from tests.api.shop import Shop
from tests.sources import ROOT

SCHEMA = "https://cover.test/schema/openapi.json"


async def schema_of(shop: Shop) -> dict[str, Any]:
    answer = await shop.client.get(SCHEMA)
    assert answer.status_code == 200
    return msgspec.json.decode(answer.content, type=dict[str, Any])


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if path.startswith("/api/")
    ]


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The part itself, or what it refers to within the document."""
    found = part
    if reference := part.get("$ref"):
        found = schema
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
    return found


async def test_every_operation_has_a_name_a_summary_and_its_errors(shop: Shop) -> None:
    schema = await schema_of(shop)
    assert schema["openapi"].startswith("3.1")
    names = [operation["operationId"] for _, _, operation in operations(schema)]
    assert {"WalletBalance", "WalletStatement", "LiveEvents", "OpenWallet"} <= set(names)
    assert len(names) == len(set(names))
    for path, method, operation in operations(schema):
        assert operation["summary"], path
        assert operation["tags"], path
        wanted = {"400", "422", "429", "500", "503"} | ({"409"} if method == "post" else set())
        assert wanted <= operation["responses"].keys(), path
        for status in wanted:
            answer = resolved(schema, operation["responses"][status])
            assert "application/problem+json" in answer["content"]


async def test_what_a_description_promises_is_among_the_answers(shop: Shop) -> None:
    by_name = {each["operationId"]: each for _, _, each in operations(await schema_of(shop))}
    assert "404 before the wallet is open" in by_name["WalletBalance"]["description"]
    assert "404" in by_name["WalletBalance"]["responses"]
    assert "404" not in by_name["WalletStatement"]["responses"]


async def test_bodies_are_described_as_they_are_checked(shop: Shop) -> None:
    form = (await schema_of(shop))["components"]["schemas"]["Form"]
    assert form["additionalProperties"] is False
    assert form["properties"]["name"] == {"type": "string", "minLength": 2, "maxLength": 5}


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    """What is published is what is served: run `polikrami openapi > docs/openapi.json`."""
    assert (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8") == openapi_document()


async def test_every_reference_leads_somewhere(shop: Shop) -> None:
    schema = await schema_of(shop)
    text = msgspec.json.encode(schema).decode()
    for reference in set(re.findall(r'"(#/[^"]+)"', text)):
        assert resolved(schema, {"$ref": reference})


async def test_security_and_headers_are_documented(shop: Shop) -> None:
    schema = await schema_of(shop)
    by_name = {each["operationId"]: each for _, _, each in operations(schema)}
    assert by_name["WalletBalance"]["security"] == [{"bearer": []}, {"cookie": []}]
    assert by_name["DeskSearch"]["security"] == [{}]
    parameters = by_name["OpenWallet"]["parameters"]
    names = {resolved(schema, parameter)["name"] for parameter in parameters}
    assert {"Idempotency-Key", "If-Match", "Accept-Language"} <= names
    assert "401" not in by_name["DeskSearch"]["responses"]


async def test_the_document_lists_exactly_the_routes(shop: Shop) -> None:
    published = {(path, method) for path, method, _ in operations(await schema_of(shop))}
    served = {
        (route.path_format, method.lower())
        for route in shop.app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/")
        for method in route.route_handler_map
        if method != "OPTIONS"
    }
    assert published == served


async def test_the_page_works_without_any_other_server(shop: Shop) -> None:
    for path in ("/schema", "/schema/page.js", "/schema/page.css", "/problems"):
        answer = await shop.client.get(f"https://cover.test{path}")
        assert answer.status_code == 200, path
        assert not re.search(r"(src|href|url)\s*[=(]\s*[\"']?(https?:)?//", answer.text)
    page = await shop.client.get("https://cover.test/schema")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Type"].startswith("text/html")
