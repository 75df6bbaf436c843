"""Finds out who sent a request, from its bearer header or its cookies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request
from msgspec import Struct

from api.auth import (
    AccessToken,
    AccessTokenInvalid,
    CsrfTokenWrong,
    SessionEnded,
    SessionStanding,
    cookie_names,
)
from api.backend import Backend
from api.problems import RETRY_SECONDS, Trouble
from application.bus import Actor
from domain.shared.errors import Refusal, Unauthenticated

AnyRequest = Request[Any, Any, Any]

CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
STANDING_MODELS = ("sessions", "persons")
NOBODY = Actor()


class Identity(Struct, frozen=True, kw_only=True):
    """Who asks. `flaw` says why a browser's cookies did not count; who needs a person raises it."""

    actor: Actor = NOBODY
    language: str = ""
    flaw: Refusal | None = None

    @property
    def person_id(self) -> UUID | None:
        return self.actor.person_id


async def identify(request: AnyRequest, backend: Backend) -> Identity:
    """The caller's identity. A bearer header counts before any cookie, and a bad one is refused.

    A cookie that is bad, or comes without its CSRF token, counts as none: nobody's rights are used.
    """
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise AccessTokenInvalid
        return await _identity(token.strip(), backend)
    token = request.cookies.get(cookie_names(secure=backend.secure).access, "")
    if not token:
        return Identity()
    try:
        said = backend.tokens.read(token, backend.clock.now())
        if request.method not in SAFE_METHODS:
            check_csrf(request, backend, session_id=said.session_id)
        return await _identity(token, backend)
    except (Unauthenticated, CsrfTokenWrong) as flaw:
        return Identity(flaw=flaw)


def check_csrf(request: AnyRequest, backend: Backend, *, session_id: UUID) -> None:
    """Refuse a browser's request that our own page did not make. Raises `CsrfTokenWrong`."""
    kept = request.cookies.get(cookie_names(secure=backend.secure).csrf, "")
    sent = request.headers.get(CSRF_HEADER, "")
    if not sent or sent != kept or not backend.tokens.csrf_token_is_good(sent, session_id):
        raise CsrfTokenWrong


async def standing_now(said: AccessToken, backend: Backend) -> SessionStanding:
    """How the session of a token stands, awaiting its first appearance in the read models.

    Raises `SessionEnded`; or `Trouble` (503) while the read models are behind the token.
    """
    standing = await backend.standing(backend.reads, said.session_id)
    if standing is None and said.position:
        reached = await backend.reads.reach(
            STANDING_MODELS,
            said.position,
            timeout_seconds=backend.limits.freshness_seconds,
        )
        standing = await backend.standing(backend.reads, said.session_id)
        if standing is None and not reached:
            raise Trouble(503, "read_model_behind", headers={"Retry-After": str(RETRY_SECONDS)})
    if standing is None or standing.ended or standing.person_id != said.person_id:
        raise SessionEnded
    return standing


async def _identity(token: str, backend: Backend) -> Identity:
    said = backend.tokens.read(token, backend.clock.now())
    standing = await standing_now(said, backend)
    actor = Actor(
        person_id=said.person_id,
        session_id=said.session_id,
        roles=frozenset(standing.roles),
    )
    return Identity(actor=actor, language=standing.language)
