"""Adds to the OpenAPI document what holds for every operation: headers, errors, security."""

from __future__ import annotations

import re
from typing import Any

from litestar import Litestar

from api.problems import MEDIA_TYPE, Problem
from api.shapes import handlers_of, put_into, shapes_of

SIGNED_IN: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}

ERRORS = {
    400: ("Malformed", "The request could not be read"),
    401: ("Unauthenticated", "Nobody is signed in, or the credential is not good"),
    403: ("Forbidden", "The right is missing"),
    404: ("NotFound", "It does not exist, or is not the caller's"),
    409: ("Conflict", "The state does not allow it, or a request with this key is under way"),
    412: ("Stale", "`If-Match` names an older version"),
    413: ("TooLarge", "The body is too large"),
    415: ("OtherMediaType", "The body has another media type"),
    422: ("Invalid", "Well-formed, but not valid; `errors` names the fields"),
    428: ("KeyRequired", "An `Idempotency-Key` is needed"),
    429: ("TooMany", "Asked too often"),
    500: ("Unexpected", "Something unexpected"),
    503: ("Unavailable", "Not available for the moment"),
}
EVERY = {400, 422, 429, 500, 503}
COMMAND = {404, 409, 412, 413, 415, 428}
RETRY = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
STATUS = re.compile(r"\b4[0-9]{2}\b")


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
HEADERS = {
    header["name"].replace("-", ""): header
    for header in (LANGUAGE, TOKEN, PREFER, KEY, MATCH, CSRF)
}


def documented(schema: dict[str, Any], app: Litestar) -> dict[str, Any]:
    """The same document, completed in place."""
    shapes = shapes_of(app, Problem)
    components = schema.setdefault("components", {})
    components["schemas"] = shapes.components
    components["parameters"] = HEADERS
    components["responses"] = {name: _response(status) for status, (name, _) in ERRORS.items()}
    opened = _open_operations(app)
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            put_into(operation, shapes)
            if path.startswith("/api/"):
                is_open = operation["operationId"] in opened
                operation["security"] = [{}] if is_open else SIGNED_IN
                _complete(operation, command=method == "post", path=path)
    return schema


def _complete(operation: dict[str, Any], *, command: bool, path: str) -> None:
    parameters = operation.setdefault("parameters", [])
    given = [KEY, MATCH, CSRF] if command else [TOKEN, PREFER]
    named = {parameter["name"].lower() for parameter in parameters}
    parameters += [
        {"$ref": f"#/components/parameters/{name}"}
        for name, header in HEADERS.items()
        if header in (*given, LANGUAGE) and header["name"].lower() not in named
    ]
    statuses = EVERY | (COMMAND if command else set())
    statuses |= {401, 403} if operation["security"] == SIGNED_IN else set()
    statuses |= {404} if "{" in path else set()
    statuses |= {int(status) for status in STATUS.findall(operation.get("description", ""))}
    responses = operation.setdefault("responses", {})
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/{ERRORS[status][0]}"}


def _response(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": ERRORS[status][1],
        "content": {MEDIA_TYPE: PROBLEM},
    }
    return answer | ({"headers": RETRY} if status in {429, 503} else {})


def _open_operations(app: Litestar) -> set[str]:
    return {str(each.operation_id) for each in handlers_of(app) if each.opt.get("open")}
