"""What requests may carry: declared parameters once each, strict JSON of the declared shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg
from litestar.routes import HTTPRoute

from api.card_free import refuse_cards_in_form, refuse_cards_in_json, refuse_cards_in_query
from api.field_faults import FieldFault, body_fault
from api.problems import Trouble

AnyRequest = Request[Any, Any, Any]

JSON = "application/json"
PARAMETERS_AT_MOST = 50


def declared_parameters(app: Litestar) -> dict[HTTPRouteHandler, dict[str, bool]]:
    """The query parameters that each handler takes, and whether each is a list."""
    return {
        handler: {each.field_alias: each.is_sequence for each in model.expected_query_params}
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler, model in route.route_handler_map.values()
    }


def check_query(request: AnyRequest, declared: Mapping[str, bool]) -> None:
    """Refuse parameters that are not declared, or given twice without being a list."""
    raw: bytes = request.scope["query_string"]
    if not raw:
        return
    try:
        given = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=PARAMETERS_AT_MOST,
        )
    except ValueError as error:
        raise Trouble(400, "malformed_request") from error
    refuse_cards_in_query(given)
    times = Counter(name for name, _ in given)
    faults = [
        FieldFault(code=code, parameter=name)
        for name, count in times.items()
        if (code := _fault_of(name, count, declared=declared))
    ]
    faults += [
        FieldFault(code="field_control_character", parameter=name)
        for name, value in given
        if name in declared and has_control(value)
    ]
    if faults:
        raise Trouble(422, "invalid_parameters", errors=faults)


async def check_body(request: AnyRequest, handler: HTTPRouteHandler) -> None:
    """Refuse a body of another type or shape than the handler declares.

    Numbers and flags must be JSON's own: the framework alone would take "5" for 5.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"} or _reads_itself(handler):
        return
    data = handler.parsed_data_field
    if data is None:
        if (await request.body()).strip() not in {b"", b"{}"}:
            raise Trouble(422, "invalid_body", errors=[FieldFault(code="field_unknown")])
        return
    wanted = _media_type(data.kwarg_definition)
    if wanted == JSON and data.has_default and not await request.body():
        return
    if request.content_type[0] != wanted:
        raise Trouble(415, "unsupported_media_type", facts={"wanted": wanted})
    if wanted == JSON:
        decode_strictly(await request.body(), data.annotation)
    else:
        refuse_cards_in_form(await request.body())


def decode_strictly(body: bytes, kind: Any) -> None:
    """Refuse what is not JSON, has another shape than `kind`, or holds a NUL or a card number."""
    refuse_cards_in_json(body)
    try:
        msgspec.json.decode(body, type=kind)
        if b"\\u0000" in body and _holds_nul(msgspec.json.decode(body)):
            raise Trouble(422, "invalid_body", errors=[FieldFault(code="field_control_character")])
    except msgspec.ValidationError as error:
        raise Trouble(422, "invalid_body", errors=[body_fault(str(error))]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Trouble(400, "malformed_json") from error


def has_control(text: str) -> bool:
    """Whether the text holds C0 or C1 control characters other than line breaks and tabs."""
    return any(
        (ord(letter) < 32 and letter not in "\t\n\r") or 127 <= ord(letter) < 160 for letter in text
    )


def _fault_of(name: str, count: int, *, declared: Mapping[str, bool]) -> str | None:
    if name not in declared:
        return "field_unknown"
    return "field_repeated" if count > 1 and not declared[name] else None


def _reads_itself(handler: HTTPRouteHandler) -> bool:
    return bool({"request", "body"} & handler.parsed_fn_signature.parameters.keys())


def _media_type(declared: Any) -> str:
    encoding = declared.media_type if isinstance(declared, BodyKwarg) else JSON
    return str(getattr(encoding, "value", encoding))


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(each) for key, each in value.items())
    return isinstance(value, list) and any(_holds_nul(each) for each in value)
