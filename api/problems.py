"""Every error as an RFC 9457 problem document: a stable code, words, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import psycopg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import HTTPScope
from msgspec import Struct

from api.field_faults import FieldFault, faults_of
from api.wording import language_of, words_of
from application.ports import Language, Unavailable
from application.store import LogUnavailable
from domain.shared.card_numbers import scrub_json
from domain.shared.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    StaleVersion,
    TooMany,
    Unauthenticated,
)

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1
STATUSES: Sequence[tuple[type[Refusal], int]] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Unauthenticated, 401),
    (StaleVersion, 412),
    (Conflict, 409),
    (Invalid, 422),
    (TooMany, 429),
)
SECRETIVE = (NotFound, Forbidden, Unauthenticated)
"""Refusals whose facts stay here, because they could tell what the caller may not know."""

AWAY = (
    LogUnavailable,
    Unavailable,
    psycopg.OperationalError,
    psycopg.errors.UndefinedTable,
    psycopg.errors.ReadOnlySqlTransaction,
    TimeoutError,
    ConnectionError,
)
"""Errors that say a part of the system is away: a read table may not have been made yet, too."""

CODES = {
    400: "malformed_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "unknown_route",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "too_many",
    503: "unavailable",
}


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The document. `type` opens a page about the code, `errors` names bad fields, and `retryable`
    tells whether the same request may succeed later. `facts` are the figures a rule looked at.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    trace_id: str
    retryable: bool
    errors: list[FieldFault] = []
    facts: dict[str, str] = {}


class Trouble(Exception):
    """A request that the edge itself can't take; rules of the business raise `Refusal` instead."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        errors: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.facts = {name: str(fact) for name, fact in (facts or {}).items()}


class Answer(Struct, frozen=True):
    """A problem as it goes out."""

    status: int
    headers: dict[str, str]
    body: bytes


def trouble_of(error: Exception) -> Trouble:
    """What any exception means to the caller."""
    if isinstance(error, Trouble):
        return error
    if isinstance(error, Refusal):
        return _refused(error)
    if isinstance(error, ValidationException):
        return Trouble(422, "invalid_parameters", errors=faults_of(error.extra))
    if isinstance(error, HTTPException) and error.status_code < 500:
        code = CODES.get(error.status_code, "malformed_request")
        return Trouble(error.status_code, code, headers=error.headers)
    if isinstance(error, AWAY):
        return Trouble(503, "unavailable", headers={"Retry-After": str(RETRY_SECONDS)})
    return Trouble(500, "unexpected")


def answer_to(error: Exception, scope: HTTPScope) -> Answer:
    """The problem document of an exception, in the caller's language."""
    headers = {name: value for name, value in scope["headers"] if name == b"accept-language"}
    language = language_of(headers.get(b"accept-language", b"").decode("latin-1"))
    trace_id = str(scope.get("state", {}).get("trace_id", ""))
    trouble = trouble_of(error)
    if trouble.status == 500:
        log.error("request_failed", exc_info=error)
    elif trouble.status == 503:
        log.warning("request_put_off", error=f"{type(error).__name__}: {error}")
    words = words_of(trouble.code)
    problem = Problem(
        type=f"/problems/{trouble.code}",
        title=words.title(language),
        status=trouble.status,
        detail=words.detail(language, trouble.facts),
        code=trouble.code,
        trace_id=trace_id,
        retryable=trouble.status in {429, 503} or "Retry-After" in trouble.headers,
        errors=_worded(trouble.errors, language),
        facts=trouble.facts,
    )
    out = {"Content-Type": MEDIA_TYPE, "Content-Language": language, **trouble.headers}
    return Answer(trouble.status, out, scrub_json(msgspec.json.encode(problem)))


def problem_response(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The exception handler of the application."""
    answer = answer_to(error, request.scope)
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
    return Response(answer.body, status_code=answer.status, headers=headers, media_type=MEDIA_TYPE)


def _refused(refusal: Refusal) -> Trouble:
    status = next((status for kind, status in STATUSES if isinstance(refusal, kind)), 409)
    headers: dict[str, str] = {}
    errors: list[FieldFault] = []
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 429:
        headers["Retry-After"] = str(refusal.facts.get("retry_after_seconds", RETRY_SECONDS))
    if refusal.replayed:
        headers["Idempotency-Replayed"] = "true"
    facts = {} if isinstance(refusal, SECRETIVE) else refusal.facts
    if isinstance(refusal, Invalid) and refusal.pointer:
        told = {name: str(fact) for name, fact in facts.items()}
        errors.append(FieldFault(pointer=refusal.pointer, code=refusal.code, facts=told))
    return Trouble(status, refusal.code, errors=errors, headers=headers, facts=facts)


def _worded(faults: Sequence[FieldFault], language: Language) -> list[FieldFault]:
    return [
        msgspec.structs.replace(
            fault, detail=words_of(fault.code).detail(language, fault.facts or {}), facts=None
        )
        for fault in faults
    ]
