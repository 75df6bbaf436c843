"""What an endpoint is given: who asks, the bus, the read models, and how answers are made.

A route takes signed-in callers only, unless it says `opt=OPEN`; `opt=OPEN | {"rate": Rate(...)}`
limits it beyond the general limits, and `opt={"rate": ...}` does so for signed-in callers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

from litestar import Request, Response
from msgspec import Struct

from api.auth import BrowserCookies
from api.backend import Backend
from api.cursors import Cursors, Listed, PageRequest, page_limit
from api.freshness import Consistency, Freshness
from api.idempotency import InFlight, caller_of, request_hash, request_key
from api.identify import Identity, check_csrf
from api.limits import Rate
from api.problems import RETRY_SECONDS, Trouble
from api.wording import language_of
from application.bus import Actor, Call, Command, Receipt
from application.past import WholeLog
from application.ports import Language
from domain.shared.card_numbers import scrub
from domain.shared.errors import Forbidden, Unauthenticated
from projections.base import AnyReadModel

__all__ = ["OPEN", "Ask", "Done", "Listed", "PageRequest", "Rate"]

T = TypeVar("T")
P = TypeVar("P")

OPEN: Final = {"open": True}
"""For `opt` of a route that everybody may call; `ask.who` may then be nobody."""

VERSION = re.compile(r'"(\d{1,15})"')
POSITION = re.compile(r"\d{1,15}")
CONSISTENCY_HEADER = "Consistency-Token"


class Done(Struct, frozen=True, kw_only=True):
    """A command was carried out on the aggregate `id`, which is now at `version`; the log stands at
    `position`. Further fields are what the caller needs next.
    """

    id: UUID | None
    version: int
    position: int


class Workings(Struct, frozen=True):
    """What all requests of a process share."""

    backend: Backend
    freshness: Freshness
    in_flight: InFlight
    cookies: BrowserCookies


class Ask:
    """One request, as an endpoint sees it."""

    def __init__(
        self, request: Request[Any, Any, Any], workings: Workings, identity: Identity
    ) -> None:
        self._request = request
        self._workings = workings
        self._backend = workings.backend
        self._identity = identity
        self._body_digest = ""
        self._consistency: Consistency | Literal["historical"] | None = None
        self._position = 0
        self.bus = self._backend.bus
        self.reads = self._backend.reads
        self.log: WholeLog = self._backend.event_log
        self.cookies = workings.cookies
        self.tokens = self._backend.tokens
        self.public_url = self._backend.public_url

    @property
    def who(self) -> Actor:
        """The caller; without a person if nobody is signed in."""
        return self._identity.actor

    @property
    def person(self) -> UUID:
        """The caller's id. Raises `Unauthenticated`, or why their cookies did not count."""
        if self._identity.person_id is None:
            raise self._identity.flaw or Unauthenticated()
        return self._identity.person_id

    def must_be(self, *roles: str) -> None:
        """Refuse callers who have none of these roles now. Raises `Forbidden` (403)."""
        if self._identity.person_id is None:
            raise self._identity.flaw or Unauthenticated()
        if not self.who.roles.intersection(roles):
            raise Forbidden

    @property
    def language(self) -> Language:
        """The language of the caller's `Accept-Language`, else their own, else Turkish."""
        own: Language = "en" if self._identity.language == "en" else "tr"
        return language_of(self._request.headers.get("accept-language"), own)

    @property
    def now(self) -> datetime:
        """The time of day."""
        return self._backend.clock.now()

    def new_id(self) -> UUID:
        """A new time-ordered id."""
        return self._backend.ids.new()

    @property
    def ip(self) -> str:
        """The client's address, as the server in front tells it."""
        return client_address(self._request)

    @property
    def user_agent(self) -> str:
        """What the client calls itself; at most 200 characters."""
        return scrub(str(self._request.headers.get("user-agent", "")))[:200]

    @property
    def trace_id(self) -> str:
        """Names this request in logs, events and problems."""
        return str(self._request.scope["state"].get("trace_id", ""))

    @property
    def if_match(self) -> int | None:
        """The version of `If-Match`; None without one, or for `*`."""
        given = self._request.headers.get("if-match")
        if given is None or given.strip() == "*":
            return None
        if not (match := VERSION.fullmatch(given.strip())):
            raise Trouble(422, "invalid_header", facts={"header": "If-Match"})
        return int(match[1])

    def port(self, kind: type[P]) -> P:
        """A port of the composition root by its type."""
        found: Any = self._backend.ports[kind]
        return found  # type: ignore[no-any-return]  # the mapping's values have their keys' types

    def cookie(self, name: str) -> str:
        """A cookie of the request, or an empty text; names stand in `ask.cookies.names`."""
        return str(self._request.cookies.get(name, ""))

    def must_not_be_forged(self, session_id: UUID) -> None:
        """For requests that count by another cookie than the access token: see `check_csrf`."""
        check_csrf(self._request, self._backend, session_id=session_id)

    def body_is(self, digest: str) -> None:
        """Say what a body that is not JSON held, before `run`: a repeated request is compared by
        it.
        """
        self._body_digest = digest

    async def run(
        self,
        command: Command,
        *,
        status: int = 200,
        location: str | None = None,
        required_key: bool = False,
        **extra: Any,
    ) -> Response[Any]:
        """Carry out a command and answer with `Done`, what the handler said, and `extra`.

        `required_key` is for what touches money or an outside service: without an
        `Idempotency-Key` it is refused (428).
        """
        key = request_key(self._request)
        if key is None and required_key:
            raise Trouble(428, "key_required")
        caller = caller_of(self.who, self._backend, ip=self.ip)
        with self._workings.in_flight.alone(caller, key):
            call = Call(
                actor=self.who,
                key=key,
                caller=caller,
                request_hash=await request_hash(self._request, self._body_digest) if key else b"",
                trace_id=self.trace_id,
            )
            receipt = await self.bus.execute(command, call)
        return self._done(receipt, status=status, location=location, extra=extra)

    def _done(
        self, receipt: Receipt, *, status: int, location: str | None, extra: dict[str, Any]
    ) -> Response[Any]:
        position = max(receipt.position, self._token() or 0)
        headers = {
            CONSISTENCY_HEADER: str(position),
            "Set-Cookie": self.cookies.consistency(position),
        }
        if receipt.id:
            headers["ETag"] = f'"{receipt.version}"'
        if receipt.replayed:
            headers["Idempotency-Replayed"] = "true"
        if location:
            headers["Location"] = location
        said = {"id": receipt.id, "version": receipt.version, "position": receipt.position}
        return Response(
            {**said, **receipt.answer, **extra},
            status_code=status,
            headers=headers,
        )

    async def fresh(self, *models: AnyReadModel) -> None:
        """Wait until these read models show what the caller has already seen happen.

        After 2 s the query goes on with older rows and the answer says `Consistency: behind`; with
        `Prefer: handling=strict` it is a 503 instead. Call it before the query.
        """
        names = [model.name for model in models]
        self._consistency = await self._workings.freshness.reach(names, self._token() or 0)
        self._position = self.reads.position(names)
        strict = "handling=strict" in self._request.headers.get("prefer", "").replace(" ", "")
        if self._consistency == "behind" and strict:
            raise _behind()

    async def reached(self, position: int, *models: AnyReadModel) -> None:
        """Wait until these read models have reached a position, without which there is no answer.

        Raises `Trouble` (503) after 2 s.
        """
        names = [model.name for model in models]
        if await self._workings.freshness.reach(names, position) == "behind":
            raise _behind()

    def looks_back(self, position: int) -> None:
        """Say that the answer is about the past and reflects this position."""
        self._consistency, self._position = "historical", position

    def answer(self, body: T, version: int | None = None) -> Response[T]:
        """The answer of a query, with the position it reflects and the ETag of its version.

        One about the past has no ETag: nobody may decide on what was.
        """
        headers = {"Position": str(self._position)}
        if self._consistency:
            headers["Consistency"] = self._consistency
        if version is not None and self._consistency != "historical":
            headers["ETag"] = f'"{version}"'
        return Response(body, headers=headers)

    def page(self, limit: int | None, cursor: str | None) -> PageRequest:
        """Which part of a list is wanted. Raises `Trouble` (422) for a bad limit or cursor."""
        after = None if cursor is None else self._cursors().read(cursor)
        return PageRequest(page_limit(limit), after)

    def listed(
        self, items: Sequence[T], page: PageRequest, *, key: Callable[[T], list[Any]]
    ) -> Response[Listed[T]]:
        """A part of a list from `page.limit` + 1 rows; `key` gives the sort values of an item."""
        shown = list(items[: page.limit])
        more = len(items) > page.limit
        following = self._cursors().write(key(shown[-1])) if more else None
        return self.answer(Listed(shown, following))

    def _cursors(self) -> Cursors:
        return Cursors(self._request, self._backend.tokens)

    def _token(self) -> int | None:
        given = self._request.headers.get(CONSISTENCY_HEADER)
        if given is not None:
            if not POSITION.fullmatch(given):
                raise Trouble(422, "invalid_header", facts={"header": CONSISTENCY_HEADER})
            return int(given)
        kept = self.cookie(self.cookies.names.consistency)
        return int(kept) if POSITION.fullmatch(kept) else None


def _behind() -> Trouble:
    return Trouble(503, "read_model_behind", headers={"Retry-After": str(RETRY_SECONDS)})


def client_address(request: Request[Any, Any, Any]) -> str:
    """The address of the client; empty when the server does not tell."""
    return request.client.host if request.client else ""
