"""The shapes of bodies and answers, as they are checked and written: by msgspec, for OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

REFERENCE = "#/components/schemas/{name}"
JSON = "application/json"


class Shapes(Struct, frozen=True):
    """Schemas by their names, and where they belong by the operation's id."""

    components: dict[str, Any]
    bodies: dict[str, Any]
    answers: dict[str, Any]


def handlers_of(app: Litestar) -> Iterator[HTTPRouteHandler]:
    """Every handler of an HTTP route that is documented."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and handler.operation_id:
                yield handler


def shapes_of(app: Litestar, *also: type) -> Shapes:
    """What the handlers declare to take and to answer, and the schemas of `also`."""
    bodies = {str(each.operation_id): _body(each) for each in handlers_of(app)}
    answers = {str(each.operation_id): _answer(each) for each in handlers_of(app)}
    kinds = {kind: None for kind in (*bodies.values(), *answers.values(), *also) if kind}
    schemas, components = msgspec.json.schema_components(list(kinds), ref_template=REFERENCE)
    by_kind = dict(zip(kinds, schemas, strict=True))
    for component in components.values():
        if "description" in component:
            component["description"] = re.sub(r"\s+", " ", component["description"])
    return Shapes(
        dict(sorted(components.items())),
        {name: by_kind[kind] for name, kind in bodies.items() if kind},
        {name: by_kind[kind] for name, kind in answers.items() if kind},
    )


def put_into(operation: dict[str, Any], shapes: Shapes) -> None:
    """Replace what the framework guessed about this operation."""
    name = operation["operationId"]
    if name in shapes.bodies:
        for content in operation["requestBody"]["content"].values():
            content["schema"] = shapes.bodies[name]
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get(JSON)
        if status < "300" and content and name in shapes.answers:
            content["schema"] = shapes.answers[name]


def _body(handler: HTTPRouteHandler) -> Any:
    data = handler.parsed_data_field
    return data.annotation if data and _is_shape(data.annotation) else None


def _answer(handler: HTTPRouteHandler) -> Any:
    kind = handler.parsed_fn_signature.return_type.annotation
    if get_origin(kind) is Response:
        (kind,) = get_args(kind)
    return kind if _is_shape(kind) else None


def _is_shape(kind: Any) -> bool:
    """Whether it is a struct, or a list of them."""
    origin = get_origin(kind) or kind
    if origin is list:
        return all(_is_shape(each) for each in get_args(kind))
    return isinstance(origin, type) and issubclass(origin, Struct)
