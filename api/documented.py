"""Adds to the OpenAPI document what holds for every operation: headers, errors, security."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from api.problems import MEDIA_TYPE, Problem

SIGNED_IN: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}
REFERENCE = "#/components/schemas/{name}"

ERRORS = {
    400: "The request could not be read",
    401: "Nobody is signed in, or the credential is not good",
    403: "The right is missing",
    404: "It does not exist, or is not the caller's",
    409: "The state does not allow it, or a request with this key is under way",
    412: "`If-Match` names an older version",
    413: "The body is too large",
    415: "The body has another media type",
    422: "Well-formed, but not valid; `errors` names the fields",
    428: "An `Idempotency-Key` is needed",
    429: "Asked too often",
    500: "Something unexpected",
    503: "Not available for the moment",
}
EVERY = {400, 422, 429, 500, 503}
COMMAND = {409, 412, 413, 415, 428}
RETRY = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}


def _header(name: str, description: str, **schema: object) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": schema}


LANGUAGE = _header("Accept-Language", "tr (usual) or en", type="string")
TOKEN = _header("Consistency-Token", "Position that the answer must have reached", type="integer")
PREFER = _header("Prefer", "`handling=strict`: 503 rather than an old answer", type="string")
KEY = _header(
    "Idempotency-Key",
    "The same key and body give the same answer again",
    type="string",
    minLength=1,
    maxLength=255,
)
MATCH = _header("If-Match", "Only if the version is still this one", type="string")
CSRF = _header("X-CSRF-Token", "The CSRF cookie's value, for callers with cookies", type="string")


def documented(schema: dict[str, Any], app: Litestar) -> dict[str, Any]:
    """The same document, completed in place."""
    problem, definitions = _problem_schemas()
    schema.setdefault("components", {}).setdefault("schemas", {}).update(
        {"Problem": problem, **definitions}
    )
    opened = _open_operations(app)
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and path.startswith("/api/"):
                _complete(operation, method, is_open=operation["operationId"] in opened)
    return schema


def _complete(operation: dict[str, Any], method: str, *, is_open: bool) -> None:
    command = method == "post"
    operation["security"] = [{}] if is_open else SIGNED_IN
    parameters = operation.setdefault("parameters", [])
    given = [KEY, MATCH, CSRF] if command else [TOKEN, PREFER]
    named = {parameter["name"].lower() for parameter in parameters}
    parameters += [each for each in (*given, LANGUAGE) if each["name"].lower() not in named]
    statuses = EVERY | (COMMAND if command else set()) | (set() if is_open else {401, 403})
    if command or "{" in operation.get("path", "{"):
        statuses |= {404}
    responses = operation.setdefault("responses", {})
    for status in sorted(statuses):
        answer: dict[str, Any] = {
            "description": ERRORS[status],
            "content": {MEDIA_TYPE: PROBLEM},
        }
        if status in {429, 503}:
            answer["headers"] = RETRY
        responses[str(status)] = answer


def _problem_schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    (reference,), definitions = msgspec.json.schema_components([Problem], ref_template=REFERENCE)
    del reference
    return definitions.pop("Problem"), definitions


def _open_operations(app: Litestar) -> set[str]:
    return {
        str(handler.operation_id)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler) and handler.opt.get("open")
    }
