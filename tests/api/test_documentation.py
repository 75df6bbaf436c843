"""The published document says what the application does, and its page needs no other server."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar.routes import HTTPRoute

from tests.api.shop import Shop

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
            assert "application/problem+json" in operation["responses"][status]["content"]


async def test_every_reference_leads_somewhere(shop: Shop) -> None:
    schema = await schema_of(shop)
    text = msgspec.json.encode(schema).decode()
    for name in set(re.findall(r"#/components/schemas/([\w.]+)", text)):
        assert name in schema["components"]["schemas"]


async def test_security_and_headers_are_documented(shop: Shop) -> None:
    by_name = {each["operationId"]: each for _, _, each in operations(await schema_of(shop))}
    assert by_name["WalletBalance"]["security"] == [{"bearer": []}, {"cookie": []}]
    assert by_name["DeskSearch"]["security"] == [{}]
    names = {parameter["name"] for parameter in by_name["OpenWallet"]["parameters"]}
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
